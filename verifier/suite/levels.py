"""How much a run of the suite does. Needs no Hypothesis, so that the command line can name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """The Hypothesis `profile`; which negative `controls`; whether `searches` are all it runs."""

    profile: str
    controls: str
    searches: bool = False


LEVELS = {
    "quick": Level("quick", "none", searches=True),
    "pr": Level("pr", "none"),
    "full": Level("default", "all"),
}
"""By name: seconds, a minute, everything."""
