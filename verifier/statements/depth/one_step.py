"""E6, that training happens at all: one step from the start is gradient descent.

A code that returns what it was given satisfies the span statement. So a single step over all
samples, without momentum, decay or clipping, is compared with autograd on the stated objective,
layer by layer. One step has no path: only a kink within rounding of a pre-activation of the start
can separate two correct codes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from verifier.model.deep import DeepRecipe, Layers

_CALLS = 8.0  # rounding errors of an activation, of its derivative, of a loss's derivative
_CURVATURE = 1.0  # bounds the second derivatives of tanh, softplus and sine

Rows = tuple[Tensor, ...]


def one_step(recipe: DeepRecipe, samples: int, device: torch.device) -> DeepRecipe:
    """A step of size 1 on all samples, otherwise the recipe's network and objective."""
    return replace(
        recipe,
        steps=(1.0,),
        batches=torch.arange(samples, dtype=torch.int64, device=device).unsqueeze(0),
        momentum=0.0,
        nesterov=False,
        weight_decay=0.0,
        decoupled=False,
        clip_norm=None,
    )


@dataclass(frozen=True)
class DescentStep:
    """What one step must give: `after`, and a `bound` on its rounding errors, both for each layer
    `(m_l, d_l + 1)` entry by entry, the bias last.

    `comparable`: no pre-activation lies within rounding of a kink, and no size leaves the range.
    """

    after: Rows
    bound: Rows
    comparable: bool

    @classmethod
    def of(
        cls, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe, dtype: torch.dtype
    ) -> DescentStep:
        """For `layers`, `X (N, d)`, `y (N,)` in float64 and a code that computes in `dtype`."""
        info = torch.finfo(dtype)
        state = [t.detach().requires_grad_() for layer in layers for t in layer]
        own = tuple(zip(state[::2], state[1::2], strict=True))
        with torch.inference_mode(False), torch.enable_grad():
            us: list[Tensor] = []
            for k, (W, b) in enumerate(own):
                us.append((recipe.phi(us[-1]) if k else X) @ W.T + b)
            objective = recipe.loss.value(-y * us[-1].squeeze(-1)).mean()
            found = torch.autograd.grad(objective, [*state, *us])
        gradients, deltas = found[: len(state)], found[len(state) :]
        seen = [u.detach() for u in us]
        inputs = [X, *(recipe.phi(u) for u in seen[:-1])]
        spreads, input_errors = _forward(layers, seen, inputs, info.eps)
        delta_errors = _backward(layers, y, seen, deltas, spreads, recipe, info)
        after, bound = [], []
        for k, (W, b) in enumerate(layers):
            h = torch.cat((inputs[k], torch.ones_like(inputs[k][:, :1])), dim=1).abs()
            e = torch.cat((input_errors[k], torch.zeros_like(h[:, :1])), dim=1)
            size = deltas[k].abs().T @ h
            error = (
                delta_errors[k].T @ (h + e) + deltas[k].abs().T @ e + (len(X) + 3) * info.eps * size
            )
            start = torch.cat((W, b[:, None]), dim=1)
            moves = torch.cat((gradients[2 * k], gradients[2 * k + 1][:, None]), dim=1)
            if not recipe.train_bias:
                moves[:, -1], error[:, -1] = 0.0, 0.0
            after.append(start - moves)
            bound.append(error + 2 * info.eps * (start.abs() + moves.abs()) + len(X) * info.tiny)
        return cls(tuple(after), tuple(bound), _comparable(seen, spreads, after, bound, recipe))


def _forward(layers: Layers, us: list[Tensor], hs: list[Tensor], eps: float) -> tuple[Rows, Rows]:
    """Bounds on the errors of each layer's pre-activations and inputs; activations contract."""
    spreads, errors = [], [torch.zeros_like(hs[0])]
    for (W, b), u, h in zip(layers, us, hs, strict=True):
        size = h.abs() @ W.abs().T + b.abs()
        spreads.append(errors[-1] @ W.abs().T + (W.shape[1] + 2) * eps * size)
        errors.append(spreads[-1] + _CALLS * eps * (1 + u.abs()))
    return tuple(spreads), tuple(errors[:-1])


def _backward(
    layers: Layers,
    y: Tensor,
    us: list[Tensor],
    deltas: tuple[Tensor, ...],
    spreads: Rows,
    recipe: DeepRecipe,
    info: torch.finfo,
) -> Rows:
    """Bounds on the errors of the objective's derivatives in each layer's pre-activations."""
    s = -y * us[-1][:, 0]
    e = spreads[-1][:, 0]
    derivative = recipe.loss.derivative
    p = derivative(s)
    eps, tiny = info.eps, info.tiny  # what underflows errs by a fixed amount
    change = 2 * torch.maximum((derivative(s + e) - p).abs(), (derivative(s - e) - p).abs())
    errors = [(tiny + (change + _CALLS * eps * (1 + s.abs()) * p) / len(y)).unsqueeze(-1)]
    curvature = 0.0 if recipe.activation == "leaky relu" else _CURVATURE
    for k in range(len(layers) - 2, -1, -1):
        W = layers[k + 1][0].abs()
        size = deltas[k + 1].abs() @ W
        off = curvature * spreads[k] + (len(W) + _CALLS * (1 + us[k].abs())) * eps
        errors.append(errors[-1] @ W + off * size + len(W) * tiny)
    return tuple(reversed(errors))


def _comparable(
    us: list[Tensor], spreads: Rows, after: list[Tensor], bound: list[Tensor], recipe: DeepRecipe
) -> bool:
    kinks = recipe.activation == "leaky relu" and recipe.slope < 1
    hidden = zip(us[:-1], spreads[:-1], strict=True) if kinks else ()
    clear = all(bool((u.abs() > e).all()) for u, e in hidden)
    limit = math.sqrt(torch.finfo(torch.float32).max)
    return clear and all(bool((t.abs() <= limit).all()) for t in (*us, *after, *bound))
