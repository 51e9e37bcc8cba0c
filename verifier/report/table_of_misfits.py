"""What does not fit in the paper's figures, on a terminal: a row for each, and why."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from verifier.report.layout import Layout
from verifier.report.misfit import Misfit, alike

GAP = "  "
"""Before a row of several that are off alike, and between columns."""


def table_of_misfits(found: Sequence[Misfit], layout: Layout) -> list[str]:
    """Those of one kind below what is off, how often, and why.

    On a narrow terminal a cause has no room beside a row: it stands below the last that it is of.
    """
    counts = max(len(m.at) for m in found) + len(GAP)
    longest = max(len(_name(m)) for m in found)
    table = Layout(min(layout.width, longest + counts), color=False)
    lines: list[str] = []
    for same in alike(found):
        lines += layout.noted(same[0].what) if same[0].of else []
        for because, rows in groupby(same, key=lambda m: m.because):
            for m in rows:
                *above, row = table.row(_name(m), [m.at], [counts])
                lines += [line for name in above for line in layout.noted(name)]
                beside = because and not layout.is_narrow
                lines += layout.wrapped(f"{row}{GAP}", because) if beside else [row]
            lines += layout.wrapped(GAP, because) if because and layout.is_narrow else []
    return lines


def _name(m: Misfit) -> str:
    return f"{GAP}{m.of}" if m.of else m.what
