"""Runs of many machines as one: counted once each, the tightest kept, other code refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.report.records import evidence, outcome
from verifier.cli import main
from verifier.errors import InputError
from verifier.evidence.record import Record
from verifier.report.accumulated import accumulate, told
from verifier.report.combined import combine

COMMIT = "abc1234"


def a_run(seed: int, machine: str = "Linux x86_64", **about: str) -> Record:
    fields = {"implementation": "reference", "commit": COMMIT, "machine": machine}
    return Record(about=fields | {"run_seed": str(seed)} | about)


def cases(record: Record, *found: tuple[str, str, float | None], **more: object) -> Record:
    for statement, name, tightness in found:
        record.add(evidence(statement, configuration={"name": name}, tightness=tightness, **more))
    return record


def test_configurations_are_counted_once_and_the_tightest_case_is_kept() -> None:
    first = cases(a_run(0), ("D1", "a", 0.5), ("D1", "b", 0.9), ("K1", "a", None))
    second = cases(a_run(1, "Linux aarch64"), ("D1", "b", 0.95), ("D1", "c", 0.7))
    third = cases(a_run(2), ("D1", "d", 0.95), ("K1", "b", None))
    found = accumulate([first, second, third])
    assert (found.runs, found.machines) == (3, 2)
    assert found.configurations == {"D1": 4, "K1": 2}
    assert found.refuted == {}
    best = found.tightest["D1"]
    assert (best.evidence.configuration["name"], best.run_seed) == ("b", "1")  # the first as tight
    assert best.machine == "Linux aarch64"
    assert "K1" not in found.tightest
    assert "3 runs on 2 kinds of machine, 6 configurations:" in told(found)


def test_order_changes_no_count() -> None:
    runs = [cases(a_run(seed), ("D1", f"{seed % 2}", 0.1 * seed)) for seed in range(4)]
    there, back = accumulate(runs), accumulate(runs[::-1])
    assert there.configurations == back.configurations == {"D1": 2}
    assert there.tightest == back.tightest


def test_e_values_multiply_as_combined_ones_do() -> None:
    runs = [a_run(seed) for seed in range(2)]
    for run, bet in zip(runs, (1.0, 2.5), strict=True):
        tests = (outcome(bets=(bet,)),)
        run.add(evidence("P1", configuration={"name": "narrow"}, tests=tests))
    found = accumulate(runs)
    assert found.tests == combine(runs)
    assert found.tests[0].log_e == pytest.approx(3.5)


@pytest.mark.parametrize("other", ["def5678", f"{COMMIT}-dirty", "unknown"])
def test_records_of_other_code_are_refused(other: str) -> None:
    with pytest.raises(InputError, match="one and the same commit"):
        accumulate([a_run(0), a_run(1, commit=other)])
    if other != "def5678":
        with pytest.raises(InputError, match="without changes beside it"):
            accumulate([a_run(0, commit=other), a_run(1, commit=other)])


def test_a_seed_does_not_count_twice() -> None:
    with pytest.raises(InputError, match="must have different seeds"):
        accumulate([a_run(3), a_run(3, "another machine")])


def saved(record: Record, folder: Path) -> str:
    kept = list(record.evidence)
    record.evidence.clear()
    record.open(folder)
    for one in kept:
        record.add(one)
    record.close()
    return str(folder)


def test_the_command_prints_keeps_and_says_what_is_refuted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    well = saved(cases(a_run(0), ("D1", "a", 0.5)), tmp_path / "well")
    other = saved(cases(a_run(1), ("D1", "b", 0.625)), tmp_path / "other")
    wrong = cases(a_run(2), ("D1", "c", 0.1), error=2.0)
    file = tmp_path / "all.json"
    assert main(["accumulate", well, other, "--output", str(file)]) == 0
    assert "lhs/rhs at most 0.625000, seed 1" in capsys.readouterr().out
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept["configurations"] == {"D1": 2}
    assert kept["tightest"]["D1"]["configuration"] == {"name": "b"}
    assert math.isclose(kept["tightest"]["D1"]["tightness"], 0.625)
    assert main(["accumulate", well, other, saved(wrong, tmp_path / "wrong")]) == 1
    assert "REFUTED in 1" in capsys.readouterr().out
    assert main(["accumulate", well, well]) == 2
