"""O1-O5: prior work's setting, orthogonal samples and an oracle's perturbations, at finite time."""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Tensor

from verifier.claims.base import CERTIFICATE, IDENTITY, ORTHOGONAL, Claim
from verifier.decomposition import Decomposition
from verifier.errors import require
from verifier.evidence import Comparisons
from verifier.prior_work import OracleLearning, PriorWork, overlap, require_orthogonal
from verifier.rounding import unit
from verifier.trial import Network, Trial
from verifier.vectors import row_norms, unit_rows


class OracleTrial(Trial):
    """A trial whose g is trained on the oracle's perturbations, which need no gradient of f.

    The suite computes them; the implementation under test only trains on them.
    """

    @cached_property
    def r(self) -> Tensor:
        """`eps ytil_n v/|v|`, (N, d), in the trial's dtype; v by the true theory."""
        oracle = PriorWork(Decomposition(self.f.replay.run)).oracle()
        along = self.configuration.eps * unit_rows(oracle)
        return (self.draw.targets.double()[:, None] * along).to(self.draw.X.dtype)

    @cached_property
    def prior_work(self) -> PriorWork:
        """The formulas for f."""
        return self.theory.prior_work(self.decomposition(self.f))

    @cached_property
    def oracle_learning(self) -> OracleLearning:
        """The formulas for g."""
        f, g = self.decomposition(self.f), self.decomposition(self.g)
        targets, natural = self.draw.targets.double(), self.natural.double()
        return self.theory.oracle_learning(f, g, natural, targets, self.configuration.eps)

    def cancelling(self, z: Tensor) -> Tensor:
        """A bound on the rounding of `sum_n C^g_n (<o_n, z> + eps <v/|v|, z>)`, (P,).

        g is trained on `o_n + r_n`, which may be far smaller than its parts: eps can be `|x_n|`.
        """
        run = self.g.replay.run
        parts = row_norms(self.natural.double()) + self.configuration.eps
        largest = run.initial.a.square().mean() * (run.tau @ parts) / len(run.tau)
        return unit(run, self.g.X.dtype) * largest * row_norms(z)

    def require_orthogonal(self) -> None:
        """Raise `InputError` unless the training samples are mutually orthogonal."""
        require_orthogonal(self.draw.X.double(), self.configuration.torch_dtype)

    def require_untrained_bias(self) -> None:
        """Raise `InputError` if biases are trained: then every sample is seen at every point."""
        trained = self.configuration.train_bias
        require(not trained, "train_bias", trained, "must be false in prior work's setting")


def _leak(X: Tensor, weights: Tensor) -> Tensor:
    """`sum_{k != n} weights_k |<x_k, x_n>|`, (..., N): zero but for rounding."""
    inner = (X @ X.T).abs()
    return weights @ (inner - inner.diag().diag())


def _change_bound(trial: Trial, network: Network, X: Tensor, leaking: Tensor) -> Tensor:
    """A bound on the rounding error of `f_T - f_0` at samples X, (N,)."""
    abar = network.initial.a.double().square().mean()
    return 2 * network.replay.rounding.output(X) + abar * leaking


def check_readings(trial: OracleTrial, out: Comparisons) -> None:
    """O1 at fresh points and at training samples."""
    trial.require_orthogonal()
    f, points, theory = trial.f, trial.points, trial.prior_work
    z, X, rounding = points.double(), f.replay.run.X, f.replay.rounding
    C = trial.decomposition(f).coefficients(z)
    read = theory.readings(theory.trained_part(trial.input_gradient(f, points), z))
    length = row_norms(X)
    bound = rounding.input_gradient(z)[:, None] / length + _leak(X, C) / length.square()
    bound = bound + rounding.coefficients()
    low, high = theory.squeeze(z)
    out.identity("y_n <x_n, h(z)>/|x_n|^2 = C_n(z)", read, C, bound)
    out.at_most("gamma s tau_n/N <= y_n <x_n, h>/|x_n|^2", low, read, bound)
    out.at_most("y_n <x_n, h>/|x_n|^2 <= s tau_n/N", read, high, bound)


