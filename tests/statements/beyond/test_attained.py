"""The cases that attain E8p's threshold and E8c's bounds, by steps in plain NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.beyond.attained import SHARE, at_cone, at_threshold
from verifier.trial.case import Case
from verifier.trial.subject import Subject

E8p, E8c = PATHWISE["E8p"], PATHWISE["E8c"]
EPS = 0.1
LENGTHS = (0.1 * EPS, EPS, EPS, EPS)


class Plain:
    """A case's network, its attack and its steps, for targets of 1."""

    def __init__(self, case: Case) -> None:
        f, name = case.start.f_0, case.configuration.attack
        self.W, self.b, self.a = (t.numpy() for t in (f.W, f.b, f.a))
        self.slope = case.configuration.slope
        norm, _, pixels = name.removeprefix("L").partition(", ")
        self.p, self.k = float(norm), int(pixels.split()[0]) if pixels else self.W.shape[1]
        self.q = {1.0: np.inf, np.inf: 1.0}.get(self.p) or self.p / (self.p - 1)

    def largest(self, g: Any) -> Any:
        least = np.argsort(-abs(g))[1 if self.p == 1 else self.k :]
        return np.where(np.isin(np.arange(len(g)), least), 0.0, g)

    def dual(self, w: Any) -> float:
        return float(np.linalg.norm(self.largest(w), self.q))

    def psi(self, g: Any) -> Any:
        kept = self.largest(g)
        power = 0.0 if self.p in (1.0, np.inf) else self.q - 1
        raised = np.sign(kept) * abs(kept) ** power
        return raised / np.linalg.norm(raised, self.p)

    def patterns(self, x: Any) -> Any:
        return np.where(self.W @ x + self.b >= 0, 1.0, self.slope)

    def gradient(self, x: Any) -> Any:
        return (self.a * self.patterns(x)) @ self.W / math.sqrt(len(self.a))

    def path(self, x: Any) -> list[Any]:
        """r before every step, and after the last."""
        r = [np.zeros_like(x)]
        for length in LENGTHS:
            ahead = r[-1] + length * self.psi(self.gradient(x + r[-1]))
            r.append(ahead * min(1.0, EPS / float(np.linalg.norm(ahead, self.p))))
        return r


@pytest.mark.parametrize("case", at_threshold(), ids=lambda c: c.configuration.attack)
def test_a_pattern_changes_just_within_the_threshold(case: Case) -> None:
    plain, X = Plain(case), case.start.X.numpy()
    thresholds = np.array([EPS * plain.dual(w) for w in plain.W])
    for x, ratio in zip(X, (SHARE, 1 / SHARE), strict=True):
        u = abs(plain.W @ x + plain.b)
        assert u[0] / thresholds[0] == pytest.approx(ratio, rel=1e-12)
        assert u[1] > 2 * thresholds[1]
        one, ended = EPS * plain.psi(plain.gradient(x)), plain.path(x)[-1]
        far = np.linalg.norm(ended - one) / EPS
        assert far > 0.25 if ratio < 1 else far < 1e-12


@pytest.mark.parametrize("case", at_cone()[:2], ids=["parallel", "orthogonal"])
def test_the_angle_is_attained_as_the_page_says(case: Case) -> None:
    plain, x = Plain(case), case.start.X[0].numpy()
    g, path = plain.gradient(x), plain.path(x)
    lift = (1 - plain.slope) * abs(plain.a[:2]) / math.sqrt(3)
    apart = lift @ np.linalg.norm(plain.W[:2], axis=1)
    together = np.linalg.norm(lift) * np.linalg.norm(plain.W[:2], 2)
    R = min(apart, together)
    left = plain.gradient(x + path[1])
    assert np.linalg.norm(g - left) == pytest.approx(R, rel=1e-12)  # as far as R allows
    assert plain.W[:2] @ left == pytest.approx([0.0, 0.0], abs=1e-15)
    for r in path[1:4]:
        np.testing.assert_allclose(plain.gradient(x + r), left, rtol=1e-12)
    angle = math.asin(R / float(np.linalg.norm(g)))
    assert angle == pytest.approx(math.pi / 4, rel=1e-12)
    end = path[-1] / np.linalg.norm(path[-1])
    turned = math.acos(float(end @ g) / float(np.linalg.norm(g)))
    lag = math.atan(0.1 * math.sin(angle) / (1 + 0.1 * math.cos(angle))) / 4
    assert turned / angle == pytest.approx(1 - lag / angle, rel=1e-12)
    assert 0.979 < turned / angle < 0.98


def test_each_of_the_two_bounds_is_the_smaller_one_once() -> None:
    """The first in R of parallel weights, the second of orthogonal ones."""
    smaller = []
    for case in at_cone()[:2]:
        W, a = (t[:2].numpy() for t in (case.start.f_0.W, case.start.f_0.a))
        apart = abs(a) @ np.linalg.norm(W, axis=1)
        smaller.append(apart / (np.linalg.norm(a) * np.linalg.norm(W, 2)))
    assert smaller[0] < 0.9
    assert smaller[1] > 1.3


@pytest.mark.parametrize(("case", "ratio"), [(at_cone()[2], SHARE), (at_cone()[3], 1 / SHARE)])
def test_signs_change_just_below_what_may_change_an_entry(case: Case, ratio: float) -> None:
    plain, x = Plain(case), case.start.X[0].numpy()
    g = plain.gradient(x)
    lift = (1 - plain.slope) * abs(plain.a[:2]) / math.sqrt(3)
    np.testing.assert_allclose(abs(g) / (lift @ abs(plain.W[:2])), ratio, rtol=1e-12)
    left = plain.gradient(x + plain.path(x)[1])
    assert (np.sign(left) == np.sign(g) * (1 if ratio > 1 else -1)).all()
    ended = plain.path(x)[-1]
    one = EPS * np.sign(g)
    assert (abs(ended - one) > EPS).all() if ratio < 1 else np.allclose(ended, one, rtol=1e-12)


def test_what_is_claimed_of_them_holds() -> None:
    """Where a threshold is met nothing is claimed, and beyond it everything."""
    for statement, shares in ((E8p, [0.5] * 6), (E8c, [1.0, 1.0, 0.0, 1.0])):
        cases = statement.attained()
        found = [statement.check(c.configuration, Subject(), c.start) for c in cases]
        assert all(e.holds for e in found)
        assert [e.held / e.comparisons for e in found] == shares


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("E8p", "threshold-.99"),
        ("E8p", "steps-half-threshold"),
        ("E8p", "steps-norm-for-dual"),
        ("E8c", "cone-.95"),
        ("E8c", "cone-entries-.99"),
        ("E8c", "cone-half"),
    ],
)
def test_they_refute_what_is_too_small(statement: str, name: str) -> None:
    asked = PATHWISE[statement]
    control = next(c for c in REGISTRY.controls_of(statement) if c.name == name)
    subject = Subject(theory=control.theory)
    found = [asked.check(c.configuration, subject, c.start).holds for c in asked.attained()]
    assert not all(found)
