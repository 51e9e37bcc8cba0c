"""What rounding may do to steps of all parameters, by Python's own numbers, for E9."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.model.losses import Identity, Logistic
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements.beyond.margins import bias_gradient_error, step_sizes
from verifier.statements.beyond.readout import Balance, ReadoutPath
from verifier.statements.beyond.readout_replay import replay_readout
from verifier.trial.trial import Trial

_FEW = 64  # rounding errors of each bound, of the size of them all
_X, _Y = ((1.0, 2.0), (-0.5, 1.5), (2.0, -1.0)), (-1.0, -1.0, 1.0)
_W, _B = ((1.0, -0.5), (-0.75, 2.0), (0.5, 0.25), (-1.0, -0.5)), (0.5, -0.25, -0.99, 1.0)
_A = (1.5, 0.0625, -0.04, -0.75)  # the second turns; so may the third, which is near its kink
_STEPS, _SLOPE, _MOMENTUM = (0.5, 0.25, 1.0), 0.25, 0.5
_UNIT = 2.0**-6
_DTYPE = torch.float16  # errors so large that a loss is no line between them

Pull = tuple[tuple[float, ...], float, float, float]
"""Of a sample: itself, its label, `p_n/(N sqrt m)`, and how far that is off."""


@dataclass
class OwnNeuron:
    """A neuron, and its velocity: numbers with how far each is off; sizes of velocities' terms."""

    w: list[float]
    b: float
    a: float
    off: list[float] = field(default_factory=lambda: [0.0] * 3)
    v: list[float] = field(default_factory=lambda: [0.0] * 4)
    off_v: list[float] = field(default_factory=lambda: [0.0] * 3)
    size_v: list[float] = field(default_factory=lambda: [0.0] * 3)
    keeps: bool = True

    def sizes(self) -> tuple[float, float, float]:
        """Of the weights, the bias and the readout."""
        return math.hypot(*self.w), abs(self.b), abs(self.a)


