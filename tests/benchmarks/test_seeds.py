"""Thirty runs with different seeds: resumed, appended, and what they allow to conclude."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import seeds
from benchmarks.seeds import Result, bound, kept, main, summary
from tests.report.records import evidence, outcome
from verifier.evidence.record import Record


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """Runs are made by hand here: every fifth seed ends red."""
    calls: list[int] = []

    def run(seed: int, commit: str, options: list[str], out: Path) -> Result:
        calls.append(seed)
        folder = out / str(seed) / str(len(calls))
        record = Record(about={"run_seed": str(seed), "implementation": "reference"})
        record.open(folder)
        record.add(evidence("P1", tests=(outcome(bets=(0.5, -1.0)),)))
        record.close()
        red = seed % 5 == 0
        return Result(seed, commit, options, int(red), 1.0, ["P1"] * red, [], str(folder))

    monkeypatch.setattr(seeds, "run", run)
    monkeypatch.setattr(seeds, "environment", lambda: {"commit": "abc"})
    return calls


def test_runs_are_appended_and_made_once(
    made: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], runs=3, out=tmp_path) == 0
    assert main([], runs=4, out=tmp_path) == 0
    assert made == [1, 2, 3, 4]
    assert [result.seed for result in kept(tmp_path / "results.jsonl")] == made
    printed = capsys.readouterr().out
    assert "4 runs with different seeds, 0 red" in printed
    assert "1 tests over up to 4 runs" in printed


def test_a_red_run_is_counted_and_named(made: list[int], tmp_path: Path) -> None:
    assert main([], runs=5, out=tmp_path) == 1
    first, second = summary(list(kept(tmp_path / "results.jsonl")))
    assert "5 runs with different seeds, 1 red" in first
    assert second.startswith("seed 5: P1; ")


def test_another_commit_or_other_options_do_not_count(
    made: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main([], runs=2, out=tmp_path)
    main(["--statement", "P1"], runs=1, out=tmp_path)
    monkeypatch.setattr(seeds, "environment", lambda: {"commit": "def"})
    main([], runs=1, out=tmp_path)
    assert made == [1, 2, 1, 1]
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["commit"] for line in lines] == ["abc", "abc", "abc", "def"]


def test_what_so_few_red_runs_allow() -> None:
    assert bound(0, 30) == pytest.approx(1 - 0.05 ** (1 / 30))
    assert 0.09 < bound(0, 30) < 0.1
    assert bound(1, 30) > bound(0, 30)
    assert bound(2, 2) == 1.0


@pytest.mark.long
@pytest.mark.slow
def test_a_run_in_its_own_process(tmp_path: Path) -> None:
    options = ["--statement", "E1", "--hypothesis-profile", "quick", "-k", "random"]
    result = seeds.run(7, "abc", options, tmp_path)
    assert (result.status, result.refuted, result.unsettled) == (0, [], [])
    assert Record.load(Path(result.folder)).about["run_seed"] == "7"
    with pytest.raises(SystemExit, match="pytest ended with 4"):
        seeds.run(7, "abc", ["--no-such-option"], tmp_path)
