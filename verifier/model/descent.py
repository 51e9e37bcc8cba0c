"""Gradient descent, all its steps, block by block of neurons.

Neurons meet only in the output. With the identity loss they do not meet at all, so that a block of
them makes all its steps while it lies in cache; with any other loss each step goes through all
blocks twice. No step waits for a GPU: whether all went well is an answer on the device, for the
caller to read once; only where it did not are the steps made again, and looked at.

Memory beside samples, parameters and `A`: a few blocks; with another loss than the identity also
the pre-activations, up to `forms.HELD`; in Gram form N^2 numbers, at most twice the samples, and
with another loss C, which is as large as the pre-activations.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from verifier.errors import DivergedError, InputError, require
from verifier.model import forms
from verifier.model.device import Rule, all_finite, decide, ends, reads_wait
from verifier.model.forms import Problem, neurons_of
from verifier.model.losses import Loss
from verifier.model.recipe import Recipe

Observer = Callable[[int, slice, Tensor, Tensor, Tensor], None]
"""Called at each step for each block of neurons: step, neurons, `u (..., N, block)`, `f`, `p`."""


def descend_alone(problem: Problem, recipe: Recipe, gram: Tensor | None = None) -> Tensor:
    """All steps under the identity loss, block by block; finite if all went well, (4,)."""
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
    return torch.stack(_ends_of(problem))


def descend_together(
    problem: Problem,
    recipe: Recipe,
    gram: Tensor | None = None,
    observe: Observer | None = None,
    look: bool = False,
) -> Tensor:
    """All steps under any loss, outputs from all blocks first; finite if all went well, (7,).

    Pre-activations are kept between the two passes of a step where memory allows, else computed
    twice. A first step that goes wrong raises, unless the host would wait to find out; with `look`
    any step does.
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
        if step == 0:
            _check_form(f, p, loss)
        if look or (step == 0 and not reads_wait(y.device)):
            decide(_rules_of(step, f, p, loss))
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
            if look:
                decide([_rule_of(step, block.theta)])
    for block in neurons:
        block.finish()
    falling = least_derivative.min().sqrt()  # NaN where it is negative
    return torch.stack([*_ends_of(problem), *ends(outputs_so_far + tau), falling])


def _empty(tau: Tensor, block: slice) -> Tensor:
    """Memory for the pre-activations of a block."""
    return tau.new_empty(*tau.shape, block.stop - block.start)


def _pattern_of(u: Tensor, slope: float) -> Tensor:
    """`phi'(u)`, in the place of u."""
    u.ge_(0)
    return u.clamp_(min=slope) if slope else u


def _ends_of(problem: Problem) -> list[Tensor]:
    return [*ends(problem.end.W), *ends(problem.end.b)]


@torch.no_grad()  # a caller may ask where gradients are wanted again
def what_went_wrong(problem: Problem, recipe: Recipe) -> Exception:
    """Makes the steps once more, looking at each: the error of the first that shows one."""
    again = problem._replace(tau=torch.zeros_like(problem.tau), A=None)
    try:
        descend_together(again, recipe, look=True)
    except (DivergedError, InputError) as error:
        return error
    return DivergedError(len(recipe.steps) - 1, "a weight")


def _check_form(f: Tensor, p: Tensor, loss: Loss) -> None:
    same = isinstance(p, Tensor) and p.shape == f.shape and p.dtype == f.dtype
    found = f"{loss.name!r}, whose derivative is {getattr(p, 'dtype', type(p).__name__)} "
    found += f"{tuple(getattr(p, 'shape', ()))} for s of {f.dtype} {tuple(f.shape)}"
    require(same, "loss", found, "must keep shape and dtype")


def _rule_of(step: int, weights: Tensor) -> Rule:
    return Rule(ends(weights), all_finite, lambda: DivergedError(step, "a weight"))


def _rules_of(step: int, f: Tensor, p: Tensor, loss: Loss) -> list[Rule]:
    """What must hold of a step, in this order."""

    def falling() -> InputError:
        found = f"{loss.name!r}, whose derivative is {float(p.min()):.3g} somewhere"
        return InputError("loss", found, "must be non-decreasing")

    of_p = ends(p)
    return [
        Rule(ends(f), all_finite, lambda: DivergedError(step, "the output")),
        Rule(of_p, all_finite, lambda: DivergedError(step, "the loss derivative")),
        Rule(of_p, lambda found: found[0] >= 0, falling),
    ]
