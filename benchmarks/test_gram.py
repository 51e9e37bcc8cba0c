"""Training where samples are few beside their dimension: the Gram form beside the primal one.

library    `train`, which takes the Gram form here;
baseline   the same steps on the weights themselves;
limit      the matrix products of the Gram form: one (N, N) (N, m) for each step, and three others.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.conftest import Contest
from benchmarks.measure import BASELINE, LIBRARY, LIMIT, assert_same
from benchmarks.test_training import sgd
from verifier.model.descent import descend_alone
from verifier.model.forms import Problem, gram_of
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train

N, D, WIDTH = 1000, 10_000, 100
RECIPE = Recipe((1.0,) * 100)


@pytest.fixture(params=[torch.float32, torch.float64], ids=["float32", "float64"])
def case(request: pytest.FixtureRequest) -> tuple[str, torch.dtype]:
    return "wide", request.param


@pytest.mark.parametrize("contestant", [LIBRARY, BASELINE, LIMIT])
def test_gram(contest: Contest, contestant: str, dtype: torch.dtype, device: torch.device) -> None:
    generator = torch.Generator(device="cpu").manual_seed(0)
    params = initialise(WIDTH, D, generator=generator, dtype=dtype, device=device)
    X = torch.randn(N, D, generator=generator, dtype=torch.float64, device="cpu").to(params.W)
    y = X[:, 0].sign()

    def primal() -> Parameters:
        one = Problem(params, X, y, params.clone(), torch.zeros_like(y), None)
        descend_alone(one, RECIPE)
        return one.end

    theta, u = params.W.T.contiguous(), X @ params.W.T
    C, gram, moved = torch.zeros_like(u), torch.empty_like(X[:, :N]), torch.empty_like(theta)

    def products() -> None:
        torch.mm(X, X.T, out=gram)
        torch.mm(X, theta, out=u)
        for _ in RECIPE.steps:
            torch.mm(gram, C, out=u)
        torch.mm(X.T, C, out=moved)

    work = {"N": N, "d": D, "m": WIDTH, "steps": len(RECIPE.steps)}
    if contestant == LIMIT:
        contest.time("train, Gram form", LIMIT, products, **work)
    elif contestant == BASELINE:
        contest.time("train, Gram form", BASELINE, primal, **work)
    else:
        one = Problem(params, X, y, params, torch.zeros_like(y), None)
        assert gram_of(one, RECIPE) is not None
        end = contest.time(
            "train, Gram form", LIBRARY, lambda: train(params, X, y, RECIPE).params, **work
        )
        double = params.to(device, torch.float64)
        W, _, _ = sgd((double, X.double(), y.double()), False, RECIPE)
        result, exact = end.W - params.W, W - double.W
        if dtype == torch.float32:
            # A pre-activation that rounds to the other side of zero sends its neuron elsewhere, but
            # a mistake moves most neurons, so those nearest are judged; in float64 all are.
            apart = torch.linalg.vector_norm(result.double() - exact, dim=1)
            size = torch.linalg.vector_norm(exact, dim=1)
            most = (apart / size).argsort()[: WIDTH // 2 + 1]
            result, exact = result[most], exact[most]
        assert_same(result, exact)
