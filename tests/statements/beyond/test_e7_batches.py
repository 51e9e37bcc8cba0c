"""E7 and E7n: times and noise of mini-batches, and where full batches' D1 fails."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import comb

import numpy as np
import pytest
import torch

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.published import Published
from verifier.model.batches import SAMPLERS, draw_batches, train_batches
from verifier.model.network import Parameters, preactivation
from verifier.model.recipe import Recipe
from verifier.statements import PATHWISE
from verifier.statements.beyond.batch_trial import BatchConfiguration, BatchTrial
from verifier.statements.beyond.batches import BatchedCertificates, Batches
from verifier.statements.beyond.broken_batches import ByBatches
from verifier.statements.beyond.e7n_noise import SamplerNoise, every_choice
from verifier.statements.certificates.formulas import Certificates
from verifier.statements.identities.formulas import decomposition
from verifier.trial.subject import Subject

E7, E7n = PATHWISE["E7"], PATHWISE["E7n"]
CPU64 = {"dtype": torch.float64, "device": "cpu"}
PLAIN = BatchConfiguration(
    Data("gaussian", 4, 6),
    30,
    0.3,
    True,
    (0.3, 0.2, 0.4, 0.1),
    (0.2, 0.3),
    0.5,
    "b",
    momentum=0.5,
    batch_size=2,
    sampler="replacement",
)


def test_times_count_how_often_a_sample_is_seen() -> None:
    batches = Batches(torch.tensor([[0, 0], [1, 2]], device="cpu"), 4)
    assert batches.weights().tolist() == [[4, 0, 0, 0], [0, 2, 2, 0]]
    assert batches.times(Recipe((0.5, 0.25))).tolist() == [2.0, 0.5, 0.5, 0.0]
    assert batches.times(Recipe((0.5, 0.25), momentum=0.5)).tolist() == [2.5, 0.5, 0.5, 0.0]


@pytest.mark.parametrize("loss", ["identity", "logistic"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_path_weights_are_those_of_the_trained_weights(loss: str, sampler: str) -> None:
    """E1's sum, rebuilt from the code's own weights after each step, without a replay."""
    trial = BatchTrial(replace(PLAIN, loss=loss, sampler=sampler))
    start, how = trial.draw, trial.configuration.f_recipe
    batches = trial.batches("f", how)
    tau, A = torch.zeros(6, **CPU64), torch.zeros(30, 6, **CPU64)
    for k, omega in enumerate(how.effective_steps()):
        state = start.f_0
        if k:
            state = train_batches(state, start.X, start.y, how.prefix(k), batches[:k])
        u = preactivation(state, start.X)
        pattern = torch.where(u >= 0, 1.0, how.slope).double()
        f = (pattern * u) @ state.a / 30**0.5
        count = torch.tensor([batches[k].tolist().count(n) for n in range(6)]).double()
        p = 3 * count * how.loss.derivative(-start.y * f)
        tau, A = tau + omega * p, A + omega * (pattern * p[:, None]).T
    run = trial.f.replay.run
    torch.testing.assert_close(run.tau, tau)
    torch.testing.assert_close(run.path_weights, A)
    W, b = decomposition(trial, trial.f).final_weights()
    torch.testing.assert_close(W, trial.f.trained.W)
    torch.testing.assert_close(b, trial.f.trained.b)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_another_correct_code_passes(sampler: str, dtype: str) -> None:
    c = replace(PLAIN, sampler=sampler, dtype=dtype, loss="logistic", kink_free=True)
    assert E7.check(c, Subject(ByBatches())).holds
    for code in (ByBatches(), NumpyFloat64()):
        assert E7.check(replace(c, loss="identity"), Subject(code)).holds


def test_a_code_without_batches_loses_nothing_else() -> None:
    assert E7.unavailable(Published()) == E7n.unavailable(Published()) == ("train_batches",)


def test_a_path_may_leave_what_its_end_allows() -> None:
    """The smallest case: two samples at one place with opposite labels, one after the other.

    At the end they cancel, half way only one of them has pulled. Full batches cannot do that.
    """
    one = torch.ones(1, **CPU64)
    f, X, y = (
        Parameters(one[:, None], 0 * one, one),
        torch.ones(2, 1, **CPU64),
        torch.ones(2, **CPU64),
    )
    y[1] = -1
    how = Recipe((0.1, 0.1), slope=1.0, train_bias=False)
    batches = torch.tensor([[0], [1]], device="cpu")
    half = train_batches(f, X, y, how.prefix(1), batches[:1]).W - f.W
    end = train_batches(f, X, y, how, batches).W - f.W
    assert half.item() == pytest.approx(0.1)
    assert end.item() == pytest.approx(0.0, abs=1e-16)
    tau = Batches(batches, 2).times(how)
    of_full, of_batches = (
        kind(f, X, y, tau, how).path_movement_bound(X[:1])
        for kind in (Certificates, BatchedCertificates)
    )
    assert (of_full.low.item(), of_full.high.item()) == pytest.approx((0.0, 0.0))
    assert (of_batches.low.item(), of_batches.high.item()) == pytest.approx((-0.1, 0.1))


# Noise


def test_every_choice_is_there_once() -> None:
    assert len(every_choice("fresh", 5, 2, 2)) == comb(5, 2) ** 2
    assert len(every_choice("replacement", 3, 2, 2)) == 3**4
    assert len(every_choice("epochs", 6, 2, 3)) == 90
    assert len(every_choice("epochs", 4, 2, 3)) == 36
    for sampler in ("fresh", "epochs"):
        found = every_choice(sampler, 4, 2, 2)
        assert len({str(c.tolist()) for c in found}) == len(found)


@pytest.mark.parametrize("steps", [4, 3, 6])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_noise_of_drawn_batches(sampler: str, steps: int) -> None:
    """Against batches as the library draws them, in NumPy; a last epoch may be cut short."""
    eta = (0.3, 0.7, 0.2, 0.5, 0.4, 0.1)[:steps]
    random = np.random.default_rng(1)
    v = random.standard_normal(20)
    generator = torch.Generator("cpu").manual_seed(2)
    noise = SamplerNoise(Recipe(eta), 5, sampler)
    sums = []
    for _ in range(20000):
        batches = draw_batches(sampler, 20, 5, steps, generator).numpy()
        sums.append(sum(e * v[batch].mean() for e, batch in zip(eta, batches, strict=True)))
    claimed = float(noise.variance(torch.from_numpy(v)[None])[0])
    assert np.var(sums) == pytest.approx(claimed, rel=5 * (2 / 20000) ** 0.5 * 1.2)
    mean = float(noise.mean(torch.from_numpy(v)[None])[0])
    assert np.mean(sums) == pytest.approx(mean, abs=5 * (claimed / 20000) ** 0.5)


def test_equal_epochs_make_no_noise_at_all() -> None:
    """Where the formula of fresh batches does not vanish."""
    v = torch.arange(20.0).double()[None]
    steps = Recipe((0.5,) * 4)
    assert SamplerNoise(steps, 5, "epochs").variance(v).item() == 0.0
    assert SamplerNoise(steps, 5, "fresh").factor(20) == pytest.approx(4 * 0.25 * 15 / (5 * 19))


def test_equal_steps_leave_no_rounding_behind() -> None:
    """Where the bracket as it stands is a difference of equal numbers: 5e-17 once refuted E7n."""
    steps = Recipe((0.03987240829346093,) * 6)
    assert 0.0 <= SamplerNoise(steps, 1, "epochs").factor(2) <= 1e-33


@pytest.mark.parametrize("steps", [4, 6, 7])
def test_the_factor_of_epochs_is_the_stated_bracket(steps: int) -> None:
    eta = (0.3, 0.7, 0.2, 0.5, 0.4, 0.1, 0.9)[:steps]
    exact = [Fraction(e) for e in eta]
    epochs = [exact[i : i + 4] for i in range(0, steps, 4)]
    due = sum(4 * sum(e**2 for e in epoch) - sum(epoch) ** 2 for epoch in epochs) / 19
    assert SamplerNoise(Recipe(eta), 5, "epochs").factor(20) == pytest.approx(float(due), rel=1e-14)


def test_what_e7n_is_not_about_is_refused() -> None:
    with pytest.raises(InputError, match="kink_free"):
        E7n.check(PLAIN)


def test_a_wide_network_scatters_as_a_sampler_says() -> None:
    """The limit: outputs of one wide network over many choices of batches, with kinks."""
    c = replace(PLAIN, width=4000, momentum=0.0, f_steps=(0.3, 0.1), fresh_points=2)
    for sampler in ("fresh", "replacement"):
        trial = BatchTrial(replace(c, sampler=sampler))
        start, how = trial.draw, trial.configuration.f_recipe
        outputs = []
        for batches in every_choice(sampler, 6, 2, 2)[::3]:
            f = train_batches(start.f_0, start.X, start.y, how, batches)
            outputs.append(trial.code.output(f, start.z, c.slope))
        kernel = trial.subject.phi(start.z, start.X, c.slope) * (start.z @ start.X.T + how.beta)
        claimed = SamplerNoise(how, 2, sampler).variance(start.y * kernel)
        found = torch.stack(outputs).var(dim=0, correction=0)
        torch.testing.assert_close(found, claimed, rtol=0.2, atol=0.0)
