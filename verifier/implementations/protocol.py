"""Protocol 1: what a program in any language is asked, and what it answers.

A request is flat: each argument of a function becomes arrays, numbers and texts under names of
their own. As files these are `request.json` and `arrays.npz`, as a line all of them are JSON, with
arrays as nested lists. The answer is the same: arrays by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from verifier.errors import BadResult
from verifier.model.attack import Attack
from verifier.model.classes import ClassRecipe
from verifier.model.deep import DeepRecipe
from verifier.model.losses import Loss
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe

PROTOCOL = 1

Message = dict[str, Any]
"""Arrays of NumPy, numbers, texts, truth values, lists and dictionaries, by name."""

ARGUMENTS = {
    "train": ("params", "X", "y", "recipe"),
    "output": ("params", "z", "slope"),
    "input_gradient": ("params", "z", "slope"),
    "perturb": ("params", "X", "targets", "eps", "slope", "loss"),
    "initialise": ("width", "dimension", "seed"),
    "kernel": ("z", "X", "slope"),
    "train_deep": ("layers", "X", "y", "recipe"),
    "perturb_by": ("params", "X", "targets", "eps", "slope", "attack"),
    "perturb_in_steps": ("params", "X", "targets", "eps", "slope", "attack", "steps"),
    "train_batches": ("params", "X", "y", "recipe", "batches"),
    "train_readout": ("params", "X", "y", "recipe"),
    "train_classes": ("params", "X", "labels", "recipe"),
    "perturb_classes": ("params", "X", "labels", "targets", "eps", "slope"),
}
"""What each function is handed, as in `implementations.contract`."""

NETWORK = ("W", "b", "a")
LAYERS = ("W1", "b1", "W2", "...")
LOSS = ("loss", "loss_constants")
RECIPE = ("steps", *LOSS, "slope", "momentum", "train_bias")
OF_DEEP = ("batches", "activation", "nesterov", "weight_decay", "decoupled", "clip_norm")
PARTS = {
    "params": NETWORK,
    "layers": LAYERS,
    "recipe": RECIPE,
    "loss": LOSS,
    "attack": ("norm", "pixels"),
}
"""The names under which an argument is sent, where they are not its own."""

ANSWERS = {
    **dict.fromkeys(("train", "train_batches", "train_readout", "train_classes"), NETWORK),
    "initialise": NETWORK,
    "output": ("f",),
    "input_gradient": ("gradient",),
    **dict.fromkeys(("perturb", "perturb_by", "perturb_in_steps", "perturb_classes"), ("r",)),
    "kernel": ("Phi",),
    "train_deep": (),  # W1, b1, W2, b2, ...: as many as it was handed
}
"""The arrays that each answers with."""

WAYS = {
    "files, e.g. ./train {in} {out}": "run once for each request: {in} is a folder with "
    "request.json and arrays.npz, {out} one to write arrays.npz into (to describe: answer.json); "
    "exit status 0, or 1 and a reason on stderr",
    "lines, e.g. ./train": "run once: a request is a line of JSON on the input, with arrays as "
    "nested lists, and the answer a line on the output; or {'error': reason}",
}
"""How requests and answers travel."""

FIELDS = {
    "protocol": "1; refuse any other",
    "function": "describe, or one that the answer to describe named",
    "dtype": "float64 or float32: the precision that is asked for; arrays are float64 in both",
    "W, b, a": "the network f(x) = (1/sqrt m) sum_i a_i phi(<w_i, x> + b_i): (m, d), (m), (m)",
    "X, y": "samples (N, d) and labels (N) of -1 and +1",
    "z": "points (P, d)",
    "targets, eps": "what perturbations aim at, (N) of -1 and +1, and how long they are",
    "steps": "step sizes, one for each step (K)",
    "slope": "gamma of the leaky ReLU; 0 is ReLU",
    "momentum": "mu: v <- mu v + gradient, then the parameters move by -eta v",
    "train_bias": "whether b is trained; a never is, but by train_readout",
    "loss": "identity: s. logistic: log(1 + e^s). exponential: e^s. mixture: linear s + convex "
    "log(1 + e^(rate s))/rate + bounded tanh(rate (s - offset))/rate. Of s = -y f(x), averaged",
    "loss_constants": "those of mixture by name, otherwise empty",
    "batches": "train_batches, train_deep: indices of samples, a row for each step (K, B)",
    "norm, pixels": "perturb_by, perturb_in_steps: the norm of eps, a number or 'inf', and how "
    "many entries may change, or null",
    "W1, b1, W2, ...": "train_deep: the layers, first to last, of one output",
    "activation, nesterov, weight_decay, decoupled, clip_norm": "train_deep: as torch has them",
    "labels": "of classes: a (C, m), labels and targets (N) from 0; the loss is cross-entropy, or "
    "squares: sum_c (f_c - 1[y = c])^2/2",
    "width, dimension, seed": "initialise: m, d, and what decides the draw",
}
"""What a request may hold."""

DESCRIBED = {
    "functions": "the names of those that the program can do; any one suffices",
    "supports": "optional: losses, slopes, momentum, dtypes, biases that it can do; see "
    "docs/your-code.md",
}
"""The answer to describe."""


def sent(function: str) -> tuple[str, ...]:
    """The names of what a request for a function holds, beside `protocol`, `function`, `dtype`."""
    parts = [part for name in ARGUMENTS[function] for part in PARTS.get(name, (name,))]
    return (*parts, *OF_DEEP) if function == "train_deep" else tuple(parts)


def request(function: str, arguments: Sequence[Any] = ()) -> Message:
    """What a program is sent for one call."""
    message: Message = {"protocol": PROTOCOL, "function": function, "dtype": "float64"}
    for name, value in zip(ARGUMENTS.get(function, ()), arguments, strict=False):
        message |= _encoded(name, value)
        if isinstance(value, Tensor) and value.dtype == torch.float32:
            message["dtype"] = "float32"
    return message


def _encoded(name: str, value: Any) -> Message:
    """One argument, under the names of its parts."""
    if isinstance(value, Parameters):
        return {part: _array(getattr(value, part)) for part in NETWORK}
    if isinstance(value, Tensor):
        return {name: _array(value)}
    if isinstance(value, Recipe | DeepRecipe | ClassRecipe):
        return _recipe(value)
    if isinstance(value, Attack):
        norm = value.norm if math.isfinite(value.norm) else "inf"
        return {"norm": norm, "pixels": value.pixels}
    if isinstance(value, Loss):
        return _loss(value)
    if name == "layers":
        return {
            f"{part}{k}": _array(t)
            for k, layer in enumerate(value, 1)
            for part, t in zip("Wb", layer, strict=True)
        }
    return {name: np.array(value)} if isinstance(value, tuple) else {name: value}


def _recipe(recipe: Recipe | DeepRecipe | ClassRecipe) -> Message:
    names = list(RECIPE[-3:])
    found: Message = {"steps": np.array(recipe.steps)}
    found |= {"loss": recipe.loss} if isinstance(recipe, ClassRecipe) else _loss(recipe.loss)
    if isinstance(recipe, DeepRecipe):
        names += OF_DEEP[1:]
        found["batches"] = recipe.batches.cpu().numpy()
    return found | {name: getattr(recipe, name) for name in names}


def _loss(loss: Loss) -> Message:
    names = ("linear", "convex", "bounded", "rate", "offset")
    constants = {name: getattr(loss, name) for name in names if hasattr(loss, name)}
    return {"loss": loss.name, "loss_constants": constants}


def _array(tensor: Tensor) -> NDArray[Any]:
    """Float64, rows one after another; indices as they are."""
    plain = tensor.detach().cpu()
    plain = plain.double() if plain.dtype.is_floating_point else plain
    return np.ascontiguousarray(plain.numpy())


def answered(function: str, answer: Mapping[str, Any], layers: int = 0) -> Any:
    """What a function returns, from the arrays of an answer; raises `BadResult` if one is missing.

    `layers`: how many `train_deep` was handed.
    """
    if function == "train_deep":
        names = [f"{part}{k}" for k in range(1, layers + 1) for part in "Wb"]
    else:
        names = list(ANSWERS[function])
    missing = [name for name in names if name not in answer]
    if missing:
        rule = f"must answer with {', '.join(names)}"
        raise BadResult(f"{function}(...)", f"without {', '.join(missing)}", rule)
    found = [_numbers(f"{function}(...), {name}", answer[name]) for name in names]
    if function == "train_deep":
        return tuple(zip(found[::2], found[1::2], strict=True))
    return found[0] if len(found) == 1 else tuple(found)


def _numbers(name: str, value: Any) -> NDArray[np.float64]:
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise BadResult(name, type(value).__name__, f"must be an array: {problem}") from None
