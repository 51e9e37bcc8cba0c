from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch

from properties.suite import Suite, size_of
from verifier import datasets
from verifier.claims import CLAIMS, STATEMENTS, Statement, ledger
from verifier.configuration import Settings
from verifier.distributions import IMAGE_TASKS
from verifier.errors import InputError
from verifier.implementation import Reference, load
from verifier.record import Record, environment, new_run_folder
from verifier.report.summary import rows, unsettled
from verifier.report.terminal import render, wide_enough

REFERENCE = "reference"
record_key = pytest.StashKey[Record]()
start_key = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("verifier", "theory of learning from adversarial perturbations")
    with suppress(ValueError):  # `pytest benchmarks properties`: declared already, and the same
        group.addoption("--implementation", metavar="PKG.MOD:NAME", help="training code to check")
    group.addoption("--device", default="cpu", help="torch device, e.g. cuda (default: cpu)")
    group.addoption("--run-seed", type=int, default=0, help="seed of the whole run (default: 0)")
    group.addoption("--images", type=Path, help="folder with mnist/ or fashion-mnist/ IDX files")
    group.addoption(
        "--evidence", type=Path, help="folder for the evidence (default: .verifier/runs/TIME)"
    )


def _bad_input(problem: Exception) -> pytest.UsageError:
    return pytest.UsageError(f"{type(problem).__name__}: {problem}")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[record_key] = Record()
    config.stash[start_key] = time.perf_counter()
    if config.option.tbstyle == "auto":
        config.option.tbstyle = "short"  # a finding says what is wrong; how it was found does not
    device = config.getoption("--device")
    try:
        torch.zeros((), device=device, dtype=torch.float64)
    except (RuntimeError, AssertionError) as problem:
        raise pytest.UsageError(f"--device {device}: not usable here: {problem}") from None


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
def suite(request: pytest.FixtureRequest, profile: str, one_thread: None) -> Suite:
    config = request.config
    record = config.stash[record_key]
    path = config.getoption("--implementation")
    implementation = load(path) if path else Reference()
    images = config.getoption("--images")
    run = Settings(config.getoption("--run-seed"), config.getoption("--device"), images)
    size = size_of(profile)
    shares = ledger(size)
    record.about = {
        "implementation": path or REFERENCE,
        "run_seed": str(run.run_seed),
        "device": run.device,
        **({"images": str(images)} if images else {}),
        "profile": profile,
        "false alarms": f"at most {shares.total:g} a run: {shares.tests} statistical tests at "
        f"{shares.alpha:.2g} each",
        **{f"images, {task}": _source(task, images) for task in IMAGE_TASKS},
        **environment(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    record.open(config.getoption("--evidence") or new_run_folder())
    together = frozenset(_tested(request.session) & set(CLAIMS))
    return Suite(implementation, run, record=record, size=size, together=together)


def _source(task: str, images: Path | None) -> str:
    found = datasets.find(task, images)
    return "not found" if found is None else found.source


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    try:
        path, images = config.getoption("--implementation"), config.getoption("--images")
        if path:
            load(path)
        for task in IMAGE_TASKS:
            datasets.find(task, images)
        folder = config.getoption("--evidence")
        if folder is not None and (folder / "evidence.jsonl").exists():
            raise InputError("evidence", folder, "already holds a run")
    except InputError as problem:
        raise _bad_input(problem) from problem


def _is_whole(config: pytest.Config) -> bool:
    """Whether nothing of the suite was left out."""
    here = all(Path(argument).resolve() == Path(__file__).parent for argument in config.args)
    options = ("-k", "-m", "deselect", "ignore", "ignore_glob", "maxfail", "lf")
    return here and not any(config.getoption(option, None) for option in options)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    start = time.perf_counter()
    result = yield
    seconds = time.perf_counter() - start
    function, _, name = item.name.partition("[")
    words = (word.removeprefix("test_").replace("_", " ") for word in (item.path.stem, function))
    item.config.stash[record_key].spend(": ".join(words), name.removesuffix("]"), seconds)
    return result


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A whole run that leaves a claim neither supported nor refuted has failed."""
    record = session.config.stash[record_key]
    record.wall = time.perf_counter() - session.config.stash[start_key]
    record.close()
    finished = exitstatus == pytest.ExitCode.OK and record.folder is not None
    if finished and _is_whole(session.config) and unsettled(rows(record)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _tested(session: pytest.Session) -> set[str]:
    """Ids of the claims that the session's tests are about, negative controls aside."""
    parameters = [getattr(item, "callspec", None) for item in session.items]
    params = [p.params for p in parameters if p is not None]
    claims = [p.get("claim") for p in params if "mutant" not in p]
    return {claim.id for claim in claims if isinstance(claim, Statement)}


def pytest_collection_finish(session: pytest.Session) -> None:
    """A claim without a test, or a test without a claim, is an error."""
    tested = _tested(session)
    unknown = tested - set(STATEMENTS)
    if unknown:
        raise pytest.UsageError(f"tests without a claim: {', '.join(sorted(unknown))}")
    untested = [c for c in STATEMENTS if c not in tested]
    if untested and _is_whole(session.config):
        raise pytest.UsageError(f"claims without a test: {', '.join(untested)}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    record = terminalreporter.config.stash[record_key]
    if record.folder is None:
        return
    terminalreporter.section("claims")
    color = terminalreporter.hasmarkup
    terminalreporter.write(render(record, wide_enough(), color))
    terminalreporter.write_line(f"evidence: {record.folder}")
