"""The two-layer network of theory section 1: `f(x) = (1/sqrt m) sum_i a_i phi(<w_i, x> + b_i)`.

Every function accepts leading network dimensions `...`, so that several independent networks of
one shape are evaluated in one call: parameters `W (..., m, d)`, `b (..., m)`, `a (..., m)` and
points `z (P, d)`, shared, or `(..., P, d)`, one set for each network.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import require


def block_elements(device: torch.device) -> int:
    """Entries of the largest temporary: what a CPU's cache holds, or what keeps a GPU busy."""
    return 1 << 18 if device.type == "cpu" else 1 << 24


class Parameters(NamedTuple):
    """Hidden weights `W (..., m, d)`, hidden biases `b (..., m)`, readout `a (..., m)`."""

    W: Tensor
    b: Tensor
    a: Tensor

    @property
    def width(self) -> int:
        """The number m of hidden neurons."""
        return self.W.shape[-2]

    @property
    def dimension(self) -> int:
        """The input dimension d."""
        return self.W.shape[-1]

    def to(self, device: torch.device | str, dtype: torch.dtype) -> Parameters:
        """The same parameters on `device` in `dtype`."""
        return Parameters(*(t.to(device=device, dtype=dtype) for t in self))

    def clone(self) -> Parameters:
        """A copy that shares no memory."""
        return Parameters(*(t.clone() for t in self))


def check_slope(slope: float) -> None:
    """Raise `InputError` unless the leaky-ReLU slope gamma lies in [0, 1]."""
    require(0.0 <= slope <= 1.0, "slope", slope, "must lie in [0, 1]")


def check_tensor(name: str, value: Tensor, shape: tuple[int | None, ...], like: Tensor) -> None:
    """Raise `InputError` unless `value` is finite and floating and fits `shape`, device and dtype.

    `shape` holds the trailing dimensions; None admits any size of at least one.
    """
    require(isinstance(value, Tensor), name, type(value).__name__, "must be a torch tensor")
    require(value.dtype.is_floating_point, name, value.dtype, "must be floating point")
    tail = tuple(value.shape[value.ndim - len(shape) :]) if value.ndim >= len(shape) else None
    fits = tail is not None and all(
        have >= 1 and want in (None, have) for want, have in zip(shape, tail, strict=True)
    )
    text = ", ".join("any >= 1" if n is None else str(n) for n in shape)
    require(fits, f"{name}.shape", tuple(value.shape), f"must end in ({text})")
    require(value.dtype == like.dtype, f"{name}.dtype", value.dtype, f"must be {like.dtype}")
    require(value.device == like.device, f"{name}.device", value.device, f"must be {like.device}")
    require(
        bool(torch.isfinite(value).all()), name, "a tensor with NaN or infinity", "must be finite"
    )


def check_parameters(params: Parameters) -> None:
    """Raise `InputError` unless `W`, `b`, `a` are finite, of one dtype and device, and fit."""
    W, b, a = params
    check_tensor("W", W, (None, None), W)
    check_tensor("b", b, (W.shape[-2],), W)
    check_tensor("a", a, (W.shape[-2],), W)


def check_data(X: Tensor, y: Tensor, params: Parameters) -> None:
    """Raise `InputError` unless `X (..., N, d)` and `y (..., N)` in {-1, +1} fit `params`."""
    check_tensor("X", X, (None, params.dimension), params.W)
    check_tensor("y", y, (X.shape[-2],), params.W)
    wrong = y[y.abs() != 1]
    require(wrong.numel() == 0, "y", wrong[:3].tolist(), "labels must be -1 or +1")


def initialise(
    width: int,
    dimension: int,
    *,
    generator: torch.Generator,
    dtype: torch.dtype,
    device: torch.device | str,
    networks: tuple[int, ...] = (),
) -> Parameters:
    """Independent draws `w_i ~ N(0, I/d)`, `b_i ~ N(0, 1)`, `a_i ~ N(0, 1)` (theory section 1).

    Draws in float64 on the generator's device, then converts, so that every dtype and device gets
    the same network from the same generator state. `networks` are the leading dimensions.
    """
    require(width >= 1, "width", width, "must be at least 1")
    require(dimension >= 1, "dimension", dimension, "must be at least 1")
    require(dtype.is_floating_point, "dtype", dtype, "must be floating point")

    def normal(*shape: int) -> Tensor:
        return torch.randn(
            *networks, *shape, generator=generator, device=generator.device, dtype=torch.float64
        )

    W = normal(width, dimension).div_(math.sqrt(dimension))
    return Parameters(W, normal(width), normal(width)).to(device, dtype)


def preactivation(params: Parameters, z: Tensor) -> Tensor:
    """`u_i(z) = <w_i, z> + b_i`, shape (..., P, m)."""
    return (z @ params.W.mT).add_(params.b.unsqueeze(-2))


def activation_pattern(u: Tensor, slope: float) -> Tensor:
    """`phi'(u)`: 1 where `u >= 0`, else the slope; the convention at the kink is `phi'(0) = 1`."""
    return (u >= 0).to(u.dtype).clamp_(min=slope)


def _point_blocks(params: Parameters, z: Tensor) -> tuple[Tensor, ...]:
    size = max(1, block_elements(z.device) // params.a.numel())
    return torch.split(z, size, dim=-2)


def output(params: Parameters, z: Tensor, slope: float) -> Tensor:
    """`f(z)` at every point, shape (..., P)."""
    parts = []
    for block in _point_blocks(params, z):
        u = preactivation(params, block)
        u *= activation_pattern(u, slope)
        parts.append((u @ params.a.unsqueeze(-1)).squeeze(-1))
    return torch.cat(parts, dim=-1).div_(math.sqrt(params.width))


def input_gradient(params: Parameters, z: Tensor, slope: float) -> Tensor:
    """`nabla f(z) = (1/sqrt m) sum_i a_i phi'(u_i(z)) w_i` in closed form, shape (..., P, d)."""
    parts = []
    for block in _point_blocks(params, z):
        pattern = activation_pattern(preactivation(params, block), slope)
        parts.append(pattern.mul_(params.a.unsqueeze(-2)) @ params.W)
    return torch.cat(parts, dim=-2).div_(math.sqrt(params.width))