def _angle(left: Tensor, right: Tensor) -> Tensor:
    """Angles between rows, accurate where they are small, (P,)."""
    chord = torch.linalg.vector_norm(unit_rows(left) - unit_rows(right), dim=1)
    return 2 * torch.asin((chord / 2).clamp(max=1.0))


def check_oracle_angle(trial: OracleTrial, out: Comparisons) -> None:
    """O2 at fresh points and at training samples."""
    trial.require_orthogonal()
    f, points, theory = trial.f, trial.points, trial.prior_work
    z = points.double()
    gradient = trial.input_gradient(f, points)
    h = theory.trained_part(gradient, z)
    v = theory.oracle().expand_as(h)
    error = f.replay.rounding.input_gradient(z)
    spread = 4 * torch.linalg.matrix_norm(overlap(f.replay.run.X)) + unit(f.replay.run, f.X.dtype)
    length = row_norms(h)
    premise = (length > error) & (row_norms(v) > 0)
    bound = torch.where(premise, 2 * error / length + spread, math.pi)
    limit = torch.full_like(length, theory.largest_angle())
    out.at_most("angle(h(z), v)", _angle(h, v), limit, bound, premise)
    share = theory.start_share(z)
    premise = premise & (share < 1)
    limit = limit + torch.asin(share.nan_to_num(nan=1.0).clamp(max=1.0))
    out.at_most("angle(nabla f_T(z), v)", _angle(gradient, v), limit, bound, premise)


def check_oracle_machine(trial: OracleTrial, out: Comparisons) -> None:
    """O3 at fresh points and at training samples, in the configuration's scenario."""
    c, points, g = trial.configuration, trial.points, trial.g
    z, theory = points.double(), trial.oracle_learning
    claimed = theory.output(z)
    bound = g.replay.rounding.output(z) + trial.cancelling(z)
    out.identity(f"g_T(z), scenario ({c.scenario})", trial.output(g, points), claimed, bound)


def check_oracle_gain(trial: OracleTrial, out: Comparisons) -> None:
    """O4 at f's training samples; in scenario (a) at fresh points too."""
    trial.require_orthogonal()
    trial.require_untrained_bias()
    g, theory, samples = trial.g, trial.oracle_learning, trial.draw.X
    X, y = samples.double(), trial.draw.y.double()
    leaking = _leak(trial.natural.double(), g.replay.run.tau) / len(y)
    bound = _change_bound(trial, g, X, leaking) + trial.cancelling(X)
    gain = y * (trial.output(g, samples) - trial.initial_output(g, samples))
    least = theory.least_gain()
    out.at_most("abar min(gamma L_k, L_k) <= y_k (g_T - g_0)(x_k)", least, gain, bound)
    start = y * trial.initial_output(g, samples)
    certain = least + start > 2 * bound
    out.same_sign("sgn g_T(x_k) = y_k", trial.output(g, samples), y, certain)
    if trial.configuration.scenario == "a":
        points = trial.draw.z
        z = points.double()
        bound = 2 * g.replay.rounding.output(z)
        side = theory.pull(z).sign()
        gain = side * (trial.output(g, points) - trial.initial_output(g, points))
        low, high = theory.gain(z)
        out.at_most("lower bound <= sgn<v,z> (g_T - g_0)(z)", low, gain, bound)
        out.at_most("sgn<v,z> (g_T - g_0)(z) <= upper bound", gain, high, bound)


