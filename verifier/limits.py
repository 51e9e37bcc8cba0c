"""R1-R4 of theory section 5: what wide networks tend to."""

from __future__ import annotations


class Limits:
    """The formulas of R1-R4; altered statements subclass it: each formula is one method."""
