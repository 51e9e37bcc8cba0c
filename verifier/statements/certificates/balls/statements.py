"""E1, E2 and D1-D3 in ball arithmetic: differences that must vanish, excesses that must not be.

Written from the statements in docs/identities.md and docs/certificates.md, one method each, so
that an altered statement is a subclass. Where a pattern is only known to lie between the slope and
1, both ends are kept: an undecided sign makes a bound wider, never wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from flint import arb

from verifier.statements.certificates.balls.network import Ball, Run, State, Vector, dot

Ends = tuple[Ball, Ball]
"""The two ends of an interval, each of them a ball."""
_ROUNDS = 2


def plus(value: Ball) -> Ball:
    """The positive part."""
    return value.max(arb(0))


class Statements:
    """Each statement's comparisons for a `run`, at a point z."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.start, self.final = run.states[0], run.states[-1]
        anything = [[(run.slope, arb(1))] * run.m for _ in run.X]
        self.at_samples: list[list[Ends]] = anything
        for _ in range(_ROUNDS):
            self.at_samples = [
                [
                    self.shown(self.start.preactivation(i, x), self.path_move(i, x))
                    for i in self._all
                ]
                for x in run.X
            ]

    @property
    def _all(self) -> range:
        return range(self.run.m)

    def inner(self, z: Vector) -> Vector:
        """`k_n = <x_n, z> + beta`."""
        return [dot(x, z) + self.run.beta for x in self.run.X]

    def coefficients(self, z: Vector) -> Vector:
        """`C_n(z) = (1/(N m)) sum_i a_i^2 phi'(u_i(z;T)) A_in`."""
        run = self.run
        seen = [a * a * p for a, p in zip(run.a, run.patterns(self.final, z), strict=True)]
        return [dot(seen, [A[n] for A in run.A]) / (run.N * run.m) for n in range(run.N)]

    def e1(self, z: Vector) -> Vector:
        """`nabla f_T(z) - xi_T(z) - sum_n y_n C_n(z) x_n`, entry by entry."""
        run, shown = self.run, self.run.patterns(self.final, z)
        seen = [r * p for r, p in zip(run.readout, shown, strict=True)]
        signed = [y * C for y, C in zip(run.y, self.coefficients(z), strict=True)]
        return [
            dot(seen, [w[k] for w in self.final.W])
            - dot(seen, [w[k] for w in self.start.W])
            - dot(signed, [x[k] for x in run.X])
            for k in range(len(z))
        ]

    def e2(self, z: Vector) -> Vector:
        """`f_T(z) - f~(z) - sum_n y_n C_n(z) k_n`."""
        run, shown = self.run, self.run.patterns(self.final, z)
        seen = [r * p for r, p in zip(run.readout, shown, strict=True)]
        early = dot(seen, [self.start.preactivation(i, z) for i in self._all])
        signed = [y * C for y, C in zip(run.y, self.coefficients(z), strict=True)]
        return [run.output(self.final, z) - early - dot(signed, self.inner(z))]

    def pull(self, i: int, z: Vector) -> Ends:
        """`Y_i^-(z)` and `Y_i^+(z)`."""
        run = self.run
        low = high = arb(0)
        for n, k in enumerate(self.inner(z)):
            q_low, q_high = self.at_samples[n][i]
            share, signed = run.tau[n] / run.N, run.y[n] * k
            low += share * (plus(signed) * q_low - plus(-signed) * q_high)
            high += share * (plus(signed) * q_high - plus(-signed) * q_low)
        return low, high

    def path_pull(self, i: int, z: Vector) -> Ends:
        """`V_i^-(z)` and `V_i^+(z)`, of every earlier step."""
        run = self.run
        if run.recipe.loss.name == "identity":
            low, high = self.pull(i, z)
            return -plus(-low), plus(high)
        signed = [tau * y * k for tau, y, k in zip(run.tau, run.y, self.inner(z), strict=True)]
        most = [self.at_samples[n][i][1] for n in range(run.N)]
        return (
            -dot([plus(-s) for s in signed], most) / run.N,
            dot([plus(s) for s in signed], most) / run.N,
        )

    def _moved(self, i: int, pull: Ends) -> Ends:
        ends = [self.run.readout[i] * end for end in pull]
        return ends[0].min(ends[1]), ends[0].max(ends[1])

    def move(self, i: int, z: Vector) -> Ends:
        """D1: between which `u_i(z;T) - u_i(z;0)` lies."""
        return self._moved(i, self.pull(i, z))

    def path_move(self, i: int, z: Vector) -> Ends:
        """D1: the same of every step."""
        return self._moved(i, self.path_pull(i, z))

    def shown(self, u: Ball, move: Ends) -> Ends:
        """`phi'` at both ends of `u + move`; the slope, or 1, where a sign is not certain."""
        low, high = u + move[0], u + move[1]
        slope = self.run.slope
        return (arb(1) if low >= 0 else slope), (slope if high < 0 else arb(1))

    def d1(self, z: Vector) -> Vector:
        """How far any `u_i(z;t) - u_i(z;0)` goes beyond its interval, at T and at every step."""

        def moved(state: State, i: int) -> Ball:
            return state.preactivation(i, z) - self.start.preactivation(i, z)

        found = []
        for i in self._all:
            found += _beyond(moved(self.final, i), self.move(i, z))
            for state in self.run.states:
                found += _beyond(moved(state, i), self.path_move(i, z))
        return found

    def d2(self, z: Vector) -> Vector:
        """How far any `C_n(z)` goes beyond `(tau_n/N) K^-` and `(tau_n/N) K^+`."""
        run, found = self.run, []
        at_z = [self.shown(self.start.preactivation(i, z), self.move(i, z)) for i in self._all]
        for n, C in enumerate(self.coefficients(z)):
            low, high = (
                sum(
                    (run.a[i] ** 2 * at_z[i][e] * self.at_samples[n][i][e] for i in self._all),
                    arb(0),
                )
                for e in (0, 1)
            )
            share = run.tau[n] / (run.N * run.m)
            found += _beyond(C, (share * low, share * high))
        return found

    def phi(self, z: Vector, x: Vector) -> Ball:
        """`gamma + (1-gamma)^2 (1/4 + arcsin(rho)/(2 pi))`, `arcsin(rho)` by both sides of it."""
        d, e = len(z), [p - q for p, q in zip(z, x, strict=True)]
        c = dot(z, x) / d + 1
        det = (dot(x, x) / d + 1) * dot(e, e) / d - (dot(x, e) / d) ** 2
        angle = arb.atan2(c, det.nonnegative_part().sqrt())
        return self.run.slope + (1 - self.run.slope) ** 2 * (arb(0.25) + angle / (2 * arb.pi()))

    def initial_kernel(self, z: Vector, x: Vector) -> Ball:
        """`K_0(z, x)`."""
        run = self.run
        both = zip(run.patterns(self.start, z), run.patterns(self.start, x), strict=True)
        return dot([a * a for a in run.a], [p * q for p, q in both]) / run.m

    def _predicted(self, z: Vector, kernel: Vector) -> Ball:
        run = self.run
        weights = [tau * y / run.N for tau, y in zip(run.tau, run.y, strict=True)]
        return dot(weights, [k * K for k, K in zip(self.inner(z), kernel, strict=True)])

    def output_ends(self, z: Vector) -> Ends:
        """D3: `f^-(z)` and `f^+(z)`."""

        def at(end: int) -> Ball:
            hidden = (
                self.start.preactivation(i, z) + r * self.pull(i, z)[end]
                for i, r in enumerate(self.run.readout)
            )
            return dot(self.run.readout, [plus(u) - self.run.slope * plus(-u) for u in hidden])

        return at(0), at(1)

    def output_error(self, z: Vector) -> Ball:
        """D3: `E_f(z)`."""
        own = self._predicted(z, [self.initial_kernel(z, x) for x in self.run.X])
        stated = self._predicted(z, [self.phi(z, x) for x in self.run.X])
        low, high = self.output_ends(z)
        lazy = self.run.output(self.start, z) + own
        return (high - lazy).max(lazy - low) + abs(own - stated)

    def d3(self, z: Vector) -> Vector:
        """How far `f_T(z)` goes beyond `f^-`, `f^+`, and its error beyond `E_f(z)`."""
        run, f = self.run, self.run.output(self.final, z)
        stated = self._predicted(z, [self.phi(z, x) for x in run.X])
        error = abs(f - run.output(self.start, z) - stated)
        return [*_beyond(f, self.output_ends(z)), error - self.output_error(z)]

    def comparisons(self, z: Vector) -> Iterator[tuple[str, Ball]]:
        """By id: differences of E1 and E2, excesses of D1, D2 and D3."""
        for name in ("E1", "E2", "D1", "D2", "D3"):
            yield from ((name, ball) for ball in getattr(self, name.lower())(z))


def _beyond(value: Ball, ends: Ends) -> Vector:
    return [ends[0] - value, value - ends[1]]
