"""Premises broken on purpose: the decision by enumeration, the cases by other witnesses."""

import json
import math
from dataclasses import replace

import pytest
import torch
from scipy.stats import binom

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.model.losses import Identity
from verifier.model.network import Parameters
from verifier.model.plain_descent import plain_descent
from verifier.model.training import train
from verifier.necessity.failures import (
    BrokenIdentity,
    Disagreement,
    NoSignedSum,
    OutsidePriorBounds,
    SquaredError,
)
from verifier.necessity.feedback import OF_FEEDBACK
from verifier.necessity.neurons import OF_NEURONS
from verifier.necessity.premise import NECESSARY, UNDECIDED, UNNECESSARY, VOID, Premise, decide
from verifier.necessity.premises import DRAWS, FALSE_NECESSITIES, PREMISES, measure
from verifier.statements import DEFAULT, NIGHTLY, PATHWISE
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.settings import Settings

EXACT = Configuration(
    Data("gaussian", 7, 4),
    width=9,
    slope=0.2,
    train_bias=True,
    f_steps=(0.5, 0.2, 0.4),
    g_steps=(0.5,),
    eps=1.0,
    scenario="b",
    loss="logistic",
)
SETTINGS = Settings()


# The decision


def _tail(kept: tuple[int, int], removed: tuple[int, int]) -> float:
    """Hypergeometric: so many or more failures on the removed side, given all the failures."""
    failures, cases = kept[0] + removed[0], kept[1] + removed[1]
    ways = [
        math.comb(removed[1], n) * math.comb(kept[1], failures - n)
        for n in range(removed[0], min(removed[1], failures) + 1)
    ]
    return sum(ways) / math.comb(cases, failures)


@pytest.mark.parametrize("kept", [(0, 5), (2, 8), (3, 30)])
@pytest.mark.parametrize("removed", [(0, 6), (4, 9), (9, 9), (17, 25)])
def test_the_p_value_counts_tables(kept: tuple[int, int], removed: tuple[int, int]) -> None:
    assert decide(kept, removed, 0.01)[0] == pytest.approx(_tail(kept, removed), rel=1e-9)


@pytest.mark.parametrize("chance", [0.02, 0.2, 0.45])
def test_a_premise_that_changes_nothing_is_rarely_called_necessary(chance: float) -> None:
    cases, rate = 12, 0.05
    share = [float(binom.pmf(n, cases, chance)) for n in range(cases + 1)]
    called = sum(
        share[kept] * share[removed]
        for kept in range(cases + 1)
        for removed in range(kept, cases + 1)
        if decide((kept, cases), (removed, cases), rate)[1] == NECESSARY
    )
    assert called <= rate


@pytest.mark.parametrize(
    ("kept", "removed", "verdict"),
    [
        ((0, 20), (20, 20), NECESSARY),
        ((0, 20), (0, 20), UNNECESSARY),
        ((0, 20), (1, 20), UNDECIDED),
        ((2, 20), (3, 20), UNDECIDED),
        ((11, 20), (20, 20), VOID),
    ],
)
def test_verdicts(kept: tuple[int, int], removed: tuple[int, int], verdict: str) -> None:
    assert decide(kept, removed, 1e-3)[1] == verdict


@pytest.mark.parametrize("bad", [(3, 2), (-1, 2), (0, 0)])
def test_counts_that_cannot_be(bad: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="kept"):
        decide(bad, (0, 2), 0.01)
    with pytest.raises(InputError, match="removed"):
        decide((0, 2), bad, 0.01)


# Measuring


def _premise(kept: object, removed: object) -> Premise:
    return Premise("name", "premise", "conclusion", "violation", kept, removed)  # type: ignore


def test_the_two_sides_share_no_draw_and_outcomes_are_kept() -> None:
    seen: list[int] = []

    def fails(settings: Settings, replicate: int) -> bool:
        seen.append(replicate)
        return replicate >= DRAWS[DEFAULT]

    kept: dict[object, object] = {}
    found = measure(_premise(fails, fails), kept=kept)
    assert seen == list(range(2 * DRAWS[DEFAULT]))
    assert (found["kept"]["failures"], found["removed"]["failures"]) == (0, DRAWS[DEFAULT])
    assert found["verdict"] == NECESSARY
    assert measure(_premise(fails, fails), kept=kept) == found
    assert len(seen) == 2 * DRAWS[DEFAULT]


def test_sizes_and_settings_reach_the_cases() -> None:
    seen: set[tuple[Settings, int]] = set()

    def fails(settings: Settings, replicate: int) -> bool:
        seen.add((settings, replicate))
        return False

    found = measure(_premise(fails, fails), NIGHTLY, Settings(7))
    assert found["kept"] == {"draws": DRAWS[NIGHTLY], "failures": 0}
    assert {settings for settings, _ in seen} == {Settings(7)}
    assert json.loads(json.dumps(found)) == found
    assert found["rate"] * len(PREMISES) == pytest.approx(FALSE_NECESSITIES)


def test_premises_have_names_of_their_own() -> None:
    assert len({p.name for p in PREMISES}) == len(PREMISES)
    assert all(p.statement and p.conclusion and p.violation for p in PREMISES)


# The cases


@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
def test_without_another_activation_the_plain_loop_has_the_recipe_s(slope: float) -> None:
    c = replace(EXACT, slope=slope)
    start, case = draw(c), BrokenIdentity(c, "output")
    arguments = (start.f_0, start.X, start.y, c.f_recipe)
    mine, theirs = plain_descent(*arguments, case.activation), train(*arguments, path_weights=True)
    pairs = zip(
        (*mine.params, mine.path_weights), (*theirs.params, theirs.path_weights), strict=True
    )
    for part, other in pairs:
        torch.testing.assert_close(part, other, rtol=1e-12, atol=1e-14)


