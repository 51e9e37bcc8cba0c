"""Text for a wide page with another for phones beside it; without the site's own packages."""

from __future__ import annotations

BEGIN, END = "<!-- on a phone\n", "\n-->"
"""Around what stands in a comment."""


def beside_wide(wide: str, narrow: str) -> str:
    """A block of text with another for phones, which only the site shows: elsewhere a comment."""
    return f"{wide}\n{BEGIN}{narrow}{END}"
