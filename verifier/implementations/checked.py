"""Calls an implementation on copies and validates what it returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from verifier.errors import BadResult, DivergedError, NotComparable, SinglePrecision
from verifier.implementations.ambient import kept
from verifier.implementations.array_losses import on_any_arrays
from verifier.implementations.contract import FILLED, check_offered, is_told_the_loss, offered
from verifier.implementations.reference import Reference
from verifier.implementations.single_precision import in_single
from verifier.model.attack import Attack
from verifier.model.classes import ClassRecipe
from verifier.model.deep import DeepRecipe, Layers
from verifier.model.losses import Loss
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


def expect(condition: bool, result: str, value: object, rule: str) -> None:
    """Raise `BadResult` naming what was returned unless `condition` holds."""
    if not condition:
        raise BadResult(result, value, rule)


_MIXED = "Double"  # what torch calls float64 where it refuses to multiply it with float32
_FRAMEWORKS = ("hypothesis", "pytest", "_pytest", "unittest")
"""Exceptions of these would end a test, or leave out a draw."""

_LIBRARY = Reference()


class Checked:
    """Calls an implementation and validates what it returns: shape, finiteness, dtype, device.

    Results are converted to the dtype and device of what was handed over. A wrong shape or a
    value that is not finite raises `BadResult` naming the function. `hands_copies`: False to hand
    over the very arguments, which shows what a code does to them. `offered`: its own functions;
    beside them the library fills in for the theory's architecture what is missing. `changed`: what
    the code changed in the process, which is undone after each call, with how often.
    """

    def __init__(self, implementation: Any, *, hands_copies: bool = True) -> None:
        check_offered(implementation, repr(implementation))
        self.implementation = implementation
        self.hands_copies = hands_copies
        self.offered = offered(implementation)
        self._in_single: set[str] = set()
        self.is_told_the_loss = is_told_the_loss(implementation)
        there = getattr(implementation, "changed", None)  # in a process of its own
        self.changed: Counter[str] = there if isinstance(there, Counter) else Counter()
        self._is_own = type(implementation).__module__.partition(".")[0] == "verifier"

    def computes_in_single(self, functions: Iterable[str]) -> bool:
        """Whether any of them has answered float64 with what single precision holds exactly."""
        return not self._in_single.isdisjoint(functions)

    def _tensor(self, name: str, value: Any, shape: tuple[int, ...], like: Tensor) -> Tensor:
        try:
            if isinstance(value, list | tuple):
                value = np.asarray(value)  # of Python's floats: torch would round them to float32
            tensor = value if isinstance(value, Tensor) else torch.as_tensor(value, device="cpu")
            tensor = tensor.detach()
        except (TypeError, ValueError, RuntimeError) as problem:
            raise BadResult(name, type(value).__name__, f"must be an array: {problem}") from None
        expect(
            tuple(tensor.shape) == shape, f"{name}.shape", tuple(tensor.shape), f"must be {shape}"
        )
        expect(tensor.dtype.is_floating_point, f"{name}.dtype", tensor.dtype, "must be floating")
        expect(bool(torch.isfinite(tensor).all()), name, "NaN or infinity", "must be finite")
        if like.dtype == torch.float64 and in_single(tensor, like):
            self._in_single.add(name.partition("(")[0])
        # a copy: a code may use its buffers again
        return tensor.to(device=like.device, dtype=like.dtype, copy=True)

    def _call(self, name: str, *arguments: Any, **told: Any) -> Any:
        """Call one function, on copies so that it can change neither the draw nor the evidence."""
        handed: Iterable[Any] = arguments
        if self.hands_copies:
            handed = (a.clone() if isinstance(a, Tensor | Parameters) else a for a in arguments)
        holder = self._holder(name)
        is_own = self._is_own or holder is not self.implementation
        note = f"{name} changed {{}}".format
        watch = nullcontext() if is_own else kept(lambda what: self.changed.update([note(what)]))
        if not isinstance(holder, Reference):  # which knows its own losses by their type
            handed = map(on_any_arrays, handed)
            told = {key: on_any_arrays(value) for key, value in told.items()}
        try:
            with watch:
                return getattr(holder, name)(*handed, **told)
        except (DivergedError, NotComparable) as problem:
            # only the suite's own replay may reject a draw
            rule = "must return what the replay can reach"
            raise BadResult(
                f"{name}(...)", f"{type(problem).__name__}: {problem}", rule
            ) from problem
        except (Exception, KeyboardInterrupt) as problem:
            if isinstance(problem, RuntimeError) and _MIXED in str(problem):
                raise SinglePrecision from problem
            if type(problem).__module__.partition(".")[0] in _FRAMEWORKS:
                rule = "must not decide about the test"
                raise BadResult(f"{name}(...)", type(problem).__name__, rule) from problem
            raise
        except BaseException as problem:  # e.g. a test framework's skip must not end the check
            rule = "must not end the test"
            raise BadResult(f"{name}(...)", type(problem).__name__, rule) from problem

    def _holder(self, name: str) -> Any:
        """Who offers a function: the implementation, or the library in its place."""
        is_filled = name in FILLED and name not in self.offered
        return _LIBRARY if is_filled else self.implementation

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """Final parameters, in the dtype of the initial ones."""
        return self._trained("train", params, X, y, recipe)

    def train_readout(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """Final parameters, in the dtype of the initial ones."""
        return self._trained("train_readout", params, X, y, recipe)

    def train_batches(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> Parameters:
        """Final parameters, in the dtype of the initial ones."""
        return self._trained("train_batches", params, X, y, recipe, batches)

    def train_classes(
        self, params: Parameters, X: Tensor, labels: Tensor, recipe: ClassRecipe
    ) -> Parameters:
        """Final parameters, in the dtype of the initial ones."""
        return self._trained("train_classes", params, X, labels, recipe)

    def _trained(self, name: str, params: Parameters, *arguments: Any) -> Parameters:
        result = self._call(name, params, *arguments)
        return self._network(f"{name}(...)", result, [tuple(p.shape) for p in params], params.W)

    def initialise(
        self, width: int, dimension: int, seed: int, device: torch.device | str
    ) -> Parameters:
        """A fresh network, `W (width, dimension)`, `b (width,)`, `a (width,)`, float64."""
        result = self._call("initialise", width, dimension, seed)
        like = torch.zeros((), dtype=torch.float64, device=device)
        shapes: list[tuple[int, ...]] = [(width, dimension), (width,), (width,)]
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
        return self._tensor(
            "output(...)", self._call("output", params, z, slope), (len(z),), z
        ).double()

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """`nabla f(z)`, (P, d), as float64."""
        return self._tensor(
            "input_gradient(...)", self._call("input_gradient", params, z, slope), tuple(z.shape), z
        ).double()

    def perturb(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        loss: Loss,
    ) -> Tensor:
        """`r`, (N, d), in the dtype of X; a code that asks for the training `loss` is told it."""
        told = {"loss": loss} if self.is_told_the_loss else {}
        found = self._call("perturb", params, X, targets, eps, slope, **told)
        return self._tensor("perturb(...)", found, tuple(X.shape), X)

    def perturb_by(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
    ) -> Tensor:
        """`r`, (N, d), in the dtype of X."""
        found = self._call("perturb_by", params, X, targets, eps, slope, attack)
        return self._tensor("perturb_by(...)", found, tuple(X.shape), X)

    def perturb_in_steps(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
        steps: tuple[float, ...],
    ) -> Tensor:
        """`r`, (N, d), in the dtype of X."""
        found = self._call("perturb_in_steps", params, X, targets, eps, slope, attack, steps)
        return self._tensor("perturb_in_steps(...)", found, tuple(X.shape), X)

    def perturb_classes(
        self,
        params: Parameters,
        X: Tensor,
        labels: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
    ) -> Tensor:
        """`r`, (N, d), in the dtype of X."""
        found = self._call("perturb_classes", params, X, labels, targets, eps, slope)
        return self._tensor("perturb_classes(...)", found, tuple(X.shape), X)

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        """`Phi(z, x_n)`, (P, N)."""
        return self._tensor("kernel(...)", self._call("kernel", z, X, slope), (len(z), len(X)), z)

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