@dataclass(frozen=True)
class OwnRounding:
    """Bounds for a recipe, term by term, if a number is off by a `unit` of each of its terms."""

    recipe: Recipe
    unit: float

    def u(self, neuron: OwnNeuron, x: tuple[float, ...]) -> tuple[float, float]:
        """The pre-activation at `x`, and how far it is off."""
        of_w, of_b, _ = (e + self.unit * s for e, s in zip(neuron.off, neuron.sizes(), strict=True))
        inner = math.fsum(map(math.prod, zip(neuron.w, x, strict=True)))
        return inner + neuron.b, math.hypot(*x) * of_w + of_b

    def phi(self, u: float) -> float:
        """The activation."""
        return u if u >= 0 else self.recipe.slope * u

    def derivative(self, s: float) -> float:
        """The identity's, or the logistic loss's, at `s`."""
        return 1.0 if self.recipe.loss.name == "identity" else 1 / (1 + math.exp(-s))

    def pull(self, y: float, f: float, off: float) -> tuple[float, float]:
        """`ell'(-y f)`, which is monotonic: no further off than at one end of what f may be."""
        p, above, below = (self.derivative(-y * f + shift) for shift in (0.0, off, -off))
        return p, max(abs(above - p), abs(below - p)) + self.unit * p

    def pulls(self, neurons: list[OwnNeuron]) -> Iterator[Pull]:
        """How hard each sample pulls."""
        root = math.sqrt(len(neurons))
        for x, y in zip(_X, _Y, strict=True):
            f = off = 0.0
            for neuron in neurons:
                u, e = self.u(neuron, x)
                of_a = neuron.off[2] + self.unit * abs(neuron.a)
                f += neuron.a * self.phi(u) / root
                off += (abs(neuron.a) * e + abs(self.phi(u)) * of_a) / root
            p, error = self.pull(y, f, off)
            yield x, y, p / (len(_X) * root), error / (len(_X) * root)

    def bias_gradient(self, neurons: list[OwnNeuron]) -> list[float]:
        """Of frozen biases: pulls that are off, and a pattern that may be either, (m,)."""
        found = [0.0] * len(neurons)
        for x, _, p, error in self.pulls(neurons):
            for i, neuron in enumerate(neurons):
                u, off = self.u(neuron, x)
                turned = 1 - self.recipe.slope if abs(u) <= off else 0.0
                found[i] += abs(neuron.a) * (error + p * turned)
        return found

    def step_sizes(self, neurons: list[OwnNeuron]) -> list[float]:
        """Lengths of the gradients' terms: all w_i's, then all b_i's, then all a_i's, (3m,)."""
        of_w, of_b, of_a = ([0.0] * len(neurons) for _ in range(3))
        for x, _, p, _ in self.pulls(neurons):
            for i, neuron in enumerate(neurons):
                w, b, a = neuron.sizes()
                of_w[i] += a * p * math.hypot(*x)
                of_b[i] += a * p
                of_a[i] += p * (w * math.hypot(*x) + b)
        return of_w + of_b + of_a

    def step(self, neurons: list[OwnNeuron], eta: float) -> None:
        """Moves all neurons, and what they may be off; all from where they are before it."""
        pulls = list(self.pulls(neurons))
        moving = 1.0, self.recipe.beta, 1.0
        for neuron in neurons:
            self.accelerate(neuron, pulls)
            sizes = neuron.sizes()
            for k in range(3):
                added = neuron.off_v[k] + self.unit * neuron.size_v[k]
                neuron.off[k] += moving[k] * (eta * added + self.unit * sizes[k])
            neuron.w = [w + eta * v for w, v in zip(neuron.w, neuron.v[:2], strict=True)]
            neuron.b += self.recipe.beta * eta * neuron.v[2]
            before, neuron.a = neuron.a, neuron.a + eta * neuron.v[3]
            neuron.keeps &= before * neuron.a > 0 and abs(neuron.a) > neuron.off[2]

    def accelerate(self, neuron: OwnNeuron, pulls: list[Pull]) -> None:
        """Adds the gradients' terms to what momentum leaves of the last."""
        for values in (neuron.v, neuron.off_v, neuron.size_v):
            values[:] = [self.recipe.momentum * each for each in values]
        a, off_a = abs(neuron.a), neuron.off[2]
        for x, y, p, error in pulls:
            u, off_u = self.u(neuron, x)
            back = y * p * neuron.a * (1.0 if u >= 0 else self.recipe.slope)
            phi, length = self.phi(u), math.hypot(*x)
            terms = back * x[0], back * x[1], back, y * p * phi
            off = p * off_a + error * a
            offs = off * length, off, p * off_u + error * abs(phi)
            sizes = a * p * length, a * p, p * abs(phi)
            for values, more in ((neuron.v, terms), (neuron.off_v, offs), (neuron.size_v, sizes)):
                values[:] = [old + new for old, new in zip(values, more, strict=True)]

    def run(self, neurons: list[OwnNeuron]) -> list[float]:
        """How far all w_i, all b_i and all a_i are off after the recipe, and which a_i keep."""
        for eta in self.recipe.steps:
            self.step(neurons, eta)
        offs = [neuron.off[k] for k in range(3) for neuron in neurons]
        return offs + [float(neuron.keeps) for neuron in neurons]


def margins_of_readouts(trial: Trial, out: Comparisons) -> None:
    """All bounds, with biases trained or frozen as the trial's are, under a loss like its own."""
    like, c = trial.draw.X.double(), trial.configuration
    start = Parameters(*(like.new_tensor(part) for part in (_W, _B, _A)))
    X, y = like.new_tensor(_X), like.new_tensor(_Y)
    loss = Identity() if c.f_recipe.loss.name == "identity" else Logistic()
    recipe = Recipe(_STEPS, loss, _SLOPE, _MOMENTUM, c.train_bias)
    law = Balance(start, X, y, recipe, _STEPS[0])
    of_step = trial.theory[OwnRounding](recipe, _UNIT)
    path = replay_readout(ReadoutPath, start, X, y, recipe, _DTYPE)
    operations = len(_X) + math.sqrt(len(_X[0])) + math.sqrt(len(_A)) + 4
    of_run = trial.theory[OwnRounding](recipe, operations * torch.finfo(_DTYPE).eps)
    for name, found, wanted in (
        ("the bias's gradient", (bias_gradient_error(law, _UNIT),), of_step.bias_gradient),
        ("a step", step_sizes(law), of_step.step_sizes),
        ("a run", (*path.error, path.keeps.to(like.dtype)), of_run.run),
    ):
        due = like.new_tensor(wanted(_neurons()))
        bound = _FEW * torch.finfo(due.dtype).eps * torch.linalg.vector_norm(due)
        out.identity(f"what rounding may do to {name}", torch.cat(found), due, bound)


def _neurons() -> list[OwnNeuron]:
    return [OwnNeuron(list(w), b, a) for w, b, a in zip(_W, _B, _A, strict=True)]
