"""Runs with different seeds together: e-values multiply, and small deviations show in many runs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.report.records import evidence, outcome
from verifier.cli import main
from verifier.errors import InputError
from verifier.evidence.record import Record
from verifier.report.combined import combine, lines, refuted, threshold
from verifier.statistics import FALSE_ALARMS, bounded_mean


def a_run(seed: int, *bets: float, name: str = "narrow", **changes: object) -> Record:
    record = Record(about={"implementation": "reference", "run_seed": str(seed)})
    tests = (outcome(bets=bets, **changes),)
    record.add(evidence("P1", configuration={"name": name}, tests=tests))
    return record


def test_capitals_of_one_test_multiply_and_others_stay_apart() -> None:
    rows = combine([a_run(0, 1.0), a_run(1, 2.5), a_run(2, -4.0, name="wide")])
    assert [(r.statement, r.experiment, r.runs, r.log_e) for r in rows] == [
        ("P1", "narrow", 2, 3.5),
        ("P1", "wide", 1, -4.0),
    ]


def test_capitals_multiply_bet_by_bet_and_are_averaged_last() -> None:
    """A winning bet is not diluted again in every run by one that loses."""
    (row,) = combine([a_run(seed, 2.0, -7.0) for seed in range(3)])
    assert row.log_e == pytest.approx(math.log((math.exp(6) + math.exp(-21)) / 2))


def test_only_what_reaches_the_threshold_is_refuted() -> None:
    limit = threshold(2)
    assert limit == pytest.approx(math.log(2 / FALSE_ALARMS))
    other = a_run(5, 0.0, name="wide")
    for log_e, count in ((limit + 0.01, 1), (limit - 0.01, 0)):
        rows = combine([a_run(0, log_e / 2), a_run(1, log_e / 2), other])
        assert len(refuted(rows)) == count
        assert lines(rows)[-1] == ("1 refuted" if count else "none refuted")


def test_a_test_without_bets_counts_only_if_it_refutes() -> None:
    assert combine([a_run(0)]) == []
    assert lines([]) == ["no statistical test in these runs makes a bet"]
    (row,) = combine([a_run(0, error=math.inf)])
    assert row.log_e == math.inf
    assert refuted([row])


def test_the_same_seed_or_another_code_is_bad_input() -> None:
    with pytest.raises(InputError, match="must have different seeds"):
        combine([a_run(3, 0.0), a_run(3, 0.0)])
    other = a_run(4, 0.0)
    other.about["implementation"] = "mine:Mine"
    with pytest.raises(InputError, match="must be of one implementation"):
        combine([a_run(3, 0.0), other])


def test_many_runs_notice_what_one_cannot() -> None:
    """A mean of 0.11 where 0.05 is allowed, among 300 values of size 1."""
    chance, records = np.random.default_rng(2), []
    for seed in range(40):
        x = torch.from_numpy(np.where(chance.random(300) < 0.555, 1.0, -1.0))
        ends = torch.full_like(x, -1.0), torch.full_like(x, 1.0)
        found = bounded_mean("", x, *ends, 0.05, alpha=FALSE_ALARMS, wanted=1.0)
        assert found.error <= 1
        records.append(a_run(seed, *found.bets))
    assert refuted(combine(records))


def test_the_command_reads_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, log_e in enumerate((threshold(1), 0.5)):
        record = a_run(seed, log_e)
        kept = record.evidence.copy()
        record.evidence.clear()
        record.open(tmp_path / str(seed))
        for each in kept:
            record.add(each)
        record.close()
    assert main(["combine", str(tmp_path / "1")]) == 0
    assert main(["combine", str(tmp_path / "0"), str(tmp_path / "1")]) == 1
    assert "1 refuted" in capsys.readouterr().out
    assert main(["combine", str(tmp_path / "0"), str(tmp_path / "0")]) == 2
