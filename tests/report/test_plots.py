"""Figures of the page: valid SVG that says what it shows."""

import re

from tests.report.records import CELL, Balanced
from verifier.report import plots


def test_figures_are_valid_svg_with_a_description_and_ids_of_their_own() -> None:
    drawn = [
        plots.slack("a", "error", [0.0, 0.2, 300.0], "draws", log=True),
        plots.slack("b", "lhs / rhs", [0.1, 1.0, 1.5], "draws", log=False),
        plots.phase("c", [CELL]),
        plots.quantiles("d", [("one", [0.5, 1.0], [0.1, 0.9])]),
    ]
    for svg in drawn:
        name = re.sub(r"\W", "", svg[svg.index(' id="') + 5 :][:1])
        parsed = Balanced(svg)
        assert all(found.startswith(f"{name}-") for found in parsed.ids)
        assert any(n == "aria-label" and v for _, n, v in parsed.attributes)
        assert "currentColor" in svg
    assert "1 beyond" in drawn[0]
