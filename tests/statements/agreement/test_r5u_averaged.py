"""R5u: its estimates of a chance, its rivals, and what its check notices."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from scipy import stats
from torch import Tensor

from tests.statements.agreement.draws import CPU64, generator
from tests.statements.agreement.test_formulas import problem
from verifier.evidence.evidence import Evidence
from verifier.model.network import Parameters, initialise, input_gradient, output
from verifier.statements.agreement import redrawn
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.jointly_normal import Moments, chance_of_agreement
from verifier.statements.agreement.judging import BLOCKS, blocks
from verifier.statements.agreement.measured import averaged, limits, realised
from verifier.statements.agreement.r5u_averaged import R5u
from verifier.statements.agreement.redrawn import average_agreement, chances
from verifier.statements.agreement.rivals import OF_CHANCES, OF_MOMENTS, KernelConstant
from verifier.statements.statement import DEFAULT
from verifier.trial.study import Study
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory

A_RUN = 5e-9
TELLING = R5u.experiments[DEFAULT][0]


@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("slope", [0.0, 0.4])
def test_redrawn_agreement_is_that_of_plain_redraws(
    scenario: str, slope: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Networks with new readouts, one after the other, by the library's own output."""
    monkeypatch.setattr(redrawn, "REDRAWS", 4000)
    diagram, z = problem(scenario, 1.5, 0.7, 2.0, slope=slope)
    g = generator(4)
    f_0, g_0 = (initialise(30, 4, generator=g, **CPU64) for _ in range(2))
    got = average_agreement(diagram, z, f_0, g_0, generator(5))
    runs = 1000
    agree = []
    for _ in range(runs):
        f, h = (Parameters(p.W, p.b, torch.randn(30, generator=g, **CPU64)) for p in (f_0, g_0))
        targets = 2.0 * torch.randint(0, 2, (len(diagram.X),), generator=g) - 1
        f_limit = diagram.f_prediction(z, output(f, z, slope))
        gradient = input_gradient(f, diagram.X, slope)
        g_limit = diagram.g_prediction(z, output(h, z, slope), gradient, targets.double())
        agree.append(((f_limit > 0) == (g_limit > 0)).double())
    want = torch.stack(agree).mean(dim=0)
    assert float((got - want).abs().max()) < 6 * 0.5 * math.sqrt(1 / runs + 1 / 4000)


def test_chances_are_the_agreement_less_what_the_limits_show_of_it_plus_their_mean() -> None:
    few = replace(TELLING, configurations=TELLING.configurations[2:4], replicates=3)
    study = Study(few, A_RUN, Subject())
    for c in few.configurations:
        runs = realised(study, c)
        f, g = limits(PhaseDiagram, c, runs)
        found = chances(study, c)
        mean = found - runs.agree + ((f > 0) == (g > 0)).double()
        assert bool(((mean > 0) & (mean < 1)).all())
        assert torch.equal(found, chances(study, c))
    assert not torch.equal(*(chances(study, c) for c in few.configurations))


@pytest.mark.slow
def test_estimates_scatter_less_than_what_is_seen() -> None:
    c = TELLING.configurations[0]
    study = Study(replace(TELLING, configurations=(c,)), A_RUN, Subject())
    chance = averaged(PhaseDiagram, study, c).chance
    seen = (realised(study, c).agree - chance).mean(dim=1)
    estimated = (chances(study, c) - chance).mean(dim=1)
    assert float(estimated.std()) < 0.4 * float(seen.std())


def test_a_block_has_one_run_of_each_of_its_cells() -> None:
    cells = [torch.arange(3.0) + 10 * k for k in range(4)]
    assert len(blocks(cells)) == 12  # as many as there are runs
    half = [torch.arange(BLOCKS / 2) + 100 * k for k in range(4)]
    found = blocks(half)
    assert len(found) == BLOCKS
    assert torch.equal(found[:3], 100 + torch.arange(3.0))
    assert torch.equal(found[-3:], 200 + torch.arange(BLOCKS / 2)[-3:])
    whole = [torch.arange(float(BLOCKS)) + 100 * k for k in range(4)]
    assert torch.equal(blocks(whole), 150 + torch.arange(float(BLOCKS)))


def test_the_chance_of_one_sign_is_scipys() -> None:
    m = Moments(*(torch.tensor([v], **CPU64) for v in (0.7, -0.4, 1.3, 2.0, 0.9)))
    spread = [[1.3, 0.9], [0.9, 3.3]]
    law = stats.multivariate_normal([0.7, -0.4], spread)
    other = stats.multivariate_normal([-0.7, 0.4], spread)
    want = float(law.cdf([0, 0]) + other.cdf([0, 0]))
    assert float(chance_of_agreement(m)) == pytest.approx(want, abs=1e-8)


def test_every_rival_has_its_inverse() -> None:
    m = Moments(*(torch.tensor([v], **CPU64) for v in (0.7, -0.4, 1.3, 2.0, 0.9)))
    names = list(OF_MOMENTS)
    for one, other in zip(names[::2], names[1::2], strict=True):
        assert OF_MOMENTS[one](m) != m
        assert OF_MOMENTS[other](OF_MOMENTS[one](m)) == m
    pulled, pushed = OF_CHANCES.values()
    p = torch.tensor([0.2, 0.5, 0.8], **CPU64)
    assert torch.allclose(pushed(pulled(p)), p)
    assert torch.allclose(pulled(p), torch.tensor([0.29, 0.5, 0.71], **CPU64))
    assert pushed(torch.tensor([0.99], **CPU64)) == 1


def test_a_constant_kernel_makes_f_linear_and_g_s_mean_odd() -> None:
    diagram, z = problem("a", 1.5, 0.7, 2.0, kind=KernelConstant, beta=0.0)
    X, y = diagram.X, diagram.y
    assert torch.allclose(diagram.clean_prediction(z), 0.7 / 3 * (z @ X.mT @ y) / len(y))
    nu = torch.nn.functional.normalize(torch.randn(X.shape, generator=generator(1), **CPU64))
    response = diagram.response(z, nu)
    assert torch.allclose(response.mean, 1.5 / 3 * z @ nu.mT)
    assert torch.allclose(response.spread, torch.zeros_like(response.spread))


# --- the check ------------------------------------------------------------------------------------


def check(kind: type[PhaseDiagram], few: int = 4) -> Evidence:
    experiment = replace(TELLING, replicates=few)
    return R5u.check(experiment, A_RUN, Subject(theory=Theory({PhaseDiagram: kind})))


class Same(PhaseDiagram):
    """Under another name."""


class Nearly(PhaseDiagram):
    def chance(self, moments: Moments) -> Tensor:
        return super().chance(moments) + 1e-3


def test_what_is_stated_is_no_rival_of_itself_and_few_runs_are_underpowered() -> None:
    found = {kind: check(kind).tests for kind in (Same, Nearly)}
    names = [t["conclusion"] for t in found[Same]]
    assert len(names) == R5u.tests - 1
    assert not any(name.endswith("Phi") for name in names)
    shown = [t["detects"] is not None and t["detects"] <= t["wanted"] for t in found[Same]]
    assert not all(shown)
    # so near a rival that no number of runs here could tell
    assert [t["conclusion"] for t in found[Nearly]] == names


def test_expected_and_measured_advantages_are_kept() -> None:
    kept = check(Same).series["mean advantage over each rival"]
    assert set(OF_MOMENTS) < set(kept)
    for found in kept.values():
        assert found["expected"] > 0
        assert abs(found["measured"] - found["expected"]) < 0.01
