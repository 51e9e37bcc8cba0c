"""P6 at typical points: what the check sees there, by another hand, and what it would refute."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.agreement.accuracy import Accuracy, Sides
from verifier.statements.agreement.accuracy_experiments import PARTS
from verifier.statements.agreement.accuracy_typical import SAMPLES, compare_typical, typical

C_S = [k / 100 for k in range(1, 1000)]


def compared(a: Accuracy) -> Comparisons:
    out = Comparisons()
    compare_typical(a, out)
    return out


def setting(c: float, slope: float) -> Accuracy:
    return replace(Accuracy.of(PARTS[0]), c=c, slope=slope)


def test_points_are_typical() -> None:
    points, y = typical(0.7)
    d = points.shape[1]
    mu = torch.zeros(d, dtype=torch.float64)
    mu[0] = 0.7 * math.sqrt(d)
    noise = points - y[:, None] * mu
    assert float(y.sum()) == 0.0
    eye = torch.eye(len(points), dtype=torch.float64)
    assert torch.allclose(noise @ noise.T, d * eye)
    assert torch.equal(noise @ mu, torch.zeros(len(points), dtype=torch.float64))


@pytest.mark.parametrize("slope", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("c", [0.03, 0.3, 1.0, 2.0, 5.0, 30.0])
def test_parts_are_exact_there(c: float, slope: float) -> None:
    assert compared(setting(c, slope)).worst["error"] < 1


def test_a_sample_is_no_other_of_its_class() -> None:
    """What P6 has too much of a sample's own noise, by counting: at most `arc/(4 N)`, as said."""
    largest = max(c**2 / ((2 + c**2) * math.sqrt(3 + 2 * c**2)) for c in C_S)
    assert 0.2 < largest < 0.25
    a = setting(1.3, 0.4)
    assert math.tan(a.angle(1) / 2) == pytest.approx(1 / math.sqrt(3 + 2 * 1.3**2), rel=1e-14)


def test_the_gradient_at_a_fresh_point_by_the_kernel_written_out() -> None:
    c, slope = 1.3, 0.4
    points, labels = typical(c)
    X, y, z = points[:SAMPLES], labels[:SAMPLES], points[-1].clone().requires_grad_()
    d = len(z)
    with torch.enable_grad():
        inner = X @ z
        cosine = (inner / d + 1) / ((z @ z / d + 1) * ((X * X).sum(dim=1) / d + 1)).sqrt()
        kernel = slope + (1 - slope) ** 2 * (math.pi - torch.acos(cosine)) / (2 * math.pi)
        (found,) = torch.autograd.grad((y * kernel * inner).mean(), z)
    a = replace(setting(c, slope), N=SAMPLES, d=d)
    of_noise: Tensor = found[1:] / math.sqrt(d)
    assert float(found[0]) / (c * math.sqrt(d)) == pytest.approx(a.alpha - a.turned.mean, rel=1e-12)
    assert float(of_noise[-1]) == pytest.approx(-float(labels[-1]) * a.turned.mean, rel=1e-12)
    psi = SAMPLES * of_noise[:SAMPLES] * y * labels[-1]
    sides = [a.psi.same if n == labels[-1] else a.psi.other for n in y]
    claimed = torch.tensor(sides, dtype=torch.float64)
    assert torch.allclose(psi, claimed, rtol=1e-12)


ALTERED: dict[str, Any] = {
    "alpha": lambda self: 1.001 * Accuracy.alpha.func(self),  # type: ignore[attr-defined]
    "turned": lambda self: Sides(0.0, 0.0),
    "psi_along": lambda self: self.psi,
    "delta": lambda self: self.most / self.N - self.turned.mean,
    "psi": lambda self: Sides(self.phi.same, self.phi.other),
}
METHODS: dict[str, Any] = {
    "across": lambda self: 1.001 * Accuracy.across(self),
    "mean_of_f": lambda self: self.c**2 * self.d * self.phi.mean,  # without biases
    "own_sample": lambda self: self.most * (1 + self.c**2) * self.d / self.N,
    "noise_of_f": lambda self: math.nan,
}


@pytest.mark.parametrize("name", [*ALTERED, *METHODS])
def test_a_part_that_is_off_is_refuted(name: str) -> None:
    of: Any = METHODS.get(name)
    if of is None:
        of = cached_property(ALTERED[name])
        of.__set_name__(None, name)
    altered: type[Accuracy] = type("Altered", (Accuracy,), {name: of})
    assert compared(altered(**vars_of(setting(1.0, 0.2)))).worst["error"] > 1


def vars_of(a: Accuracy) -> dict[str, Any]:
    return {name: getattr(a, name) for name in Accuracy.__dataclass_fields__}
