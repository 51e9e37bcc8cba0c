"""A rate that is cut on a plateau: torch's scheduler, a rule by hand, and the path it replays."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.implementations.reference import Reference
from verifier.model.losses import Logistic
from verifier.model.network import Parameters, initialise, output
from verifier.model.plateau import Plateau, train_on_plateau
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.reproduction.training.stacked_descent import _cut_on_plateau
from verifier.statements import PATHWISE
from verifier.trial.case import Case
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

CPU64 = {"dtype": torch.float64, "device": "cpu"}
FIRST = Recipe((0.1,) * 60, Logistic(), 0.2, momentum=0.9)


def problem() -> tuple[Parameters, Tensor, Tensor]:
    """Each sample there with both labels, so that the objective comes to rest."""
    g = torch.Generator(device="cpu").manual_seed(0)
    X = torch.randn(3, 4, generator=g, **CPU64).repeat_interleave(2, dim=0)
    y = torch.tensor([1.0, -1.0] * 3, **CPU64)
    return initialise(8, 4, generator=g, **CPU64), X, y


def by_torch(first: Recipe) -> tuple[list[float], Tensor]:
    """The rates used and the outputs at the samples, by torch's optimiser and scheduler."""
    f, X, y = problem()
    W, b = (t.clone().requires_grad_() for t in (f.W, f.b))
    optimiser = torch.optim.SGD([W, b], lr=first.steps[0], momentum=first.momentum)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser)
    used = []
    for _ in first.steps:
        used.append(optimiser.param_groups[0]["lr"])
        optimiser.zero_grad()
        out = torch.nn.functional.leaky_relu(X @ W.T + b, first.slope) @ f.a / math.sqrt(8)
        objective = torch.nn.functional.softplus(-y * out).mean()
        objective.backward()
        optimiser.step()
        scheduler.step(float(objective.detach()))
    return used, output(Parameters(W.detach(), b.detach(), f.a), X, first.slope)


def test_it_is_torch_s_rule() -> None:
    f, X, y = problem()
    end, used = train_on_plateau(f, X, y, FIRST)
    rates, outputs = by_torch(FIRST)
    assert used.steps == pytest.approx(rates, rel=1e-12)
    assert len(set(used.steps)) > 2  # cut more than once
    torch.testing.assert_close(output(end, X, 0.2), outputs)


def test_the_rates_that_were_used_make_the_same_path() -> None:
    f, X, y = problem()
    end, used = train_on_plateau(f, X, y, FIRST)
    assert (used.momentum, used.loss, used.slope) == (0.9, FIRST.loss, 0.2)
    again, planned = (train(f, X, y, recipe).params for recipe in (used, FIRST))
    torch.testing.assert_close(again.W, end.W, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(again.b, end.b, rtol=1e-12, atol=1e-14)
    assert (planned.W - end.W).abs().max() > 1e-2
    frozen, _ = train_on_plateau(f, X, y, replace(FIRST, train_bias=False))
    assert torch.equal(frozen.b, f.b)


SHORT = replace(FIRST, steps=(0.5,) * 15, momentum=0.0)
STRICT = Plateau(patience=1, improvement=0.05)


class OnPlateau(Reference):
    """Looks at its run: nobody tells it another rate than the first."""

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        first = replace(recipe, steps=recipe.steps[:1] * len(recipe.steps))
        return train_on_plateau(params, X, y, first, STRICT)[0]


@pytest.mark.parametrize("id", ["E1", "E2"])
def test_statements_about_one_run_hold_with_the_rates_that_were_used(id: str) -> None:
    """And not with those that were planned."""
    f, X, y = problem()
    used = train_on_plateau(f, X, y, SHORT, STRICT)[1].steps
    found = []
    for steps in (used, SHORT.steps):
        c = Configuration(
            Data("gaussian", 4, 6), 8, 0.2, True, steps, (0.1,), 1.0, "a", loss="logistic"
        )
        case = Case.of(c, f, X, y, X[::2] / 2)
        found.append(PATHWISE[id].check(case.configuration, Subject(OnPlateau()), case.start).holds)
    assert len(set(used)) > 1
    assert found == [True, False]


def test_the_rule_by_hand() -> None:
    """Two runs at once: one that stands still, one that falls by more than its share."""
    rule = Plateau(patience=1, cut=0.5, improvement=0.1, least=0.2)
    following = rule.rates(torch.ones(2, **CPU64))
    seen = [following(torch.tensor([1.0, 0.8**k], **CPU64)).tolist() for k in range(7)]
    assert [row[0] for row in seen] == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.25]  # .125 is too little
    assert {row[1] for row in seen} == {1.0}


def test_a_negative_best_admits_what_is_a_little_above_it() -> None:
    following = Plateau(patience=0).rates(torch.ones((), **CPU64))
    values = (-1.0, -0.99995, -0.99995, -0.9)
    rates = [float(following(torch.tensor(v, **CPU64))) for v in values]
    assert rates == [1.0, 1.0, 1.0, pytest.approx(0.1)]


def test_the_figures_have_the_same_rule() -> None:
    g = torch.Generator(device="cpu").manual_seed(1)
    rate, best, bad = (torch.full((2, 3), v, **CPU64) for v in (1e-6, math.inf, 0.0))
    following = Plateau().rates(rate.clone())
    level = torch.linspace(-1, 1, 6, **CPU64).view(2, 3)
    for k in range(80):
        objective = level - 1e-5 * k + 1e-4 * torch.randn(2, 3, generator=g, **CPU64)
        _cut_on_plateau(objective, rate, best, bad)
        torch.testing.assert_close(following(objective), rate, rtol=1e-12, atol=0)
    assert len(rate.unique()) > 1


def test_two_neurons_that_are_not_independent() -> None:
    """The smallest case: beside the other one no rate is cut, alone the thirteenth is a tenth."""
    one, eta = torch.ones(1, **CPU64), 1e-6
    first = Recipe((eta,) * 13, slope=1.0, train_bias=False)
    both = Parameters(
        torch.tensor([[-1.0], [3.0]], **CPU64), torch.zeros(2, **CPU64), one.repeat(2)
    )
    alone = Parameters(-one[:, None], 0 * one, one / 2**0.5)
    moved = []
    for f in (both, alone):
        end, used = train_on_plateau(f, one[:, None], one, first)
        moved.append((float(end.W[0] + 1) * 2**0.5 / eta, used.steps[-1] / eta))
    assert moved[0] == pytest.approx((13.0, 1.0), rel=1e-6)
    assert moved[1] == pytest.approx((12.1, 0.1), rel=1e-6)


def test_bad_rules_and_steps() -> None:
    for wrong in ({"patience": -1}, {"cut": 1.0}, {"improvement": -0.1}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            Plateau(**wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="steps"):
        train_on_plateau(*problem(), Recipe((0.1, 0.2)))
