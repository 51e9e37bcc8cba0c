"""Networks of any depth and their training by mini-batch SGD with its usual options (E6).

`f(x) = W_L phi(... phi(W_1 x + b_1) ...) + b_L`, every layer dense and trained, one output. A
network is a tuple of layers `(W (out, in), b (out,))`. Gradients are autograd's; the step is
written out here in the conventions of `torch.optim.SGD` and `torch.nn.utils.clip_grad_norm_`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import DivergedError, require
from verifier.model.device import read, read_together
from verifier.model.losses import Identity, Loss
from verifier.model.network import check_labels, check_slope, check_tensor

Layers = tuple[tuple[Tensor, Tensor], ...]

ACTIVATIONS: dict[str, Callable[[Tensor, float], Tensor]] = {
    "leaky relu": torch.nn.functional.leaky_relu,
    "tanh": lambda u, _: torch.tanh(u),
    "softplus": lambda u, _: torch.logaddexp(u, torch.zeros_like(u)),
    "sine": lambda u, _: torch.sin(u),
}
_CLIP_OFFSET = 1e-6  # torch adds it to the norm


@dataclass(frozen=True, eq=False)
class DeepRecipe:
    """How a deep network is trained; one entry of `steps` and one row of `batches` for each step.

    `batches (K, B)`: int64 indices of samples, repetitions allowed; the objective of a step is the
    mean of `ell(-y f)` over its row. `weight_decay` is `lambda`, added to the gradient as
    `lambda W`, or, if `decoupled`, taken off the weights as `eta lambda W`; it acts on whatever is
    trained. `clip_norm`: largest norm of the whole gradient, before the decay is added; None is
    no clipping. `slope` is that of the leaky ReLU. `train_bias`: whether all biases are trained.
    """

    steps: tuple[float, ...]
    batches: Tensor
    activation: str = "leaky relu"
    slope: float = 0.0
    loss: Loss = field(default_factory=Identity)
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    decoupled: bool = False
    clip_norm: float | None = None
    train_bias: bool = True

    def __post_init__(self) -> None:
        check_schedule(self)
        rows = self.batches.ndim == 2 and len(self.batches) == len(self.steps)
        shape = tuple(self.batches.shape)
        require(rows and shape[1] >= 1, "batches.shape", shape, "must be (steps, any >= 1)")
        require(
            self.batches.dtype == torch.int64, "batches.dtype", self.batches.dtype, "must be int64"
        )

    def phi(self, u: Tensor) -> Tensor:
        """The activation, elementwise."""
        return ACTIVATIONS[self.activation](u, self.slope)

    @property
    def coupled_decay(self) -> float:
        """`lambda` where it enters the gradient, else 0."""
        return 0.0 if self.decoupled else self.weight_decay

    @property
    def decoupled_decay(self) -> float:
        """`lambda` where it shrinks the weights directly, else 0."""
        return self.weight_decay if self.decoupled else 0.0


def check_schedule(options: object) -> None:
    """Raise `InputError` unless the fields that a recipe and a configuration share are in range."""

    def check(name: str, rule: str, good: Callable[[float], bool]) -> None:
        value = getattr(options, name)
        require(math.isfinite(value) and good(value), name, value, rule)

    steps: Sequence[float] = getattr(options, "steps", ())
    require(len(steps) >= 1, "steps", steps, "must hold at least one step size")
    require(
        all(math.isfinite(eta) and eta >= 0 for eta in steps),
        "steps",
        steps,
        "step sizes must be finite and non-negative",
    )
    check("momentum", "must lie in [0, 1)", lambda mu: 0 <= mu < 1)
    check("weight_decay", "must be finite and non-negative", lambda decay: decay >= 0)
    if getattr(options, "clip_norm", None) is not None:
        check("clip_norm", "must be None, or positive and finite", lambda norm: norm > 0)
    nesterov, momentum = getattr(options, "nesterov", False), getattr(options, "momentum", 0.0)
    require(not nesterov or momentum > 0, "nesterov", nesterov, "needs momentum")
    check_slope(getattr(options, "slope", 0.0))
    activation = getattr(options, "activation", "")
    require(
        activation in ACTIVATIONS,
        "activation",
        repr(activation),
        f"must be one of {list(ACTIVATIONS)}",
    )


def check_layers(layers: Layers, X: Tensor, y: Tensor) -> None:
    """Raise `InputError` unless layers are finite, of one dtype and device, and fit the data."""
    require(len(layers) >= 2, "layers", len(layers), "must be at least two")
    check_tensor("X", X, (None, None), layers[0][0])
    check_labels("y", y, X)
    inputs = X.shape[1]
    for k, (W, b) in enumerate(layers):
        check_tensor(f"layers[{k}].W", W, (None if k + 1 < len(layers) else 1, inputs), X)
        check_tensor(f"layers[{k}].b", b, (len(W),), X)
        inputs = len(W)


def first_preactivations(layers: Layers, x: Tensor) -> Tensor:
    """`W_1 x + b_1`, (P, m_1)."""
    W, b = layers[0]
    return x @ W.T + b


def output_above(layers: Layers, u: Tensor, recipe: DeepRecipe) -> Tensor:
    """`f` as a function of the first pre-activations `u (P, m_1)`, (P,)."""
    for W, b in layers[1:]:
        u = recipe.phi(u) @ W.T + b
    return u.squeeze(-1)


def signal(layers: Layers, z: Tensor, recipe: DeepRecipe) -> tuple[Tensor, Tensor]:
    """`nabla_x f(z)` (P, d) and `delta(z)` (P, m_1), by autograd.

    `delta` is the signal propagated back to the first pre-activations: `df / du_1`.
    """
    with torch.inference_mode(False), torch.enable_grad():
        x = z.detach().clone().requires_grad_()
        u = first_preactivations(layers, x)
        gradient, delta = torch.autograd.grad(output_above(layers, u, recipe).sum(), (x, u))
    return gradient, delta


class Step(NamedTuple):
    """What one step did to the first layer's weights.

    `delta (B, m_1)`: derivatives of the objective, after clipping, in the first pre-activations of
    the batch `x (B, d)`, so that the gradient in W_1 is `delta^T x`. `after`: W_1; `velocity`: its
    velocity; `direction`: what the step size multiplied; all (m_1, d).
    """

    x: Tensor
    delta: Tensor
    after: Tensor
    velocity: Tensor
    direction: Tensor


StepObserver = Callable[[int, Step], None]


def move(
    w: Tensor, v: Tensor, gradient: Tensor, eta: float, recipe: DeepRecipe
) -> tuple[Tensor, Tensor, Tensor]:
    """New weights, new velocity, direction: one step on one tensor as `torch.optim.SGD` takes it.

    `g <- gradient + lambda w` (coupled); `v <- mu v + g`; the direction is `v`, with Nesterov
    `g + mu v`; `w <- (1 - eta lambda) w - eta direction` (decoupled) or `w - eta direction`.
    """
    g = gradient + recipe.coupled_decay * w if recipe.coupled_decay else gradient
    v = recipe.momentum * v + g if recipe.momentum else g
    direction = g + recipe.momentum * v if recipe.nesterov else v
    kept = w * (1 - eta * recipe.decoupled_decay) if recipe.decoupled_decay else w
    return kept - eta * direction, v, direction


def train_deep(
    layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe, observe: StepObserver | None = None
) -> Layers:
    """The layers after training on `X (N, d)`, `y (N,)` by `recipe`, in their dtype.

    Raises `InputError` for bad data, `DivergedError` once a gradient or a weight is not finite.
    """
    with read_together():
        check_layers(layers, X, y)
    marks: list[Tensor] = []  # looked at once, at the end
    state = [t.detach().clone() for layer in layers for t in layer]
    trained = range(0, len(state), 1 if recipe.train_bias else 2)
    velocity = [torch.zeros_like(t) for t in state]
    directions = list(velocity)
    for k, (eta, batch) in enumerate(zip(recipe.steps, recipe.batches, strict=True)):
        x = X[batch]
        gradients, delta = _gradients(state, trained, x, y[batch], recipe)
        marks.append(_mark([delta]))
        if recipe.clip_norm is not None:
            norm = torch.linalg.vector_norm(
                torch.stack([torch.linalg.vector_norm(g) for g in gradients])
            )
            kept = (recipe.clip_norm / (norm + _CLIP_OFFSET)).clamp(max=1.0)
            gradients, delta = [kept * g for g in gradients], kept * delta
        for i, gradient in zip(trained, gradients, strict=True):
            moved = move(state[i], velocity[i], gradient, eta, recipe)
            state[i], velocity[i], directions[i] = moved
        marks.append(_mark(state))
        if observe is not None:
            observe(k, Step(x, delta, state[0], velocity[0], directions[0]))
    _check_marks(marks)
    return _layers(state)


def _mark(tensors: Sequence[Tensor]) -> Tensor:
    """Zero, or NaN where an entry is not finite, ()."""
    return torch.stack([(0 * t).sum() for t in tensors]).sum()


def _check_marks(marks: Sequence[Tensor]) -> None:
    """Raise `DivergedError` for the first mark, of each step's gradient and weights, not zero."""
    for i, finite in enumerate(read(torch.stack(list(marks)) == 0)):
        if not finite:
            raise DivergedError(i // 2, "a weight" if i % 2 else "the gradient")


def _layers(state: Sequence[Tensor]) -> Layers:
    return tuple(zip(state[::2], state[1::2], strict=True))


def _gradients(
    state: list[Tensor], trained: Sequence[int], x: Tensor, y: Tensor, recipe: DeepRecipe
) -> tuple[list[Tensor], Tensor]:
    """Gradients of the batch's objective in what is trained and in the first pre-activations."""
    with torch.inference_mode(False), torch.enable_grad():
        leaves = [t.detach().requires_grad_() for t in state]
        layers = _layers(leaves)
        u = first_preactivations(layers, x)
        objective = recipe.loss.value(-y * output_above(layers, u, recipe)).mean()
        *gradients, delta = torch.autograd.grad(objective, [*(leaves[i] for i in trained), u])
    return gradients, delta
