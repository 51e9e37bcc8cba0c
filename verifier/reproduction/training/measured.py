"""What is measured of one clean network at one checkpoint, and of what learnt from it.

Each kind of result that a panel or a map asks for is one method of `Checkpoint`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verifier.model.attack import natural_inputs
from verifier.model.network import Parameters, input_gradient, output
from verifier.model.vectors import unit_rows
from verifier.reproduction.panels import AgreementMap, PointSetting
from verifier.reproduction.training.predicted import Predicted, mean_cosine
from verifier.reproduction.training.results import Explained, MapResult, Run
from verifier.reproduction.training.samples import Samples
from verifier.reproduction.training.stacked_descent import Snapshot

EXPLAINED_IMAGES = 6
POINTS_AT_ONCE = 20_000  # of a map


@dataclass(frozen=True)
class Start:
    """What is there before any training; `setting`: any of those that share it."""

    setting: PointSetting
    seed: int
    samples: Samples
    f_0: Parameters
    g_0: Parameters
    predicted: Predicted

    @property
    def slope(self) -> float:
        """Leaky-ReLU slope gamma."""
        return self.setting.gamma


class Checkpoint:
    """f at one checkpoint, at all its rates: outputs, perturbations, and what follows from them."""

    def __init__(self, start: Start, snapshot: Snapshot, rates: list[float]) -> None:
        self.start = start
        self.snapshot = snapshot
        self.rates = rates
        self.params = Parameters(*(t[0] for t in snapshot.params))  # (K, m, ...)
        self.at_z = output(self.params, start.samples.z, start.slope)
        self.standard = _share(
            output(self.params, start.samples.X, start.slope) * start.samples.y > 0
        )

    def _usable(self, rate: float) -> tuple[int, bool]:
        k = self.rates.index(rate)
        return k, bool(self.snapshot.finite[0, k])

    def _require_finite(self, finite: bool, what: str) -> None:
        if not finite:
            raise ArithmeticError(f"a training for {what} diverged: its learning rate is too large")

    def _network(self, k: int) -> Parameters:
        return Parameters(*(t[k] for t in self.params))

    def _unit_gradient(self, k: int) -> Tensor:
        start = self.start
        return unit_rows(input_gradient(self._network(k), start.samples.X, start.slope))

    def attacked(self, scenario: str, eps: float, rates: tuple[float, ...]) -> Tensor:
        """`o_n + r_n` for each rate of f, (len(rates), N, d)."""
        pulls = [self._unit_gradient(self.rates.index(rate)) for rate in rates]
        return torch.stack([self.start.samples.attacked(scenario, eps, nu) for nu in pulls])

    def directions(self, setting: PointSetting) -> list[Run]:
        """Mean |cos| of the perturbations and the published direction s, for each rate of f."""
        start = self.start
        runs = []
        for rate in setting.rates_f:
            k, usable = self._usable(rate)
            T = float(self.snapshot.time[0, k])
            measured = {"standard": float(self.standard[k])}
            measured["cossim"] = mean_cosine(self._unit_gradient(k), start.predicted.direction)
            predicted = start.predicted.directions(T, start.f_0)
            runs.append(Run(rate, 0.0, T, 0.0, measured if usable else {}, predicted))
        return runs

    def curves(self, setting: PointSetting, learnt: Snapshot, rates_g: list[float]) -> list[Run]:
        """Accuracies and agreement for each pair of rates."""
        start = self.start
        runs = []
        y = start.samples.y
        for i, rate_f in enumerate(setting.rates_f):
            k, usable_f = self._usable(rate_f)
            g = Parameters(*(p[i] for p in learnt.params))
            g_at_X, g_at_z = (output(g, p, start.slope) for p in (start.samples.X, start.samples.z))
            for rate_g in setting.rates_g:
                j = rates_g.index(rate_g)
                measured = {
                    "standard": float(self.standard[k]),
                    "perturbation": float(_share(g_at_X[j] * y > 0)),
                    "agreement": float(_share(self.at_z[k].sign() == g_at_z[j].sign())),
                }
                times = float(self.snapshot.time[0, k]), float(learnt.time[i, j])
                usable = usable_f and bool(learnt.finite[i, j])
                predicted = start.predicted.curves(setting, *times, start.f_0, start.g_0)
                runs.append(Run(rate_f, rate_g, *times, measured if usable else {}, predicted))
        return runs

    def map(
        self, plane: AgreementMap, learnt: Snapshot, rates_g: list[float], attacked: Tensor
    ) -> dict[str, Any]:
        """f, g and the zero lines of their predictors on the plane of the class means.

        `attacked`: what g, the first of `learnt`'s data sets, was trained on.
        """
        start = self.start
        k = self.rates.index(plane.setting.rates_f[0])
        j = rates_g.index(plane.setting.rates_g[0])
        self._require_finite(bool(self.snapshot.finite[0, k] & learnt.finite[0, j]), "a map")
        axes = torch.stack(
            [unit_rows(start.samples.X[start.samples.y == c].mean(dim=0)) for c in (1, -1)]
        )
        ticks = torch.linspace(
            *plane.limits, plane.resolution, dtype=axes.dtype, device=axes.device
        )
        first, second = torch.meshgrid(ticks, ticks, indexing="xy")
        where = torch.stack((first.flatten(), second.flatten()), dim=-1)
        f, g = self._network(k), Parameters(*(p[0, j] for p in learnt.params))
        r = attacked - natural_inputs(start.samples.X, plane.setting.scenario)
        parts = []
        for chunk in where.split(POINTS_AT_ONCE):
            z = chunk @ axes
            signs = output(f, z, start.slope).sign() == output(g, z, start.slope).sign()
            limits = start.predicted
            lines = limits.f_hat(z), limits.g_hat(z, attacked), limits.published_g_hat(z, r)
            parts.append((signs, *lines))
        shape = (plane.resolution, plane.resolution)
        agree, f_hat, g_hat, published = (
            torch.cat(p).reshape(shape).cpu().numpy() for p in zip(*parts, strict=True)
        )
        projected = (start.samples.X @ axes.T).cpu().numpy()
        labels = start.samples.y.cpu().numpy()
        return MapResult(
            plane.setting, start.seed, agree, f_hat, g_hat, published, projected, labels, 0.0
        ).to_json()

    def explained(self, setting: PointSetting) -> dict[str, Any]:
        """Some images, their perturbations, and the sums of samples predicted for them."""
        start = self.start
        k = self.rates.index(setting.rates_f[0])
        self._require_finite(bool(self.snapshot.finite[0, k]), "an explained image")
        nu, s = self._unit_gradient(k), start.predicted.direction
        y = start.samples.y
        half = EXPLAINED_IMAGES // 2
        shown = torch.cat([(y == c).nonzero().squeeze(-1)[:half] for c in (1, -1)])
        arrays = (start.samples.X[shown], nu[shown], s[shown], y[shown], (nu * s).sum(-1)[shown])
        images, pulls, sums, labels, cosines = (a.cpu().numpy() for a in arrays)
        return Explained(
            start.setting.data, start.seed, images, pulls, sums, labels, cosines
        ).to_json()


def _share(hits: Tensor) -> Tensor:
    return hits.to(torch.float64).mean(dim=-1)
