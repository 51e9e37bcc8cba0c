"""The published training loop and attack: every statement holds of it, whatever its conventions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.suite.running import QUICK, run
from verifier.data.distributions import Data
from verifier.errors import DivergedError, NotComparable
from verifier.evidence.record import Record
from verifier.implementations.published import Published
from verifier.implementations.reference import Reference
from verifier.model.losses import Identity, Logistic
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.report.verdicts import SUPPORTED, rows
from verifier.statements import PATHWISE, STATEMENTS, PathwiseStatement
from verifier.suite.drawing import drawn
from verifier.suite.strategies import strategy_for
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.subject import Subject

PATH = "verifier.implementations.published:Published"
OFFERED = [s for s in STATEMENTS.values() if not s.unavailable(Published())]
SMALL = Configuration(
    Data("gaussian", 4, 6), 20, 0.3, True, (0.3, 0.1), (0.2,), 1.0, "b", momentum=0.9
)


def test_nearly_every_statement_applies() -> None:
    absent = {name for name in STATEMENTS if STATEMENTS[name] not in OFFERED}
    # no deep training, no kernel but a mean over draws; no batches, no attack but L2 in one step, a
    # readout that stays, one output
    assert absent == {"E6", "E6s", "K1", "E7", "E7n", "E8", "E8p", "E8c", "E9", "E10", "E10m"}


@pytest.mark.parametrize(
    "statement", [s for s in PATHWISE.values() if s in OFFERED], ids=lambda s: s.id
)
def test_every_pathwise_statement_holds(statement: PathwiseStatement) -> None:
    subject, held = Subject(Published()), 0
    for configuration in drawn(strategy_for(statement), 8, run_seed=5):
        try:
            evidence = statement.check(configuration, subject)
        except (DivergedError, NotComparable):
            continue
        assert evidence.holds, evidence
        held += evidence.held
    assert held


LAWS = ("P0", "P4", "R1c", "R5", "N1")
"""Of the statistical statements those whose experiments are short: a nightly run takes all."""


@pytest.mark.long
@pytest.mark.slow
def test_every_statement_is_supported_by_a_run(tmp_path: Path) -> None:
    laws = " or ".join(f"{law}-" for law in LAWS)
    parts = f"random or wide or images or prior or relaxation or (experiment and ({laws}))"
    done = run(*QUICK, "-k", parts, "--implementation", PATH, folder=tmp_path / "run")
    assert done.returncode == 0, done.stdout
    found = {row.id: row.verdict for row in rows(Record.load(tmp_path / "run"))}
    tried = [s.id for s in OFFERED if s.id in LAWS or isinstance(s, PathwiseStatement)]
    assert {name: found[name] for name in tried} == dict.fromkeys(tried, SUPPORTED)


def test_it_trains_and_attacks_as_the_reference_does() -> None:
    start = draw(SMALL)
    for loss in (Identity(), Logistic()):
        recipe = replace(SMALL.f_recipe, loss=loss)
        own, other = (
            c.train(start.f_0, start.X, start.y, recipe) for c in (Published(), Reference())
        )
        for part, expected in zip(own, other, strict=True):
            torch.testing.assert_close(part, expected, rtol=1e-12, atol=1e-12)
        attacks = [
            code.perturb(own, start.X, start.targets, 0.7, 0.3)
            for code in (Published(loss), Reference())
        ]
        torch.testing.assert_close(*attacks, rtol=1e-11, atol=1e-11)


def test_its_derivative_at_the_kink_is_the_slope() -> None:
    """Where theory says 1: both codes are right, and no draw may tell them apart."""
    params = Parameters(*(torch.ones(s, dtype=torch.float64) for s in ((1, 1), (1,), (1,))))
    params = params._replace(b=-params.b)
    at_kink = torch.ones(1, 1, dtype=torch.float64)  # u = 1 - 1
    assert Published().input_gradient(params, at_kink, 0.25).item() == 0.25
    assert Reference().input_gradient(params, at_kink, 0.25).item() == 1.0
    step = Recipe((1.0,), slope=0.25)
    y = torch.ones(1, dtype=torch.float64)
    ends = [code.train(params, at_kink, y, step).b.item() for code in (Published(), Reference())]
    assert ends == [-0.75, 0.0]


def test_an_attack_through_a_saturated_loss_is_refuted() -> None:
    """The logistic loss of a margin above 104 has no gradient in float32."""
    saturated = replace(SMALL, dtype="float32", f_steps=(2e4,), momentum=0.0, slope=1.0)
    start = draw(saturated)
    sure = replace(start, targets=start.y)
    through_loss = Subject(Published(Logistic()))
    assert PATHWISE["E4"].check(SMALL, through_loss).holds
    assert PATHWISE["E4"].check(saturated, Subject(Published()), sure).holds
    assert not PATHWISE["E4"].check(saturated, through_loss, sure).holds
