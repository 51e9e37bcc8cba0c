"""D6b: a weak certificate for any convex loss, from the initial draw alone."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.broken_codes import (
    KernelTooLarge,
    OutputConstant,
    OutputWithoutRoot,
    SumInsteadOfMean,
)
from verifier.statements.certificates.attained import fed_back
from verifier.statements.certificates.d6a_feedback import NoFeedback, feedback
from verifier.statements.certificates.feedback import Feedback, Untrained
from verifier.statements.certificates.formulas import Certificates, certificates
from verifier.statements.certificates.margins import output_margin
from verifier.statements.control import Control
from verifier.statements.inputs import Inputs
from verifier.statements.statement import ADDED, IMPLICATION, PathwiseStatement
from verifier.trial.trial import Trial

BRIEF = Inputs("brief", "verifier.suite.convex:brief_configurations", cost=10)
"""Wide networks trained for a time `T L_0` of order 1 under convex losses."""


def check(trial: Trial, out: Comparisons) -> None:
    """D6b at fresh points and training samples, where it fixes the sign."""
    f, points = trial.f, trial.points
    z, of_times = trial.z, feedback(trial)
    if not of_times.applies:
        out.vacuous(2 * len(z))
        return
    certified = certificates(trial, f)
    predicted = replace(certified, tau=of_times.times[-1])
    theory = trial.theory[Untrained](certified, of_times)
    promised = predicted.lazy_output(z, trial.initial_output(f, points))
    at_X = output_margin(f, certified, of_times.X)
    margin = output_margin(f, certified, z) + of_times.carried(
        z, at_X.expand(len(of_times.gains), -1)
    )
    bound = theory.bound(z)
    certain = promised.abs() > bound + margin
    ended = trial.output(f, points)
    out.at_most("|f_T - f_0 - P at tauhat|", (ended - promised).abs(), bound, margin, certain)
    out.same_sign("sgn f_T = sgn(f_0 + P at tauhat)", ended, promised, certain)


D6b = PathwiseStatement(
    id="D6b",
    statement="if B = D3's error at the times L_0 T_j, carried as in D6a, is below |f_0 + P| at "
    "tauhat: |f_T - f_0 - P| <= B and sgn f_T = sgn(f_0 + P); weak, for T L_0 of order 1",
    plain="For short training under such a loss, a sign can be certified before training.",
    kind=IMPLICATION,
    source="this project",
    proof="docs/certificates.md",
    rests_on=("D6a", "D1"),
    carries=ADDED,
    needs=("train", "output"),
    needs_double=True,  # in float32 two of five such paths drift apart by rounding
    latex=r"B(z) < |f_0 + P_{\hat\tau}|(z) \Rightarrow |f_T - f_0 - P_{\hat\tau}|(z) \le B(z), "
    r"\; \text{sgn} f_T(z) = \text{sgn}(f_0 + P_{\hat\tau})(z)",
    compare=check,
    inputs=BRIEF,
    least_premise_share=0.25,
    attained=fed_back,
)


class NoError(Untrained):
    def bound(self, z: Tensor) -> Tensor:
        # The sign is that of the prediction
        return torch.zeros(len(z), dtype=z.dtype, device=z.device)


class OnlyCarried(Untrained):
    def output_error(self, z: Tensor, time: float) -> Tensor:
        # Not at z itself
        found = super().output_error(z, time)
        return found if z is self.certificates.X else torch.zeros_like(found)


class NineTenths(Untrained):
    def bound(self, z: Tensor) -> Tensor:
        # .9 for 1
        return 0.9 * super().bound(z)


class NoFlipsAtPoint(Untrained):
    def flips_at_point(self, of: Certificates, z: Tensor) -> tuple[Tensor, Tensor]:
        # The patterns at z never change
        return torch.zeros_like(z[:, 0]), torch.zeros_like(z[:, 0])


class NoFlipsAtSamples(Untrained):
    def flips_at_samples(self, of: Certificates, z: Tensor) -> tuple[Tensor, Tensor]:
        # The patterns at the samples never change
        return torch.zeros_like(z[:, 0]), torch.zeros_like(z[:, 0])


class NoPathErrors(Untrained):
    def path_errors(self) -> Tensor:
        # As if the times were the predicted ones
        return torch.zeros_like(super().path_errors())


class NoKernelPart(Untrained):
    def kernel_part(self, of: Certificates, z: Tensor) -> tuple[Tensor, Tensor]:
        # As if the draw's kernel were its limit
        return torch.zeros_like(z[:, 0]), torch.zeros_like(z[:, 0])


class PhiOffByAFifth(Certificates):
    def prediction(self, z: Tensor) -> Tensor:
        return 1.2 * super().prediction(z)


CONTROLS = (
    Control("constant-output", "output is 1 everywhere", ("D6b",), OutputConstant),
    Control("output-by-m", "output scaled by 1/m", ("D6b",), OutputWithoutRoot),
    Control("objective-summed", "objective without 1/N", ("D6b",), SumInsteadOfMean),
    Control("phi-too-large", "Phi off by a tenth", ("D6b",), KernelTooLarge),
    Control("B-missing", "no error at all", ("D6b",), altered={Untrained: NoError}),
    Control("B-carried", "no error at z itself", ("D6b",), altered={Untrained: OnlyCarried}),
    Control("B-.9", ".9 of the error", ("D6b",), altered={Untrained: NineTenths}),
    Control("B-flips-at-z", "no flips at z", ("D6b",), altered={Untrained: NoFlipsAtPoint}),
    Control("B-flips-at-x", "no flips at x_n", ("D6b",), altered={Untrained: NoFlipsAtSamples}),
    Control("B-path", "no errors on the path", ("D6b",), altered={Untrained: NoPathErrors}),
    Control("B-kernel", "no K_0 - Phi", ("D6b",), altered={Untrained: NoKernelPart}),
    Control("P-off", "P off by a fifth", ("D6b",), altered={Certificates: PhiOffByAFifth}),
    Control("tauhat-0", "ell' as at the start", ("D6b",), altered={Feedback: NoFeedback}),
)
