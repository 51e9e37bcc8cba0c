"""Prior work's setting: formulas against brute force and quadrature, the table against its rows."""

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from scipy.integrate import quad

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import output
from verifier.model.training import train
from verifier.statements import PATHWISE
from verifier.statements.prior_work.formulas import is_orthogonal, overlap
from verifier.statements.prior_work.oracle_trial import ORTHOGONAL, OracleTrial
from verifier.statements.prior_work.table1 import (
    ASSUMPTIONS,
    LONG,
    PRIOR_SETTING,
    PRIOR_STATEMENTS,
    RELAXATIONS,
    Relaxation,
    violated,
)
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

BASE, ON_SAMPLES, LOGISTIC = PRIOR_SETTING
CPU = {"dtype": torch.float64, "device": "cpu"}


# Networks without biases


def test_without_biases_every_bias_is_zero_and_stays() -> None:
    start = draw(BASE)
    assert not start.f_0.b.any()
    assert not start.g_0.b.any()
    assert not train(start.f_0, start.X, start.y, BASE.f_recipe).params.b.any()
    assert draw(replace(BASE, biases=True)).f_0.b.any()


def test_biases_survive_json_and_decide_the_seed() -> None:
    assert Configuration.from_json(json.loads(json.dumps(BASE.to_json()))) == BASE
    assert BASE.seed(0) != replace(BASE, biases=True).seed(0)


