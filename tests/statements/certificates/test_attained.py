"""The cases that attain the errors of D3, D5 and D6b, by descent in plain floats."""

from __future__ import annotations

import math
from typing import Any

import pytest

from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.certificates.attained import (
    FIRST,
    SHARE,
    SIDES,
    fed_back,
    flipped,
    undecided,
)
from verifier.trial.case import Case
from verifier.trial.subject import Subject

D3, D5, D6b = PATHWISE["D3"], PATHWISE["D5"], PATHWISE["D6b"]
SLOPE = 0.2
TOP, FALL = SLOPE + (1 - SLOPE) ** 2 / 2, (1 - SLOPE) ** 2 / (2 * math.pi)


def angle(x: list[float], z: list[float]) -> float:
    """Between `(x/sqrt d, 1)` and `(z/sqrt d, 1)`."""
    x, z = ([*(v / math.sqrt(2) for v in point), 1.0] for point in (x, z))
    inner = sum(p * q for p, q in zip(x, z, strict=True))
    return math.acos(min(1.0, inner / math.hypot(*x) / math.hypot(*z)))


class Plain:
    """A case's network, trained on its one sample by a loss with a given derivative."""

    def __init__(self, case: Case, derivative: Any = lambda s: 1.0) -> None:
        f = case.start.f_0
        self.W, self.b, self.a = f.W.tolist(), f.b.tolist(), f.a.tolist()
        (self.x,), (self.z,) = case.start.X.tolist(), case.start.z.tolist()
        (self.y,) = case.start.y.tolist()
        self.root = math.sqrt(len(self.a))
        self.derivative = derivative

    def u(self, i: int, point: list[float]) -> float:
        return self.b[i] + sum(w * v for w, v in zip(self.W[i], point, strict=True))

    def pattern(self, i: int, point: list[float]) -> float:
        return 1.0 if self.u(i, point) >= 0 else SLOPE

    def output(self, point: list[float]) -> float:
        terms = (a * self.pattern(i, point) * self.u(i, point) for i, a in enumerate(self.a))
        return sum(terms) / self.root

    def kernel(self, p: list[float], q: list[float]) -> float:
        terms = (a**2 * self.pattern(i, p) * self.pattern(i, q) for i, a in enumerate(self.a))
        return sum(terms) / len(self.a) * self.inner(p, q)

    @staticmethod
    def inner(p: list[float], q: list[float]) -> float:
        return 1 + sum(v * w for v, w in zip(p, q, strict=True))

    def limit(self, p: list[float], q: list[float]) -> float:
        return (TOP - FALL * angle(p, q)) * self.inner(p, q)

    def train(self, steps: tuple[float, ...]) -> float:
        """The effective time."""
        tau = 0.0
        for eta in steps:
            p = eta * self.derivative(-self.y * self.output(self.x))
            tau += p
            pushes = [
                p * self.y * a * self.pattern(i, self.x) / self.root for i, a in enumerate(self.a)
            ]
            for i, push in enumerate(pushes):
                self.b[i] += push
                self.W[i] = [w + push * v for w, v in zip(self.W[i], self.x, strict=True)]
        return tau


def moved(case: Case, steps: tuple[float, ...]) -> tuple[float, float, float]:
    """By the side y: `f_0 + P`, `f_T` and the error bound, of a case under the identity loss."""
    plain = Plain(case)
    promised = plain.output(plain.z) + plain.y * plain.limit(plain.z, plain.x)
    off = plain.kernel(plain.z, plain.x) - plain.limit(plain.z, plain.x)
    # the first neuron's pattern is gamma at x, the second one's at z, and each becomes 1
    assert [plain.pattern(i, plain.x) for i in range(3)] == [SLOPE, 1, 1]
    assert [plain.pattern(i, plain.z) for i in range(3)] == [1, SLOPE, SLOPE]
    bound = (1 - SLOPE) + (1 - SLOPE) * (plain.u(1, plain.z) + 1) + off
    assert plain.train(steps) == pytest.approx(1)
    assert [plain.pattern(i, plain.x) for i in range(3)] == [1, 1, 1]
    assert [plain.pattern(i, plain.z) for i in range(3)] == [1, 1, SLOPE]
    return plain.y * promised, plain.y * plain.output(plain.z), bound


