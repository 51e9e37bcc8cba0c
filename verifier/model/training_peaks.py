"""What `train` holds at its peak beside its arguments, with its result: a formula for each form.

With B networks, of which s are trained at once in blocks of R neurons, c = d + 1, and k = 2, or 3
with momentum; in numbers of the arguments' dtype:

- always: the weights B m (d + 2); effective times B N; path weights B m N, if they are asked for;
  the samples once more, N c, where they get a column of ones; of the Gram form the matrix, N^2;
- a block of neurons: k s c R for weights, pull and velocity; in Gram form 2 s c R + k s N R;
- under the identity loss: a block, its pre-activations s N R and, if asked for, its path weights
  s N R; when a further block begins, it stands beside the one before;
- under any other: all blocks, two arrays s N R and, while that is at most `forms.HELD`, the
  pre-activations s N m.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from torch import Tensor

from verifier.model import forms
from verifier.model.forms import Problem, gram_pays, width_of
from verifier.model.losses import Identity
from verifier.model.memory import Need, block_on
from verifier.model.network import Parameters
from verifier.model.peaks import several, stand_in
from verifier.model.recipe import Recipe


def of_train(stacked: int) -> Callable[..., Need]:
    """`train`, with `stacked` blocks filled by small networks trained at once."""

    def need(
        params: Parameters,
        X: Tensor,
        y: Tensor,
        recipe: Recipe,
        *,
        path_weights: bool = False,
        observe: object = None,
    ) -> Need:
        def entries(sizes: Mapping[str, int]) -> int:
            B, N, d, m = sizes.get("networks", 1), sizes["N"], sizes["d"], sizes["m"]
            ones = d <= forms.NARROW
            gram = observe is None and gram_pays(problem(sizes, 1), recipe)
            held = B * m * (d + 2) + B * N + (B * N * m if path_weights else 0)
            held += (B if X.ndim > 2 else 1) * N * (d + 1) if ones else 0
            held += N * N if gram else 0
            fit = stacked * block_on(X.device) // (m * (N + d + ones))
            s = 1 if gram else min(B, max(1, fit))
            if observe is not None:
                return held + _together(problem(sizes, B), recipe, gram)
            alone = type(recipe.loss) is Identity
            return held + (_alone if alone else _together)(problem(sizes, s), recipe, gram)

        def problem(sizes: Mapping[str, int], s: int) -> Problem:
            """The shapes of `s` networks."""
            N, d, m = sizes["N"], sizes["d"], sizes["m"]
            start = Parameters(*(stand_in(X, s, *shape) for shape in ((m, d), (m,), (m,))))
            samples, y = stand_in(X, s, N, d + (d <= forms.NARROW)), stand_in(X, s, N)
            A = stand_in(X, s, N, m) if path_weights else None
            return Problem(start, samples, y, start, y, A)

        sizes = {"N": X.shape[-2], "d": X.shape[-1], "m": params.width}
        networks = params.a.shape[:-1].numel()
        return Need({**several(networks), **sizes}, entries, X.dtype, X.device)

    return need


def _alone(stack: Problem, recipe: Recipe, gram: bool) -> int:
    """All steps of a block, then those of the next."""

    def held(block: int, following: int) -> int:
        u = stack.tau.numel()
        own = _neurons(stack, block, recipe, gram) + block * (u if stack.A is None else 2 * u)
        return own + _neurons(stack, following, recipe, gram) + following * u

    widths = [width_of(block) for block in stack.blocks()]
    return max(held(*pair) for pair in pairwise([*widths, 0]))


def _together(stack: Problem, recipe: Recipe, gram: bool) -> int:
    """Each step of all blocks."""
    m, samples = stack.start.width, stack.tau.numel()
    widest = max(map(width_of, stack.blocks()))
    kept = samples * m if samples * m <= forms.HELD else 0
    return _neurons(stack, m, recipe, gram) + 2 * samples * widest + kept


def _neurons(stack: Problem, count: int, recipe: Recipe, gram: bool) -> int:
    """So many neurons of each network, as `forms` keeps them."""
    arrays = 3 if recipe.momentum else 2
    networks = stack.tau.shape[:-1].numel()
    weights = networks * (stack.start.dimension + 1) * count
    if not gram:
        return arrays * weights
    return 2 * weights + arrays * stack.tau.numel() * count
