"""Ball arithmetic: what is certified, which wrong formulas are excluded, what stays undecided."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import torch

pytest.importorskip("flint", reason="ball arithmetic needs the extra `balls` (python-flint)")

from flint import arb, ctx

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.evidence.evidence import Evidence
from verifier.kernel.phi import phi
from verifier.model.network import output, preactivation
from verifier.statements.certificates.balls.certify import CLOSE, Enclosure, certify
from verifier.statements.certificates.balls.kept import KEPT
from verifier.statements.certificates.balls.network import Ball, Run, UndecidedSign, Vector, exact
from verifier.statements.certificates.balls.statements import Ends, Statements, plus
from verifier.statements.certificates.formulas import Certificates
from verifier.trial.draw import draw
from verifier.trial.settings import Settings
from verifier.trial.trial import Trial

LEAKY = KEPT["leaky"]
BITS = 200


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("seed", [0, 1])
def test_every_statement_is_certified(name: str, seed: int) -> None:
    found = certify(KEPT[name], Settings(seed))
    assert set(found) == {"E1", "E2", "D1", "D2", "D3"}
    for enclosure in found.values():
        assert enclosure.certifies, enclosure
        assert not enclosure.refutes
        assert enclosure.upper < 1e-100  # far below what is asked for


class BetaMissing(Statements):
    def inner(self, z: Vector) -> Vector:
        return [k - self.run.beta for k in super().inner(z)]


class WrongSigns(Statements):
    def coefficients(self, z: Vector) -> Vector:
        return [y * C for y, C in zip(self.run.y, super().coefficients(z), strict=True)]


class FinalPatternAtStart(Statements):
    def coefficients(self, z: Vector) -> Vector:
        run = self.run
        seen = [a * a * p for a, p in zip(run.a, run.patterns(self.start, z), strict=True)]
        return [
            sum(s * A[n] for s, A in zip(seen, run.A, strict=True)) / (run.N * run.m)
            for n in range(run.N)
        ]


class NarrowerReach(Statements):
    def pull(self, i: int, z: Vector) -> Ends:
        low, high = super().pull(i, z)
        return arb(0.9) * low, arb(0.9) * high


class WholeKernel(Statements):
    def phi(self, z: Vector, x: Vector) -> Ball:
        return super().phi(z, x) + arb(0.01)

    def output_error(self, z: Vector) -> Ball:
        return Statements(self.run).output_error(z)


class NoReserve(Statements):
    def output_error(self, z: Vector) -> Ball:
        return arb(0.5) * super().output_error(z)


@pytest.mark.parametrize(
    ("altered", "names"),
    [
        (BetaMissing, {"E2", "D1", "D3"}),
        (WrongSigns, {"E1", "E2", "D2"}),
        (FinalPatternAtStart, {"E1", "E2"}),
        (NarrowerReach, {"D1", "D3"}),
        (WholeKernel, {"D3"}),
        (NoReserve, {"D3"}),
    ],
)
def test_wrong_formulas_are_excluded(altered: type[Statements], names: set[str]) -> None:
    """By balls that lie wholly on the wrong side of 0: no rounding can excuse them."""
    refuted: set[str] = set()
    for configuration in KEPT.values():
        for enclosure in certify(configuration, statements=altered).values():
            assert not (enclosure.certifies and enclosure.refutes)
            refuted |= {enclosure.statement} if enclosure.refutes else set()
        if refuted >= names:
            return
    assert refuted >= names


def test_the_library_computes_the_same_within_its_rounding_bounds() -> None:
    """So the bounds on rounding, which are a model, are held against the true numbers."""
    for configuration in (LEAKY, KEPT["relu, momentum"], KEPT["logistic, momentum"]):
        for dtype in ("float64", "float32"):
            c = replace(configuration, dtype=dtype)
            trial = Trial(c)
            f, z = trial.f, trial.points.double()
            with ctx.workprec(BITS):
                run = Run(trial.draw, c.f_recipe)
                final = run.states[-1]
                W = torch.tensor([[float(w) for w in row] for row in final.W], dtype=torch.float64)
                b = torch.tensor([float(v) for v in final.b], dtype=torch.float64)
                true = [float(run.output(final, point)) for point in exact(trial.points)]
            bound = f.replay.rounding
            assert ((f.trained.W - W).norm(dim=1) <= bound.weight).all()
            assert ((f.trained.b - b).abs() <= bound.bias).all()
            off = trial.output(f, trial.points) - torch.tensor(true, dtype=torch.float64)
            assert (off.abs() <= bound.output(z)).all()


def test_the_certificates_are_the_library_s() -> None:
    """Two sources of one bound: the one written in loops and balls, and the library's."""
    for configuration in KEPT.values():
        trial = Trial(configuration)
        run, z = trial.f.replay.run, trial.points
        own = Certificates(run.initial, run.X, run.y, run.tau, run.recipe)
        with ctx.workprec(BITS):
            balls = Statements(Run(trial.draw, configuration.f_recipe))
            points = exact(z)
            errors = [float(balls.output_error(point)) for point in points]
            moves = [[float(balls.move(i, p)[1]) for i in range(balls.run.m)] for p in points]
            kernel = [[float(balls.phi(p, x)) for x in balls.run.X] for p in points]
        close = {"rtol": 1e-11, "atol": 1e-11}
        like = {"dtype": torch.float64}
        torch.testing.assert_close(own.output_error(z), torch.tensor(errors, **like), **close)
        torch.testing.assert_close(own.movement_bound(z).high, torch.tensor(moves, **like), **close)
        found = phi(z, run.X, configuration.slope)
        torch.testing.assert_close(found, torch.tensor(kernel, **like), rtol=0.0, atol=1e-15)