@pytest.mark.parametrize("changes", [{"train_bias": True}, {"biases": 1}, {"biases": "no"}])
def test_biases_refuse_bad_values(changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(BASE, **changes)


# Orthogonality


def test_overlap_is_the_table_of_cosines() -> None:
    X = torch.randn(4, 6, generator=torch.Generator().manual_seed(0), **CPU)
    for n, k in itertools.product(range(4), repeat=2):
        cosine = float(X[n] @ X[k]) / math.sqrt(float(X[n] @ X[n]) * float(X[k] @ X[k]))
        assert float(overlap(X)[n, k]) == pytest.approx(cosine - (n == k), abs=1e-14)


def test_orthogonal_samples_are_told_from_nearly_orthogonal_ones() -> None:
    X = torch.diag(torch.tensor([1e-8, 1.0, 1e8], **CPU))
    assert is_orthogonal(X, torch.float64)
    bent = X.clone()
    bent[1, 2] = 1e-6
    assert not is_orthogonal(bent, torch.float64)
    assert is_orthogonal(bent, torch.float32)
    X[0] = 0
    assert not is_orthogonal(X, torch.float64)


# O1, O2


@pytest.mark.parametrize("c", PRIOR_SETTING)
def test_readings_and_bounds_by_loops(c: Configuration) -> None:
    trial = OracleTrial(c)
    run, theory, z = trial.f.replay.run, trial.prior_work, trial.points
    h = theory.trained_part(trial.input_gradient(trial.f, z), z)
    low, high = theory.squeeze(z)
    for p, n in itertools.product(range(len(z)), range(len(run.y))):
        x, y = run.X[n], float(run.y[n])
        read = y * float(h[p] @ x) / float(x @ x)
        assert float(theory.readings(h)[p, n]) == pytest.approx(read, rel=1e-12)
        gate = 0.0
        for i in range(run.initial.width):
            u = float(run.final.W[i] @ z[p] + run.final.b[i])
            gate += float(run.initial.a[i]) ** 2 * (1 if u >= 0 else c.slope) / run.initial.width
        assert float(high[p, n]) == pytest.approx(gate * float(run.tau[n]) / len(run.y), rel=1e-12)
        assert float(low[p, n]) == pytest.approx(c.slope * float(high[p, n]), rel=1e-12)
        assert float(low[p, n]) <= read * (1 + 1e-12)
        assert read <= float(high[p, n]) * (1 + 1e-12)


@pytest.mark.parametrize("slope", [0.0, 0.1, 0.3, 0.9, 1.0])
def test_the_largest_angle_is_the_worst_one_and_is_attained(slope: float) -> None:
    theory = OracleTrial(replace(BASE, slope=slope)).prior_work
    limit = theory.largest_angle()
    generator = torch.Generator().manual_seed(1)
    ratios = slope + (1 - slope) * torch.rand(20_000, 5, generator=generator, **CPU).round(
        decimals=1
    )
    weights = torch.rand(20_000, 5, generator=generator, **CPU) + 1e-3  # (tau_n |x_n|)^2
    dot = (weights * ratios).sum(1)
    cosine = dot / ((weights * ratios**2).sum(1) * weights.sum(1)).sqrt().clamp_min(1e-300)
    worst = float(torch.acos(cosine.clamp(max=1)).max())
    assert worst <= limit + 1e-7
    # two samples, coefficients gamma and 1, weights 1 and gamma
    cosine_there = (slope + slope) / math.sqrt((slope**2 + slope) * (1 + slope) or 1)
    assert math.acos(min(1.0, cosine_there)) == pytest.approx(limit, abs=1e-7)
    assert math.acos(2 * math.sqrt(slope) / (1 + slope)) == pytest.approx(limit, abs=1e-7)


# O3, O4


@pytest.mark.parametrize("c", PRIOR_SETTING)
def test_the_oracle_s_perturbations_are_one_direction_with_the_target_s_sign(
    c: Configuration,
) -> None:
    trial = OracleTrial(c)
    run, start = trial.f.replay.run, trial.draw
    v = sum(run.tau[n] * run.y[n] * run.X[n] for n in range(len(run.y)))
    for n in range(len(run.y)):
        expected = c.eps * start.targets[n] * v / torch.linalg.vector_norm(v)
        torch.testing.assert_close(trial.r[n], expected)
    assert not torch.equal(trial.r, Trial(c).r)


def test_alone_g_follows_the_oracle_everywhere() -> None:
    """Scenario (a): `sgn<v,z> (g_T - g_0)(z) > 0` at far and near points alike."""
    trial = OracleTrial(BASE)
    v, g = trial.oracle_learning.oracle(), trial.g
    z = 10.0 ** torch.arange(-3, 4, **CPU)[:, None] * torch.randn(
        7, 12, generator=torch.Generator().manual_seed(2), **CPU
    )
    change = output(g.trained, z, BASE.slope) - output(g.initial, z, BASE.slope)
    assert bool((change * (z @ v) > 0).all())


@pytest.mark.parametrize("scenario", ["a", "b"])
def test_g_classifies_the_clean_samples_though_its_labels_are_random(scenario: str) -> None:
    c = replace(ON_SAMPLES, scenario=scenario, slope=0.9, eps=40.0)
    trial = OracleTrial(c)
    start = trial.draw
    assert bool((start.targets != start.y).any())
    assert bool((trial.oracle_learning.least_gain() > 0).all())
    gain = trial.output(trial.g, start.X) - trial.initial_output(trial.g, start.X)
    assert bool((gain * start.y >= trial.oracle_learning.least_gain() * (1 - 1e-12)).all())


def test_a_wrong_label_can_outweigh_a_short_perturbation() -> None:
    theory = OracleTrial(replace(ON_SAMPLES, eps=0.1)).oracle_learning
    wrong = theory.targets != theory.f.run.y
    assert bool((theory.least_gain()[wrong] < 0).all())
    assert bool((theory.least_gain()[~wrong] > 0).all())


def undone(point: tuple[float, ...]) -> Configuration:
    """One sample and perturbations of its own length: towards the wrong label they undo it."""
    data = Data("raw", len(point), 1, points=(point,))
    steps, eps = {"f_steps": (0.0125,), "g_steps": (6.25,)}, math.hypot(*point)
    return replace(ON_SAMPLES, data=data, width=1, slope=0.01, momentum=0.0, eps=eps, **steps)


def test_where_a_perturbation_undoes_its_sample_rounding_is_that_of_the_parts() -> None:
    c = undone((2.98142396999972, 0.0, 0.0, 0.0, -5.962847939999439, 0.0, 0.0, 5.962847939999439))
    missed = refuted = 0
    for seed in range(60):
        trial = OracleTrial(c, Subject(settings=Settings(seed)))
        z = trial.points.double()
        error = (trial.output(trial.g, trial.points) - trial.oracle_learning.output(z)).abs()
        without = trial.g.replay.rounding.output(z)
        bound = without + trial.cancelling(z)
        assert bool((error <= bound).all())
        missed += bool((error > without).any())
        longer = replace(trial.oracle_learning, eps=c.eps * (1 + 1e-9)).output(z)
        refuted += bool(((trial.output(trial.g, trial.points) - longer).abs() > bound).any())
    assert missed > 0  # the length of what g is trained on is not enough to bound it
    assert refuted > 50  # and the bound is still tight enough for an eps one part in 1e9 too long


# O5


@pytest.mark.parametrize("loss", ["exponential", "logistic"])
def test_the_time_needed_is_an_integral_over_effective_time(loss: str) -> None:
    c = replace(BASE, loss=loss)
    theory = OracleTrial(c).prior_work
    derivative = c.loss_function.derivative
    for n, tau in enumerate(theory.f.run.tau.tolist()):
        margin, growth = float(theory.initial_margin()[n]), float(theory.growth()[n])

        def pace(t: float, margin: float = margin, growth: float = growth) -> float:
            return 1 / float(derivative(torch.tensor(-margin - growth * t, **CPU)))

        time = quad(pace, 0, tau, epsrel=1e-10)[0]
        assert float(theory.log_time_needed()[n]) == pytest.approx(math.log(time), abs=1e-8)


def test_a_very_short_run_keeps_its_digits() -> None:
    """`tau` of 1e-12: `(e^(c tau) - 1)/c` must not lose them; the time found is that spent."""
    theory = OracleTrial(replace(BASE, f_steps=(1e-12,))).prior_work
    spent = torch.full_like(theory.f.run.tau, math.log(1e-12))
    torch.testing.assert_close(theory.log_time_needed(), spent)


@pytest.mark.parametrize("loss", ["exponential", "logistic"])
def test_margins_grow_without_bound_however_long_the_steps(loss: str) -> None:
    least = []
    for length in (4, 8, 16, 32):
        c = replace(BASE, loss=loss, f_steps=tuple(2.0**k for k in range(length)))
        start = draw(BASE)
        f = train(start.f_0, start.X, start.y, c.f_recipe).params
        least.append(float((start.y * output(f, start.X, c.slope)).min()))
    assert least == sorted(least)
    assert least[-1] > 5 * LONG


@pytest.mark.parametrize("slope", [0.1, 0.5])
def test_both_bounds_on_the_gain_are_attained(slope: float) -> None:
    """One neuron that stays inactive gives gamma^2 c tau, one that stays active c tau."""
    c = replace(BASE, width=1, slope=slope, data=Data("orthonormal", 4, 4), f_steps=(1e-3,))
    found = set()
    for seed in range(20):
        trial = OracleTrial(c, Subject(settings=Settings(seed)))
        theory, start = trial.prior_work, trial.draw
        gain = start.y * (trial.output(trial.f, start.X) - trial.initial_output(trial.f, start.X))
        low, high = theory.gain()
        assert bool((gain >= low * (1 - 1e-9)).all())
        assert bool((gain <= high * (1 + 1e-9)).all())
        found |= {round(v, 6) for v in (gain / high).tolist()}
    assert {round(slope**2, 6), 1.0} <= found


# The statements


def test_prior_work_statements_are_about_orthogonal_samples() -> None:
    found = [c.id for c in PATHWISE.values() if c.inputs == ORTHOGONAL]
    assert found == ["O1", "O2", "O3", "O4", "O5"]


@pytest.mark.parametrize("statement", ["O1", "O2", "O4", "O5"])
def test_statements_refuse_samples_that_are_not_orthogonal(statement: str) -> None:
    with pytest.raises(InputError, match="orthogonal"):
        PATHWISE[statement].check(replace(BASE, data=Data("gaussian", 3, 4)))


@pytest.mark.parametrize("statement", ["O4", "O5"])
def test_statements_about_margins_refuse_trained_biases(statement: str) -> None:
    with pytest.raises(InputError, match="train_bias"):
        PATHWISE[statement].check(replace(BASE, biases=True, train_bias=True))


def test_long_training_refuses_other_losses() -> None:
    with pytest.raises(InputError, match="loss"):
        PATHWISE["O5"].check(replace(BASE, loss="identity"))


# Table 1


def test_the_table_has_every_row_once_in_the_paper_s_order() -> None:
    assert [r.row for r in RELAXATIONS] == list(ASSUMPTIONS)
    assert [r.row for r in RELAXATIONS if not r.goes_beyond] == ["width"]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_prior_setting_gives_up_nothing(seed: int) -> None:
    for c, statement in itertools.product(PRIOR_SETTING, PRIOR_STATEMENTS):
        assert violated(c, PATHWISE[statement], Settings(seed)) == ()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("relaxation", RELAXATIONS, ids=lambda r: r.row)
def test_each_row_gives_up_its_own_assumption_only(relaxation: Relaxation, seed: int) -> None:
    expected = (relaxation.row,) if relaxation.goes_beyond else ()
    kinds = {PATHWISE[statement].needs: PATHWISE[statement] for statement in relaxation.statements}
    for c, statement in itertools.product(relaxation.configurations, kinds.values()):
        assert violated(c, statement, Settings(seed)) == expected


def _expanded(text: str) -> set[str]:
    """`E0-E2, O3` as ids, in the registry's order."""
    ids = list(PATHWISE)
    ends = [part.split("-") for part in text.split(", ")]
    return {c for e in ends for c in ids[ids.index(e[0]) : ids.index(e[-1]) + 1]}


def test_the_page_lists_the_statements_that_are_run() -> None:
    page = Path(__file__).parents[3] / "docs" / "prior_work.md"
    lines = [line.strip("| \n").split(" | ") for line in page.open(encoding="utf-8")]
    table = {cells[0]: cells[-1] for cells in lines if len(cells) == 4}
    for relaxation in RELAXATIONS:
        statements = table[relaxation.row].removesuffix(", at any width")
        assert _expanded(statements) == set(relaxation.statements), relaxation.row


def test_rows_are_named_in_the_evidence() -> None:
    labels = [r.label for r in RELAXATIONS]
    assert len(set(labels)) == len(labels)
    assert "beyond prior work: loss" in labels
    assert "as prior work: width" in labels


@pytest.mark.parametrize("statement", PRIOR_STATEMENTS)
def test_nothing_is_created_on_the_default_device(statement: str) -> None:
    with torch.device("meta"):
        assert PATHWISE[statement].check(ON_SAMPLES).holds


@pytest.mark.parametrize("statement", ["O1", "O2", "O3", "O4", "O5"])
@pytest.mark.parametrize("code", [TorchNN(), NumpyFloat64()], ids=lambda c: type(c).__name__)
def test_codes_written_independently_pass(statement: str, code: object) -> None:
    short = replace(BASE, dtype="float32", f_steps=(0.5,), g_steps=(0.1,))
    for c in (*PRIOR_SETTING, short):
        assert PATHWISE[statement].check(c, Subject(code)).holds
