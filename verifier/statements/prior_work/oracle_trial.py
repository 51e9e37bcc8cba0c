"""A trial in prior work's setting: g is trained on an oracle's perturbations."""

from __future__ import annotations

from functools import cached_property

from torch import Tensor

from verifier.errors import require
from verifier.model.vectors import row_norms, unit_rows
from verifier.statements.identities.formulas import Decomposition, decomposition
from verifier.statements.inputs import Inputs
from verifier.statements.prior_work.formulas import OracleLearning, PriorWork, require_orthogonal
from verifier.trial.rounding import unit
from verifier.trial.trial import Network, Trial


class OracleTrial(Trial):
    """A trial whose g is trained on the oracle's perturbations, which need no gradient of f.

    The suite computes them; the implementation under test only trains on them.
    """

    @cached_property
    def r(self) -> Tensor:
        """`eps ytil_n v/|v|`, (N, d), in the trial's dtype; v by the true theory."""
        along = self.configuration.eps * unit_rows(
            PriorWork(Decomposition(self.f.replay.run)).oracle()
        )
        return (self.draw.targets.double()[:, None] * along).to(self.draw.X.dtype)

    @cached_property
    def prior_work(self) -> PriorWork:
        """The formulas for f."""
        return self.theory[PriorWork](decomposition(self, self.f))

    @cached_property
    def oracle_learning(self) -> OracleLearning:
        """The formulas for g."""
        f, g = decomposition(self, self.f), decomposition(self, self.g)
        targets, natural = self.draw.targets.double(), self.natural.double()
        return self.theory[OracleLearning](f, g, natural, targets, self.configuration.eps)

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


def leak(X: Tensor, weights: Tensor) -> Tensor:
    """`sum_{k != n} weights_k |<x_k, x_n>|`, (..., N): zero but for rounding."""
    inner = (X @ X.T).abs()
    return weights @ (inner - inner.diag().diag())


def change_bound(trial: Trial, network: Network, X: Tensor, leaking: Tensor) -> Tensor:
    """A bound on the rounding error of `f_T - f_0` at samples X, (N,)."""
    abar = network.initial.a.double().square().mean()
    return 2 * network.replay.rounding.output(X) + abar * leaking


ORTHOGONAL = Inputs(
    "orthogonal", "verifier.suite.strategies:prior_work_configurations", OracleTrial, cost=2
)
"""Prior work's setting; long runs cost twice as much as others."""

SOURCE = "prior work (ICLR 2024)"
