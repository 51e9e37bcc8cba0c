"""P1x: the law against simulation, against other formulas, and what its check notices."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from tests.statements.probability.small import A_RUN, IMPLEMENTATIONS, experiment
from verifier.statements import REGISTRY, STATISTICAL
from verifier.statements.probability.kernel_law import KernelLaw
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject


def law_at(law: KernelLaw, values: np.ndarray, p: float) -> np.ndarray:
    return law.cdf(torch.from_numpy(values), p)[0].numpy()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slope", "width", "p"),
    [
        (0.5, 24, 0.3),
        (0.2, 30, 0.1),
        (0.9, 12, 0.45),
        (0.0, 7, 0.3),
        (0.0, 400, 0.2),
        (1.0, 9, 0.2),
    ],
)
def test_it_is_the_law_of_drawn_sums(slope: float, width: int, p: float) -> None:
    """By counts and chi-squares, as the statement says, and by single neurons, as it is meant."""
    chance = np.random.default_rng(1)
    runs = 20_000
    counts = chance.multinomial(width, (p, 1 - 2 * p, p), size=runs)
    squares = [chance.chisquare(np.maximum(n, 1e-300)) * (n > 0) for n in counts.T]
    by_counts = (squares[0] + slope * squares[1] + slope**2 * squares[2]) / width
    kinds = chance.choice((1.0, slope, slope**2), p=(p, 1 - 2 * p, p), size=(runs // 4, width))
    by_neurons = (chance.normal(size=kinds.shape) ** 2 * kinds).mean(axis=1)
    law = KernelLaw(slope, width)
    for drawn in (by_counts, by_neurons):
        ordered = np.sort(drawn)
        up_to = np.searchsorted(ordered, ordered, side="right") / len(drawn)  # atoms tie
        gap = np.abs(law_at(law, ordered, p) - up_to).max()
        assert gap <= math.sqrt(math.log(2e6) / (2 * len(drawn))) + 1 / len(drawn)


@pytest.mark.parametrize(("width", "p"), [(30, 0.3), (60, 0.45), (200, 0.15)])
def test_inversion_and_mixture_agree(width: int, p: float) -> None:
    """Both are open to a ReLU that always has an active neuron."""
    law, values = KernelLaw(0.0, width), np.linspace(0.01, 1.5, 40)
    counts = np.arange(1, width + 1)
    chances = stats.binom.pmf(counts, width, p)
    mixture = [chances @ stats.chi2.cdf(width * v, counts) for v in values]
    atom = (1 - p) ** width
    assert law_at(law, values, p) == pytest.approx(np.array(mixture) + atom, abs=1e-6)
    if atom < 1e-13:
        assert law._inverted(width * values, p) == pytest.approx(mixture, abs=1e-9)


@pytest.mark.parametrize("width", [3, 9, 40])
def test_a_linear_network_has_a_chi_square(width: int) -> None:
    values = np.linspace(0.05, 3.0, 30)
    found = law_at(KernelLaw(1.0, width), values, 0.3)
    assert found == pytest.approx(stats.chi2.cdf(width * values, width), abs=1e-4)


def test_the_atom_at_zero() -> None:
    at, below = KernelLaw(0.0, 4).cdf(torch.tensor([-1.0, 0.0, 1e-12], dtype=torch.float64), 0.25)
    assert at.tolist() == pytest.approx([0.0, 0.75**4, 0.75**4], abs=1e-6)
    assert below.tolist() == pytest.approx([0.0, 0.0, 0.75**4], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS, ids=lambda i: i.__name__)
@pytest.mark.parametrize("index", [0, 1])
def test_correct_implementations_pass(implementation: type, index: int) -> None:
    found = STATISTICAL["P1x"].check(experiment("P1x", index), A_RUN, Subject(implementation()))
    assert found.holds
    assert all(t["detects"] <= t["wanted"] for t in found.tests)


@pytest.mark.slow
@pytest.mark.parametrize("run_seed", [1, 2])
@pytest.mark.parametrize("control", REGISTRY.controls_of("P1x"), ids=lambda c: c.name)
def test_controls_are_refuted_at_any_seed(control: object, run_seed: int) -> None:
    subject = Subject(control.implementation(), control.theory, Settings(run_seed))  # type: ignore[attr-defined]
    assert not STATISTICAL["P1x"].check(experiment("P1x"), A_RUN, subject).holds


def test_the_inversion_reaches_the_law_s_end() -> None:
    last = stats.chi2.isf(1e-13, 9)
    found = law_at(KernelLaw(0.3, 9), np.array([0.55, 0.8, 0.99, 2.0]) * last / 9, 0.3)
    assert found == pytest.approx(np.ones(4), abs=1e-5)
