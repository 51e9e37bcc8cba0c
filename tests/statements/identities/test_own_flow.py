"""F1's second sources of flow and of losses, against exact solutions and autograd."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from tests.statements.identities.test_f1_forms import F1, PLAIN
from verifier.model.network import Parameters, output
from verifier.model.recipe import Recipe
from verifier.statements.identities import own_flow, own_losses
from verifier.statements.identities.own_flow import OwnRun, fading, times
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory

ONE = torch.ones((), dtype=torch.float64, device="cpu")


def one_neuron(u: float) -> tuple[Parameters, torch.Tensor, torch.Tensor]:
    """With `u(0) = u` at the only sample, pulled up at the speed 1 + 2^2 + 1 where active."""
    W = ONE.new_tensor([[u, 0.0]])
    return Parameters(W, W.new_zeros(1), W.new_ones(1)), W.new_tensor([[1.0, 2.0]]), W.new_ones(1)


def test_times_grow_by_one_factor() -> None:
    found = times(50.0, 7, 0.3, ONE) + 0.3
    assert torch.allclose(found[1:] / found[:-1], found[1] / found[0])
    assert found[0] == 0.3
    assert float(found[-1]) == pytest.approx(50.3, rel=1e-14)


@pytest.mark.parametrize("u", [-3.0, 2.0])
def test_a_start_fades_when_it_has_moved_by_its_size(u: float) -> None:
    found, error = fading(*one_neuron(u), Recipe((1.0,), slope=0.5))
    speed = 6.0 if u > 0 else 3.0
    assert found == pytest.approx(abs(u) / speed, rel=1e-14)
    assert 1e-16 < error < 1e-13
    start, X, y = one_neuron(u)
    assert fading(start._replace(a=0 * start.a), X, y, Recipe((1.0,))) == (math.inf, 0.0)


def test_a_run_crosses_a_kink_when_the_flow_does() -> None:
    start, X, y = one_neuron(-3.0)
    recipe = Recipe((10.0,), slope=0.5)
    steps = times(10.0, 4000, 0.1, X).diff()
    run = OwnRun.of(start, X, y, recipe, steps, 0.0)
    assert run.clear
    # -3 at half speed until 1, then at full speed; late by at most half of a step of that time
    u = float(run.end.W @ X[0] + run.end.b)
    assert 6.0 * (10 - 1) - 3 * 0.0015 <= u <= 6.0 * (10 - 1)
    coarse = OwnRun.of(start, X, y, recipe, times(10.0, 40, 0.1, X).diff(), 0.0)
    share, error = run.share(coarse)
    gap = float(coarse.end.W @ X[0] + coarse.end.b) - u
    assert float(share) == pytest.approx(abs(gap) / (u + 3), rel=1e-12)
    assert 0 < float(error) < 1e-9


@pytest.mark.parametrize("onset", [0.9, 1.1])
def test_another_onset_is_noticed(onset: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(*given: object) -> tuple[float, float]:
        time, error = fading(*given)  # type: ignore[arg-type]
        return onset * time, error

    monkeypatch.setattr(own_flow, "fading", other)
    assert not F1.check(PLAIN).holds


def test_what_rounding_decides_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    count = F1.check(PLAIN).comparisons

    def unclear(run: object, dtype: object) -> tuple[None, torch.Tensor]:
        return None, torch.zeros((), dtype=torch.bool, device="cpu")

    monkeypatch.setattr(own_flow, "drift_and_clearance", unclear)
    assert 0 < F1.check(PLAIN).comparisons < count


@pytest.mark.parametrize("width", [1, 20])
def test_every_flow_of_plain_draws_is_compared(width: int) -> None:
    from verifier.statements.identities import f1_forms

    kept = f1_forms.flow_by_runs
    both = []
    for flows in (kept, lambda *_: None):
        f1_forms.flow_by_runs = flows  # type: ignore[assignment]
        try:
            both.append(F1.check(replace(PLAIN, width=width)).comparisons)
        finally:
            f1_forms.flow_by_runs = kept
    # steps for each network, convergence, errors; weights and biases
    of_one, of_three = (n + 1 + n + n * 2 * width for n in (1, 3))
    assert both[0] - both[1] == of_one + 2 * of_three


@pytest.mark.parametrize("name", ["identity", "logistic", "exponential", "mixture"])
def test_own_losses_are_torch_s_and_their_slopes_autograd_s(name: str) -> None:
    s = ONE.new_tensor([-3.0, -0.4, 0.5, 2.0]).requires_grad_()
    r, o = 1.5, 0.5
    softplus = torch.nn.functional.softplus
    values = {
        "identity": s,
        "logistic": softplus(s),
        "exponential": s.exp(),
        "mixture": 0.25 * s + 0.5 * softplus(r * s) / r + 2 * torch.tanh(r * (s - o)) / r,
    }
    (slopes,) = torch.autograd.grad(values[name].sum(), s)
    own = own_losses.OwnLosses()
    for i, at in enumerate(s.tolist()):
        value, slope = getattr(own, name)(at)
        assert value == pytest.approx(float(values[name][i].detach()), rel=1e-13)
        assert slope == pytest.approx(float(slopes[i]), rel=1e-13)


@pytest.mark.parametrize("name", ["identity", "logistic", "exponential", "mixture"])
def test_each_loss_is_compared(name: str) -> None:
    def off(self: own_losses.OwnLosses, s: float) -> tuple[float, float]:
        value, slope = getattr(own_losses.OwnLosses, name)(self, s)
        return value, slope * (1 + 1e-13)

    altered = type("Off", (own_losses.OwnLosses,), {name: off})
    assert not F1.check(PLAIN, Subject(theory=Theory({own_losses.OwnLosses: altered}))).holds


def test_a_network_that_never_moves_has_no_error() -> None:
    start, X, y = one_neuron(1.0)
    still = start._replace(a=0 * start.a)
    steps = times(1.0, 6, 0.1, X).diff()
    run = OwnRun.of(still, X, y, Recipe((1.0,)), steps, 0.0)
    assert run.share(run) == (0.0, 0.0)
    assert float(output(run.end, X, 0.0)) == 0.0
