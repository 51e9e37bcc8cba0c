"""Small calls that tell one fault from another, and what a code answers to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.checked import Checked
from verifier.model.losses import LOSSES
from verifier.model.recipe import Recipe
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.settings import Settings
from verifier.trial.supports import Supports

Answer = tuple[Tensor, ...]
"""What a function returned, float64: of `train` by how much W and b moved."""

LOSSES_TOLD = ("logistic", "exponential", "identity", "mixture")
"""Those first whose derivative tells samples, and steps, apart."""

CLOSE = {torch.float64: (1e-8, 1e-12), torch.float32: (1e-3, 1e-5)}
"""Relative, after training and otherwise: answers nearer than that are equal.

Far above rounding in networks as small as these, and far below a fault.
"""


@dataclass(frozen=True)
class Probe:
    """One configuration and its draw, to be handed to any function of a code."""

    configuration: Configuration
    start: Draw

    @property
    def recipe(self) -> Recipe:
        """How f is trained."""
        return self.configuration.f_recipe

    def stopped(self, count: int) -> Probe:
        """The same after `count` steps."""
        shorter = replace(self.configuration, f_steps=self.configuration.f_steps[:count])
        return Probe(shorter, self.start)

    def unlike(self, left: Answer, right: Answer) -> bool:
        """Whether two answers, of `train` if they have two parts, differ by more than rounding."""
        dtype = self.start.X.dtype
        size = max(float(t.abs().max()) for t in (*left, *right))
        close = CLOSE[dtype][len(left) == 1] * size
        if len(left) > 1:  # moves are differences of weights
            close += 100 * torch.finfo(dtype).eps * float(self.start.f_0.W.abs().max())
        return max(float((s - t).abs().max()) for s, t in zip(left, right, strict=True)) > close


def _train(code: Any, probe: Probe) -> Answer:
    start = probe.start
    W, b, _ = code.train(start.f_0, start.X, start.y, probe.recipe)
    return W.double() - start.f_0.W.double(), b.double() - start.f_0.b.double()


def _output(code: Any, probe: Probe) -> Answer:
    return (code.output(probe.start.f_0, probe.start.X, probe.recipe.slope).double(),)


def _input_gradient(code: Any, probe: Probe) -> Answer:
    return (code.input_gradient(probe.start.f_0, probe.start.X, probe.recipe.slope).double(),)


def _perturb(code: Any, probe: Probe) -> Answer:
    start, c = probe.start, probe.configuration
    r = code.perturb(start.f_0, start.X, start.targets, c.eps, c.slope, c.loss_function)
    return (r.double(),)


def _kernel(code: Any, probe: Probe) -> Answer:
    return (code.kernel(probe.start.z, probe.start.X, probe.recipe.slope).double(),)


CALLS: Mapping[str, Callable[[Any, Probe], Answer]] = {
    "train": _train,
    "output": _output,
    "input_gradient": _input_gradient,
    "perturb": _perturb,
    "kernel": _kernel,
}
"""By function, what a (checked) code answers to a probe."""


def probes(supports: Supports) -> list[Probe]:
    """Without and with momentum, of different sizes, in what the code supports."""
    loss = next(name for name in LOSSES_TOLD if name in supports.losses)
    has_biases = bool(supports.biases)
    common: dict[str, Any] = {
        "slope": 0.3 if supports.slopes is None else supports.slopes[0],
        "train_bias": "trained" in supports.biases,
        "scenario": "b",
        "loss": loss,
        "loss_constants": tuple((k, 0.5) for k in _constants(loss)),
        "dtype": supports.dtypes[0],
        "biases": has_biases,
    }
    data = Data("shifted", 3, 5)
    plain = Configuration(data, 7, f_steps=(0.5, 0.25, 1.0), g_steps=(0.1,), eps=0.7, **common)
    found = [plain, replace(plain, data=Data("gaussian", 4, 6), width=9, eps=0.4)]
    if supports.momentum:
        found.append(replace(plain, momentum=0.5, f_steps=(0.5, 0.25, 1.0, 0.5)))
        found.append(replace(plain, momentum=0.8))
    return [Probe(c, draw(c, Settings())) for c in found if supports.admits(c)]


def _constants(loss: str) -> list[str]:
    """The names of what a loss needs beside its name."""
    fields = getattr(LOSSES[loss], "__dataclass_fields__", {})
    return [name for name in fields if name != "name"]


def answer(code: Checked, function: str, probe: Probe) -> Answer | None:
    """What a code answers; None where it raises, whatever the reason."""
    try:
        return CALLS[function](code, probe)
    except Exception:
        return None
