"""`verifier run`: how much each level runs, and what its exit status says."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.suite.running import command_line
from verifier.data.distributions import Data
from verifier.evidence.record import Record
from verifier.evidence.source import source_hash
from verifier.statements import PATHWISE, REGISTRY, STATEMENTS
from verifier.statements.broken_codes import SignLostInAttack
from verifier.suite import certificate, selection
from verifier.suite.launch import _status
from verifier.suite.levels import LEVELS
from verifier.suite.watching import Watch, rewrite, watch_live, weights
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

HELD = Configuration(Data("gaussian", 3, 4), 20, 0.3, True, (0.1,), (0.1,), 0.5, "b")


def watched(record: Record, failed: int = 0) -> Watch:
    watch = Watch(lambda line: None)
    watch.record, watch.failed = record, failed
    return watch


def supported() -> Record:
    record = Record()
    record.add(PATHWISE["E4"].check(HELD))
    return record


def refuted() -> Record:
    record = supported()
    record.add(PATHWISE["E4"].check(HELD, Subject(SignLostInAttack())))
    return record


def rejected() -> Record:
    record = supported()
    for _ in range(3):
        record.reject("E4", "diverged")
    return record


def with_one_not_applicable() -> Record:
    record = supported()
    record.not_applicable["K1"] = "no kernel is offered"
    return record


@pytest.mark.parametrize(
    ("record", "failed", "are_named", "status"),
    [
        (supported(), 0, True, 0),
        (supported(), 1, True, 1),
        (refuted(), 0, True, 1),
        (rejected(), 0, True, 3),
        (Record(), 0, True, 3),
        (with_one_not_applicable(), 0, True, 3),
        (with_one_not_applicable(), 0, False, 0),
    ],
)
def test_the_status_follows_from_the_verdicts(
    record: Record, failed: int, are_named: bool, status: int
) -> None:
    assert _status(watched(record, failed), are_named) == status


@pytest.mark.parametrize(
    ("most", "status"),
    [
        (None, pytest.ExitCode.INTERRUPTED),
        (1, pytest.ExitCode.TESTS_FAILED),
        (2, pytest.ExitCode.INTERRUPTED),
    ],
)
def test_what_stops_at_a_failure_was_not_interrupted(most: int | None, status: int) -> None:
    config = SimpleNamespace(getoption={"maxfail": most}.get, stash={})
    session: Any = SimpleNamespace(testsfailed=1, exitstatus=2, config=config)
    Watch(lambda line: None).pytest_sessionfinish(session)
    assert session.exitstatus == status


def test_a_line_names_what_is_under_test_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"exact: slow": {"E1": 9.0, "E2": 9.0}, "exact: fast": {"E1": 2.0}}
    monkeypatch.setattr(certificate, "kept", lambda: {"seconds": seconds})
    clock = iter((0.0, 0.0, 4.0))
    monkeypatch.setattr("verifier.suite.watching.time.monotonic", lambda: next(clock))
    lines: list[str] = []
    watch = Watch(lines.append)
    ids = [
        f"properties/test_exact.py::test_{test}" for test in ("fast[E1]", "slow[E1]", "slow[E2]")
    ]
    watch.pytest_collection_finish(SimpleNamespace(items=[SimpleNamespace(nodeid=i) for i in ids]))
    watch.pytest_runtest_logstart(ids[0])
    watch.pytest_runtest_logfinish(ids[0])
    watch.pytest_runtest_logstart(ids[1])
    assert lines == [
        "0 of 3 done:  E1  exact",
        "1 of 3 done, about 36 s left:  E1  exact",
    ]


def test_no_time_left_is_said_where_it_would_be_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "kept", lambda: {"seconds": {"exact: fast": {"E1": 9.0}}})
    monkeypatch.setattr("verifier.suite.watching.time.monotonic", lambda: 0.0)
    told: list[str] = []
    watch = Watch(told.append)
    ids = [f"properties/test_exact.py::test_fast[{name}]" for name in ("E1", "E2")]
    watch.pytest_collection_finish(SimpleNamespace(items=[SimpleNamespace(nodeid=i) for i in ids]))
    watch.pytest_runtest_logfinish(ids[0])
    watch.pytest_runtest_logstart(ids[1])  # of unknown length
    assert told == ["1 of 2 done:  E2  exact"]


@pytest.mark.parametrize(("when", "category"), [("call", "failed"), ("setup", "error")])
def test_no_letter_stands_beside_the_line(when: str, category: str) -> None:
    report = SimpleNamespace(failed=True, skipped=False, passed=False, when=when)
    assert Watch(print).pytest_report_teststatus(report) == (category, "", "")


@pytest.mark.parametrize(
    ("terminal", "verbose", "live"), [(True, 0, 1), (True, -1, 1), (False, 0, 0), (True, 1, 0)]
)
def test_a_run_is_watched_on_a_terminal_alone(
    terminal: bool, verbose: int, live: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    plugins: list[Any] = []
    manager = SimpleNamespace(
        get_plugins=lambda: plugins, register=lambda plugin, name: plugins.append(plugin)
    )
    config: Any = SimpleNamespace(pluginmanager=manager, option=SimpleNamespace(verbose=verbose))
    for _ in range(2):  # `verifier run` brings a watch of its own
        watch_live(config)
    assert len(plugins) == live


def test_a_line_takes_the_place_of_the_last_and_is_no_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    clear = "\r\x1b[2K"
    for line, shown in (
        ("x" * 50, "x" * 19),
        ("3 of 9 done:  E1  exact", "3 of 9 done:  E1"),
        ("3 of 9 done:  E1b  x", "3 of 9 done:  E1b"),
        ("3 of 9 done:  E1  x", "3 of 9 done:  E1  x"),
        ("", ""),
    ):
        rewrite(line)
        assert capsys.readouterr().err == clear + shown


def test_without_a_certificate_the_first_of_what_is_shared_bears_the_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(certificate, "kept", dict)
    exact = [f"properties/test_exact.py::test_random_configurations[E{k}]" for k in (0, 1)]
    drawn = [f"properties/test_statistics.py::test_experiment[R1-{k}]" for k in "ab"]
    other = ["properties/test_balls.py::test_is_certified[a]"]
    assert list(weights([*exact, *drawn, *other]).values()) == [47.0, 0.0, 25.0, 25.0, 1.0]


def everything_refuted() -> Record:
    record = Record()
    for name in STATEMENTS:
        for control in REGISTRY.controls_of(name):
            record.control(name, control.name, 1)
    return record


def test_a_run_that_leaves_something_open_earns_no_certificate() -> None:
    assert certificate.certificate(Record()) is None
    assert certificate.certificate(everything_refuted()) is None  # no statement was tested


def test_a_full_run_earns_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(certificate, "unsettled", lambda rows: [])
    record = everything_refuted()
    record.folder = tmp_path
    certificate.write(record)
    earned = json.loads((tmp_path / "certificate.json").read_text())
    assert earned["controls"] == sum(len(REGISTRY.controls_of(name)) for name in STATEMENTS)
    assert earned["source"] == source_hash()
    del record.controls["E1"]["adam"]
    assert certificate.certificate(record) is None


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def keep(**changes: Any) -> str:
        about = {"version": "1.2", "source": source_hash(), "controls": 438}
        path = tmp_path / "certificate.json"
        path.write_text(json.dumps({**about, "started": "2026-11-26T10", **changes}))
        monkeypatch.setattr(certificate, "KEPT", path)
        certificate.kept.cache_clear()
        return certificate.told()

    yield keep
    certificate.kept.cache_clear()


def test_a_certificate_of_this_source_is_quoted(kept: Any) -> None:
    assert kept().startswith("not run: the full run of 1.2 on 2026-11-26 refuted all 438")


def test_a_run_of_some_controls_quotes_it_as_well(kept: Any) -> None:
    config: Any = SimpleNamespace(getoption=lambda _: selection.THIRD, stash=pytest.Stash())
    config.stash[selection.controls_key] = (2, 638)
    kept()
    quoted = "2 of 638 this run, by its seed; the full run of 1.2 on 2026-11-26 refuted all 438"
    assert selection.told(config) == {"controls": quoted}
    kept(source="another")
    assert selection.told(config)["controls"].endswith("--controls all tries every one")
    config.stash[selection.controls_key] = (638, 638)
    assert selection.told(config) == {}


def test_one_of_another_source_is_not(kept: Any) -> None:
    assert kept(source="another") == "not run (--level full runs them)"


def test_levels_are_those_of_the_suite() -> None:
    assert list(LEVELS) == ["quick", "pr", "full"]


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("E1",), 0),
        (("R3",), 0),
        (("E4", "--implementation", "verifier.statements.broken_codes:SignLostInAttack"), 1),
        (("K1", "--implementation", "verifier.implementations.published:Published"), 3),
    ],
)
def test_a_quick_run_of_a_statement(arguments: tuple[str, ...], status: int) -> None:
    done = command_line("run", *arguments, "--level", "quick")
    assert done.returncode == status, done.stdout + done.stderr
    told = " ".join(done.stdout.split()).lower()  # a finding stands before it
    assert "no negative controls (codes wrong on purpose) in this run" in told
