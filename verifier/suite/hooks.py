"""What pytest asks of the suite: options, fixtures, the record of the run, the table at its end."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import torch

from verifier.data import images
from verifier.data.distributions import IMAGE_TASKS
from verifier.errors import InputError
from verifier.evidence.environment import environment
from verifier.evidence.expected import expected_in
from verifier.evidence.files import require_writable
from verifier.evidence.folders import INTERRUPTED, PART, RUNS, WHOLE, require_free
from verifier.evidence.record import Record
from verifier.implementations.contract import FILLED, filled, load
from verifier.implementations.isolated import Isolated
from verifier.implementations.reference import Reference
from verifier.model.usable_device import usable_device
from verifier.report.content import gather
from verifier.report.summary import summarise, terminal_width
from verifier.report.verdicts import ERROR, FILLED_IN, REFUTED, rows, unsettled
from verifier.statements import PATHWISE, REGISTRY, STATEMENTS
from verifier.suite import certificate
from verifier.suite.drawing import size_of, take_over
from verifier.suite.failing import shortened
from verifier.suite.gathering import (
    Gathering,
    expected_key,
    finding_key,
    gathering_key,
    number,
)
from verifier.suite.interrupts import Interrupts
from verifier.suite.precision import FULL, float32_products
from verifier.suite.processes import is_a_part, is_whole, processes
from verifier.suite.run import Suite
from verifier.suite.selection import parameters, select, statement_of, told
from verifier.suite.watching import watch_live
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject
from verifier.trial.supports import Supports

take_over()

REFERENCE = "reference"
code_key = pytest.StashKey[Any]()
"""The code under test."""


def pytest_configure(config: pytest.Config) -> None:
    """Refuse bad input before anything is collected."""
    config.stash[finding_key] = Record()
    config.pluginmanager.register(Interrupts(), "verifier-interrupts")
    if config.option.tbstyle == "auto":
        config.option.tbstyle = "short"  # a finding says what is wrong; how it was found does not
    try:
        usable_device(config.getoption("--verifier-device"), "--device")
        REGISTRY.add_installed()
        for path in config.getoption("--verifier-chapter"):
            REGISTRY.add_named(path)
        wanted = config.getoption("--verifier-statement") or ()
        config.option.verifier_statement = [REGISTRY.statement(name).id for name in wanted]
        Supports.of(code_of(config)).only(config.getoption("--verifier-dtype"))
        for task in IMAGE_TASKS:
            images.find(task, config.getoption("--verifier-images"))
        file = config.getoption("--verifier-expected")
        config.stash[expected_key] = expected_in(file, STATEMENTS) if file else ()
        if not is_a_part(config):
            folder = config.getoption("--verifier-evidence")
            require_free(folder)
            require_writable("evidence", folder or RUNS)
    except InputError as problem:
        raise pytest.UsageError(str(problem)) from problem
    if not is_a_part(config):
        config.stash[gathering_key] = Gathering(config.getoption("--verifier-evidence"))
        config.pluginmanager.register(config.stash[gathering_key], "verifier-gathering")
        watch_live(config)


def code_of(config: pytest.Config) -> Any:
    """What is under test, loaded once."""
    if code_key not in config.stash:
        path = config.getoption("--verifier-implementation")
        make = Isolated if config.getoption("--verifier-isolate") else load
        config.stash[code_key] = make(path) if path else Reference()
    return config.stash[code_key]


@pytest.fixture(scope="session")
def profile(request: pytest.FixtureRequest) -> str:
    """The Hypothesis profile of the run."""
    name: str = request.config.getoption("--hypothesis-profile") or "default"
    return name


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """A thread for a process: the same sums in the same order on every machine.

    Even a million neurons gain next to nothing from a second one, and on a busy machine waiting for
    it costs many times the work.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def full_precision() -> Iterator[None]:
    """No product of float32 in TF32, whatever the code under test had set when it was imported."""
    with float32_products(FULL):
        yield


