"""The two-layer network of docs/setting.md: `f(x) = (1/sqrt m) sum_i a_i phi(<w_i, x> + b_i)`.

Every function accepts leading network dimensions `...`, so that several independent networks of
one shape are evaluated in one call: parameters `W (..., m, d)`, `b (..., m)`, `a (..., m)` and
points `z (P, d)`, shared, or `(..., P, d)`, one set for each network.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import number, require
from verifier.model.device import block_elements, require_finite, require_value
from verifier.model.memory import fitting
from verifier.model.peaks import of_input_gradient, of_output


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
        return Parameters(*(t.clone(memory_format=torch.contiguous_format) for t in self))


def check_slope(slope: float) -> None:
    """Raise `InputError` unless the leaky-ReLU slope gamma lies in [0, 1]."""
    number("slope", slope, lambda gamma: 0 <= gamma <= 1, "must lie in [0, 1]")


def check_tensor(
    name: str, value: Tensor, shape: tuple[int | None, ...], like: Tensor, leading: bool = False
) -> None:
    """Raise `InputError` unless `value` is finite and floating and fits `shape`, device and dtype.

    None in `shape` admits any size of at least one; `leading` admits further dimensions before.
    """
    require(isinstance(value, Tensor), name, type(value).__name__, "must be a torch tensor")
    require(value.dtype.is_floating_point, name, value.dtype, "must be floating point")
    require(value.layout == torch.strided, name, value.layout, "must be dense, torch.strided")
    tail = tuple(value.shape[max(0, value.ndim - len(shape)) :])
    fits = value.ndim == len(shape) or (
        leading and value.ndim > len(shape) and 0 not in value.shape
    )
    fits = fits and all(n >= 1 and want in (None, n) for want, n in zip(shape, tail, strict=True))
    text = ", ".join("any >= 1" if n is None else str(n) for n in shape)
    require(
        fits, f"{name}.shape", tuple(value.shape), f"must {'end in' if leading else 'be'} ({text})"
    )
    require(value.dtype == like.dtype, f"{name}.dtype", value.dtype, f"must be {like.dtype}")
    require(value.device == like.device, f"{name}.device", value.device, f"must be {like.device}")
    require_finite(value, name)


def check_labels(name: str, y: Tensor, X: Tensor, leading: bool = False) -> None:
    """Raise `InputError` unless `y` holds one label of -1 or +1 for each sample of `X`."""
    check_tensor(name, y, (X.shape[-2],), X, leading)
    require_value(
        (y.abs() == 1).all(), name, lambda: y[y.abs() != 1][:3].tolist(), "labels must be -1 or +1"
    )


def _check_leading(name: str, have: torch.Size, want: torch.Size, optional: bool) -> None:
    rule = f"leading dimensions must be {tuple(want)}, the networks'"
    require(have == want or (optional and not have), f"{name}.shape", tuple(have), rule)


def check_parameters(params: Parameters) -> None:
    """Raise `InputError` unless `W`, `b`, `a` are finite, of one dtype and device, and fit."""
    require(
        isinstance(params, Parameters),
        "params",
        type(params).__name__,
        "must be a verifier.Parameters(W, b, a)",
    )
    W, b, a = params
    check_tensor("W", W, (None, None), W, leading=True)
    for name, value in (("b", b), ("a", a)):
        check_tensor(name, value, (W.shape[-2],), W, leading=True)
        _check_leading(name, value.shape[:-1], W.shape[:-2], optional=False)


def check_data(X: Tensor, y: Tensor, params: Parameters, labels: str = "y") -> None:
    """Raise `InputError` unless `X (..., N, d)` and `y (..., N)` in {-1, +1} fit `params`.

    Leading dimensions are the networks' own, or none if the networks share the data.
    """
    check_tensor("X", X, (None, params.dimension), params.W, leading=True)
    check_labels(labels, y, X, leading=True)
    networks = params.W.shape[:-2]
    _check_leading("X", X.shape[:-2], networks, optional=True)
    _check_leading(labels, y.shape[:-1], networks, optional=True)


def initialise(
    width: int,
    dimension: int,
    *,
    generator: torch.Generator,
    dtype: torch.dtype,
    device: torch.device | str,
    networks: tuple[int, ...] = (),
) -> Parameters:
    """Independent draws `w_i ~ N(0, I/d)`, `b_i ~ N(0, 1)`, `a_i ~ N(0, 1)` (docs/setting.md).

    Draws in float64 on the generator's device, then converts, so that every dtype and device gets
    the same network from the same generator state. `networks` are the leading dimensions.

    >>> generator = torch.Generator(device="cpu").manual_seed(0)
    >>> f = initialise(5, 3, generator=generator, dtype=torch.float64, device="cpu")
    >>> f.W.shape, output(f, torch.zeros(2, 3, dtype=torch.float64), slope=0.1).shape
    (torch.Size([5, 3]), torch.Size([2]))
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
    if params.W.ndim == 2:
        return torch.nn.functional.linear(z, params.W, params.b)  # one pass over memory
    return (z @ params.W.mT).add_(params.b.unsqueeze(-2))


def activation_pattern(u: Tensor, slope: float) -> Tensor:
    """`phi'(u)`: 1 where `u >= 0`, else the slope; the convention at the kink is `phi'(0) = 1`.

    Piecewise constant: no gradient flows through it.
    """
    return torch.ge(u.detach(), 0, out=torch.empty_like(u)).clamp_(min=slope)


def _check_device(params: Parameters, z: Tensor) -> None:
    """Raise `InputError` unless a network and its points are on one device; reads no value."""
    device = params.W.device
    for name, value in (("b", params.b), ("a", params.a), ("z", z)):
        require(value.device == device, f"{name}.device", value.device, f"must be {device}, as W")


def _point_blocks(params: Parameters, z: Tensor) -> tuple[Tensor, ...]:
    return torch.split(z, max(1, block_elements(z.device) // params.a.numel()), dim=-2)


@fitting(of_output)
def output(params: Parameters, z: Tensor, slope: float) -> Tensor:
    """`f(z)` at every point, shape (..., P). `InputError` where devices are mixed."""
    _check_device(params, z)
    parts = []
    for block in _point_blocks(params, z):
        u = preactivation(params, block)
        u = torch.nn.functional.leaky_relu(u, slope, inplace=True)
        parts.append((u @ params.a.unsqueeze(-1)).squeeze(-1))
    return torch.cat(parts, dim=-1).div_(math.sqrt(params.width))


def seen_through(pattern: Tensor, params: Parameters) -> Tensor:
    """`(1/sqrt m) sum_i a_i pattern_i w_i`, (..., P, d), of a `pattern (..., P, m)`.

    With the network's own pattern its input gradient; of initial weights with the final pattern
    `xi_T`.
    """
    return (pattern * params.a.unsqueeze(-2)) @ params.W / math.sqrt(params.width)


@fitting(of_input_gradient)
def input_gradient(params: Parameters, z: Tensor, slope: float) -> Tensor:
    """`nabla f(z) = (1/sqrt m) sum_i a_i phi'(u_i(z)) w_i` in closed form, shape (..., P, d).

    `InputError` where devices are mixed.
    """
    _check_device(params, z)
    parts = []
    for block in _point_blocks(params, z):
        pattern = activation_pattern(preactivation(params, block), slope)
        parts.append(seen_through(pattern, params))
    return torch.cat(parts, dim=-2)


def as_double(params: Parameters) -> Parameters:
    """The same parameters in float64."""
    return Parameters(*(t.double() for t in params))
