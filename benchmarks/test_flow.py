"""Gradient flow to T = 10^4: `model.flow.gradient_flow` beside plain epochs to the same time.

library    runs with steps that grow with time, the coarser one that its error is estimated by
           included;
baseline   1000 plain epochs of equal steps, by the library's own `train`.

The error is the share of fresh points on which the output's sign differs from that of a run by
autograd with ten times more steps than the library's. Where the data are Gaussian without a class,
samples slide along kinks, neurons are pushed off others, and neither converges fast.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from benchmarks.conftest import Contest
from benchmarks.measure import BASELINE, LIBRARY
from benchmarks.test_training import sgd
from verifier.model.flow import gradient_flow, growing_steps
from verifier.model.network import Parameters, initialise, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.samples import draw_samples

TIME, EPOCHS, FRESH = 1e4, 1000, 20_000
SIZES = {"shifted": (100, 1000), "gaussian": (1000, 2000)}  # d, N
WIDTH = 100
LARGEST_SHARE = 0.05
"""Of wrong signs: more than either makes, far fewer than of another computation."""


@pytest.fixture(params=SIZES)
def case(request: pytest.FixtureRequest) -> tuple[str, torch.dtype]:
    return request.param, torch.float32


@pytest.mark.parametrize("contestant", [LIBRARY, BASELINE])
def test_flow(contest: Contest, contestant: str, shape: str, device: torch.device) -> None:
    d, N = SIZES[shape]
    setting = PointSetting(shape, "a", d, WIDTH, N, 0.0, 0.1, "identity", 1, 1, (1.0,), (1.0,))
    samples = draw_samples(setting, 0, None, str(device))
    X, y = samples.X, samples.y
    generator = torch.Generator(device="cpu").manual_seed(1)
    params = initialise(WIDTH, d, generator=generator, dtype=X.dtype, device=device)
    fresh = torch.randn(FRESH, d, generator=generator, dtype=torch.float64, device="cpu").to(X)

    def signs(end: Parameters) -> torch.Tensor:
        return output(end, fresh, 0.0).sign()

    steps = gradient_flow(params, X, y, TIME).steps
    fine = Recipe(growing_steps(TIME, 10 * steps, 1.0))
    W, b, _ = sgd((params, X, y), False, fine)
    reference = signs(Parameters(W, b, params.a))
    calls: dict[str, Callable[[], Parameters]] = {
        LIBRARY: lambda: gradient_flow(params, X, y, TIME).params,
        BASELINE: lambda: train(params, X, y, Recipe((TIME / EPOCHS,) * EPOCHS)).params,
    }

    def wrong(end: Parameters) -> float:
        return float((signs(end) != reference).double().mean())

    end = contest.time(
        "flow",
        contestant,
        calls[contestant],
        wrong,
        N=N,
        d=d,
        m=WIDTH,
        steps=steps if contestant == LIBRARY else EPOCHS,
    )
    assert wrong(end) < LARGEST_SHARE
