"""The theory's network in float64 NumPy, with hand-derived gradients on homogeneous coordinates.

Weights and biases form one array `V = [W | b]` acting on `[x | 1]`, and one velocity drives both.
Whatever dtype and device the tensors have, everything is computed and returned as float64 arrays.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from verifier.model.deep import DeepRecipe, Layers
from verifier.model.losses import Loss
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe

Array = NDArray[np.float64]

CHUNK = 2**20
"""About how many entries of the (P, N, d) differences `kernel` holds at a time."""


def _float64(tensor: Tensor) -> Array:
    """Copy `tensor` into a float64 array that shares no memory with it."""
    copy: Array = tensor.detach().to(device="cpu", dtype=torch.float64).numpy().copy()
    return copy


def _sigmoid(s: Array) -> Array:
    """`1 / (1 + e^-s)` to full relative accuracy at both ends."""
    decay = np.exp(-np.abs(s))
    return np.where(s >= 0, 1.0, decay) / (1.0 + decay)


DERIVATIVES: dict[str, Callable[[Array], Array]] = {
    "identity": np.ones_like,
    "logistic": _sigmoid,
    "exponential": np.exp,
}


def _loss_derivative(loss: Loss, s: Array) -> Array:
    """`ell'(s)`, shape of `s (N,)`: by own formulas for the built-in losses, else the loss's."""
    own = DERIVATIVES.get(loss.name)
    return _float64(loss.derivative(torch.from_numpy(s))) if own is None else own(s)


HIDDEN: dict[str, Callable[[Array, float], tuple[Array, Array]]] = {
    "leaky relu": lambda u, slope: (u * _active(u, slope), _active(u, slope)),
    "tanh": lambda u, _: (np.tanh(u), 1.0 - np.tanh(u) ** 2),
    "softplus": lambda u, _: (np.logaddexp(u, 0.0), _sigmoid(u)),
    "sine": lambda u, _: (np.sin(u), np.cos(u)),
}
"""A deep network's activations with their derivatives."""


def _homogeneous(x: Array) -> Array:
    """`[x | 1]`: `x (P, d)` with a column of ones, shape (P, d + 1)."""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def _layers(params: Parameters) -> tuple[Array, Array]:
    """`V = [W | b] (m, d + 1)` and the readout with its prefactor, `a / sqrt(m)`, (m,)."""
    W, b, a = (_float64(t) for t in params)
    return np.concatenate([W, b[:, None]], axis=1), a / np.sqrt(len(a))


def _active(u: Array, slope: float) -> Array:
    """`phi'(u)`: 1 where `u >= 0`, slope elsewhere."""
    return np.where(u >= 0.0, 1.0, slope)


def _deep_gradients(state: list[Array], x: Array, y: Array, recipe: DeepRecipe) -> list[Array]:
    """Gradients of the mean of `ell(-y f)` in each `[W | b]`, for a batch `x (B, d)`, `y (B,)`."""
    inputs, slopes = [_homogeneous(x)], []
    for V in state[:-1]:
        value, derivative = HIDDEN[recipe.activation](inputs[-1] @ V.T, recipe.slope)
        inputs.append(_homogeneous(value))
        slopes.append(derivative)
    f = (inputs[-1] @ state[-1].T)[:, 0]
    delta = (-y * _loss_derivative(recipe.loss, -y * f) / len(y))[:, None]
    gradients = [delta.T @ inputs[-1]]
    for k in reversed(range(len(slopes))):
        delta = (delta @ state[k + 1][:, :-1]) * slopes[k]
        gradients.append(delta.T @ inputs[k])
    return gradients[::-1]


def _clipped(gradients: list[Array], beta: float, largest: float | None) -> list[Array]:
    """The gradients, scaled so that their common norm is at most `largest` (plus torch's 1e-6)."""
    if largest is None:
        return gradients
    parts = [np.concatenate([g[:, :-1].ravel(), beta * g[:, -1]]) for g in gradients]
    norm = float(np.linalg.norm(np.concatenate(parts)))
    return [min(1.0, largest / (norm + 1e-6)) * g for g in gradients]


