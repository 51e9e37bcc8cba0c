"""No stray tensors: everything runs with a default device, or dtype, that nothing may use.

Under the default device "meta" a tensor made without naming its device has no data: what it meets
fails, or its result is on "meta". The same calls run on CUDA where there is one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.meta_device import DEVICES, EACH, PLAIN, assert_unaffected, unusable_defaults
from verifier.data.distributions import FAMILIES, Data
from verifier.errors import InputError
from verifier.kernel.phi import (
    f0_covariance,
    k_inf,
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
from verifier.model.attack import natural_inputs, perturb
from verifier.model.losses import (
    Exponential,
    Identity,
    Logistic,
    Mixture,
)
from verifier.model.network import input_gradient, output
from verifier.model.training import train
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.learning import learn_from_perturbations
from verifier.trial.settings import Settings


def test_the_defaults_are_unusable_and_restored() -> None:
    with unusable_defaults():
        stray = torch.ones(2)
        assert stray.device.type == "meta"
        assert stray.dtype == torch.bfloat16
    assert torch.ones(2).device.type == "cpu"
    assert torch.ones(2).dtype == torch.float32
    with pytest.raises(AssertionError):  # a stray tensor would be noticed
        assert_unaffected(lambda: torch.ones(2), "cpu", torch.float32)


@DEVICES
@EACH
def test_draw_train_and_perturb(configuration: Configuration, device: str) -> None:
    settings, dtype = Settings(device=device), configuration.torch_dtype
    assert_unaffected(lambda: draw(configuration, settings), device, dtype)
    assert_unaffected(lambda: learn_from_perturbations(configuration, settings), device, dtype)
    start, slope = draw(configuration, settings), configuration.slope
    recipe = configuration.f_recipe
    assert_unaffected(
        lambda: train(start.f_0, start.X, start.y, recipe, path_weights=True), device, dtype
    )
    for function in (output, input_gradient):
        assert_unaffected(lambda f=function: f(start.f_0, start.z, slope), device, dtype)
    assert_unaffected(lambda: perturb(start.f_0, start.X, start.targets, 0.8, slope), device, dtype)
    assert_unaffected(lambda: natural_inputs(start.X, configuration.scenario), device, dtype)


@pytest.mark.parametrize("function", [output, input_gradient])
@pytest.mark.parametrize("elsewhere", ["b", "a", "z", "W"])
def test_mixed_devices_are_named(function: Any, elsewhere: str) -> None:
    start = draw(PLAIN)
    z = start.z.to("meta") if elsewhere == "z" else start.z
    params = start.f_0
    if elsewhere != "z":
        params = params._replace(**{elsewhere: getattr(params, elsewhere).to("meta")})
    named, there, due = ("b", "cpu", "meta") if elsewhere == "W" else (elsewhere, "meta", "cpu")
    with pytest.raises(InputError, match=rf"^{named}.device = {there}: must be {due}, as W$"):
        function(params, z, 0.3)


@DEVICES
@pytest.mark.parametrize("family", [*FAMILIES, "raw"])
@pytest.mark.parametrize("arrangement", ["none", "duplicated", "collinear"])
def test_every_family_of_data(family: str, arrangement: str, device: str) -> None:
    points = ((1.0, 2.0, 3.0),) * 5 if family == "raw" else ()
    for labels in ("class", "random", "one"):
        data = Data(family, 3, 5, labels=labels, arrangement=arrangement, points=points)
        c = dataclasses.replace(PLAIN, data=data)
        assert_unaffected(lambda c=c: draw(c, Settings(device=device)), device, torch.float64)


@DEVICES
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_kernel_and_prediction(dtype: str, device: str) -> None:
    c = dataclasses.replace(PLAIN, dtype=dtype)
    start = draw(c, Settings(device=device))
    X, y = start.X, start.y
    z = torch.cat((start.z, X, -X, (1 + 1e-6) * X))  # the branches near and opposite as well

    def by_features() -> Estimate:
        g = torch.Generator("cpu").manual_seed(1)
        return kernel_sum_by_features(z, X, y, 0.3, 1.0, features=20, generator=g)

    calls: list[Callable[[], Tensor | Estimate]] = [
        lambda: phi(z, X, 0.3),
        lambda: k_inf(z, X, 0.3, 1.0),
        lambda: f0_covariance(z, X, 0.3),
        lambda: phi_gradient(z, X, 0.3),
        lambda: kernel_sum(z, X, y, 0.3, 1.0),
        by_features,
        lambda: weighted_direction(z, X, y, 0.3),
        lambda: phi_gradient_sum(z, X, y, 0.3, 1.0),
        lambda: f_hat(z, X, y, 0.3),
        lambda: g_hat(z, X, X, y, 0.3),
        lambda: direction(z, X, y, 0.3),
        lambda: sharpened_direction(z, X, y, 0.3),
    ]
    for call in calls:
        assert_unaffected(call, device, c.torch_dtype)


@DEVICES
@pytest.mark.parametrize(
    "loss", [Identity(), Logistic(), Exponential(), Mixture(0.1, 0.5, 0.7, 1.5, 0.2)]
)
def test_every_loss(loss: Any, device: str) -> None:
    for dtype in (torch.float64, torch.float32):
        s = torch.linspace(-3.0, 3.0, 7, dtype=dtype, device=device)
        assert_unaffected(lambda s=s: [loss.value(s), loss.derivative(s)], device, dtype)