def test_initial_outputs_agree() -> None:
    start = draw(LEAKY)
    with ctx.workprec(BITS):
        run = Run(start, LEAKY.f_recipe)
        f_0 = [float(run.output(run.states[0], z)) for z in exact(start.z)]
        u = [float(run.states[0].preactivation(3, z)) for z in exact(start.z)]
    assert f_0 == pytest.approx(output(start.f_0, start.z, LEAKY.slope).tolist(), rel=1e-12)
    assert u == pytest.approx(preactivation(start.f_0, start.z)[:, 3].tolist(), rel=1e-12)


def test_an_undecided_sign_is_told_and_an_exact_zero_decided() -> None:
    run = Run(draw(LEAKY), LEAKY.f_recipe)
    assert run.pattern(arb(0)) == 1
    assert run.pattern(arb(-1e-300)) == run.slope
    with pytest.raises(UndecidedSign, match="has no certain sign"):
        run.pattern(arb(0, 1e-300))


def test_a_kernel_at_the_same_point_is_a_half() -> None:
    with ctx.workprec(BITS):
        found = Statements(Run(draw(LEAKY), LEAKY.f_recipe))
        x = found.run.X[0]
        expected = found.run.slope + (1 - found.run.slope) ** 2 / 2
        assert abs(found.phi(x, x) - expected).upper() < CLOSE
        assert plus(arb(-2)) == 0
        assert plus(arb(3)) == 3


def test_more_digits_where_few_do_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.statements.certificates.balls.certify.BITS", (4, 400))
    before = ctx.prec
    assert certify(LEAKY)["E1"].certifies
    assert ctx.prec == before
    monkeypatch.setattr("verifier.statements.certificates.balls.certify.BITS", (4, 5))
    with pytest.raises(UndecidedSign):
        certify(replace(LEAKY, data=Data("shifted", 3, 5, separation=1.0)))


def test_few_bits_certify_nothing_but_refute_nothing_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("verifier.statements.certificates.balls.certify.BITS", (60,))
    for enclosure in certify(LEAKY).values():
        assert not enclosure.refutes
    assert not certify(LEAKY)["E1"].certifies


def test_an_unknown_loss_is_bad_input() -> None:
    constants = (("linear", 0.1), ("convex", 0.5), ("bounded", 0.7), ("rate", 1.5), ("offset", 0.2))
    with pytest.raises(InputError, match=r"^loss = mixture"):
        certify(replace(LEAKY, loss="mixture", loss_constants=constants))


@pytest.mark.parametrize(("upper", "holds"), [(1e-41, True), (1e-39, False), (math.inf, False)])
def test_evidence_counts_in_units_of_what_is_close(upper: float, holds: bool) -> None:
    found = Enclosure("D3", -1.0, upper, 7).evidence(LEAKY)
    assert found.holds == holds
    assert Evidence.from_json(found.to_json()) == found
    assert json.loads(found.to_json())["label"] == "ball arithmetic"