def check_long_training(trial: OracleTrial, out: Comparisons) -> None:
    """O5 at f's training samples."""
    trial.require_orthogonal()
    trial.require_untrained_bias()
    f, theory, samples = trial.f, trial.prior_work, trial.draw.X
    run = f.replay.run
    bound = _change_bound(trial, f, run.X, _leak(run.X, run.tau) / len(run.y))
    gain = run.y * (trial.output(f, samples) - trial.initial_output(f, samples))
    low, high = theory.gain()
    out.at_most("gamma^2 c_n tau_n <= y_n (f_T - f_0)(x_n)", low, gain, bound)
    out.at_most("y_n (f_T - f_0)(x_n) <= c_n tau_n", gain, high, bound)
    tau = run.tau
    resolved = tau > torch.finfo(f.X.dtype).tiny  # a smaller loss derivative has lost its digits
    time = torch.full_like(tau, math.log(run.recipe.time))
    error = bound + unit(run, f.X.dtype) * (1 + time.abs())
    out.at_most(
        "log T <= log of the time that tau_n needs", time, theory.log_time_needed(), error, resolved
    )


_SOURCE = "prior work (ICLR 2024)"

PRIOR_WORK = (
    Claim(
        id="O1",
        statement="orthogonal samples: y_n <x_n, nabla f - xi>/|x_n|^2 in [gamma, 1] s(z) tau_n/N",
        kind=CERTIFICATE,
        source=f"{_SOURCE}, perturbations; docs/prior-work.md",
        needs=("train", "input_gradient"),
        compare=check_readings,
        inputs=ORTHOGONAL,
        trial=OracleTrial,
        latex=r"\gamma s(z)\frac{\tau_n}{N} \le \frac{y_n \langle x_n, \nabla f_T(z) - \xi_T(z)"
        r"\rangle}{\|x_n\|^2} \le s(z)\frac{\tau_n}{N}",
    ),
    Claim(
        id="O2",
        statement="angle(nabla f - xi, v) <= arcsin((1-gamma)/(1+gamma)), v = sum_n tau_n y_n x_n",
        kind=CERTIFICATE,
        source=f"{_SOURCE}, oracle; docs/prior-work.md",
        needs=("train", "input_gradient"),
        compare=check_oracle_angle,
        inputs=ORTHOGONAL,
        trial=OracleTrial,
        latex=r"\angle(\nabla f_T(z), v) \le \arcsin\frac{1-\gamma}{1+\gamma}"
        r" + \arcsin\frac{N \|\xi_T(z)\|}{\gamma s(z) \|v\|}, \quad v = \sum_n \tau_n y_n x_n",
    ),
    Claim(
        id="O3",
        statement="oracle: g_T = g~ + sum_n C^g_n [ytil_n (<o_n,z> + beta) + eps <v/|v|, z>]",
        kind=IDENTITY,
        source=f"{_SOURCE}, learning from perturbations; docs/prior-work.md",
        needs=("train", "output"),
        compare=check_oracle_machine,
        inputs=ORTHOGONAL,
        trial=OracleTrial,
        latex=r"g_T(z) = \tilde g(z) + \sum_n C^g_n(z) [\tilde y_n (\langle o_n, z\rangle + \beta)"
        r" + \frac{\epsilon}{\|v\|} \langle v, z\rangle]",
    ),
    Claim(
        id="O4",
        statement="oracle: y_k (g_T - g_0)(x_k) >= abar min(gamma L_k, L_k); in (a) at all z",
        kind=CERTIFICATE,
        source=f"{_SOURCE}, learning from perturbations; docs/prior-work.md",
        needs=("train", "output"),
        compare=check_oracle_gain,
        inputs=ORTHOGONAL,
        trial=OracleTrial,
        latex=r"y_k (g_T - g_0)(x_k) \ge \bar a \min(\gamma L_k, L_k)",
    ),
    Claim(
        id="O5",
        statement="y_n (f_T - f_0)(x_n) in [gamma^2, 1] c_n tau_n, and tau_n grows without bound",
        kind=CERTIFICATE,
        source=f"{_SOURCE}, long training; docs/prior-work.md",
        needs=("train", "output"),
        compare=check_long_training,
        inputs=ORTHOGONAL,
        trial=OracleTrial,
        latex=r"T \le e^{y_n f_0(x_n)} \frac{e^{c_n \tau_n} - 1}{c_n}, \quad"
        r" \gamma^2 c_n \tau_n \le y_n (f_T - f_0)(x_n) \le c_n \tau_n",
    ),
)
