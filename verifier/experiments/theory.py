"""What the theory says, without training, of the very draws that an experiment trains on.

Wide networks end at `f_0 + T f_hat` (R1) and their gradients at `nabla f_0 + T nabla f_hat` (R3);
R5 predicts accuracies and agreement from their signs, given the draws. Identity loss only: the
effective times of other losses are not known in advance.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path

from torch import Tensor

from verifier.experiments.panels import Setting
from verifier.experiments.samples import Samples, draw_samples
from verifier.kernel import kernel_sum, phi_gradient_sum, weighted_direction
from verifier.network import Parameters, input_gradient, output
from verifier.perturbation import natural_inputs
from verifier.vectors import unit_rows


def mean_cosine(u: Tensor, v: Tensor) -> float:
    """The mean of |cos| between rows of u and of v, (N, d); 0 where a row is 0."""
    return float((unit_rows(u) * unit_rows(v)).sum(dim=-1).abs().mean())


class _Limits:
    """What depends on the data and the slope alone: shared by all widths, sizes and times."""

    def __init__(self, samples: Samples, slope: float) -> None:
        self.samples, self.slope = samples, slope
        self.weights = samples.y / len(samples.y)

    def f_hat(self, z: Tensor) -> Tensor:
        return kernel_sum(z, self.samples.X, self.weights, self.slope, 1.0)

    @cached_property
    def on_training(self) -> Tensor:
        return self.f_hat(self.samples.X)

    @cached_property
    def on_fresh(self) -> Tensor:
        return self.f_hat(self.samples.z)

    @cached_property
    def direction(self) -> Tensor:
        return weighted_direction(self.samples.X, self.samples.X, self.weights, self.slope)

    @cached_property
    def sharpened(self) -> Tensor:
        X = self.samples.X
        return self.direction + phi_gradient_sum(X, X, self.weights, self.slope, 1.0)


@lru_cache(maxsize=2)
def _limits(
    data: str, d: int, N: int, slope: float, seed: int, images: Path | None, device: str
) -> _Limits:
    setting = Setting(data, "a", d, 1, N, slope, 0.0, "identity", 1, 1, (), ())
    return _Limits(draw_samples(setting, seed, images, device), slope)


class Theory:
    """Predictions for one clean network's draws; all times of all its trainings."""

    def __init__(self, setting: Setting, seed: int, samples: Samples, images: Path | None) -> None:
        self.samples, self.slope = samples, setting.gamma
        self.known = setting.loss == "identity"
        device = str(samples.X.device)
        self.limits = _limits(
            setting.data, setting.d, setting.N, setting.gamma, seed, images, device
        )
        self._g_hats: dict[tuple[str, float, float], tuple[Tensor, Tensor]] = {}

    @property
    def direction(self) -> Tensor:
        """`s(x_n)`, the published direction at every sample, (N, d)."""
        return self.limits.direction

    def f_hat(self, z: Tensor) -> Tensor:
        """`f_hat(z)`, (P,)."""
        return self.limits.f_hat(z)

    def g_hat(self, z: Tensor, attacked: Tensor) -> Tensor:
        """`g_hat(z)` of what g trains on, `attacked (N, d)`; (P,)."""
        weights = self.samples.targets / len(self.samples.targets)
        return kernel_sum(z, attacked, weights, self.slope, 1.0)

    def _gradient(self, T: float, f_0: Parameters) -> Tensor:
        return input_gradient(f_0, self.samples.X, self.slope) + T * self.limits.sharpened

    def directions(self, T: float, f_0: Parameters) -> dict[str, float]:
        """R4 with the actual `nabla f_0`: mean |cos| of `T h + nabla f_0` and s."""
        if not self.known:
            return {}
        cosine = mean_cosine(self._gradient(T, f_0), self.direction)
        on_training = output(f_0, self.samples.X, self.slope) + T * self.limits.on_training
        return {"standard": _mean(on_training * self.samples.y > 0), "cossim": cosine}

    def curves(
        self, setting: Setting, T_f: float, T_g: float, f_0: Parameters, g_0: Parameters
    ) -> dict[str, float]:
        """R5 given the draws: accuracies on the training data, agreement on fresh points."""
        if not self.known:
            return {}
        X, y, z, slope = self.samples.X, self.samples.y, self.samples.z, self.slope
        key = (setting.scenario, setting.eps, T_f)
        if key not in self._g_hats:
            nu = unit_rows(self._gradient(T_f, f_0))
            r = setting.eps * self.samples.targets.unsqueeze(-1) * nu
            attacked = natural_inputs(X, setting.scenario) + r
            self._g_hats = {key: (self.g_hat(X, attacked), self.g_hat(z, attacked))}
        g_hon_training, g_hon_fresh = self._g_hats[key]
        f_X = output(f_0, X, slope) + T_f * self.limits.on_training
        f_z = output(f_0, z, slope) + T_f * self.limits.on_fresh
        g_X = output(g_0, X, slope) + T_g * g_hon_training
        g_z = output(g_0, z, slope) + T_g * g_hon_fresh
        return {
            "standard": _mean(f_X * y > 0),
            "perturbation": _mean(g_X * y > 0),
            "agreement": _mean(f_z.sign() == g_z.sign()),
        }


def _mean(hits: Tensor) -> float:
    return float(hits.double().mean())
