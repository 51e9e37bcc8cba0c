"""E6s: every step of a deep network's training is the step of SGD that its recipe says."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.implementations.reference import Reference
from verifier.model.deep import DeepRecipe, Layers
from verifier.statements import paper
from verifier.statements.control import Control
from verifier.statements.depth.one_step import DescentStep, one_step
from verifier.statements.depth.trial import DEEP, DeepTrial, as_double
from verifier.statements.statement import IDENTITY, PathwiseStatement

_FIRST = 4  # steps that are compared of a run that is no longer than _DRAWN, as searches draw them
_DRAWN = 8
_MOST = 20  # of a longer one: to ask for each step takes a time in the square of their number
_FEW = 6  # rounding errors of a step beside those of its gradient
_CLIP_OFFSET = 1e-6  # torch adds it to the norm

Rows = list[Tensor]
"""An array for each layer, `(m_l, d_l + 1)`, the bias last."""


def check(trial: DeepTrial, out: Comparisons) -> None:
    """E6s for a run's steps, each from where the code's own steps before it ended.

    The code is asked for runs of 1, 2, ... steps of its recipe: where one ends is where the next
    step begins. So nothing but the errors of one step, and of the velocity's gradients, adds up.
    """
    _ = trial.rounding  # a path that diverges is rejected before the code sees it
    start, count = trial.draw, _steps_of(len(trial.draw.recipe.steps))
    states = [as_double(start.layers), *trial.prefixes(count)]
    theory = trial.subject.theory[SgdStep](start.recipe, start.X.dtype)
    X, y = start.X.double(), start.y.double()
    velocity: Rows = [torch.zeros_like(w) for w in rows_of(states[0])]
    error: Rows = [torch.zeros_like(w) for w in velocity]
    for k in range(count):
        batch = start.recipe.batches[k]
        plain = one_step(start.recipe, len(batch), X.device)
        descent = DescentStep.of(states[k], X[batch], y[batch], plain, start.X.dtype)
        before, after = rows_of(states[k]), rows_of(states[k + 1])
        if not descent.comparable:
            out.vacuous(sum(w.numel() for w in before) * (count - k))
            return  # the velocity is not known any more
        gradient = [w - moved for w, moved in zip(before, descent.after, strict=True)]
        step = theory.step(before, gradient, list(descent.bound), velocity, error, k)
        velocity, error = step.velocity, step.error
        for found, claimed, bound in zip(after, step.after, step.bound, strict=True):
            out.identity(f"step {k + 1}", found, claimed, bound)


def _steps_of(length: int) -> int:
    """How many steps of a run are compared."""
    return min(length, _MOST if length > _DRAWN else _FIRST)


def rows_of(layers: Layers) -> Rows:
    """Weights and biases of each layer as one array."""
    return [torch.cat((W, b[:, None]), dim=1) for W, b in layers]


@dataclass(frozen=True)
class Moved:
    """What a step must give, `after` within `bound`; the new `velocity` within `error`."""

    after: Rows
    bound: Rows
    velocity: Rows
    error: Rows


@dataclass(frozen=True)
class SgdStep:
    """A step of `torch.optim.SGD`, and how far rounding in `dtype` may move it.

    Altered statements subclass this: each formula is one method.
    """

    recipe: DeepRecipe
    dtype: torch.dtype

    def kept(self, gradient: Rows, error: Rows) -> tuple[float, float]:
        """What clipping leaves of the gradient, a factor, and the factor's relative error."""
        if self.recipe.clip_norm is None:
            return 1.0, 0.0
        norm, off = (math.sqrt(sum(float(t.square().sum()) for t in r)) for r in (gradient, error))
        share = self.recipe.clip_norm / (norm + _CLIP_OFFSET)
        surely_less = norm + off + _CLIP_OFFSET < self.recipe.clip_norm
        # torch adds an offset to the norm and others do not
        either = (off + _CLIP_OFFSET) / (norm + _CLIP_OFFSET)
        return min(1.0, share), 0.0 if surely_less else either

    def decayed(self, gradient: Tensor, w: Tensor) -> Tensor:
        """With coupled decay `g + lambda w`, of what is trained."""
        # asked of the recipe's own fields: a step that every code takes from it proves nothing
        if self.recipe.decoupled:
            return gradient
        decay = self.recipe.weight_decay * w
        if not self.recipe.train_bias:
            decay[:, -1] = 0.0
        return gradient + decay

    def velocity(self, velocity: Tensor, g: Tensor) -> Tensor:
        """`v <- mu v + g`."""
        return self.recipe.momentum * velocity + g

    def direction(self, velocity: Tensor, g: Tensor) -> Tensor:
        """What the step size multiplies: `v`, or Nesterov's `g + mu v`."""
        return g + self.recipe.momentum * velocity if self.recipe.nesterov else velocity

    def shrunk(self, w: Tensor, eta: float) -> Tensor:
        """With decoupled decay `(1 - eta lambda) w`, of what is trained."""
        if not self.recipe.decoupled:
            return w
        found = (1 - eta * self.recipe.weight_decay) * w
        if not self.recipe.train_bias:
            found[:, -1] = w[:, -1]
        return found

    def step(
        self, w: Rows, gradient: Rows, off: Rows, velocity: Rows, error: Rows, k: int
    ) -> Moved:
        """Step `k` from weights `w`, of a `gradient` within `off`, a `velocity` within `error`."""
        eta, mu, eps = self.recipe.steps[k], self.recipe.momentum, torch.finfo(self.dtype).eps
        kept, relative = self.kept(gradient, off)
        moved = Moved([], [], [], [])
        for here, slope, wrong, v, e in zip(w, gradient, off, velocity, error, strict=True):
            g = self.decayed(kept * slope, here)
            size = g.abs() + self.recipe.coupled_decay * here.abs()
            wrong_g = kept * (wrong + relative * slope.abs()) + _FEW * eps * size
            v_next = self.velocity(v, g)
            e_next = mu * e + wrong_g + _FEW * eps * (mu * v.abs() + size)
            direction = self.direction(v_next, g)
            wrong_direction = wrong_g + mu * e_next if self.recipe.nesterov else e_next
            after = self.shrunk(here, eta) - eta * direction
            rounding = _FEW * eps * (here.abs() + eta * (size + v_next.abs()))
            moved.after.append(after)
            moved.bound.append(eta * wrong_direction + rounding)
            moved.velocity.append(v_next)
            moved.error.append(e_next)
        return moved


