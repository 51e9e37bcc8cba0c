"""What a training code must offer to be checked, and how one is loaded and called.

An implementation is a handful of functions on arrays. The suite draws the initial parameters, the
data and the targets and hands them over as torch tensors of one dtype and device; it accepts
anything back that `torch.as_tensor` understands, and never takes an implementation's word for
what it did: path weights and effective times come from replaying the recipe.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

import torch
from torch import Tensor

from verifier import kernel, network, perturbation, training
from verifier.deep import training as deep_training
from verifier.deep.training import DeepRecipe, Layers
from verifier.errors import BadResult, DivergedError, InputError, NotComparable, require
from verifier.network import Parameters
from verifier.training import Recipe

REQUIRED = ("train",)
OPTIONAL = ("output", "input_gradient", "perturb", "initialise", "kernel", "train_deep")


class Implementation(Protocol):
    """The functions that a training code may offer. Only `train` is required.

    Parameters are `(W (m, d), b (m,), a (m,))`. What is not offered makes the claims that need
    it not applicable. docs/your-code.md says what each has to compute, with an example.
    """

    def train(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> tuple[Any, Any, Any]:
        """The parameters after training `params` on `X (N, d)`, `y (N,)` by `recipe`."""

    def output(self, params: Parameters, z: Tensor, slope: float) -> Any:
        """`f(z)` at points `z (P, d)`, shape (P,)."""

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Any:
        """`nabla f(z)`, shape (P, d)."""

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Any:
        """Perturbations `r (N, d)` of length eps that move `X` towards `targets (N,)`."""

    def initialise(self, width: int, dimension: int, seed: int) -> tuple[Any, Any, Any]:
        """A fresh network by `seed`: `w_i ~ N(0, I/d)`, `b_i ~ N(0, 1)`, `a_i ~ N(0, 1)`."""

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Any:
        """`Phi(z, x_n)`, shape (P, N)."""

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Any:
        """The layers `(W (out, in), b (out,))`, first to last, after training them by `recipe`."""


class Reference:
    """The library's own code, called as an implementation under test."""

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """See `verifier.training.train`."""
        return training.train(params, X, y, recipe).params

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """See `verifier.network.output`."""
        return network.output(params, z, slope)

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """See `verifier.network.input_gradient`."""
        return network.input_gradient(params, z, slope)

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        """See `verifier.perturbation.perturb`."""
        return perturbation.perturb(params, X, targets, eps, slope)

    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """See `verifier.network.initialise`; float64 on the CPU."""
        generator = torch.Generator(device="cpu").manual_seed(seed)
        return network.initialise(
            width, dimension, generator=generator, dtype=torch.float64, device="cpu"
        )

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        """See `verifier.kernel.phi`."""
        return kernel.phi(z, X, slope)

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        """See `verifier.deep.training.train_deep`."""
        return deep_training.train_deep(layers, X, y, recipe)


def offered(implementation: object) -> frozenset[str]:
    """The names of the protocol's functions that `implementation` has."""
    names = REQUIRED + OPTIONAL
    return frozenset(n for n in names if callable(getattr(implementation, n, None)))


def missing(implementation: object, needed: Iterable[str]) -> tuple[str, ...]:
    """Which of the functions `needed` the implementation does not offer."""
    have = offered(implementation)
    return tuple(n for n in needed if n not in have)


def check_offered(implementation: object, name: str) -> None:
    """Raise `InputError` naming the required functions that `implementation` lacks."""
    absent = missing(implementation, REQUIRED)
    require(not absent, "implementation", name, f"must offer {', '.join(absent)}")


def load(path: str) -> Any:
    """The implementation at `package.module:Name`; a class is instantiated without arguments.

    The current folder is searched too, after Python's path.

    Raises `InputError` if it cannot be imported or found, or lacks a required function.
    """
    argument = "implementation"
    module_name, colon, name = path.partition(":")
    require(bool(module_name and colon and name), argument, repr(path), "must be 'module:Name'")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except Exception as problem:  # a user's module may raise anything while it is imported
        rule = f"cannot be imported: {problem}"
        if isinstance(problem, ModuleNotFoundError):
            rule += "; install it, or put the folder that holds it into PYTHONPATH"
        raise InputError(argument, repr(path), rule) from problem
    found = module
    for part in name.split("."):
        require(hasattr(found, part), argument, repr(path), f"{found!r} has no {part!r}")
        found = getattr(found, part)
    try:
        implementation = found() if isinstance(found, type) else found
    except Exception as problem:
        rule = f"must be made without arguments: {problem}"
        raise InputError(argument, repr(path), rule) from problem
    check_offered(implementation, repr(path))
    return implementation


def expect(condition: bool, result: str, value: object, rule: str) -> None:
    """Raise `BadResult` naming what was returned unless `condition` holds."""
    if not condition:
        raise BadResult(result, value, rule)


