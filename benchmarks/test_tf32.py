"""What TF32 would gain: training and the attack in float32, their matrix products in TF32.

library    `train` and `perturb`, as in float32 but for the products;
limit      the products alone, in TF32 too.

On CUDA only, at the paper's size. Read the times beside the errors: TF32 keeps eleven bits of what
it multiplies, so that pre-activations near zero fall on the other side of it. The suite never uses
it, and neither do the figures.
"""

from __future__ import annotations

import dataclasses

import pytest
import torch

from benchmarks import test_perturbation, test_training
from benchmarks.conftest import Contest
from benchmarks.measure import LIBRARY, LIMIT, faster, relative_error
from benchmarks.test_training import RECIPE, Problem, moved, problem, sgd
from verifier.model.attack import perturb
from verifier.model.network import Parameters
from verifier.model.training import train
from verifier.suite.precision import TF32, float32_products

__all__ = ["problem"]

LARGEST_ERROR = 0.05
"""Four times what products of operands rounded to eleven bits give; a mistake gives about 1."""


@pytest.fixture(
    params=[
        pytest.param(
            "cuda",
            marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here"),
        )
    ]
)
def device(request: pytest.FixtureRequest) -> torch.device:
    return torch.device(request.param)


@pytest.fixture
def case() -> tuple[str, torch.dtype]:
    return "paper", torch.float32


@pytest.fixture
def in_tf32(contest: Contest) -> Contest:
    return dataclasses.replace(contest, number="tf32")


def in_double(problem: Problem) -> Problem:
    params, X, y = problem
    return Parameters(*(t.double() for t in params)), X.double(), y.double()


@pytest.mark.parametrize("contestant", [LIBRARY, LIMIT])
def test_train(in_tf32: Contest, contestant: str, problem: Problem) -> None:
    params, X, y = problem
    if contestant == LIMIT:
        layouts = test_training.products(problem, False)
        with float32_products(TF32):
            in_tf32.time("train", LIMIT, layouts[faster(layouts, X.device)])
        return
    double = in_double(problem)
    W, b, _ = sgd(double, False, RECIPE)
    exact = moved(W, b, double[0])

    def wrong(end: Parameters) -> float:
        return relative_error(moved(end.W, end.b, params), exact)

    with float32_products(TF32):
        end = in_tf32.time("train", LIBRARY, lambda: train(params, X, y, RECIPE).params, wrong)
    assert wrong(end) < LARGEST_ERROR


@pytest.mark.parametrize("contestant", [LIBRARY, LIMIT])
def test_perturb(in_tf32: Contest, contestant: str, problem: Problem) -> None:
    params, X, _ = problem
    eps, slope = test_perturbation.EPS, test_perturbation.SLOPE
    targets = X.sign().prod(dim=1)
    attacked = (params, X, targets)
    if contestant == LIMIT:
        with float32_products(TF32):
            in_tf32.time("perturb", LIMIT, test_perturbation.products(attacked))
        return
    exact = test_perturbation.autograd(in_double(attacked))

    def wrong(r: torch.Tensor) -> float:
        return relative_error(r, exact)

    with float32_products(TF32):
        r = in_tf32.time("perturb", LIBRARY, lambda: perturb(params, X, targets, eps, slope), wrong)
    assert wrong(r) < LARGEST_ERROR
