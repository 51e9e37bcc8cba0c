"""What the theory says, without training, of the very draws that a point trains on.

Wide networks end at `f_0 + T f_hat` (R1) and their gradients at `nabla f_0 + T nabla f_hat` (R3);
R5 predicts accuracies and agreement from their signs, given the draws: accuracies on at most
`SEEN` of the training samples, spread evenly. Identity loss only: for others, whose effective times
have to be predicted first, there is `foreseen`.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path

import torch
from torch import Tensor

from verifier.kernel.phi import kernel_sum, phi, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.model.network import Parameters, input_gradient, output
from verifier.model.vectors import unit_rows
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.samples import Samples, draw_samples

SEEN = 2000
"""Training samples on which an accuracy is predicted; its standard error is 0.011 at most."""

PAIRS_AT_ONCE = 2**22  # of a point and a perturbation


def mean_cosine(u: Tensor, v: Tensor) -> float:
    """The mean of |cos| between rows of u and of v, (N, d), each of unit length or 0."""
    return float(torch.linalg.vecdot(u, v).abs().mean())


class _Limits:
    """What depends on the data and the slope alone: shared by all widths, sizes and times."""

    def __init__(self, samples: Samples, slope: float) -> None:
        self.samples = samples
        self.slope = slope
        self.weights = samples.y / len(samples.y)
        stride = -(-len(samples.y) // SEEN)
        self.seen = samples.X[::stride]
        self.seen_y = samples.y[::stride]

    def f_hat(self, z: Tensor) -> Tensor:
        return kernel_sum(z, self.samples.X, self.weights, self.slope, 1.0)

    @cached_property
    def on_seen(self) -> Tensor:
        return self.f_hat(self.seen)

    @cached_property
    def on_fresh(self) -> Tensor:
        return self.f_hat(self.samples.z)

    @cached_property
    def direction(self) -> Tensor:
        return weighted_direction(self.samples.X, self.samples.X, self.weights, self.slope)

    @cached_property
    def unit_direction(self) -> Tensor:
        return unit_rows(self.direction)

    @cached_property
    def sharpened(self) -> Tensor:
        X = self.samples.X
        return self.direction + phi_gradient_sum(X, X, self.weights, self.slope, 1.0)


@lru_cache(maxsize=3)  # as many as three seeds take turns
def _limits(
    data: str, d: int, N: int, slope: float, seed: int, images: Path | None, device: str
) -> _Limits:
    setting = PointSetting(data, "a", d, 1, N, slope, 0.0, "identity", 1, 1, (), ())
    return _Limits(draw_samples(setting, seed, images, device), slope)


class Predicted:
    """Predictions for one clean network's draws; all times of all its trainings."""

    def __init__(
        self, setting: PointSetting, seed: int, samples: Samples, images: Path | None
    ) -> None:
        self.samples = samples
        self.slope = setting.gamma
        self.known = setting.loss == "identity"
        self.limits = _limits(
            setting.data, setting.d, setting.N, setting.gamma, seed, images, str(samples.X.device)
        )
        self._g_hats: dict[tuple[str, float, float], tuple[Tensor, Tensor]] = {}

    @property
    def direction(self) -> Tensor:
        """`s(x_n)`, the published direction at every sample, of unit length, (N, d)."""
        return self.limits.unit_direction

    def f_hat(self, z: Tensor) -> Tensor:
        """`f_hat(z)`, (P,)."""
        return self.limits.f_hat(z)

    def g_hat(self, z: Tensor, attacked: Tensor) -> Tensor:
        """`g_hat(z)` of what g trains on, `attacked (N, d)`; (P,)."""
        return kernel_sum(
            z, attacked, self.samples.targets / len(self.samples.targets), self.slope, 1.0
        )

    def published_g_hat(self, z: Tensor, r: Tensor) -> Tensor:
        """The published maps' own: `(1/N) sum_n Phi(r_n, z) <s(x_n), z>` of perturbations r; (P,).

        It has neither targets nor natural inputs nor biases, and s as long as it is.
        """
        s, rows = self.limits.direction, max(1, PAIRS_AT_ONCE // len(r))
        parts = [(phi(part, r, self.slope) * (part @ s.T)).mean(dim=1) for part in z.split(rows)]
        return torch.cat(parts)

    def _gradient(self, T: float, f_0: Parameters) -> Tensor:
        return input_gradient(f_0, self.samples.X, self.slope) + T * self.limits.sharpened

    def directions(self, T: float, f_0: Parameters) -> dict[str, float]:
        """R4 with the actual `nabla f_0`: mean |cos| of `T h + nabla f_0` and s."""
        if not self.known:
            return {}
        cosine = mean_cosine(unit_rows(self._gradient(T, f_0)), self.direction)
        seen = output(f_0, self.limits.seen, self.slope) + T * self.limits.on_seen
        return {"standard": _mean(seen * self.limits.seen_y > 0), "cossim": cosine}

    def curves(
        self, setting: PointSetting, T_f: float, T_g: float, f_0: Parameters, g_0: Parameters
    ) -> dict[str, float]:
        """R5 given the draws: accuracies on training samples, agreement on fresh points."""
        if not self.known:
            return {}
        limits = self.limits
        z = self.samples.z
        slope = self.slope
        key = (setting.scenario, setting.eps, T_f)
        if key not in self._g_hats:
            attacked = self.samples.attacked(
                setting.scenario, setting.eps, unit_rows(self._gradient(T_f, f_0))
            )
            self._g_hats[key] = self.g_hat(limits.seen, attacked), self.g_hat(z, attacked)
        g_hat_seen, g_hat_z = self._g_hats[key]
        f_seen = output(f_0, limits.seen, slope) + T_f * limits.on_seen
        f_z = output(f_0, z, slope) + T_f * limits.on_fresh
        g_seen = output(g_0, limits.seen, slope) + T_g * g_hat_seen
        g_z = output(g_0, z, slope) + T_g * g_hat_z
        return {
            "standard": _mean(f_seen * limits.seen_y > 0),
            "perturbation": _mean(g_seen * limits.seen_y > 0),
            "agreement": _mean(f_z.sign() == g_z.sign()),
        }


def _mean(hits: Tensor) -> float:
    return float(hits.double().mean())
