"""D6a: under a convex loss, errors of the outputs on the path stay within a known factor."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from verifier.errors import require
from verifier.evidence.comparisons import Comparisons
from verifier.kernel.predicted_times import PredictedTimes
from verifier.model.losses import Logistic
from verifier.model.network import Parameters, as_double, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements.broken_codes import OutputWithoutRoot, SumInsteadOfMean
from verifier.statements.certificates.feedback import Feedback
from verifier.statements.control import Control
from verifier.statements.inputs import Inputs
from verifier.statements.statement import ADDED, CERTIFICATE, PathwiseStatement
from verifier.trial.replay import drift_and_clearance
from verifier.trial.rounding import RoundingBound, unit
from verifier.trial.trial import Trial

CONVEX = Inputs("convex", "verifier.suite.convex:convex_configurations", cost=8)
"""Convex losses whose derivative is Lipschitz, small steps, long training; float64."""

_GAINS = (1.0, 1.5, 1.9)  # theta of the paths that attain the bound
_STEPS = 40  # .9^80: what the shortest memory of 1.9 leaves unattained is 2e-4
_SMALL = 1e-3  # error of the outputs on these paths; ell'' changes by its square


def feedback(trial: Trial) -> Feedback:
    """The formulas of D6a for a trial's f, with the code's outputs before training."""
    if "feedback" not in trial.kept:
        f = trial.f
        X = f.X.double()
        trial.kept["feedback"] = trial.theory[Feedback](
            trial.initial_output(f, f.X), X, f.y.double(), f.recipe
        )
    found: Feedback = trial.kept["feedback"]
    return found


def check(trial: Trial, out: Comparisons) -> None:
    """D6a on a trained network, and on outputs chosen so that the bound is attained."""
    c = trial.configuration
    require(c.dtype == "float64", "dtype", repr(c.dtype), "must be 'float64' for D6a")
    _attained(trial, out)
    f, theory = trial.f, feedback(trial)
    z = trial.z
    if not theory.applies:
        out.vacuous(len(z))
        return
    start, slope = as_double(f.initial), theory.recipe.slope
    outputs, tau = watched(start, theory)
    ended = output(f.replay.arrived, z, slope) - output(start, z, slope)
    moved = trial.output(f, trial.points) - trial.initial_output(f, trial.points)
    out.at_most(
        "|f_T - f_0 - P at tauhat| <= |f_T - f_0 - P at tau| + what errors of outputs carry",
        (moved - theory.prediction(z, theory.times[-1])).abs(),
        (ended - theory.prediction(z, tau[-1])).abs()
        + theory.carried(z, theory.errors(outputs, tau[:-1])),
        rounding(trial, theory, z),
    )


def rounding(trial: Trial, theory: Feedback, z: Tensor) -> Tensor:
    """What rounding may change of either side, (P,): an error of outputs is carried like any."""
    run = trial.f.replay.run
    drift, _ = drift_and_clearance(run, trial.f.X.dtype)
    of_training = RoundingBound.of(run, trial.f.X.dtype, drift)
    relative = unit(run, torch.float64) / len(run.y)
    at_z, at_X = (
        of_training.output(x) + relative * (theory.kernel(x).abs() @ run.tau) for x in (z, theory.X)
    )
    return at_z + theory.carried(z, 2 * at_X.expand(len(theory.recipe.steps), -1))


def watched(start: Parameters, theory: Feedback) -> tuple[Tensor, Tensor]:
    """Outputs before each step, `f_j(x_n)` (K, N), and `tau_n(j)` for j = 0..K, (K+1, N)."""
    outputs: list[Tensor] = []

    def observe(step: int, neurons: slice, u: Tensor, f: Tensor, p: Tensor) -> None:
        if neurons.start == 0:
            outputs.append(f.clone())

    train(start, theory.X, theory.y, theory.recipe, observe=observe)
    every = torch.stack(outputs)
    speeds = theory.recipe.loss.derivative(-theory.y * every)
    steps = speeds.new_tensor(theory.recipe.steps)[:, None] * speeds
    return every, torch.cat((torch.zeros_like(steps[:1]), steps.cumsum(dim=0)))


def _attained(trial: Trial, out: Comparisons) -> None:
    """One point with both labels, outputs 0 at the start, and errors that grow or fall in time.

    There the prediction stays 0, where the logistic loss bends most.
    """
    z = torch.ones_like(trial.draw.X[:1]).double()
    y = z.new_tensor((1.0, -1.0))
    logistic = replace(trial.configuration.f_recipe, loss=Logistic(), momentum=0.0)
    theory = trial.theory[Feedback](torch.zeros_like(y), z.expand(2, -1), y, logistic)
    operations = _STEPS + z.shape[1] + len(y)
    for gain in _GAINS:
        at = replace(theory, recipe=with_gain(theory, gain, _STEPS))
        outputs, tau = driven(at, _SMALL * growing(at.gains))
        apart = (at.prediction(z, tau[-1]) - at.prediction(z, at.times[-1])).abs()
        bound = operations * torch.finfo(y.dtype).eps * at.kernel(z).abs() @ tau[-1]
        carried = at.carried(z, at.errors(outputs, tau[:-1]))
        out.at_most(f"attained at theta = {gain:g}", apart, carried, bound)


def with_gain(theory: Feedback, gain: float, steps: int) -> Recipe:
    """The recipe with so many equal steps, at which every `theta_j` is `gain`."""
    eta = gain / float(replace(theory, recipe=replace(theory.recipe, steps=(1.0,))).gains[0])
    return replace(theory.recipe, steps=(eta,) * steps)


def growing(gains: Tensor) -> Tensor:
    """`(1 - theta)^(K-1-j)`, (K, 1): errors of which the last steps forget as little as can be."""
    lag = torch.arange(len(gains) - 1, -1, -1, dtype=gains.dtype, device=gains.device)
    return torch.pow(1 - gains, lag)[:, None]


def driven(theory: Feedback, errors: Tensor) -> tuple[Tensor, Tensor]:
    """As `watched`, of a network whose outputs are off by `errors (K, N)` or `(K, 1)`."""
    outputs, tau = [], [torch.zeros_like(theory.y)]
    for eta, error in zip(theory.recipe.steps, errors, strict=True):
        outputs.append(theory.at_samples(tau[-1]) + error)
        tau.append(tau[-1] + eta * theory.recipe.loss.derivative(-theory.y * outputs[-1]))
    return torch.stack(outputs), torch.stack(tau)


D6a = PathwiseStatement(
    id="D6a",
    statement="convex loss, theta_j = eta_j L lambda_max(K_inf/N) < 2: errors e of outputs move "
    "f_T from its prediction at tauhat by sqrt(K_inf(z,z) sum eta L/(2-theta) mean e^2) at most",
    plain="Under a convex loss, errors of the outputs carry a trained network only so far.",
    kind=CERTIFICATE,
    source="this project",
    proof="docs/certificates.md",
    rests_on=("D3",),
    carries=ADDED,
    needs=("train", "output"),
    needs_double=True,
    latex=r"|f_T - f_0 - P_{\hat	au}|(z) \le |f_T - f_0 - P_\tau|(z) + "
    r"\sqrt{K_\infty(z,z) \sum_j \frac{\eta_j L}{2 - \theta_j} \frac1N \sum_n e_n(j)^2}",
    compare=check,
    inputs=CONVEX,
)


class NineTenths(Feedback):
    def carried(self, z: Tensor, errors: Tensor) -> Tensor:
        # .9 for 1
        return 0.9 * super().carried(z, errors)


class NoRoom(Feedback):
    def weights(self) -> Tensor:
        # 1 for 1/(2 - theta), as it is at theta = 1
        return super().weights() * (2 - self.gains)


class LastErrorForgotten(Feedback):
    def carried(self, z: Tensor, errors: Tensor) -> Tensor:
        # K - 1 errors for K
        return super().carried(z, torch.cat((errors[:-1], torch.zeros_like(errors[-1:]))))


class OwnKernelWithoutBeta(Feedback):
    def own_kernel(self, z: Tensor) -> Tensor:
        # |z|^2 for |z|^2 + beta
        return (1 + self.recipe.slope**2) / 2 * z.square().sum(dim=1)


class NoFeedback(Feedback):
    @cached_property
    def times(self) -> Tensor:
        # Every step as fast as the first
        first = self.recipe.loss.derivative(-self.y * self.start)
        past = first.new_tensor((0.0, *self.recipe.steps)).cumsum(dim=0)
        return past[:, None] * first


class WrongSideOfLoss(Feedback):
    @cached_property
    def times(self) -> Tensor:
        # ell'(y F) for ell'(-y F)
        mirrored = PredictedTimes(-self.start, self.gram, self.y, self.recipe)
        return mirrored.path


CONTROLS = (
    Control("sum-for-mean", "objective without 1/N", ("D6a",), SumInsteadOfMean),
    Control("outputs-without-root", "output scaled by 1/m", ("D6a",), OutputWithoutRoot),
    Control("carried-.9", ".9 of the bound", ("D6a",), altered={Feedback: NineTenths}),
    Control("carried-1", "1 for 1/(2-theta)", ("D6a",), altered={Feedback: NoRoom}),
    Control("last-error", "K-1 errors for K", ("D6a",), altered={Feedback: LastErrorForgotten}),
    Control("own-kernel", "K(z,z) no beta", ("D6a",), altered={Feedback: OwnKernelWithoutBeta}),
    Control("no-feedback", "ell' as at the start", ("D6a",), altered={Feedback: NoFeedback}),
    Control("wrong-side", "ell'(y f_0 + ..)", ("D6a",), altered={Feedback: WrongSideOfLoss}),
)
