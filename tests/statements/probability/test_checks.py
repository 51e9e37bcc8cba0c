"""The checks of P1-P4: correct codes pass, and every test keeps its rate and its power."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from tests.statements.probability.small import A_RUN, IMPLEMENTATIONS, experiment, normal
from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.evidence.comparisons import Comparisons
from verifier.kernel.initial import initial_kernel
from verifier.kernel.phi import phi
from verifier.model.vectors import unit_rows
from verifier.statements import DEFAULT, NIGHTLY, STATISTICAL
from verifier.statements.probability import measured as fresh
from verifier.statements.probability.formulas import Attack, Concentration
from verifier.statements.probability.judging import DELTA, NOTICED
from verifier.statements.probability.p1_kernel import judge_kernel
from verifier.statements.probability.p2_moments import judge_calls, judge_moments
from verifier.statements.probability.p3_flips import judge_flips
from verifier.statements.probability.p4_targets import judge_all, judge_draws
from verifier.statistics import binomial, probability
from verifier.trial.experiment import Experiment
from verifier.trial.study import Study
from verifier.trial.subject import Subject

IDS = ("P1", "P2", "P3", "P4")
ALPHA, RUNS = 0.05, 2000
MOST_ALARMS = int(stats.binom.isf(1e-6, RUNS, ALPHA))


# --- the statements -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS, ids=lambda i: i.__name__)
@pytest.mark.parametrize("statement", IDS)
def test_correct_implementations_pass(statement: str, implementation: type) -> None:
    found = STATISTICAL[statement].check(experiment(statement), A_RUN, Subject(implementation()))
    assert found.holds
    assert all(t["detects"] <= t["wanted"] for t in found.tests)


@pytest.mark.parametrize("statement", IDS)
def test_names_are_unique_and_the_nightly_run_begins_as_the_default_one(statement: str) -> None:
    sizes = STATISTICAL[statement].experiments
    assert sizes[NIGHTLY][: len(sizes[DEFAULT])] == sizes[DEFAULT]
    assert len({e.name for e in sizes[NIGHTLY]}) == len(sizes[NIGHTLY])


@pytest.fixture
def on_meta() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@pytest.mark.parametrize("statement", IDS)
@pytest.mark.usefixtures("on_meta")
def test_no_stray_tensors(statement: str) -> None:
    for index in range(len(STATISTICAL[statement].experiments[DEFAULT])):
        few = experiment(statement, index, replicates=256)
        assert STATISTICAL[statement].check(few, A_RUN).holds


def test_bad_experiments_are_refused() -> None:
    def altered(statement: str, **fields: Any) -> Experiment:
        found = experiment(statement)
        return replace(found, configurations=(replace(found.only, **fields),))

    with pytest.raises(InputError, match="loss"):
        STATISTICAL["P3"].check(altered("P3", loss="logistic"), A_RUN)
    for statement in ("P1", "P2", "P3"):
        alone = altered(statement, biases=False, train_bias=False)
        with pytest.raises(InputError, match="biases"):
            STATISTICAL[statement].check(alone, A_RUN)
    for statement in ("P2", "P3"):
        with pytest.raises(InputError, match="samples"):
            STATISTICAL[statement].check(altered(statement, data=Data("gaussian", 2, 1)), A_RUN)


# --- rates and powers -----------------------------------------------------------------------------


class Remembered:
    """A theory that computes each of its numbers once; the points stay the same objects."""

    def __init__(self, theory: Concentration) -> None:
        self.theory, self.known = theory, dict[Any, Any]()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def method(*arguments: Any) -> Any:
            key = (name, *(id(a) if isinstance(a, Tensor) else a for a in arguments))
            if key not in self.known:
                self.known[key] = getattr(self.theory, name)(*arguments), arguments
            return self.known[key][0]

        return method


def values_of(study: Study, statement: str) -> tuple[Tensor, Callable[[Tensor, Comparisons], None]]:
    """What RUNS small experiments measure, (RUNS, n, ...), and the tests of one of them."""
    c, draw = study.experiment.only, study.fixed()
    theory: Any = Remembered(Concentration(c.slope, c.width))
    X, z = draw.X, draw.z
    points = X[:2]

    def drawn(measure: Callable[[Any], Tensor]) -> Tensor:
        values = torch.cat([measure(batch) for batch in fresh.networks(study)])
        return values.reshape(RUNS, -1, *values.shape[1:])

    if statement == "P1":
        kernels = drawn(lambda p: initial_kernel(p, z, X, c.slope))
        return kernels, lambda v, out: judge_kernel(theory, v, z, X, ALPHA, out)
    if statement == "P2":
        z, x = points[:1], points[1:]
        moments = drawn(lambda p: fresh.first_moments(p, z, x, c.slope))

        def judge(v: Tensor, out: Comparisons) -> None:
            judge_moments(theory, v, z, x, ALPHA, out)
            judge_calls(theory, v, z, x, ALPHA, out)

        return moments, judge
    if statement == "P3":
        movement = c.f_recipe.time * (points @ X.T + 1).abs().mean(dim=1)
        flips = drawn(lambda p: fresh.flips(p, points, movement, c.slope))
        return flips, lambda v, out: judge_flips(theory, v, points, movement, ALPHA, out)
    attack = Attack(X, unit_rows(normal(17, *X.shape)), 1.0, 1.0)
    terms = [sign * phi(z, X + sign * attack.nu, c.slope) for sign in (1, -1)]
    up, down = (
        t * (z @ (X + sign * attack.nu).T + 1) for t, sign in zip(terms, (1, -1), strict=True)
    )
    targets = normal(18, study.experiment.replicates, 1, len(X)) > 0
    found = torch.where(targets, up, down).mean(dim=-1)
    return found.reshape(RUNS, -1, len(z)), lambda v, out: judge_draws(
        theory, v, z, attack, ALPHA, out
    )


@pytest.mark.slow
@pytest.mark.parametrize("statement", IDS)
def test_false_alarms_are_as_rare_as_stated(
    statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the rate of an exact test depends on its samples alone
    monkeypatch.setattr(probability, "_critical", functools.cache(probability._critical))
    found = experiment(statement, -1)
    narrow = (replace(found.only, width=10),)
    small = replace(found, configurations=narrow, replicates=RUNS * 50)
    values, judge = values_of(Study(small, ALPHA), statement)
    alarms: dict[str, int] = {}
    for run in values:
        out = Comparisons()
        judge(run, out)
        for test in out.tests:
            alarms[test["conclusion"]] = alarms.get(test["conclusion"], 0) + (test["error"] > 1)
    assert len(alarms) == STATISTICAL[statement].tests
    assert max(alarms.values()) <= MOST_ALARMS, alarms


@pytest.mark.parametrize("statement", ["P1", "P4"])
def test_ten_times_the_failures_are_found(statement: str) -> None:
    samples = experiment(statement, -1).replicates
    counts = np.random.default_rng(3).binomial(samples, NOTICED, 1000)
    refuted = [
        binomial("", int(v), samples, DELTA, alpha=A_RUN, wanted=NOTICED).error > 1 for v in counts
    ]
    assert sum(refuted) >= stats.binom.ppf(1e-6, 1000, 0.99)


def test_nan_is_a_failure_of_every_bound() -> None:
    z, x, theory = normal(23, 1, 2), normal(24, 1, 2), Concentration(0.0, 9)
    undefined = torch.full((1000, 1, 1), math.nan, dtype=torch.float64)
    out = Comparisons()
    judge_kernel(theory, undefined, z, x, A_RUN, out)
    attack = Attack(x, unit_rows(normal(25, 1, 2)), 1.0, 1.0)
    judge_draws(theory, undefined[:, 0], z, attack, A_RUN, out)
    assert len(out.tests) == 2 + 3
    assert all(t["error"] is None or t["error"] > 1 for t in out.tests)  # None: not finite
    json.dumps(out.series, allow_nan=False)
    for rounding in (torch.zeros(1, dtype=torch.float64), undefined[0, 0]):
        every = Comparisons()
        judge_all(theory, undefined[:, 0], z, attack, rounding, every)
        assert every.worst["error"] > 1
