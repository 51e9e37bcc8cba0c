"""R5's probability of agreement against simulated limits."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.statements.agreement.diagrams import agreement, many, problem
from tests.statements.agreement.draws import CPU64, generator, signs
from verifier.model.network import initialise, input_gradient, output
from verifier.statements.agreement.formulas import PhaseDiagram, Response, limit_kernel

CELLS = (  # scenario, eps, T_f, T_g, and what differs from `problem`
    ("a", 1.0, 5.0, 10.0, {}),
    ("a", 3.0, 0.3, 30.0, {"d": 5, "samples": 10}),
    ("b", 2.0, 0.1, 30.0, {"d": 5, "samples": 10}),
    ("b", 3.0, 1.0, 10.0, {"d": 8, "samples": 12, "slope": 0.3, "beta": 0.0}),
    ("b", 4.0, 1.0, 30.0, {"d": 3, "samples": 5}),
)
SIMULATED = 8000


def simulated(diagram: PhaseDiagram, z: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Agreement at z over wide random starts and targets, (runs, P): given g's start's law.

    Signs of f; over g's start, whose law at one point is normal, the probability in closed form.
    """
    g, slope, found = generator(seed), diagram.slope, []
    for _ in range(SIMULATED // 1000):
        starts = initialise(100, z.shape[1], generator=g, networks=(1000,), **CPU64)
        stacked = many(diagram, 1000)
        f = stacked.f_prediction(z, output(starts, z, slope))
        gradient, targets = input_gradient(starts, diagram.X, slope), signs(g, 1000, len(diagram.y))
        trained = stacked.g_prediction(z, torch.zeros_like(f), gradient, targets)
        sure = torch.special.ndtr(trained / diagram.start_variance(z).sqrt())
        found.append(torch.where(f > 0, sure, 1 - sure))
    values = torch.cat(found)
    shares = values.mean(dim=1)
    return values.mean(dim=0), shares.std() / math.sqrt(SIMULATED)


class Simple(PhaseDiagram):
    """Theory's form: nu moves by nabla f_0 / D, Phi stays, the gradients' covariance is Phi/d."""

    def sensitivity(self, z: Tensor, response: Response, nu: Tensor, size: Tensor) -> Tensor:
        up, down = (
            limit_kernel(z, self.natural + sign * self.eps * nu, self.slope) for sign in (1, -1)
        )
        q = self.eps * (up + down) / (2 * len(nu) * size.squeeze(-1))
        return q.unsqueeze(-1) * z.unsqueeze(-2)

    def direction_variance(self, w: Tensor) -> Tensor:
        same = limit_kernel(self.X, self.X, self.slope) * (w @ w.mT)
        return same.sum(dim=(-2, -1)) / w.shape[-1]


@pytest.mark.slow
def test_agreement_is_the_average_over_starts_and_targets() -> None:
    errors: dict[str, list[float]] = {"sharpened": [], "theory": []}
    for k, (*cell, fields) in enumerate(CELLS):
        diagram, z = problem(*cell, points=20, seed=k, **fields)
        truth, error = simulated(diagram, z, 100 + k)
        for name, kind in (("sharpened", PhaseDiagram), ("theory", Simple)):
            predicted = agreement(problem(*cell, points=20, seed=k, kind=kind, **fields)[0], z)
            errors[name].append(float((predicted - truth).mean().abs()))
        assert errors["sharpened"][-1] < 5 * float(error) + 0.004, (cell, errors)
    mean = {name: sum(found) / len(found) for name, found in errors.items()}
    assert mean["sharpened"] < 0.6 * mean["theory"], mean
