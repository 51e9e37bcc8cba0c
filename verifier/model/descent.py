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
from functools import partial

import torch
from torch import Tensor

from verifier.errors import DivergedError, InputError, require
from verifier.model import forms
from verifier.model.device import Rule, all_finite, decide, ends, reads_wait
from verifier.model.forms import Primal, Problem, Pulls, neurons_of, width_of
from verifier.model.losses import LOSSES, Loss
from verifier.model.recipe import Recipe
from verifier.model.repeated import alike, repeat

Observer = Callable[[int, slice, Tensor, Tensor, Tensor], None]
"""Called at each step for each block of neurons: step, neurons, `u (..., N, block)`, `f`, `p`."""
Told = Callable[[slice, Tensor], None]
"""The same, of one step: neurons, `u`, which are not its own to keep."""


def descend_alone(problem: Problem, recipe: Recipe, gram: Tensor | None = None) -> Tensor:
    """All steps under the identity loss, block by block; finite if all went well, (4,)."""
    problem.tau.fill_(recipe.time)
    pull = Pulls(problem, recipe).at(problem.y / problem.y.shape[-1])
    pattern = problem.tau.new_empty(0)  # memory for one block's, where A is asked for

    def step(neurons: Primal, u: Tensor, A: Tensor | None, eta: float, omega: float) -> None:
        active = neurons.read(u).ge_(0)
        if A is not None:
            A.add_(torch.clamp(active, min=recipe.slope, out=pattern), alpha=omega)
        neurons.move(active, pull, eta)

    for block in problem.blocks():
        neurons = neurons_of(problem, block, recipe, gram)
        u = _empty(problem.tau, block)
        A = None if problem.A is None else torch.zeros_like(u)
        pattern = pattern if A is None else torch.empty_like(u)
        for sizes, count in alike(_sizes_of(recipe)):
            repeat(partial(step, neurons, u, A, *sizes), count, u.device)
        neurons.finish()
        if problem.A is not None and A is not None:
            problem.A[..., block] = A
    return torch.stack(_ends_of(problem))


def descend_together(
    problem: Problem,
    recipe: Recipe,
    gram: Tensor | None = None,
    observe: Observer | None = None,
    look: bool = False,
) -> Tensor:
    """All steps under any loss, outputs from all blocks first; finite if all went well, (7,).

    A first step that goes wrong raises, unless the host would wait to find out; with `look` any
    step does.
    """
    loss = recipe.loss
    blocks = _Together(problem, recipe, gram)
    sizes = _sizes_of(recipe)
    watched = len(sizes) if look or observe is not None else 1
    for step, (eta, omega) in enumerate(sizes[:watched]):
        f, p = blocks.read()
        if step == 0:
            _check_form(f, p, loss)
        if look or (step == 0 and not reads_wait(f.device)):
            decide(_rules_of(step, f, p, loss))
        told = None if observe is None else partial(_tell, observe, step, f, p)
        blocks.move(p, eta, omega, told)
        if look:
            decide([_rule_of(step, block.theta) for block in blocks.neurons])
    own = type(loss) in LOSSES.values()  # a user's loss may read a value, and so not be captured
    for (eta, omega), count in alike(sizes[watched:]):
        repeat(partial(blocks.step, eta, omega), count, problem.y.device, captures=own)
    return blocks.finish()


def _tell(observe: Observer, step: int, f: Tensor, p: Tensor, block: slice, u: Tensor) -> None:
    observe(step, block, u.clone(), f, p)


class _Together:
    """All blocks of neurons. Pre-activations are kept between the two passes of a step where memory
    allows, else computed twice.
    """

    def __init__(self, problem: Problem, recipe: Recipe, gram: Tensor | None) -> None:
        tau, y = problem.tau, problem.y
        self.problem, self.recipe, self.tau, self.A = problem, recipe, tau, problem.A
        self.blocks = blocks = problem.blocks()
        self.neurons = [neurons_of(problem, block, recipe, gram) for block in blocks]
        self.keeps = problem.start.a.numel() * y.shape[-1] <= forms.HELD
        widest = max(blocks, key=width_of)
        shared, self.hidden = _empty(tau, widest), _empty(tau, widest)
        self.memory = [_empty(tau, b) if self.keeps else shared[..., : width_of(b)] for b in blocks]
        self.share, self.minus_y = y / y.shape[-1], -y
        self.pulls = Pulls(problem, recipe)
        self.outputs_so_far = torch.zeros_like(tau)  # NaN once an output is not finite
        self.least_derivative = torch.zeros_like(tau)

    def read(self) -> tuple[Tensor, Tensor]:
        """The first pass: `f` and `p` at each sample."""
        f = None
        for block, u in zip(self.neurons, self.memory, strict=True):
            active = self._hidden_of(u)
            torch.ops.aten.leaky_relu(block.read(u), self.recipe.slope, out=active)
            of_block = (active @ block.column).squeeze(-1)
            f = of_block if f is None else f.add_(of_block)
        assert f is not None  # there is a neuron
        p = self.recipe.loss.derivative(self.minus_y * f)
        self.outputs_so_far.add_(f, alpha=0.0)
        return f, p

    def move(self, p: Tensor, eta: float, omega: float, told: Told | None = None) -> None:
        """The second pass."""
        torch.minimum(self.least_derivative, p, out=self.least_derivative)
        self.tau.add_(p, alpha=omega)
        pull = self.pulls.at(p * self.share)
        for where, block, kept in zip(self.blocks, self.neurons, self.memory, strict=True):
            u = kept if self.keeps else block.read(kept)
            if told is not None:
                told(where, u)
            active = u.ge_(0)
            if self.A is not None:
                pattern = torch.clamp(active, min=self.recipe.slope, out=self._hidden_of(active))
                self.A[..., where].addcmul_(pattern, (omega * p).unsqueeze(-1))
            block.move(active, pull, eta)

    def _hidden_of(self, u: Tensor) -> Tensor:
        """Memory of the shape of u, for a moment."""
        return self.hidden[..., : u.shape[-1]]

    def step(self, eta: float, omega: float) -> None:
        """Both passes."""
        self.move(self.read()[1], eta, omega)

    def finish(self) -> Tensor:
        """Write the weights to where they belong; finite if all went well, (7,)."""
        for block in self.neurons:
            block.finish()
        falling = self.least_derivative.min().sqrt()  # NaN where it is negative
        finite = ends(self.outputs_so_far + self.tau)
        return torch.stack([*_ends_of(self.problem), *finite, falling])


def _sizes_of(recipe: Recipe) -> list[tuple[float, float]]:
    """Of each step, its size and how far its gradient ends up moving the weights."""
    return list(zip(recipe.steps, recipe.effective_steps(), strict=True))


def _empty(tau: Tensor, block: slice) -> Tensor:
    """Memory for the pre-activations of a block."""
    return tau.new_empty(*tau.shape, width_of(block))


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