def test_the_plain_loop_descends_the_objective_under_tanh() -> None:
    start, case = draw(EXACT), BrokenIdentity(EXACT, "output", smooth=True)
    step = replace(EXACT, f_steps=(1e-3,)).f_recipe
    final = plain_descent(start.f_0, start.X, start.y, step, case.activation).params
    W, b = (t.clone().requires_grad_() for t in (start.f_0.W, start.f_0.b))
    f = torch.tanh(start.X @ W.T + b) @ start.f_0.a / 3  # three is the root of the width
    step.loss.value(-start.y * f).mean().backward()
    torch.testing.assert_close((start.f_0.W - final.W) / 1e-3, W.grad, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close((start.f_0.b - final.b) / 1e-3, b.grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("identity", ["gradient", "output"])
def test_identities_hold_under_leaky_relu(identity: str) -> None:
    assert not any(BrokenIdentity(EXACT, identity)(SETTINGS, k) for k in range(20))


def test_tanh_breaks_the_output_and_not_the_gradient() -> None:
    assert all(BrokenIdentity(EXACT, "output", smooth=True)(SETTINGS, k) for k in range(20))
    assert not any(BrokenIdentity(EXACT, "gradient", smooth=True)(SETTINGS, k) for k in range(20))


def test_squared_error_is_what_it_says_and_decreases_beyond_margin_one() -> None:
    s = torch.linspace(-3, 3, 13, dtype=torch.float64, device="cpu").requires_grad_()
    loss = SquaredError()
    (slope,) = torch.autograd.grad(loss.value(s).sum(), s)
    torch.testing.assert_close(loss.derivative(s.detach()), slope)
    assert float(loss.value(-torch.tensor(0.5))) == 0.25  # a margin of 0.5: (1 - 0.5)^2
    assert float(loss.derivative(torch.tensor(-1.5))) < 0
    start, recipe = draw(EXACT), replace(EXACT.f_recipe, loss=loss)
    large = start.f_0._replace(a=100 * start.f_0.a)
    with pytest.raises(InputError, match="non-decreasing"):
        train(large, start.X, start.y, recipe)


def test_a_signed_sum_is_told_from_one_with_a_sign_wrong() -> None:
    """Squared error fails exactly where the neuron's own solution has a negative coefficient."""
    failed = 0
    for k in range(30):
        start = draw(EXACT, SETTINGS, k)
        case = NoSignedSum(EXACT, loss=SquaredError())
        final = case.code().train(
            start.f_0, start.X, start.y, replace(EXACT.f_recipe, loss=case.loss)
        )
        i = int(start.f_0.a.abs().argmax())
        moved = (final.W[i] - start.f_0.W[i]) / start.f_0.a[i]
        signed = torch.linalg.lstsq(start.X.T, moved[:, None]).solution[:, 0] * start.y
        has_negative = bool((signed < -1e-5 * signed.abs().max()).any())
        assert case(SETTINGS, k) == has_negative
        failed += has_negative
    assert 0 < failed < 30


@pytest.mark.parametrize("bound", ["angle", "margin"])
def test_prior_bounds_are_those_of_the_statements(bound: str) -> None:
    c = replace(EXACT, data=Data("orthonormal", 7, 4), train_bias=False, biases=False)
    assert PATHWISE[{"angle": "O2", "margin": "O5"}[bound]].check(c).holds
    assert not any(OutsidePriorBounds(c, bound)(SETTINGS, k) for k in range(20))


def test_agreement_is_counted_on_fresh_points() -> None:
    """Targets that equal the labels, and a long perturbation: f and g must agree; -y in (b) not."""
    c = replace(
        EXACT,
        data=Data("shifted", 5, 40, separation=2.0),
        width=200,
        f_steps=(5.0, 5.0),
        g_steps=(5.0, 5.0),
        fresh_points=20,
    )
    assert not Disagreement(c, lambda start: start.y)(SETTINGS, 0)
    assert Disagreement(c, lambda start: -start.y)(SETTINGS, 0)


def test_nothing_is_created_on_the_default_device() -> None:
    with torch.device("meta"):
        Disagreement(EXACT)(SETTINGS, 0)
        NoSignedSum(EXACT)(SETTINGS, 0)
        BrokenIdentity(EXACT, "output", smooth=True)(SETTINGS, 0)
        OutsidePriorBounds(replace(EXACT, train_bias=False), "angle")(SETTINGS, 0)


# Neurons, and their errors


@pytest.mark.parametrize("premise", [*OF_NEURONS, *OF_FEEDBACK], ids=lambda p: p.name)
def test_neurons_without_their_premises(premise: Premise) -> None:
    found = measure(premise)
    assert found["verdict"] == NECESSARY
    assert found["kept"]["failures"] == 0 or not premise.is_proved


def test_a_network_is_the_sum_of_its_halves() -> None:
    """Under the identity loss, whatever the code: what the failures compare, by `train`."""
    start, recipe = draw(replace(EXACT, loss="identity"), SETTINGS), EXACT.f_recipe
    recipe = replace(recipe, loss=Identity())
    whole = train(start.f_0, start.X, start.y, recipe).params
    for part in (slice(0, 4), slice(4, 9)):
        half = Parameters(*(t[part] for t in start.f_0))
        half = half._replace(a=half.a * math.sqrt(len(half.a) / 9))
        alone = train(half, start.X, start.y, recipe).params
        assert torch.allclose(alone.W, whole.W[part], rtol=0, atol=1e-12)
        assert torch.allclose(alone.b, whole.b[part], rtol=0, atol=1e-12)