@pytest.mark.parametrize("case", flipped(), ids=SIDES)
def test_flips_and_the_kernel_s_error_add_up_to_the_bound(case: Case) -> None:
    promised, ended, bound = moved(case, case.configuration.f_steps)
    assert promised == pytest.approx(-2 * bound, rel=1e-12)
    assert ended - promised == pytest.approx(bound - FIRST * (1 - SLOPE), rel=1e-12)
    assert 0.999 < (ended - promised) / bound < 1
    for statement in (D3, D6b):
        found = statement.check(case.configuration, Subject(), case.start)
        assert found.holds
        assert found.tightness is not None
        assert 0.999 < found.tightness < 1


@pytest.mark.parametrize("case", undecided())
def test_a_sign_changes_where_the_prediction_is_just_below_the_bound(case: Case) -> None:
    c = case.configuration
    assert sorted([sum(c.f_steps), sum(c.g_steps)]) == [0.0, 1.0]
    promised, ended, bound = moved(case, max(c.f_steps, c.g_steps, key=sum))
    share = -promised / bound
    assert min(abs(share - SHARE), abs(share - 1 / SHARE)) < 1e-12
    assert (ended > 0) == (share < 1)
    found = D5.check(c, Subject(), case.start)
    assert found.holds
    assert found.held == (3 if share > 1 else 0)


def test_f_and_g_are_each_the_undecided_one_on_both_sides() -> None:
    trained = [sum(case.configuration.f_steps) > 0 for case in undecided()]
    sides = [float(case.start.y) for case in undecided()]
    assert sorted(zip(trained, sides, strict=True)) == [
        (of_f, side) for of_f in (False, True) for side in (-1.0, 1.0) for _ in range(2)
    ]


@pytest.mark.parametrize("case", fed_back()[2:], ids=SIDES)
def test_errors_on_the_path_alone_move_the_output(case: Case) -> None:
    """At z there is no error but that of the times: D3's part of the bound vanishes there."""
    constants = dict(case.configuration.loss_constants)
    linear, convex, rate = (constants[name] for name in ("linear", "convex", "rate"))

    def derivative(s: float) -> float:
        return linear + convex / (1 + math.exp(-rate * s))

    plain, steps = Plain(case, derivative), case.configuration.f_steps
    x, z, y = plain.x, plain.z, plain.y
    start = {"x": plain.output(x), "z": plain.output(z)}
    assert plain.kernel(z, x) == pytest.approx(plain.limit(z, x), rel=1e-14)
    assert plain.kernel(x, x) == pytest.approx(1.1 * plain.limit(x, x), rel=1e-14)
    patterns = [plain.pattern(i, p) for i in range(2) for p in (x, z)]
    expected = 0.0
    for eta in steps:
        expected += eta * derivative(-y * (start["x"] + y * expected * plain.limit(x, x)))
    first = steps[0] * derivative(-y * start["x"])
    tau = plain.train(steps)
    assert [plain.pattern(i, p) for i in range(2) for p in (x, z)] == patterns
    apart = plain.output(z) - start["z"] - y * expected * plain.limit(z, x)
    assert apart == pytest.approx(y * (tau - expected) * plain.limit(z, x), rel=1e-9)
    sharpest = convex * rate / 4
    theta = steps[1] * sharpest * plain.limit(x, x)
    assert theta == pytest.approx(1, rel=1e-12)
    error = steps[0] * 0.1 * plain.limit(x, x)  # at most; ell' is at most 1
    own = (1 + SLOPE**2) / 2 * plain.inner(z, z)
    bound = math.sqrt(own * steps[1] * sharpest / (2 - theta)) * error
    cosine = plain.limit(z, x) / math.sqrt(own * plain.limit(x, x))
    ratio = abs(apart) / bound
    assert ratio == pytest.approx(first / steps[0] * cosine, rel=1e-3)  # where ell'' bends least
    assert 0.98 < ratio < 1
    found = D6b.check(case.configuration, Subject(), case.start)
    assert found.holds
    assert found.held == found.comparisons


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("D3", "E_f-.9"),
        ("D5", "E_f-.9"),
        ("D6b", "B-.9"),
        ("D6b", "B-flips-at-z"),
        ("D6b", "B-flips-at-x"),
        ("D6b", "B-path"),
    ],
)
def test_they_refute_what_is_too_small(statement: str, name: str) -> None:
    asked = PATHWISE[statement]
    control = next(c for c in REGISTRY.controls_of(statement) if c.name == name)
    subject = Subject(theory=control.theory)
    found = [asked.check(c.configuration, subject, c.start).holds for c in asked.attained()]
    assert not all(found)
