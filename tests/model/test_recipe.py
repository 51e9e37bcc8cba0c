from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from torch import Tensor

from tests.model.problems import (
    STEPS,
    problem,
)
from verifier.errors import InputError
from verifier.model.losses import (
    Logistic,
)
from verifier.model.recipe import Recipe
from verifier.model.training import train


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("steps", [(0.7,), (0.3, 0.0, 0.1, 0.25), (0.1,) * 9])
def test_effective_steps_are_the_double_sum(steps: tuple[float, ...], momentum: float) -> None:
    recipe = Recipe(steps, momentum=momentum)
    K, mu = len(steps), Fraction(momentum)
    omega = [sum(Fraction(steps[k]) * mu ** (k - j) for k in range(j, K)) for j in range(K)]
    assert recipe.effective_steps() == pytest.approx([float(w) for w in omega], rel=1e-14)
    assert recipe.time == pytest.approx(float(sum(omega)), rel=1e-14)


def test_beta_says_whether_biases_are_trained() -> None:
    assert Recipe((1.0,)).beta == 1.0
    assert Recipe((1.0,), train_bias=False).beta == 0.0


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_a_prefix_is_where_the_whole_run_passes(momentum: float) -> None:
    params, X, y = problem(1)
    recipe = Recipe(STEPS, Logistic(), 0.3, momentum, train_bias=False)
    seen: dict[int, Tensor] = {}

    def observe(step: int, neurons: slice, u: Tensor, f: Tensor, p: Tensor) -> None:
        seen[step] = u.clone()

    train(params, X, y, recipe, observe=observe)
    assert list(seen) == list(range(len(STEPS)))
    for count in range(1, len(STEPS)):
        early = recipe.prefix(count)
        assert early == Recipe(STEPS[:count], Logistic(), 0.3, momentum, train_bias=False)
        state = train(params, X, y, early).params
        torch.testing.assert_close(seen[count], X @ state.W.T + state.b, rtol=1e-13, atol=1e-14)


def test_an_empty_prefix_is_refused() -> None:
    with pytest.raises(InputError, match=r"^steps = \(\): must hold at least one step size$"):
        Recipe(STEPS).prefix(0)
