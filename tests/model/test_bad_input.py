"""Every wrong input is an InputError naming argument, value and rule, before any work starts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.bad_input import (
    CPU64,
    INF,
    NAN,
    N,
    P,
    X,
    Y,
    generator,
    network,
    refused,
    samples,
    spoilt,
)
from verifier.model.attack import natural_inputs, perturb
from verifier.model.losses import Identity, Logistic, named_loss
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train


class CountingLoss(Identity):
    """Counts how often training asks for a derivative: never, if the input was checked first."""

    calls = 0

    def derivative(self, s: Tensor) -> Tensor:
        CountingLoss.calls += 1
        return super().derivative(s)


# Training and perturbing: what is wrong, then the parameters, the samples and the labels

BAD_TENSORS: dict[str, tuple[Parameters, Any, Any, str, str, str]] = {
    "labels 0 and 1": (P, X, (Y + 1) / 2, "y", "[0.0]", "-1 or +1"),
    "label 2": (P, X, spoilt(Y, 2.0), "y", "[2.0]", "-1 or +1"),
    "label nan": (P, X, spoilt(Y, NAN), "y", "NaN", "finite"),
    "too few labels": (P, X, Y[:3], "y", "(3,)", "(4)"),
    "too many labels": (P, X, torch.cat((Y, Y)), "y", "(8,)", "(4)"),
    "column of labels": (P, X, Y[:, None], "y", "(4, 1)", "(4)"),
    "one sample": (P, X[0], Y, "X", "(3,)", "3"),
    "other dimension": (P, X[:, :2], Y, "X", "(4, 2)", "3"),
    "no samples": (P, X[:0], Y[:0], "X", "(0, 3)", ">= 1"),
    "no neurons": (Parameters(*(t[:0] for t in P)), X, Y, "W", "(0, 3)", ">= 1"),
    "no dimension": (P._replace(W=P.W[:, :0]), X[:, :0], Y, "W", "(5, 0)", ">= 1"),
    "other width of b": (P._replace(b=P.b[:3]), X, Y, "b", "(3,)", "5"),
    "other width of a": (P._replace(a=P.a[:3]), X, Y, "a", "(3,)", "5"),
    "nan in X": (P, spoilt(X, NAN), Y, "X", "NaN", "finite"),
    "inf in X": (P, spoilt(X, -INF), Y, "X", "infinity", "finite"),
    "inf in W": (P._replace(W=spoilt(P.W, INF)), X, Y, "W", "infinity", "finite"),
    "nan in b": (P._replace(b=spoilt(P.b, NAN)), X, Y, "b", "NaN", "finite"),
    "nan in a": (P._replace(a=spoilt(P.a, NAN)), X, Y, "a", "NaN", "finite"),
    "integer X": (P, X.long(), Y, "X", "torch.int64", "floating point"),
    "integer labels": (P, X, Y.long(), "y", "torch.int64", "floating point"),
    "integer W": (P._replace(W=P.W.long()), X, Y, "W", "torch.int64", "floating point"),
    "complex X": (P, X.to(torch.complex128), Y, "X", "torch.complex128", "floating point"),
    "boolean labels": (P, X, Y > 0, "y", "torch.bool", "floating point"),
    "single X": (P, X.float(), Y, "X", "torch.float32", "torch.float64"),
    "single labels": (P, X, Y.float(), "y", "torch.float32", "torch.float64"),
    "single b": (P._replace(b=P.b.float()), X, Y, "b", "torch.float32", "torch.float64"),
    "single network": (P.to("cpu", torch.float32), X, Y, "X", "torch.float64", "torch.float32"),
    "X elsewhere": (P, X.to("meta"), Y, "X", "meta", "cpu"),
    "labels elsewhere": (P, X, Y.to("meta"), "y", "meta", "cpu"),
    "a elsewhere": (P._replace(a=P.a.to("meta")), X, Y, "a", "meta", "cpu"),
    "array X": (P, X.numpy(), Y, "X", "ndarray", "torch tensor"),
    "list of labels": (P, X, Y.tolist(), "y", "list", "torch tensor"),
    "array W": (P._replace(W=P.W.numpy()), X, Y, "W", "ndarray", "torch tensor"),
}
BAD = pytest.mark.parametrize("case", BAD_TENSORS.values(), ids=list(BAD_TENSORS))


@BAD
def test_training_refuses_bad_tensors_before_it_begins(case: tuple[Any, ...]) -> None:
    params, points, marks, argument, value, rule = case
    CountingLoss.calls = 0
    recipe = Recipe((0.1,), CountingLoss())
    refused(lambda: train(params, points, marks, recipe), argument, value, rule)
    assert CountingLoss.calls == 0


@BAD
def test_perturbing_refuses_bad_tensors(case: tuple[Any, ...]) -> None:
    params, points, marks, argument, value, rule = case
    argument = "targets" if argument == "y" else argument
    refused(lambda: perturb(params, points, marks, 0.5, 0.3), argument, value, rule)


BATCHES: dict[str, tuple[Parameters, Tensor, Tensor, str]] = {
    "several W, one b": (P._replace(W=network((2,)).W), X, Y, "b"),
    "several b, one W": (P._replace(b=network((2,)).b), X, Y, "b"),
    "several a, one W": (P._replace(a=network((2,)).a), X, Y, "a"),
    "several X, one network": (P, samples(2), Y, "X"),
    "several y, one network": (P, X, Y.expand(2, N), "y"),
    "2 networks, 3 X": (network((2,)), samples(3), Y, "X"),
    "2 networks, 3 y": (network((2,)), X, Y.expand(3, N), "y"),
    "2 networks and X, 3 y": (network((2,)), samples(2), Y.expand(3, N), "y"),
    "1 network in a batch, 3 X": (network((1,)), samples(3), Y, "X"),
}


@pytest.mark.parametrize("case", BATCHES.values(), ids=list(BATCHES))
def test_training_refuses_leading_dimensions_that_do_not_fit(case: tuple[Any, ...]) -> None:
    params, points, marks, argument = case
    CountingLoss.calls = 0
    refused(lambda: train(params, points, marks, Recipe((0.1,), CountingLoss())), argument, "", "")
    assert CountingLoss.calls == 0


@pytest.mark.parametrize("eps", [-0.1, NAN, INF])
def test_eps_must_be_finite_and_non_negative(eps: float) -> None:
    rule = "must be finite and non-negative"
    refused(lambda: perturb(P, X, Y, eps, 0.3), "eps", str(eps), rule)


@pytest.mark.parametrize("slope", [-0.1, 1.1, NAN, INF])
def test_slopes_must_lie_in_the_unit_interval(slope: float) -> None:
    refused(lambda: Recipe((0.1,), slope=slope), "slope", str(slope), "must lie in [0, 1]")


def test_perturbing_refuses_a_slope_outside_the_unit_interval() -> None:
    refused(lambda: perturb(P, X, Y, 0.5, 1.1), "slope", "1.1", "must lie in [0, 1]")


def test_initialising_refuses_sizes_below_one_and_integers() -> None:
    for width, d, argument in ((0, 3, "width"), (-1, 3, "width"), (5, 0, "dimension")):
        rule = "must be at least 1"
        refused(
            lambda m=width, d=d: initialise(m, d, generator=generator(), **CPU64),
            argument,
            str(min(width, d)),
            rule,
        )
    refused(
        lambda: initialise(5, 3, generator=generator(), dtype=torch.int64, device="cpu"),
        "dtype",
        "torch.int64",
        "floating point",
    )


@pytest.mark.parametrize("scenario", ["c", "A", ""])
def test_natural_inputs_refuse_another_scenario(scenario: str) -> None:
    refused(lambda: natural_inputs(X, scenario), "scenario", repr(scenario), "must be 'a' or 'b'")


# Recipes


@pytest.mark.parametrize("steps", [(), (-0.1,), (0.1, NAN), (INF,)])
def test_step_sizes_must_be_finite_and_non_negative(steps: tuple[float, ...]) -> None:
    rule = "finite and non-negative" if steps else "at least one step size"
    refused(lambda: Recipe(steps), "steps", str(steps), rule)


@pytest.mark.parametrize("steps", [0.1, "0.1", ("0.1",), None])
def test_step_sizes_must_be_numbers_in_a_tuple(steps: Any) -> None:
    refused(lambda: Recipe(steps), "steps", str(steps), "")


@pytest.mark.parametrize("momentum", [-0.1, 1.0, NAN])
def test_momentum_must_be_below_one(momentum: float) -> None:
    refused(lambda: Recipe((0.1,), momentum=momentum), "momentum", str(momentum), "[0, 1)")


@pytest.mark.parametrize("loss", ["logistic", None, 3])
def test_a_loss_must_offer_its_parts(loss: Any) -> None:
    rule = "must offer name, value, derivative"
    refused(lambda: Recipe((0.1,), loss), "loss", str(loss), rule)


@pytest.mark.parametrize("name", ["hinge", "", "Logistic"])
def test_unknown_losses_are_refused(name: str) -> None:
    rule = "must be one of identity, logistic, exponential, mixture"
    refused(lambda: named_loss(name), "loss", repr(name), rule)


def test_the_checks_do_not_refuse_what_is_right() -> None:
    """Otherwise everything above could pass by refusing everything."""
    train(P, X, Y, Recipe((0.1,), Logistic()))
    train(network((2,)), samples(2), Y, Recipe((0.1,)))
    train(network((2,)), X, Y.expand(2, N), Recipe((0.1,)))
    perturb(P, X, Y, 0.0, 1.0)
