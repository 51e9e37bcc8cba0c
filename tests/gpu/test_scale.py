"""docs/scale.md is what its script writes, and a run's times stand in it."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest

from benchmarks.gpu.record import Record
from docs import beside_jax, update_scale
from docs.update_gpu import kept
from tests.gpu.records import ABOUT

RATES = {"float32": 5e13, "bfloat16": 6e14, "bytes": 3e12, "kernel": 2e-6}
PANELS = [
    {"name": "gauss-a-m", "figure": "gauss_a", "done": 9, "of": 168, "seconds": 540.0, "new": 9},
    {
        "name": "gauss-a-d",
        "figure": "gauss_a",
        "done": 114,
        "of": 114,
        "seconds": 396.0,
        "new": 114,
    },
    {"name": "gauss-a-N", "figure": "gauss_a", "done": 5, "of": 192, "seconds": 0, "new": 0},
    {"name": "gauss-a-eps", "figure": "gauss_a", "done": 6, "of": 66, "seconds": 0.1, "new": 0},
]


def a_record() -> Record:
    record = Record("cuda", "2026-11-26T05:00:00+00:00", ABOUT)
    record.figures = {"card": {"way": {}, "rates": RATES}, "workers": 6, "panels": deepcopy(PANELS)}
    return record


def test_the_committed_page_is_the_one_that_is_written() -> None:
    assert update_scale.PAGE.read_text(encoding="utf-8") == update_scale.whole(kept())


def test_what_a_run_took_stands_beside_what_was_expected() -> None:
    assert update_scale.measured([a_record()]) == {
        "gauss-a-m": "1.5 (9 of 168)",
        "gauss-a-d": "1.1",
    }
    shown = update_scale.whole([a_record()])
    assert "1.5 (9 of 168) |" in shown
    where = ", with 6 processes on a host of 16 cores: 1 of 70 panels of the paper's figures, "
    assert f"{where}trained whole, took 1.1 minutes in all (expected: " in shown
    order = [shown.index(f"- **{word}") for word in ("Measured", "Beside JAX", "Expected")]
    assert order == sorted(order)
    assert "- **Measured** on one H100: no panel of the paper's" in update_scale.whole([])
    unmeasured = Record("cuda", "2026-11-27T05:00:00+00:00", ABOUT)
    assert update_scale.whole([unmeasured, a_record()]) == shown


def test_the_outcome_beside_jax_stands_before_its_ratios() -> None:
    told = beside_jax.section()
    outcome = beside_jax.in_short().removeprefix("on one core")
    ratios = [one["library/jax"] for one in beside_jax.known()["rows"]]
    assert f" JAX is faster at {sum(r > 1 for r in ratios)} of {len(ratios)} trainings: " in outcome
    assert told.index(outcome) < told.index(
        "| loss: N, m, d, steps | library / jax | library / lim"
    )
    rows = [line for line in told.splitlines() if line.startswith(("| identity", "| logistic"))]
    assert len(rows) == len(beside_jax.known()["rows"])


def test_rates_are_the_newest_that_were_measured() -> None:
    assert update_scale.rates_of([]) == update_scale.H100
    assert vars(update_scale.rates_of([Record("cuda", "", ABOUT), a_record()])) == RATES


def test_newer_runs_are_shown_without_counting_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_scale, "PAGE", tmp_path / "scale.md")
    monkeypatch.setattr(update_scale, "counted", lambda _: pytest.fail("counted"))
    assert update_scale.main(["--shown"]) == 0
    assert (tmp_path / "scale.md").read_text(encoding="utf-8") == update_scale.whole(kept())


def test_every_panel_is_counted() -> None:
    known = json.loads(update_scale.COUNTED.read_text(encoding="utf-8"))
    assert sum(one["results"] for one in known["panels"].values()) > 4000
    assert all(one["seconds"] > 0 for one in known["panels"].values())
