"""O5: how margins grow, and in what time."""

import math
from dataclasses import replace

import pytest
import torch
from scipy.integrate import quad

from tests.statements.prior_work.assumptions import LONG
from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.model.network import output
from verifier.model.training import train
from verifier.statements import PATHWISE
from verifier.statements.prior_work.oracle_trial import OracleTrial
from verifier.statements.prior_work.table1 import PRIOR_SETTING
from verifier.trial.draw import draw
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject

BASE, ON_SAMPLES, LOGISTIC = PRIOR_SETTING
CPU = {"dtype": torch.float64, "device": "cpu"}


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
def test_short_steps_attain_both_times_without_a_bend(loss: str) -> None:
    """With slope 1 a margin is exactly `y_n f_0 + c tau`: what is needed is what is spent."""
    c = replace(BASE, loss=loss, slope=1.0, momentum=0.0, f_steps=(1e-3,) * 400)
    theory = OracleTrial(c).prior_work
    assert math.isclose(c.f_recipe.time, 0.4)
    needed, spent = theory.log_time_needed(), theory.log_time_spent()
    time = torch.full_like(needed, math.log(c.f_recipe.time))
    assert bool((spent <= time + 1e-12).all())
    assert bool((time <= needed + 1e-12).all())
    torch.testing.assert_close(spent, needed, rtol=0, atol=0.01)


def test_a_relu_s_time_is_spent_at_the_first_margin() -> None:
    """Slope 0: a margin may stay, and then the time is `(e^(y f_0) + k) tau_n`."""
    theory = OracleTrial(replace(BASE, loss="logistic", slope=0.0)).prior_work
    expected = (theory.initial_margin().exp() + 1) * theory.f.run.tau
    torch.testing.assert_close(theory.log_time_spent().exp(), expected)


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


def test_long_training_refuses_other_losses() -> None:
    with pytest.raises(InputError, match="loss"):
        PATHWISE["O5"].check(replace(BASE, loss="identity"))