class NumpyFloat64:
    """The protocol's functions in float64 NumPy.

    Nothing handed over is written to. Training that diverges returns what it has, unreported.
    """

    def train(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> tuple[Array, Array, Array]:
        """`(W (m, d), b (m,), a (m,))` after gradient descent on `X (N, d)`, `y (N,)`.

        Each step does `velocity <- momentum * velocity + gradient`, `V <- V - eta * velocity`.
        """
        every = np.tile(np.arange(len(y)), (len(recipe.steps), 1))
        return self._train(params, X, y, recipe, every, moves_readout=False)

    def train_batches(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> tuple[Array, Array, Array]:
        """The same on the mean over the samples in `batches (K, B)`, one row for each step."""
        return self._train(params, X, y, recipe, batches.cpu().numpy(), moves_readout=False)

    def train_readout(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> tuple[Array, Array, Array]:
        """As `train`, with the readout a moving by the same step sizes."""
        every = np.tile(np.arange(len(y)), (len(recipe.steps), 1))
        return self._train(params, X, y, recipe, every, moves_readout=True)

    def _train(
        self,
        params: Parameters,
        X: Tensor,
        y: Tensor,
        recipe: Recipe,
        batches: NDArray[np.int64],
        moves_readout: bool,
    ) -> tuple[Array, Array, Array]:
        V, readout = _layers(params)  # the readout with its prefactor
        inputs, signs = _homogeneous(_float64(X)), _float64(y)
        velocity, velocity_a = np.zeros_like(V), np.zeros_like(readout)
        with np.errstate(all="ignore"):
            for eta, batch in zip(recipe.steps, batches, strict=True):
                x1, labels = inputs[batch], signs[batch]
                u = np.einsum("nk,ik->ni", x1, V, optimize=True)
                active = _active(u, recipe.slope)
                f = np.einsum("ni,ni,i->n", active, u, readout)
                pull = labels * _loss_derivative(recipe.loss, -labels * f) / len(labels)
                gradient = -readout[:, None] * np.einsum(
                    "n,ni,nk->ik", pull, active, x1, optimize=True
                )
                if not recipe.train_bias:
                    gradient[:, -1] = 0.0
                velocity = recipe.momentum * velocity + gradient
                V = V - eta * velocity
                if moves_readout:  # a itself, of which it is a share 1/sqrt m
                    along = np.einsum("n,ni,ni->i", pull, active, u) / len(readout)
                    velocity_a = recipe.momentum * velocity_a - along
                    readout = readout - eta * velocity_a
        a = readout * np.sqrt(len(readout)) if moves_readout else _float64(params.a)
        return V[:, :-1].copy(), V[:, -1].copy(), a

    def train_deep(
        self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe
    ) -> tuple[tuple[Array, Array], ...]:
        """The layers `(W (out, in), b (out,))` after mini-batch training, by back-propagation."""
        state = [np.concatenate([_float64(W), _float64(b)[:, None]], axis=1) for W, b in layers]
        velocity = [np.zeros_like(V) for V in state]
        x = _float64(X)
        labels = _float64(y)
        batches = recipe.batches.tolist()
        with np.errstate(all="ignore"):
            for eta, batch in zip(recipe.steps, batches, strict=True):
                gradients = _deep_gradients(state, x[batch], labels[batch], recipe)
                trained = np.ones(2) if recipe.train_bias else np.array([1.0, 0.0])
                for k, gradient in enumerate(_clipped(gradients, trained[1], recipe.clip_norm)):
                    moving = np.repeat(trained, [gradient.shape[1] - 1, 1])
                    pull = moving * (gradient + recipe.coupled_decay * state[k])
                    velocity[k] = recipe.momentum * velocity[k] + pull
                    ahead = pull + recipe.momentum * velocity[k]
                    direction = ahead if recipe.nesterov else velocity[k]
                    decay = eta * recipe.decoupled_decay * moving * state[k]
                    state[k] = state[k] - decay - eta * direction
        return tuple((V[:, :-1].copy(), V[:, -1].copy()) for V in state)

    def initialise(self, width: int, dimension: int, seed: int) -> tuple[Array, Array, Array]:
        """`(W (m, d), b (m,), a (m,))`, normal of variances 1/d, 1, 1, drawn neuron by neuron."""
        neurons = np.random.default_rng(seed).standard_normal((width, dimension + 2))
        return neurons[:, :-2] / np.sqrt(dimension), neurons[:, -2].copy(), neurons[:, -1].copy()

    def output(self, params: Parameters, z: Tensor, slope: float) -> Array:
        """`f(z)` at `z (P, d)`, shape (P,)."""
        V, readout = _layers(params)
        u = np.einsum("pk,ik->pi", _homogeneous(_float64(z)), V, optimize=True)
        value: Array = np.einsum("pi,pi,i->p", _active(u, slope), u, readout)
        return value

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Array:
        """`nabla f(z)` at `z (P, d)`, shape (P, d): rows of W weighted by `a phi'(u) / sqrt(m)`."""
        V, readout = _layers(params)
        u = np.einsum("pk,ik->pi", _homogeneous(_float64(z)), V, optimize=True)
        gradient: Array = (_active(u, slope) * readout) @ V[:, :-1]
        return gradient

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Array:
        """`eps * target * nabla f / |nabla f|` at `X (N, d)`, `targets (N,)`; shape (N, d).

        Zero where the gradient is exactly zero. Rows are first scaled by powers of two, which
        rounds nothing, so that neither tiny nor huge gradients lose their length.
        """
        gradient = self.input_gradient(params, X, slope)
        scaled = np.ldexp(gradient, -np.frexp(np.max(np.abs(gradient), axis=1, keepdims=True))[1])
        length = np.sqrt(np.einsum("nk,nk->n", scaled, scaled))[:, None]
        r: Array = eps * _float64(targets)[:, None] * scaled / np.where(length > 0, length, 1.0)
        return r

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Array:
        """`Phi(z_p, x_n)` for `z (P, d)`, `X (N, d)`, shape (P, N), to a few units of rounding.

        `arcsin(rho) = atan2(c, sqrt(det))`, with det from the difference `e = z - x`. Theory's
        `det = s |e|^2/d - (<h, e>/d)^2`, h either point, cancels when |h| is large, so it is taken
        as `|e|^2/d + (|h| |e'|/d)^2` with `e'` the part of e orthogonal to h, the shorter point.
        """
        Z, points = _float64(z), _float64(X)
        dimension = Z.shape[1]
        phi = np.empty((len(Z), len(points)))
        rows = max(1, CHUNK // max(1, points.size))
        for start in range(0, len(Z), rows):
            z_row = Z[start : start + rows, None, :]
            e = z_row - points
            z_square, x_square = (np.sum(t**2, axis=-1, keepdims=True) for t in (z_row, points))
            h = np.where(z_square <= x_square, z_row, points)
            h_square = np.minimum(z_square, x_square)
            share = np.sum(h * e, axis=-1, keepdims=True) / np.where(h_square > 0, h_square, 1.0)
            across = np.sqrt(h_square[..., 0] * np.sum((e - share * h) ** 2, axis=-1)) / dimension
            c = np.sum(z_row * points, axis=-1) / dimension + 1.0
            angle = np.arctan2(c, np.hypot(np.sqrt(np.sum(e**2, axis=-1) / dimension), across))
            phi[start : start + rows] = slope + (1 - slope) ** 2 * (0.25 + angle / (2 * np.pi))
        return phi