@pytest.fixture(scope="session")
def suite(
    request: pytest.FixtureRequest, profile: str, one_thread: None, full_precision: None
) -> Suite:
    """The suite of this run, its record opened."""
    config = request.config
    record = config.stash[finding_key]
    path = config.getoption("--verifier-implementation")
    folder = config.getoption("--verifier-images")
    chapters = config.getoption("--verifier-chapter")
    dtype = config.getoption("--verifier-dtype")
    run = Settings(
        config.getoption("--verifier-run-seed"),
        config.getoption("--verifier-device"),
        folder,
        dtype,
    )
    subject = Subject(code_of(config), settings=run)
    applying = [s for s in STATEMENTS.values() if not s.unavailable(subject.implementation)]
    lacking = {n for s in applying for n in filled(subject.implementation, s.needs)}
    size = size_of(profile)
    shares = REGISTRY.ledger(size)
    record.about = {
        "implementation": path or REFERENCE,
        "run_seed": str(run.run_seed),
        "device": run.device,
        **({"images": str(folder)} if folder else {}),
        **({"dtype": dtype} if dtype else {}),
        **({"isolated": "yes"} if path and config.getoption("--verifier-isolate") else {}),
        **({FILLED_IN: ", ".join(n for n in FILLED if n in lacking)} if lacking else {}),
        **({"chapters": " ".join(chapters)} if chapters else {}),
        "profile": profile,
        **told(config),
        "false alarms": f"at most {shares.total:g} a run, shared by the {shares.tests} statistical "
        f"tests that it may make: {shares.alpha:.2g} each",
        **{f"images, {task}": _source(task, folder) for task in IMAGE_TASKS},
        **environment(),
        "processes": str(processes(config)),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    record.expected = {e.statement: e.to_json() for e in config.stash[expected_key]}
    return Suite(subject, record, size, frozenset(_tested(request.session) & set(PATHWISE)))


def _source(task: str, folder: Path | None) -> str:
    found = images.find(task, folder)
    return "not found" if found is None else found.source


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """See `verifier.suite.selection`."""
    select(config, items)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A whole run that leaves a statement neither supported nor refuted has failed."""
    code = session.config.stash.get(code_key, None)
    if isinstance(code, Isolated):
        code.close()
    gathering = session.config.stash.get(gathering_key, None)
    if gathering is None:  # one of several processes
        return
    gathering.close(_state(session, exitstatus))
    if gathering.problem is not None:
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
        return
    certificate.write(gathering.record)
    if exitstatus == pytest.ExitCode.OK and gathering.record.folder is not None:
        found = rows(gathering.record)
        is_open = is_whole(session.config) and unsettled(found)
        if is_open or any(row.verdict in (REFUTED, ERROR) for row in found):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _state(session: pytest.Session, exitstatus: int) -> str:
    """How the run ends: also a part that was stopped is no part of which more can be said."""
    stopped = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    if stopped or session.shouldstop or session.shouldfail:
        return INTERRUPTED
    return WHOLE if is_whole(session.config) else PART


def _tested(session: pytest.Session) -> set[str]:
    """Ids of the statements that the session's tests are about, negative controls aside."""
    about = [item for item in session.items if "control" not in parameters(item)]
    return {statement_of(item) for item in about} - {""}


def pytest_collection_finish(session: pytest.Session) -> None:
    """A statement without a test, or a test of a statement in no chapter, is an error."""
    number(session.items)
    tested = _tested(session)
    unknown = tested - set(STATEMENTS)
    if unknown:
        raise pytest.UsageError(f"tests of statements in no chapter: {', '.join(sorted(unknown))}")
    untested = [name for name in STATEMENTS if name not in tested]
    if untested and is_whole(session.config):
        raise pytest.UsageError(f"statements without a test: {', '.join(untested)}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Generator[None, object, object]:
    """What the run found, in little and before what pytest says of its failures.

    `verifier table --wide` has all of it.
    """
    if is_a_part(terminalreporter.config):
        return (yield)
    gathering = terminalreporter.config.stash[gathering_key]
    record = gathering.record
    if gathering.problem is not None:
        terminalreporter.write_line(f"verifier: {gathering.problem}")
    if record.folder is None:
        return (yield)
    terminalreporter.section("statements")
    every = terminalreporter.config.getoption("--verifier-statements")
    shown = summarise(gather(record), terminal_width(), terminalreporter.hasmarkup, every)
    terminalreporter.write(shown)
    with shortened(terminalreporter.stats):
        return (yield)
