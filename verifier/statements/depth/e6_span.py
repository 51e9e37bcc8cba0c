"""E6: what training adds to a first layer, and to the input gradient, lies in the samples' span."""

from __future__ import annotations

import math

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.model.deep import Layers, signal
from verifier.model.vectors import row_norms
from verifier.statements import paper
from verifier.statements.depth.formulas import Influence
from verifier.statements.depth.reach import reached
from verifier.statements.depth.trial import DEEP, DeepTrial, as_double
from verifier.statements.statement import IDENTITY, PathwiseStatement

_SINGLE = 4  # scaling by kappa, the difference, the two products of a projection


def check(trial: DeepTrial, out: Comparisons) -> None:
    """E6 for the rows of `W_1(T)` and for the input gradient at fresh points; one step of descent.

    Both sides are projected onto the complement of the span. The rounding bound of a row: the
    path's (`PathRounding`), the same for the final weights, the directions that the samples' own
    rounding hides, and the float64 arithmetic of the check. All of it is sized by the replay, never
    by the weights that came back: huge ones would excuse themselves.
    """
    start = trial.draw
    final = trial.trained
    recipe = trial.draw.recipe
    initial, samples = as_double(start.layers), trial.samples
    (W_0, _), (W, _) = initial[0], final[0]
    z = start.z.double()
    if samples.fills_the_space:
        out.vacuous(len(W) + len(z) + _entries(initial))
        return
    kappa = trial.span.kappa(recipe)
    terms = trial.rounding.terms
    # |w_i(T)| <= |kappa| |w_i(0)| + the sum of the samples that were added
    reach = abs(kappa) * row_norms(W_0) + terms
    sizes = reach + abs(kappa) * row_norms(W_0)
    precise, own = torch.finfo(W.dtype).eps, torch.finfo(start.X.dtype).eps
    operations = math.sqrt(W.shape[1]) + math.sqrt(len(start.X)) + _SINGLE
    bound = trial.rounding.bound + own * reach + samples.dropped * terms
    bound = bound + operations * precise * (sizes + terms)
    # below the smallest normal number rounding is absolute
    bound = bound + len(start.X) * torch.finfo(start.X.dtype).tiny
    out.identity(
        "w_i(T) = kappa w_i(0) outside the span",
        samples.outside(W),
        kappa * samples.outside(W_0),
        bound,
    )

    delta = trial.span.signal(initial, final, z, recipe)
    gradient = signal(final, z, recipe)[0]
    sums = (math.sqrt(len(W)) + operations) * precise
    out.identity(
        "nabla f_T(z) = kappa W_1(0)^T delta_T(z) outside the span",
        samples.outside(gradient),
        kappa * samples.outside(delta @ W_0),
        delta.abs() @ (bound + sums * sizes) + len(W) * torch.finfo(W.dtype).tiny,
    )
    _check_influence(trial, out)
    _check_descent(trial, out)


def _check_influence(trial: DeepTrial, out: Comparisons) -> None:
    """What the bounds take for the reach of each rounding error is what the steps make of one."""
    recipe = trial.draw.recipe
    influence = Influence.of(recipe)
    K = len(recipe.steps)
    like = trial.draw.z.double()
    # each of 3K sums has terms no larger than the influences of all that comes after
    sizes = [max(map(abs, getattr(influence, part))) for part in Influence._fields]
    most = (1 + max(sizes)) * (1 + recipe.momentum + recipe.weight_decay)
    for part in Influence._fields:
        found = like.new_tensor(getattr(influence, part))
        wanted = like.new_tensor([reached(recipe, k, part) for k in range(K)])
        bound = torch.full_like(wanted, 8 * K * torch.finfo(like.dtype).eps * most)
        out.identity(f"reach of a change of {part}", found, wanted, bound)


def _check_descent(trial: DeepTrial, out: Comparisons) -> None:
    """One plain full-batch step moves every layer by minus the gradient of the objective.

    Without it a code that never trains would pass. Not compared where a kink is within rounding.
    """
    expected = trial.expected_step
    if not expected.comparable:
        out.vacuous(_entries(as_double(trial.draw.layers)))
        return
    for (W, b), after, bound in zip(trial.one_step, expected.after, expected.bound, strict=True):
        found = torch.cat((W, b[:, None]), dim=1)
        out.identity("one step = minus eta times the gradient", found, after, bound)


def _entries(layers: Layers) -> int:
    return sum(W.numel() + len(b) for W, b in layers)


E6 = PathwiseStatement(
    id="E6",
    statement="outside span{x_n}: W_1(T) = kappa W_1(0), nabla f_T = kappa W_1(0)^T delta_T; "
    "any depth, SGD; one step is gradient descent",
    plain="In a network of any depth the first layer moves only along the samples.",
    kind=IDENTITY,
    source="paper, future work (depth)",
    proof="docs/depth.md",
    carries=(paper.DEEPER,),
    needs=("train_deep",),
    latex=r"\nabla f_T(z) - \kappa W_1(0)^\top \delta_T(z) \in \text{span}\{x_1, \dots, x_N\}",
    compare=check,
    inputs=DEEP,
    least_premise_share=0.25,
)
