"""The forms of a step, each against the loop that anyone would write, from the same state."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.model.test_training import (
    LOSSES,
    close,
    problem,
    sgd,
)
from verifier.errors import DivergedError, InputError
from verifier.model import forms
from verifier.model.descent import descend_alone, descend_together
from verifier.model.forms import Problem, gram_of, with_ones
from verifier.model.losses import Identity, Logistic
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.model.training import train

FORMS = ("primal", "primal with ones", "gram")

recipes = st.builds(
    Recipe,
    steps=st.lists(st.sampled_from([0.0, 0.1, 0.3, 1.0]), min_size=1, max_size=4).map(tuple),
    loss=st.sampled_from(LOSSES),
    slope=st.sampled_from([0.0, 0.3, 1.0]),
    momentum=st.sampled_from([0.0, 0.8]),
    train_bias=st.booleans(),
)
shapes = st.tuples(st.integers(1, 9), st.integers(1, 6), st.integers(1, 7))


def descended(
    form: str, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, together: bool
) -> tuple[Parameters, Tensor]:
    samples = torch.cat((X, torch.ones_like(X[:, :1])), dim=1) if form == "primal with ones" else X
    one = Problem(params, samples, y, params.clone(), torch.zeros_like(y), None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms, "SAVING", -(1 << 40))  # even where it saves nothing
        gram = gram_of(one, recipe) if form == "gram" else None
    descend = descend_together if together else descend_alone
    descend(one, recipe, gram)
    return one.end, one.tau


@given(recipes, shapes, st.integers(0, 1000), st.sampled_from(FORMS), st.booleans())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_every_form_makes_the_plain_steps(
    recipe: Recipe, shape: tuple[int, int, int], seed: int, form: str, together: bool
) -> None:
    params, X, y = problem(seed, *shape)
    if not isinstance(recipe.loss, Identity):
        together = True
    end, tau = descended(form, params, X, y, recipe, together)
    close(end, sgd(params, X, y, recipe), relative=1e-11)
    if not recipe.train_bias:
        assert torch.equal(end.b, params.b)
    plain = train(params, X, y, recipe, path_weights=True)
    torch.testing.assert_close(tau, plain.tau, rtol=1e-11, atol=0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda loss: loss.name)
def test_one_float32_step_of_every_form_is_the_float64_one_to_rounding(
    form: str, loss: Identity | Logistic
) -> None:
    params, X, y = problem(3, 50, 40, 30)
    recipe = Recipe((0.7,), loss, 0.2)
    exact, _ = descended(form, params, X, y, recipe, True)
    narrow = (t.to(torch.float32) for t in (X, y))
    end, _ = descended(form, params.to("cpu", torch.float32), *narrow, recipe, True)
    assert end.W.dtype is torch.float32
    bound = 100 * torch.finfo(torch.float32).eps
    close(end.to("cpu", torch.float64), exact, relative=bound)


@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda loss: loss.name)
def test_train_takes_the_gram_form_where_it_is_cheaper(
    loss: Identity | Logistic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And never with path weights, which are to witness the weights."""
    monkeypatch.setattr(forms, "SAVING", 1 << 10)
    params, X, y = problem(4, width=600, dimension=200, count=7)
    recipe = Recipe((0.3, 0.1) * 10, loss, 0.1, 0.5)
    built: list[bool] = []

    def recorded(one: Problem, asked: Recipe) -> Tensor | None:
        gram = gram_of(one, asked)
        built.append(gram is not None)
        return gram

    monkeypatch.setattr("verifier.model.training.gram_of", recorded)
    cheap = train(params, X, y, recipe)
    plain = train(params, X, y, recipe, path_weights=True)
    assert built == [True, False]
    close(cheap.params, plain.params, relative=1e-11)
    tall, Z, labels = problem(4, width=6, dimension=3, count=50)
    train(tall, Z, labels, recipe)
    train(params, X, y, recipe.prefix(1))
    monkeypatch.setattr(forms, "SAVING", 1 << 26)
    train(params, X, y, recipe)
    assert built[2:] == [False, False, False]


def test_the_gram_form_of_a_coupled_loss_needs_room(monkeypatch: pytest.MonkeyPatch) -> None:
    params, X, y = problem(5, width=20, dimension=90, count=4)
    monkeypatch.setattr(forms, "SAVING", 0)
    one = Problem(params, X, y, params, torch.zeros_like(y), None)
    for held in (4 * 20, 4 * 20 - 1):
        monkeypatch.setattr(forms, "HELD", held)
        assert gram_of(one, Recipe((0.3,) * 9)) is not None
        assert (gram_of(one, Recipe((0.3,) * 9, Logistic())) is not None) == (held == 4 * 20)


def test_networks_that_share_their_samples_share_the_gram_matrix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    params, X, y = problem(5, width=20, dimension=90, count=4, leading=(3,))
    recipe = Recipe((0.3,) * 9, Logistic(), 0.1)
    monkeypatch.setattr(forms, "SAVING", 0)
    calls: list[object] = []
    monkeypatch.setattr(
        "verifier.model.training.gram_of", lambda *a: calls.append(a) or gram_of(*a)
    )
    shared = train(params, X[0], y[0], recipe)
    assert len(calls) == 1
    own = train(params, X[:1].expand(3, -1, -1), y[:1].expand(3, -1), recipe)
    assert len(calls) == 4
    for part, other in zip(shared.params, own.params, strict=True):
        assert torch.equal(part, other)


def test_wide_samples_are_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    params, X, y = problem(6, width=5, dimension=8, count=30)
    recipe = Recipe((0.3, 0.2), Logistic(), 0.1, 0.5)
    narrow = train(params, X, y, recipe)
    assert with_ones(X).shape == (30, 9)
    monkeypatch.setattr(forms, "NARROW", 7)
    assert with_ones(X) is X
    close(train(params, X, y, recipe).params, narrow.params)


@dataclass(frozen=True)
class Tilting:
    """Rises at first and falls once `s` is below -2, where a few steps take it."""

    name: str = "tilting"

    def value(self, s: Tensor) -> Tensor:
        return torch.where(s > -2, s, -s)

    def derivative(self, s: Tensor) -> Tensor:
        return torch.where(s > -2, 1.0, -1.0).to(s.dtype)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_loss_that_falls_in_a_later_step_is_refused(momentum: float) -> None:
    params, X, y = problem(7, width=40)
    with pytest.raises(InputError, match=r"^loss = 'tilting', whose derivative is -1 somewhere"):
        train(params, X, y, Recipe((0.5,) * 40, Tilting(), momentum=momentum))


def test_outputs_that_overflow_between_two_sound_steps_are_divergence() -> None:
    """A step out to where the output overflows, and the same back: weights and tau end finite."""
    params, X, y = problem(8, width=1, dimension=1, count=1)
    params = Parameters(params.W.abs(), params.b.abs(), params.a.abs())
    X, y = X.abs(), y.abs()

    @dataclass(frozen=True)
    class Back(Logistic):
        """Pulls with 1, whatever the output."""

        def derivative(self, s: Tensor) -> Tensor:
            return torch.ones_like(s)

    huge = params._replace(a=params.a / params.a * 1e200)
    with pytest.raises(DivergedError) as caught:
        train(huge, X, y, Recipe((1e5, 0.0), Back()))
    assert caught.value.step == 1
    assert caught.value.quantity == "the output"
