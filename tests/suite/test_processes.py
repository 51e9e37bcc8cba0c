"""A run in several processes: what is shared out, what stays together, and one record of all."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.suite.running import QUICK, ROOT, run
from verifier.evidence.record import Record
from verifier.statements import DEFAULT
from verifier.suite import processes
from verifier.suite.processes import ALLOCATOR, MOST, group_of, is_whole, share_out


def asked(*arguments: str, **given: Any) -> Any:
    """A configuration of pytest, as far as it matters here."""
    options = {"numprocesses": None, "dist": "no", "usepdb": False, **given}

    def getoption(name: str, default: Any = None) -> Any:
        return given.get(name.lstrip("-"), default)

    return SimpleNamespace(
        args=list(arguments) or ["properties"],
        option=SimpleNamespace(**options),
        invocation_params=SimpleNamespace(dir=ROOT),
        getoption=getoption,
    )


@pytest.fixture
def three_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "processors", lambda: 3)


@pytest.mark.usefixtures("three_processors")
@pytest.mark.parametrize(
    ("config", "count", "dist"),
    [
        (asked(), 3, "loadscope"),
        (asked(numprocesses=0), 0, "no"),
        (asked(numprocesses=5), 5, "loadscope"),
        (asked(numprocesses=2, dist="worksteal"), 2, "worksteal"),
        (asked(usepdb=True), None, "no"),
        (asked("properties/test_exact.py"), None, "no"),
        (asked("properties", "tests"), None, "no"),
        (asked(k="E1"), None, "no"),
        (asked(**{"verifier-statement": ["E1"]}), None, "no"),
    ],
)
def test_a_whole_run_is_shared_out(config: Any, count: int | None, dist: str) -> None:
    share_out(config)
    assert (config.option.numprocesses, config.option.dist) == (count, dist)


@pytest.mark.parametrize(("there", "count"), [(1, 0), (2, 2), (64, MOST)])
def test_no_more_processes_than_processors(
    there: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "processors", lambda: there)
    config = asked()
    share_out(config)
    assert config.option.numprocesses == count


def test_processes_keep_their_memory_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = ALLOCATOR
    monkeypatch.setenv(own, "1")
    monkeypatch.delenv(other, raising=False)
    share_out(asked(numprocesses=0))
    assert other not in os.environ
    share_out(asked(numprocesses=2))
    assert (os.environ[own], os.environ[other]) == ("1", str(ALLOCATOR[other]))


def test_one_of_several_processes_starts_no_others() -> None:
    config = asked()
    config.workerinput = {"workercount": 2}
    share_out(config)
    assert config.option.numprocesses is None


def test_a_run_without_xdist_is_one_process() -> None:
    config = asked()
    del config.option.numprocesses
    share_out(config)
    assert is_whole(config)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("test_exact.py::test_random_configurations[E1]", "test_random_configurations[E4]"),
        ("test_statistics.py::test_experiment[R3-relu]", "test_experiment[R4-relu]"),
        (
            "test_statistics.py::test_experiment[R1-leaky]",
            "properties/test_negative_controls.py::test_is_refuted[R2-s-unsigned]",
        ),
        (
            "properties/test_negative_controls.py::test_is_refuted[E1-adam]",
            "properties/test_negative_controls.py::test_is_refuted[E6-deep-adam]",
        ),
        ("test_necessity.py::test_premise[width]", "test_premise[gradient, not its sign]"),
    ],
)
def test_what_shares_draws_belongs_together(one: str, other: str) -> None:
    assert group_of(one, DEFAULT) == group_of(other, DEFAULT)


def test_what_shares_nothing_does_not() -> None:
    tests = ("random_configurations[E1]", "random_configurations[O1]", "a_million_neurons[E1]")
    tests += ("experiment[R1-leaky]", "experiment[R3-relu]", "every_rung[E1]", "premise[width]")
    assert len({group_of(f"properties/test_x.py::test_{test}", DEFAULT) for test in tests}) == 7


@pytest.mark.long
@pytest.mark.slow
def test_the_record_is_the_same_from_one_process_and_from_two(tmp_path: Path) -> None:
    wanted = [f"--statement={name}" for name in ("E1", "O3", "P4")]
    for count in ("0", "2"):
        done = run(*QUICK, *wanted, "--controls=third", "-n", count, folder=tmp_path / count)
        assert done.returncode == 0, done.stdout + done.stderr
    one, two = ((tmp_path / count / "evidence.jsonl").read_text() for count in ("0", "2"))
    assert one == two
    alone, shared = (Record.load(tmp_path / count) for count in ("0", "2"))
    for name in ("rejected", "controls", "necessity", "examples", "errors", "not_applicable"):
        assert getattr(alone, name) == getattr(shared, name), name
    assert {part: set(names) for part, names in alone.seconds.items()} == {
        part: set(names) for part, names in shared.seconds.items()
    }
    assert (alone.about.pop("processes"), shared.about.pop("processes")) == ("1", "2")
    for record in (alone, shared):
        record.about.pop("started")
    assert alone.about == shared.about


@pytest.mark.long
@pytest.mark.slow
def test_a_finding_of_another_process_ends_the_run_red(tmp_path: Path) -> None:
    broken = ("--implementation", "verifier.statements.broken_codes:SignLostInAttack")
    done = run("-k", "test_random", *QUICK, *broken, "--statement=E4", "-n2", folder=tmp_path / "r")
    assert done.returncode == 1
    assert "your code disagrees with 1 of 1 statements" in " ".join(done.stdout.split())
    assert "bringing up nodes" not in done.stdout
    assert (tmp_path / "r" / "counterexamples" / "E4.json").exists()


@pytest.mark.long
@pytest.mark.slow
def test_what_shares_its_trials_stays_in_one_process(tmp_path: Path) -> None:
    wanted = [f"--statement={name}" for name in ("E1", "E4", "R3", "R4")]
    done = run("-k", "random or relu", *wanted, "-n2", "-vv", folder=tmp_path / "run")
    assert done.returncode == 0, done.stdout + done.stderr
    ran = [line for line in done.stdout.splitlines() if line.startswith("[gw")]
    assert len(ran) == 4
    for first, second in (("[E1]", "[E4]"), ("[R3-", "[R4-")):
        assert len({line[:5] for line in ran if first in line or second in line}) == 1
    assert len({line[:5] for line in ran}) == 2