E6s = PathwiseStatement(
    id="E6s",
    statement="each step of a deep network is SGD's: its own batch, momentum, Nesterov, decay, "
    "clipping, in every layer",
    plain="Each step of a deep network is SGD's, with all its options, in every layer.",
    kind=IDENTITY,
    source="paper, future work (depth)",
    proof="docs/depth.md",
    carries=(paper.DEEPER,),
    needs=("train_deep",),
    latex=r"v \leftarrow \mu v + g, \quad w \leftarrow (1 - \eta \lambda) w - \eta v, \quad "
    r"g = \nabla_w \frac{1}{B} \sum_{n \in \text{batch}} \ell(-y_n f(x_n)) \text{ clipped}",
    compare=check,
    inputs=DEEP,
    least_premise_share=0.25,
)


class InPieces(Reference):
    """Trains step by step, each by a call of its own: controls change what a call is given."""

    def change(self, recipe: DeepRecipe, y: Tensor, k: int) -> tuple[DeepRecipe, Tensor]:
        return recipe, y

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        for k in range(len(recipe.steps)):
            steps, batches = recipe.steps[k : k + 1], recipe.batches[k : k + 1]
            single, labels = self.change(replace(recipe, steps=steps, batches=batches), y, k)
            layers = super().train_deep(layers, X, labels, single)
        return layers


class LaterLabelsTurned(InPieces):
    def change(self, recipe: DeepRecipe, y: Tensor, k: int) -> tuple[DeepRecipe, Tensor]:
        # From the second step on every label is another
        return recipe, -y if k else y


class LaterBatchesSummed(InPieces):
    def change(self, recipe: DeepRecipe, y: Tensor, k: int) -> tuple[DeepRecipe, Tensor]:
        # From the second step on the objective is a sum over the batch
        eta = recipe.steps[0] * (recipe.batches.shape[1] if k else 1)
        return replace(recipe, steps=(eta,)), y


class FirstBatchAgain(Reference):
    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        # Every step is made on the first batch
        first = recipe.batches[:1].expand_as(recipe.batches)
        return super().train_deep(layers, X, y, replace(recipe, batches=first))


class UpperLayersStay(Reference):
    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        # Above the first layer only one step is made
        once = replace(recipe, steps=recipe.steps[:1], batches=recipe.batches[:1])
        upper = super().train_deep(layers, X, y, once)[1:]
        return (super().train_deep(layers, X, y, recipe)[0], *upper)


class DecayWithoutStep(SgdStep):
    def shrunk(self, w: Tensor, eta: float) -> Tensor:
        # (1 - lambda) w for (1 - eta lambda) w
        return super().shrunk(w, 1.0)


class NesterovAsHeavyBall(SgdStep):
    def direction(self, velocity: Tensor, g: Tensor) -> Tensor:
        # v, with Nesterov too
        return velocity


class VelocityDamped(SgdStep):
    def velocity(self, velocity: Tensor, g: Tensor) -> Tensor:
        # v <- mu v + (1 - mu) g
        return self.recipe.momentum * velocity + (1 - self.recipe.momentum) * g


CONTROLS = (
    Control("later-labels-turned", "labels turn at step 2", ("E6s",), LaterLabelsTurned),
    Control("later-batches-summed", "no mean from step 2 on", ("E6s",), LaterBatchesSummed),
    Control("first-batch-again", "every step on the first batch", ("E6s",), FirstBatchAgain),
    Control("step-by-step", "velocity lost at every step", ("E6s",), InPieces),
    Control("upper-layers-stay", "upper layers make one step", ("E6s",), UpperLayersStay),
    Control(
        "decay-without-step", "decay by 1 - lambda", ("E6s",), altered={SgdStep: DecayWithoutStep}
    ),
    Control(
        "nesterov-as-heavy-ball", "v for g + mu v", ("E6s",), altered={SgdStep: NesterovAsHeavyBall}
    ),
    Control(
        "velocity-damped", "(1 - mu) g added to v", ("E6s",), altered={SgdStep: VelocityDamped}
    ),
)
