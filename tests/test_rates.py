"""The pictures of rates show what a run measured, and the slope that is proved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from docs import rates
from docs.misfits import nearer
from docs.run_in_words import ROOT
from verifier.statements import REGISTRY
from verifier.statements.statement import DEFAULT

SIZES = [10, 1000]


def series(name: str, *medians: float) -> dict[str, Any]:
    """Of three replicates around the medians."""
    values = [[share * one for one in medians] for share in (0.5, 1.0, 2.0)]
    return {"name": name, "sizes": SIZES, "values": values, "exponent": -0.48}


OUTPUT = series("the error", 1.0, 0.2)
MEDIANS = {"to h, corrected": [0.9, 0.1], "to s, published": [0.9, 0.7]}
TO_H, TO_S = (series(f"angle(gradient, {name[3]})", *found) for name, found in MEDIANS.items())


def test_the_rate_is_drawn_beside_the_slope_of_the_proof_through_its_middle() -> None:
    figure = rates.rate(OUTPUT)
    (axes,) = figure.axes
    measured, slope = ([*map(float, np.asarray(line.get_ydata()))] for line in axes.get_lines())
    assert measured == [1.0, 0.2]
    assert slope[1] / slope[0] == pytest.approx((SIZES[1] / SIZES[0]) ** -0.5)
    assert slope[0] * slope[1] == pytest.approx(measured[0] * measured[1])
    assert "measured exponent −0.48" in str(figure.get_suptitle())
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")  # there a rate is a slope
    (bars,) = axes.collections
    (first, _) = bars.get_segments()  # type: ignore[attr-defined]
    assert first[:, 1] == pytest.approx(np.percentile([0.5, 1.0, 2.0], rates.MIDDLE))


def test_both_directions_are_drawn_by_their_own_names(tmp_path: Path) -> None:
    chapters = [{"statements": [{"id": "R1", "series": [OUTPUT]}]}]
    chapters += [{"statements": [{"id": "R3", "series": [TO_S, series("other", 1, 1), TO_H]}]}]
    (axes,) = rates.directions(TO_H, TO_S).axes
    _, labels = axes.get_legend_handles_labels()
    drawn = [[*map(float, np.asarray(line.get_ydata()))] for line in axes.get_lines()]
    points = rates.SETTING.fresh_points  # a run keeps the root of their sum of squares
    for label, shown in zip(labels, drawn, strict=True):
        assert shown == pytest.approx([one / points**0.5 for one in MEDIANS[label]])
    assert len({line.get_color() for line in axes.get_lines()}) == 2
    rates.draw({"chapters": chapters}, tmp_path)
    pages = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"rate.png", "directions.png"}
    assert all(f"](pictures/{path.name})" in pages for path in tmp_path.iterdir())


def test_the_caption_has_the_setting_of_the_experiment_that_is_drawn() -> None:
    (experiment,) = REGISTRY.statement("R3").experiments[DEFAULT]
    assert rates.SETTING in experiment.configurations
    told = rates.caption()
    assert f"root mean square of {rates.SETTING.fresh_points} points. Its labels are ran" in told
    assert rates.SETTING.data.labels == "random"
    assert f"\n{told}\n<!-- pictures: end -->" in (ROOT / "docs" / "limits.md").read_text("utf-8")


def test_the_size_of_the_correction_is_that_of_the_picture_s_last_width() -> None:
    every = [{"id": "R3", "series": [TO_S, series("other", 1, 1), TO_H]}]
    to_h, to_s = (found[-1] / rates.SETTING.fresh_points**0.5 for found in MEDIANS.values())
    told = f"; at width 1,000 it is {to_h:.2f} rad from *h*, {to_s:.2f} from *s*"
    assert rates.at_the_widest(every) == told
    assert rates.of_directions(every) == "Marks: medians of 3 draws; bars: the middle 80% of them"
    assert rates.at_the_widest([{"id": "R3", "series": []}]) == ""


def test_a_run_s_own_series_are_chosen_by_their_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[Any] = []
    monkeypatch.setattr(rates, "save", lambda *_: None)
    monkeypatch.setattr(rates, "rate", chosen.append)
    monkeypatch.setattr(rates, "directions", lambda *both: chosen.extend(both))
    every = [{"id": "R1", "series": [OUTPUT]}, {"id": "R3", "series": [TO_S, TO_H]}]
    rates.draw({"chapters": [{"statements": every}]}, ROOT)
    assert chosen == [OUTPUT, TO_H, TO_S]


def test_how_much_nearer_the_corrected_direction_is_was_measured() -> None:
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    told = r"the angle to s of what training adds, .*, at width ([\d,]+) is \*\*([\d.]+)\*\*"
    ((width, ratio),) = re.findall(told, text)
    assert nearer() == (
        f"at width {width} what training adds is [{float(ratio):.1f} times nearer to *h* than to "
        "*s*](docs/findings.md#gradients-turn-to-h-not-to-s)"
    )
