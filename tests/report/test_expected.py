"""Deviations that a project expects: neither supported nor refuted, and strict both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.report.records import evidence
from verifier.cli import main
from verifier.errors import InputError
from verifier.evidence.expected import Expected, expected_in
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.summary import summarise
from verifier.report.verdicts import DEVIATES, ERROR, REFUTED, VACUOUS, rows, unsettled
from verifier.statements import STATEMENTS
from verifier.suite.launch import _status
from verifier.suite.watching import Watch

CLAMPED = Expected("E4", "clamped", 10.0, "2026-12-31", "pixels stay in [0, 1]")


def record(error: float = 5.0, cause: str = "perturb: clamped to [0, 1]", **about: str) -> Record:
    found = Record(about={"started": "2026-11-26T10:00", **about})
    found.expected = {"E4": CLAMPED.to_json()}
    found.causes = {"E4": cause}
    found.add(evidence("E4", error=error))
    return found


def verdict(found: Record) -> tuple[str, str]:
    (row,) = [row for row in rows(found) if row.id == "E4"]
    return row.verdict, row.reason


def test_what_is_expected_is_neither_supported_nor_refuted() -> None:
    found = record()
    assert verdict(found) == (DEVIATES, "pixels stay in [0, 1] (until 2026-12-31)")
    assert not [row for row in unsettled(rows(found)) if row.id == "E4"]
    shown = summarise(gather(found))
    assert "0 of 1 statements supported, 1 deviating (expected)" in shown
    assert "FINDING" not in shown
    assert not any("E4" in r["statements"] and r["covered"] for r in gather(found)["coverage"])


@pytest.mark.parametrize(
    ("found", "expected", "reason"),
    [
        (record(error=50.0), REFUTED, "at most 10, not 50"),
        (record(cause="perturb: one norm"), REFUTED, "with the cause 'clamped'"),
        (record(cause=""), REFUTED, "with the cause 'clamped'"),
        (record(started="2027-01-01T00:00"), REFUTED, "until 2026-12-31"),
        (record(error=0.5), ERROR, "no longer deviates: take it out of verifier.toml"),
    ],
)
def test_it_is_strict_both_ways(found: Record, expected: str, reason: str) -> None:
    assert verdict(found)[0] == expected
    assert reason in verdict(found)[1]


def test_another_verdict_stays() -> None:
    found = Record(expected={"E4": CLAMPED.to_json()})
    found.add(evidence("E4", held=0))
    assert verdict(found)[0] == VACUOUS


@pytest.mark.parametrize(("found", "status"), [(record(), 0), (record(error=50.0), 1)])
def test_the_exit_status_follows(found: Record, status: int) -> None:
    watch = Watch(lambda line: None)
    watch.record = found
    assert _status(watch, True) == status


GOOD = {
    "statement": '"E4"',
    "cause": '"clamped"',
    "at_most": "10.0",
    "until": "2026-12-31",
    "reason": '"pixels stay in [0, 1]"',
}


def written(folder: Path, **changes: Any) -> Path:
    lines = [f"{name} = {value}" for name, value in (GOOD | changes).items() if value]
    path = folder / "verifier.toml"
    path.write_text("\n".join(["[[expected]]", *lines]), encoding="utf-8")
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    assert expected_in(written(tmp_path), STATEMENTS) == (CLAMPED,)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"statement": '"E99"'}, "is no statement's id"),
        ({"at_most": "0.5"}, "must exceed 1"),
        ({"at_most": "nan"}, "must exceed 1"),
        ({"at_most": '"much"'}, "must be a number"),
        ({"until": '"tomorrow"'}, "must be a date"),
        ({"until": "7"}, "must be a date"),
        ({"cause": '" "'}, "must be text"),
        ({"reason": ""}, "must have reason"),
        ({"ticket": "4"}, "must be among"),
    ],
)
def test_a_wrong_file_is_bad_input(
    changes: dict[str, str],
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(InputError, match=problem):
        expected_in(path, STATEMENTS)
    monkeypatch.chdir(tmp_path)
    assert main(["run", "E4", "--level", "quick"]) == 2
    assert problem in capsys.readouterr().err


def test_one_that_is_there_twice_is_bad_input(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + "\n" + path.read_text(), encoding="utf-8")
    with pytest.raises(InputError, match="twice"):
        expected_in(path, STATEMENTS)


@pytest.mark.long
@pytest.mark.slow
def test_a_run_with_an_expected_deviation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.suite.running import command_line

    code = ("--implementation", "tests.suite.diagnosis.faulty:Clamped", "--level", "quick")
    file = written(tmp_path, at_most="1e300", until="2099-01-01", cause='"clamped to"')
    done = command_line("run", "E4", *code, "--", f"--expected={file}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 deviating (expected)" in done.stdout
    right = ("--implementation", "verifier.implementations.torch_nn:TorchNN", "--level", "quick")
    done = command_line("run", "E4", *right, "--", f"--expected={file}")
    assert done.returncode == 1
    assert "no longer deviates" in " ".join(done.stdout.split())
