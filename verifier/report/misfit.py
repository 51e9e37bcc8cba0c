"""Which published values of the paper's figures do not fit, as the newest gallery counted."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

GALLERY = "*/gallery.json"


def misfit(root: Path) -> str:
    """The panel in which the published values of g lean most to one side, in words.

    Where seeds scatter no value can be judged by itself, but half of them should be above our mean.
    Empty without a gallery that can be read, or where no panel has such values.
    """
    newest = max(root.glob(GALLERY), key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        return ""
    with suppress(OSError, ValueError, KeyError, TypeError):
        figures = json.loads(newest.read_text(encoding="utf-8"))["figures"]
        counts = [(f["g"]["above"], f["g"]["chaotic"], f["title"]) for f in figures]
        above, of, title = max(counts, key=lambda c: abs(2 * c[0] - c[1]), default=(0, 0, ""))
        if of:
            where = f"{above} of {of} points of {title}"
            return f"published g is above ours at {where} (by chance about half)"
    return ""
