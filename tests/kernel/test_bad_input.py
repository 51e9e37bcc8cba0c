"""Every wrong input is an InputError naming argument, value and rule, before any work starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from torch import Tensor

from tests.bad_input import (
    INF,
    NAN,
    X,
    Y,
    generator,
    refused,
    spoilt,
)
from verifier.kernel.phi import (
    f0_covariance,
    kernel_sum,
    phi,
    weighted_direction,
)
from verifier.kernel.phi_gradient import phi_gradient, phi_gradient_sum
from verifier.kernel.prediction import (
    direction,
    f_hat,
    g_hat,
    sharpened_direction,
)
from verifier.kernel.random_features import Estimate, kernel_sum_by_features


def by_features(z: Tensor, X: Tensor, weights: Tensor, slope: float) -> Estimate:
    return kernel_sum_by_features(z, X, weights, slope, 1.0, features=10, generator=generator())


PREDICTIONS: dict[str, Callable[..., Tensor]] = {
    "f_hat": lambda z, X, y: f_hat(z, X, y, 0.3),
    "direction": lambda z, X, y: direction(z, X, y, 0.3),
    "sharpened_direction": lambda z, X, y: sharpened_direction(z, X, y, 0.3),
}
BAD_PREDICTIONS: dict[str, tuple[Any, Any, Any, str, str, str]] = {
    "labels 0 and 1": (X, X, (Y + 1) / 2, "y", "0.0", "-1 or +1"),
    "too few labels": (X, X, Y[:3], "y", "(3,)", "4"),
    "column of labels": (X, X, Y[:, None], "y", "(4, 1)", "4"),
    "row of labels": (X, X, Y[None], "y", "(1, 4)", "4"),
    "other dimension": (X[:, :2], X, Y, "z", "(4, 2)", "3"),
    "one point": (X[0], X, Y, "z", "(3,)", "3"),
    "batched points": (X[None], X, Y, "z", "(1, 4, 3)", "3"),
    "batched samples": (X, X[None], Y, "X", "(1, 4, 3)", ""),
    "no samples": (X, X[:0], Y[:0], "X", "(0, 3)", ">= 1"),
    "no dimension": (X[:, :0], X[:, :0], Y, "X", "(4, 0)", ">= 1"),
    "nan in X": (X, spoilt(X, NAN), Y, "X", "NaN", "finite"),
    "inf in z": (spoilt(X, INF), X, Y, "z", "infinity", "finite"),
    "nan label": (X, X, spoilt(Y, NAN), "y", "NaN", "finite"),
    "integer X": (X, X.long(), Y, "X", "torch.int64", "floating point"),
    "integer z": (X.long(), X, Y, "z", "torch.int64", "floating point"),
    "integer labels": (X, X, Y.long(), "y", "torch.int64", "floating point"),
    "single z": (X.float(), X, Y, "z", "torch.float32", "torch.float64"),
    "single labels": (X, X, Y.float(), "y", "torch.float32", "torch.float64"),
    "z elsewhere": (X.to("meta"), X, Y, "z", "meta", "cpu"),
    "labels elsewhere": (X, X, Y.to("meta"), "y", "meta", "cpu"),
    "array z": (X.numpy(), X, Y, "z", "ndarray", "torch tensor"),
    "array X": (X, X.numpy(), Y, "X", "ndarray", "torch tensor"),
}


@pytest.mark.parametrize("function", PREDICTIONS)
@pytest.mark.parametrize("case", BAD_PREDICTIONS.values(), ids=list(BAD_PREDICTIONS))
def test_predictions_refuse_bad_tensors(function: str, case: tuple[Any, ...]) -> None:
    z, points, marks, argument, value, rule = case
    refused(lambda: PREDICTIONS[function](z, points, marks), argument, value, rule)


OF_POINTS = {k: v for k, v in BAD_PREDICTIONS.items() if "label" not in k}


@pytest.mark.parametrize("case", OF_POINTS.values(), ids=list(OF_POINTS))
def test_kernels_refuse_bad_points(case: tuple[Any, ...]) -> None:
    z, points, _, argument, value, rule = case
    for call in (
        lambda: phi(z, points, 0.3),
        lambda: phi_gradient(z, points, 0.3),
        lambda: kernel_sum(z, points, Y, 0.3, 1.0),
        lambda: by_features(z, points, Y, 0.3),
        lambda: weighted_direction(z, points, Y, 0.3),
        lambda: phi_gradient_sum(z, points, Y, 0.3, 1.0),
    ):
        refused(call, argument, value, rule)


@pytest.mark.parametrize(
    ("weights", "value", "rule"),
    [
        (Y[:3], "(3,)", "4"),
        (spoilt(Y, NAN), "NaN", "finite"),
        (Y.float(), "float32", "float64"),
        (Y.to("meta"), "meta", "cpu"),
    ],
)
def test_kernel_sums_refuse_bad_weights(weights: Tensor, value: str, rule: str) -> None:
    for call in (
        lambda: kernel_sum(X, X, weights, 0.3, 1.0),
        lambda: by_features(X, X, weights, 0.3),
        lambda: weighted_direction(X, X, weights, 0.3),
        lambda: phi_gradient_sum(X, X, weights, 0.3, 1.0),
    ):
        refused(call, "weights", value, rule)


G_HAT: dict[str, tuple[Tensor, Tensor, Tensor, str, str, str]] = {
    "one perturbation": (X, X[0], Y, "r", "(3,)", "4"),
    "too few perturbations": (X, X[:2], Y, "r", "(2, 3)", "4"),
    "nan perturbation": (X, spoilt(X, NAN), Y, "r", "NaN", "finite"),
    "integer perturbations": (X, X.long(), Y, "r", "torch.int64", "floating point"),
    "single perturbations": (X, X.float(), Y, "r", "torch.float32", "torch.float64"),
    "perturbations elsewhere": (X, X.to("meta"), Y, "r", "meta", "cpu"),
    "nan input": (spoilt(X, NAN), X, Y, "natural", "NaN", "finite"),
    "targets 0 and 1": (X, X, (Y + 1) / 2, "targets", "0.0", "-1 or +1"),
    "too few targets": (X, X, Y[:2], "targets", "(2,)", "4"),
}


@pytest.mark.parametrize("case", G_HAT.values(), ids=list(G_HAT))
def test_g_hat_refuses_bad_tensors(case: tuple[Any, ...]) -> None:
    natural, r, targets, argument, value, rule = case
    refused(lambda: g_hat(X, natural, r, targets, 0.3), argument, value, rule)


@pytest.mark.parametrize("slope", [-0.1, 1.1, NAN, INF])
def test_slopes_must_lie_in_the_unit_interval(slope: float) -> None:
    for call in (
        lambda: phi(X, X, slope),
        lambda: f0_covariance(X, X, slope),
        lambda: phi_gradient(X, X, slope),
        lambda: kernel_sum(X, X, Y, slope, 1.0),
        lambda: by_features(X, X, Y, slope),
        lambda: weighted_direction(X, X, Y, slope),
        lambda: phi_gradient_sum(X, X, Y, slope, 1.0),
        lambda: f_hat(X, X, Y, slope),
        lambda: g_hat(X, X, X, Y, slope),
        lambda: direction(X, X, Y, slope),
        lambda: sharpened_direction(X, X, Y, slope),
    ):
        refused(call, "slope", str(slope), "must lie in [0, 1]")


def test_the_checks_do_not_refuse_what_is_right() -> None:
    """Otherwise everything above could pass by refusing everything."""
    for function in PREDICTIONS.values():
        function(X[:1], X, Y)
    g_hat(X, X, X, Y, 0.0)