class Checked:
    """Calls an implementation and validates what it returns: shape, finiteness, dtype, device.

    Results are converted to the dtype and device of what was handed over. A wrong shape or a
    value that is not finite raises `BadResult` naming the function.
    """

    def __init__(self, implementation: Any) -> None:
        check_offered(implementation, repr(implementation))
        self.implementation = implementation
        self.offered = offered(implementation)

    @staticmethod
    def _tensor(name: str, value: Any, shape: tuple[int, ...], like: Tensor) -> Tensor:
        try:
            tensor = value if isinstance(value, Tensor) else torch.as_tensor(value, device="cpu")
            tensor = tensor.detach()
        except (TypeError, ValueError, RuntimeError) as problem:
            raise BadResult(name, type(value).__name__, f"must be an array: {problem}") from None
        expect(
            tuple(tensor.shape) == shape, f"{name}.shape", tuple(tensor.shape), f"must be {shape}"
        )
        expect(tensor.dtype.is_floating_point, f"{name}.dtype", tensor.dtype, "must be floating")
        expect(bool(torch.isfinite(tensor).all()), name, "NaN or infinity", "must be finite")
        # a copy: a code may use its buffers again
        return tensor.to(device=like.device, dtype=like.dtype, copy=True)

    def _call(self, name: str, *arguments: Any) -> Any:
        """Call one function on copies, so that it can change neither the draw nor the evidence."""
        copies = [a.clone() if isinstance(a, Tensor | Parameters) else a for a in arguments]
        try:
            return getattr(self.implementation, name)(*copies)
        except (DivergedError, NotComparable) as problem:
            # only the suite's own replay may reject a draw
            rule = "must return what the replay can reach"
            raise BadResult(
                f"{name}(...)", f"{type(problem).__name__}: {problem}", rule
            ) from problem
        except (Exception, KeyboardInterrupt):
            raise
        except BaseException as problem:  # e.g. a test framework's skip must not end the check
            rule = "must not end the test"
            raise BadResult(f"{name}(...)", type(problem).__name__, rule) from problem

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """Final parameters, in the dtype of the initial ones."""
        result = self._call("train", params, X, y, recipe)
        shapes = [tuple(p.shape) for p in params]
        return self._network("train(...)", result, shapes, params.W)

    def initialise(
        self, width: int, dimension: int, seed: int, device: torch.device | str
    ) -> Parameters:
        """A fresh network, `W (width, dimension)`, `b (width,)`, `a (width,)`, float64."""
        result = self._call("initialise", width, dimension, seed)
        like = torch.empty((), dtype=torch.float64, device=device)
        shapes = [(width, dimension), (width,), (width,)]
        return self._network("initialise(...)", result, shapes, like)

    def _network(
        self, name: str, result: Any, shapes: list[tuple[int, ...]], like: Tensor
    ) -> Parameters:
        good = isinstance(result, tuple | list) and len(result) == 3
        expect(good, name, type(result), "must be (W, b, a)")
        parts = zip("Wba", result, shapes, strict=True)
        return Parameters(*(self._tensor(f"{name}.{n}", r, s, like) for n, r, s in parts))

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """`f(z)`, (P,), as float64."""
        value = self._call("output", params, z, slope)
        return self._tensor("output(...)", value, (len(z),), z).double()

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """`nabla f(z)`, (P, d), as float64."""
        value = self._call("input_gradient", params, z, slope)
        return self._tensor("input_gradient(...)", value, tuple(z.shape), z).double()

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        """`r`, (N, d), in the dtype of X."""
        value = self._call("perturb", params, X, targets, eps, slope)
        return self._tensor("perturb(...)", value, tuple(X.shape), X)

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        """`Phi(z, x_n)`, (P, N)."""
        value = self._call("kernel", z, X, slope)
        return self._tensor("kernel(...)", value, (len(z), len(X)), z)

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        """Final layers, in the dtype of the initial ones."""
        handed = tuple((W.clone(), b.clone()) for W, b in layers)
        name = "train_deep(...)"
        own = replace(recipe, batches=recipe.batches.clone())
        result = self._call("train_deep", handed, X, y, own)
        good = isinstance(result, tuple | list) and len(result) == len(layers)
        expect(good, name, type(result), f"must be {len(layers)} layers")
        found = []
        for k, (layer, like) in enumerate(zip(result, layers, strict=True)):
            good = isinstance(layer, tuple | list) and len(layer) == 2
            expect(good, f"{name}[{k}]", type(layer), "must be (W, b)")
            W, b = (
                self._tensor(f"{name}[{k}].{n}", value, tuple(want.shape), want)
                for n, value, want in zip("Wb", layer, like, strict=True)
            )
            found.append((W, b))
        return tuple(found)
