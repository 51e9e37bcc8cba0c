"""What a training code must offer to be checked, and how one is loaded and called.

An implementation is a handful of functions on arrays. The suite draws the initial parameters, the
data and the targets and hands them over as torch tensors of one dtype and device; it accepts
anything back that `torch.as_tensor` understands, and never takes an implementation's word for
what it did: path weights and effective times come from replaying the recipe.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Iterable
from typing import Any, Protocol

from torch import Tensor

from verifier.errors import (
    InputError,
    require,
)
from verifier.implementations.program import Program
from verifier.model.attack import Attack
from verifier.model.classes import ClassRecipe
from verifier.model.deep import DeepRecipe, Layers
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe

FILLED = ("train", "output", "input_gradient", "perturb")
"""What the library fills in, for the theory's fixed architecture, beside a function of the code."""
FUNCTIONS = (
    *FILLED,
    "initialise",
    "kernel",
    "train_deep",
    "perturb_by",
    "perturb_in_steps",
    "train_batches",
    "train_readout",
    "train_classes",
    "perturb_classes",
)


PROGRAM = "$ "
"""What a path begins with that is no module's but the command of a program."""


class Implementation(Protocol):
    """The functions that a training code may offer. Any one of them suffices.

    Parameters are `(W (m, d), b (m,), a (m,))`. A statement applies if the code offers one of the
    functions that it needs, and the library can fill in the others. docs/your-code.md says what
    each has to compute, with an example.
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
        """Perturbations `r (N, d)` of length eps that move `X` towards `targets (N,)`.

        A function with a further argument called `loss` is told the training loss by it.
        """

    def initialise(self, width: int, dimension: int, seed: int) -> tuple[Any, Any, Any]:
        """A fresh network by `seed`: `w_i ~ N(0, I/d)`, `b_i ~ N(0, 1)`, `a_i ~ N(0, 1)`."""

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Any:
        """`Phi(z, x_n)`, shape (P, N)."""

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Any:
        """The layers `(W (out, in), b (out,))`, first to last, after training them by `recipe`."""

    def perturb_by(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
    ) -> Any:
        """As `perturb`, of length eps in the attack's norm, along as many entries as it allows."""

    def perturb_in_steps(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
        steps: tuple[float, ...],
    ) -> Any:
        """The same by projected gradient steps of lengths `steps`, from `r = 0`."""

    def train_batches(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> tuple[Any, Any, Any]:
        """As `train`, with the mean over the samples in `batches (K, B)` at each of K steps."""

    def train_readout(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> tuple[Any, Any, Any]:
        """As `train`, with the readout a moving by the same step sizes."""

    def train_classes(
        self, params: Parameters, X: Tensor, labels: Tensor, recipe: ClassRecipe
    ) -> tuple[Any, Any, Any]:
        """As `train`, with readouts `a (C, m)` and classes `labels (N,)` from 0 to C - 1."""

    def perturb_classes(
        self,
        params: Parameters,
        X: Tensor,
        labels: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
    ) -> Any:
        """`r (N, d)` of length eps along the gradient of `f_target - f_label`, zero where it is."""


def offered(implementation: object) -> frozenset[str]:
    """The names of the protocol's functions that `implementation` has."""
    return frozenset(n for n in FUNCTIONS if callable(getattr(implementation, n, None)))


def is_told_the_loss(implementation: object) -> bool:
    """Whether its `perturb` has an argument called `loss`."""
    try:
        return "loss" in inspect.signature(getattr(implementation, "perturb", len)).parameters
    except (TypeError, ValueError):  # e.g. compiled code that tells no signature
        return False


def missing(implementation: object, needed: Iterable[str]) -> tuple[str, ...]:
    """Which of the functions `needed` the implementation lacks, and nothing can be filled in for.

    Without one of its own, nothing is: the library would be tested, and not the code.
    """
    names, have = tuple(needed), offered(implementation)
    is_filled = any(name in have for name in names)
    return tuple(n for n in names if n not in have and not (is_filled and n in FILLED))


def filled(implementation: object, needed: Iterable[str]) -> tuple[str, ...]:
    """Which of the functions `needed` are filled in for the implementation."""
    names, have = tuple(needed), offered(implementation)
    return () if missing(implementation, names) else tuple(n for n in names if n not in have)


def check_offered(implementation: object, name: str) -> None:
    """Raise `InputError` unless `implementation` offers a function, and each can be called."""
    rule = f"must offer one of {', '.join(FUNCTIONS)}"
    require(bool(offered(implementation)), "implementation", name, rule)
    for function in sorted(offered(implementation)):
        _check_signature(implementation, name, function)


def _check_signature(implementation: object, name: str, function: str) -> None:
    """Raise `InputError` unless a function takes the arguments that it will be handed."""
    handed = list(inspect.signature(getattr(Implementation, function)).parameters)[1:]
    told = {"loss": None} if function == "perturb" and is_told_the_loss(implementation) else {}
    try:
        inspect.signature(getattr(implementation, function)).bind(*handed, **told)
    except TypeError as problem:
        rule = f"must take ({', '.join(handed)}): {problem}"
        raise InputError("implementation", f"{name}, {function}", rule) from None
    except ValueError:  # e.g. compiled code that tells no signature
        return


def named_object(argument: str, path: str) -> Any:
    """What stands at `package.module:NAME`, by Python's path, then in the current folder.

    Raises `InputError` naming `argument` if it cannot be imported or found.
    """
    module_name, _, name = path.partition(":")
    require(bool(module_name and name), argument, repr(path), "must be 'package.module:NAME'")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        found = importlib.import_module(module_name)
    except Exception as problem:  # somebody's module may raise anything while it is imported
        rule = f"cannot be imported: {problem}"
        if isinstance(problem, ModuleNotFoundError):
            rule += "; install it, or put the folder that holds it into PYTHONPATH"
        else:
            last = traceback.extract_tb(problem.__traceback__)[-1]
            rule += f" ({type(problem).__name__} in {last.filename}, line {last.lineno})"
        raise InputError(argument, repr(path), rule) from problem
    for part in name.split("."):
        require(hasattr(found, part), argument, repr(path), f"{found!r} has no {part!r}")
        found = getattr(found, part)
    return found


def load(path: str) -> Any:
    """The implementation at `package.module:NAME`; a class is instantiated without arguments.

    What begins with `$ ` is the command of a program, as in `$ ./train {in} {out}`. Raises
    `InputError` if it cannot be imported, found or started, or offers no function.
    """
    if path.startswith(PROGRAM):
        return Program(path.removeprefix(PROGRAM))
    found = named_object("implementation", path)
    try:
        implementation = found() if isinstance(found, type) else found
    except Exception as problem:
        raise InputError(
            "implementation", repr(path), f"must be made without arguments: {problem}"
        ) from problem
    check_offered(implementation, repr(path))
    return implementation
