"""The witness of clean networks: float64, autograd, torch's optimiser, one network at a time."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.reproduction.training.test_predicted import published_direction
from verifier.model.network import Parameters
from verifier.reproduction.panels import AgreementMap, PointSetting
from verifier.reproduction.runner.store import Store
from verifier.reproduction.training.clean_network import (
    Ask,
)
from verifier.reproduction.training.results import (
    PointResult,
    Run,
    decoded,
)
from verifier.reproduction.training.samples import draw_network, draw_samples
from verifier.reproduction.training.work import Training

RECIPES = pytest.mark.parametrize("recipe", ["published", "theory"])
LOSSES = pytest.mark.parametrize("loss", ["identity", "logistic"])
SEED = 1
SETTING = PointSetting(
    "shifted", "a", 6, 30, 40, 0.2, 0.5, "identity", 20, 25, (1.0, 0.1), (1.0, 0.1)
)
SMALL_RATES = replace(SETTING, data="gaussian", rates_f=(0.03,), rates_g=(0.03,))
PLANE = AgreementMap("map", SMALL_RATES, (-2.0, 3.5), 13)


def trained(store: Store, recipe: str, *asks: Ask, **more: Any) -> list[dict[str, Any]]:
    """The records of all asks of one training."""
    training = Training(recipe, SEED, asks, (1.0,) * len(asks), **more).keyed(store)
    training.run(store)
    records = [store.get(key) for key in training.keys]
    return [record for record in records if record is not None]


def runs_of(record: dict[str, Any]) -> tuple[Run, ...]:
    return PointResult.from_json(record).runs


def entries(store: Store) -> dict[Path, tuple[bytes, int]]:
    paths = store.folder.glob("results/*/*/*.json")
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def assert_same(found: Any, expected: Any, path: str = "") -> None:
    """Results alike but for the seconds they took and what float32's rounding decides."""
    if isinstance(expected, dict) and "zlib" in expected:
        one, other = decoded(found), decoded(expected)
        if one.dtype == bool:
            assert (one != other).sum() <= 1, path
        else:
            assert np.allclose(one, other, rtol=1e-4, atol=1e-5), path
    elif isinstance(expected, dict):
        assert set(found) == set(expected), path
        for name in expected.keys() - {"seconds"}:
            assert_same(found[name], expected[name], f"{path}.{name}")
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected), path
        for i, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_same(one, other, f"{path}[{i}]")
    elif isinstance(expected, float):
        sample = path.endswith(("standard", "perturbation"))
        off = 1.01 / SETTING.N if sample else 3.01e-3 if path.endswith("agreement") else 1e-4
        assert found == pytest.approx(expected, rel=1e-6, abs=off), path
    else:
        assert found == expected, path


class Net:
    """`f(x) = a . phi(W x + b) / sqrt m` in float64."""

    def __init__(self, start: Parameters, slope: float) -> None:
        self.W, self.b, self.a = (t.double().clone() for t in start)
        self.slope = slope

    def __call__(self, x: Tensor) -> Tensor:
        u = x @ self.W.T + self.b
        return torch.where(u >= 0, u, self.slope * u) @ self.a / math.sqrt(len(self.a))

    def train(
        self, X: Tensor, y: Tensor, rate: float, epochs: int, recipe: str, loss: str
    ) -> float:
        """The effective time: `sum_j sum_{k >= j} eta_k 0.9^(k-j)`, or that without momentum."""
        momentum = 0.9 if recipe == "published" else 0.0
        weights = [self.W.requires_grad_(), self.b.requires_grad_()]
        optimiser = torch.optim.SGD(weights, lr=rate, momentum=momentum)
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser)
        value_of: dict[str, Callable[[Tensor], Tensor]] = {
            "identity": lambda s: s,
            "logistic": torch.nn.functional.softplus,
            "exponential": torch.exp,
        }
        steps = []
        for epoch in range(1, epochs + 1):
            if recipe == "theory":
                optimiser.param_groups[0]["lr"] = rate * sum(0.9**i for i in range(epoch))
            optimiser.zero_grad()
            value = value_of[loss](-y * self(X)).mean()
            value.backward()
            steps.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            if recipe == "published":
                plateau.step(value.item())
        self.W, self.b = self.W.detach(), self.b.detach()
        return sum(eta * momentum ** (k - j) for k, eta in enumerate(steps) for j in range(k + 1))

    def direction(self, X: Tensor) -> Tensor:
        """Unit gradients at X, by autograd."""
        x = X.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(self(x).sum(), x)
        return gradient / gradient.norm(dim=1, keepdim=True)


class Witness:
    """One setting at one pair of rates."""

    def __init__(self, setting: PointSetting, recipe: str, rate_f: float, rate_g: float) -> None:
        self.setting, self.recipe, self.rates = setting, recipe, (rate_f, rate_g)
        samples = draw_samples(setting, SEED, None, "cpu")
        self.X, self.y, self.targets, self.z = (
            t.double() for t in (samples.X, samples.y, samples.targets, samples.z)
        )
        self.f, self.g = (
            Net(draw_network(role, setting, SEED, "cpu"), setting.gamma) for role in "fg"
        )
        rate_f, rate_g = self.rates
        train = {"recipe": recipe, "loss": setting.loss}
        self.time_f = self.f.train(self.X, self.y, rate_f, setting.epochs_f, **train)
        self.nu = self.f.direction(self.X)
        natural = self.X if setting.scenario == "b" else torch.zeros_like(self.X)
        self.attacked = natural + setting.eps * self.targets[:, None] * self.nu
        self.time_g = self.g.train(self.attacked, self.targets, rate_g, setting.epochs_g, **train)

    def measured(self) -> dict[str, float]:
        return {
            "standard": float((self.f(self.X) * self.y > 0).double().mean()),
            "perturbation": float((self.g(self.X) * self.y > 0).double().mean()),
            "agreement": float((self.f(self.z).sign() == self.g(self.z).sign()).double().mean()),
        }

    @cached_property
    def s(self) -> Tensor:
        """The published direction at every sample, a unit vector."""
        s = published_direction(self.X.numpy(), self.y.numpy(), self.setting.gamma)
        return torch.from_numpy(s / np.linalg.norm(s, axis=1, keepdims=True))

    def cossim(self) -> float:
        return float((self.nu * self.s).sum(dim=1).abs().mean())


def matches(run: Run, w: Witness) -> bool:
    """Up to float32's rounding, which may turn the sign of a sample or of a few fresh points."""
    expected = w.measured()
    off = {"standard": 1.01 / len(w.y), "perturbation": 1.01 / len(w.y), "agreement": 3.01e-3}
    times = math.isclose(run.time_f, w.time_f, rel_tol=1e-6)
    times &= math.isclose(run.time_g, w.time_g, rel_tol=1e-6)
    near = [abs(run.measured[name] - expected[name]) <= off[name] for name in off]
    return times and all(near) and set(run.measured) == set(off)
