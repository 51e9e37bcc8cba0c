"""Which published values of the paper's figures do not fit, as the newest gallery counted."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

GALLERY = "*/gallery.json"
KEPT = Path("docs/gpu/figures/summary.json")
"""What is kept of the figures' newest run on a GPU, in the form of a gallery: in a checkout."""
PAGE = Path("docs/gpu.md")
"""What was found of the figures, and what is known of why: in a checkout."""
SECTION = "## The figures"
"""There: it begins with the cause, or that none is known."""

WHY_PAGE = Path("docs/one-draw.md")
"""How that was found: in a checkout."""
IN_SHORT = "likely why: each figure is of one random draw"

COSINES = "docs/studies.md"
"""Where it stands what that is due to."""

Side = tuple[int, int, str]
"""At how many points published g is above ours, of how many, in which panel."""


def sides(path: Path) -> list[Side]:
    """Panels whose published g leans to one side of ours, the one that leans most first.

    Where seeds scatter no value can be judged by itself, but half of them should be above our mean;
    told from three quarters on, as in a gallery. Empty where the file cannot be read.
    """
    with suppress(OSError, ValueError, KeyError, TypeError):
        figures = json.loads(path.read_text(encoding="utf-8"))["figures"]
        counts = [(f["g"]["above"], f["g"]["chaotic"], f["title"]) for f in figures]
        leaning = [c for c in counts if c[1] and 2 * abs(2 * c[0] - c[1]) >= c[1]]
        return sorted(leaning, key=lambda c: -abs(2 * c[0] - c[1]))
    return []


def misfit(root: Path, kept: Path = KEPT) -> str:
    """The panels that lean, in words, of the newest gallery; without one, of the run that is kept.

    Empty where no panel leans.
    """
    newest = max(root.glob(GALLERY), key=lambda path: path.stat().st_mtime, default=None)
    found = (sides(newest) if newest else []) or sides(kept)
    return _told(found) if found else ""


def in_short(in_brief: bool = False, kept: Path = KEPT, page: Path = PAGE) -> str:
    """The same of the run that is kept, on a terminal, with why, and where there is more."""
    found = sides(kept)
    if not found:
        return ""
    why, more = (IN_SHORT, WHY_PAGE) if cause(page) else ("", page)
    if not in_brief:
        told = _told(found) + (f"; {why} ({more})" if why else f": {more}")
        return told + cosines(kept)
    places = ", ".join(f"{above}/{of} of {title}" for above, of, title in found)
    told = f"published g, trained on perturbations, is above ours at {places} (chance: half)"
    return f"{told}; {why} ({more})" if why else f"{told}: {more}"


def cosines(path: Path) -> str:
    """How often |cos| is off its prediction, to follow what else does not fit; or empty."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        rows = json.loads(path.read_text(encoding="utf-8"))["summary"]["predicted"]
        (of,) = (row for row in rows if row["series"] == "cossim" and row["far"])
        return f"; cosines are off their prediction at {of['far']} of {of['stable']} ({COSINES})"
    return ""


def cause(page: Path = PAGE) -> str:
    """What is known of why: the first thing said in bold of the figures; empty if there is none."""
    with suppress(OSError):
        told = page.read_text(encoding="utf-8").partition(f"{SECTION}\n")[2]
        found = re.match(r"\s*\*\*(.+?)\*\*", told, re.S)
        if found:
            return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", " ".join(found[1].split()))
    return ""


def _told(found: Sequence[Side]) -> str:
    (above, of, title), *others = found
    first = f"{above} of {of} points of {title}"
    where = " and at ".join([first, *(f"{a} of {n} of {title}" for a, n, title in others)])
    return (
        f"published values of g, trained on perturbations, are above ours at {where} (by chance "
        "about half)"
    )
