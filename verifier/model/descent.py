"""Gradient descent, all its steps, block by block of neurons.

Neurons meet only in the output. With the identity loss they do not meet at all, so that a block of
them makes all its steps while it lies in cache; with any other loss each step goes through all
blocks twice. No step but the first waits for a GPU: whether anything went wrong later is asked
once, at the end.

Memory beside samples, parameters and `A`: a few blocks; with another loss than the identity also
the pre-activations, up to `forms.HELD`; in Gram form N^2 numbers, at most twice the samples, and
with another loss C, which is as large as the pre-activations.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from verifier.errors import DivergedError, require
from verifier.model import forms
from verifier.model.forms import Problem, neurons_of
from verifier.model.losses import Loss
from verifier.model.network import Parameters, all_finite
from verifier.model.recipe import Recipe

Observer = Callable[[int, slice, Tensor, Tensor, Tensor], None]
"""Called at each step for each block of neurons: step, neurons, `u (..., N, block)`, `f`, `p`."""


def descend_alone(problem: Problem, recipe: Recipe, gram: Tensor | None = None) -> None:
    """All steps under the identity loss, block by block of neurons."""
    problem.tau.fill_(recipe.time)
    share = (problem.y / problem.y.shape[-1]).unsqueeze(-1)
    for block in problem.blocks():
        neurons = neurons_of(problem, block, recipe, gram)
        u = _empty(problem.tau, block)
        weights = None if problem.A is None else torch.zeros_like(u)
        for eta, omega in zip(recipe.steps, recipe.effective_steps(), strict=True):
            pattern = _pattern_of(neurons.read(u), recipe.slope)
            if weights is not None:
                weights.add_(pattern, alpha=omega)
            neurons.move(pattern.mul_(share), eta)
        neurons.finish()
        if problem.A is not None and weights is not None:
            problem.A[..., block] = weights
    if not _finite(problem.end):
        _name_the_step(problem, recipe)


def descend_together(
    problem: Problem,
    recipe: Recipe,
    gram: Tensor | None = None,
    observe: Observer | None = None,
) -> None:
    """All steps under any loss: outputs from all blocks first, then each block moves.

    Pre-activations are kept between the two passes of a step where memory allows, else computed
    twice.
    """
    y = problem.y
    tau = problem.tau
    A = problem.A
    loss = recipe.loss
    blocks = problem.blocks()
    neurons = [neurons_of(problem, block, recipe, gram) for block in blocks]
    keeps = problem.start.a.numel() * y.shape[-1] <= forms.HELD
    shared, hidden = _empty(tau, blocks[0]), _empty(tau, blocks[0])
    memory = [_empty(tau, b) if keeps else shared[..., : b.stop - b.start] for b in blocks]
    share = y / y.shape[-1]
    outputs_so_far = torch.zeros_like(tau)  # NaN once an output is not finite
    least_derivative = torch.zeros_like(tau)
    for step, (eta, omega) in enumerate(zip(recipe.steps, recipe.effective_steps(), strict=True)):
        f = torch.zeros_like(tau)
        for block, u in zip(neurons, memory, strict=True):
            active = hidden[..., : u.shape[-1]]
            torch.ops.aten.leaky_relu(block.read(u), recipe.slope, out=active)
            f += (active @ block.readout.mT).squeeze(-1)
        p = loss.derivative(-y * f)
        if step == 0 or observe is not None:
            _check_step(step, f, p, loss)
        outputs_so_far.add_(f, alpha=0.0)
        torch.minimum(least_derivative, p, out=least_derivative)
        tau.add_(p, alpha=omega)
        weights = (p * share).unsqueeze(-1)
        for where, block, kept in zip(blocks, neurons, memory, strict=True):
            u = kept if keeps else block.read(kept)
            if observe is not None:
                observe(step, where, u.clone(), f, p)
            pattern = _pattern_of(u, recipe.slope)
            if A is not None:
                A[..., where].addcmul_(pattern, (omega * p).unsqueeze(-1))
            block.move(pattern.mul_(weights), eta)
    for block in neurons:
        block.finish()
    if observe is None:
        wrong = (float(least_derivative.min()) < 0) or not all_finite(outputs_so_far + tau)
        if wrong or not _finite(problem.end):
            _name_the_step(problem, recipe)


def _empty(tau: Tensor, block: slice) -> Tensor:
    """Memory for the pre-activations of a block."""
    return tau.new_empty(*tau.shape, block.stop - block.start)


def _pattern_of(u: Tensor, slope: float) -> Tensor:
    """`phi'(u)`, in the place of u."""
    u.ge_(0)
    return u.clamp_(min=slope) if slope else u


def _finite(params: Parameters) -> bool:
    return all_finite(params.W) and all_finite(params.b)


def _name_the_step(problem: Problem, recipe: Recipe) -> None:
    """Make the steps once more, looking at each, until one shows what went wrong; always raises."""
    again = problem._replace(tau=torch.zeros_like(problem.tau), A=None)
    descend_together(again, recipe, observe=lambda *_: None)
    raise DivergedError(len(recipe.steps) - 1, "a weight")


def _check_step(step: int, f: Tensor, p: Tensor, loss: Loss) -> None:
    same = isinstance(p, Tensor) and p.shape == f.shape and p.dtype == f.dtype
    found = f"{loss.name!r}, whose derivative is {getattr(p, 'dtype', type(p).__name__)} "
    found += f"{tuple(getattr(p, 'shape', ()))} for s of {f.dtype} {tuple(f.shape)}"
    require(same, "loss", found, "must keep shape and dtype")
    for quantity, value in (("the output", f), ("the loss derivative", p)):
        if not bool(torch.isfinite(value).all()):
            raise DivergedError(step, quantity)
    found = f"{loss.name!r}, whose derivative is {float(p.min()):.3g} somewhere"
    require(bool((p >= 0).all()), "loss", found, "must be non-decreasing")
