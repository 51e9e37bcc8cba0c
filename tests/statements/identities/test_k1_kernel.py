"""K1: its closed form against the drawn mean, and correct codes of every kind."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.identities.k1_kernel import ClosedForm
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

K1 = PATHWISE["K1"]
PLAIN = Configuration(Data("shifted", 4, 6, separation=1.0), 3, 0.3, True, (0.1,), (0.1,), 1.0, "a")
CONFIGURATIONS = [
    replace(PLAIN, dtype=dtype, slope=slope, data=data)
    for dtype in ("float64", "float32")
    for slope in (0.0, 0.3)
    for data in (
        PLAIN.data,
        Data("gaussian", 1, 3),
        Data("student", 784, 5),
        replace(PLAIN.data, arrangement="duplicated"),
    )
]


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
def test_the_closed_form_is_the_mean_over_draws(slope: float) -> None:
    chance = np.random.default_rng(1)
    z, X = chance.normal(size=(3, 4)) * 2, chance.normal(size=(2, 4))
    W, b = chance.normal(size=(200_000, 4)) / 2, chance.normal(size=200_000)
    at_z, at_x = (np.where(W @ t.T + b[:, None] >= 0, 1.0, slope) for t in (z, X))
    mean = at_z.T @ at_x / len(b)
    found, bound = ClosedForm(slope).values(torch.from_numpy(z), torch.from_numpy(X))
    assert np.abs(found.numpy() - mean).max() <= 6 * 0.5 / math.sqrt(len(b))
    assert float(bound.max()) < 1e-12


class NaiveArcsine(Reference):
    """Correct, in the dtype it is given, without any care near coinciding directions."""

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        d = z.shape[1]
        s_z, s_x = ((t * t).sum(dim=1) / d + 1 for t in (z, X))
        rho = (z @ X.T / d + 1) / (s_z.sqrt()[:, None] * s_x.sqrt())
        return slope + (1 - slope) ** 2 * (0.25 + rho.clamp(-1, 1).asin() / (2 * math.pi))


@pytest.mark.parametrize("code", [Reference(), NumpyFloat64(), NaiveArcsine()])
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_correct_kernels_pass(code: Any, configuration: Configuration) -> None:
    found = K1.check(configuration, Subject(code))
    assert found.holds, found


@pytest.mark.parametrize("configuration", [replace(PLAIN, data=replace(PLAIN.data, samples=65))])
@pytest.mark.parametrize("control", REGISTRY.controls_of("K1"), ids=lambda c: c.name)
def test_controls_are_refuted_by_one_draw(control: Any, configuration: Configuration) -> None:
    subject = Subject(control.implementation(), control.theory)
    assert not K1.check(configuration, subject).holds
