"""Findings about perturbation learning: by which attacks, targets, samples and biases."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from benchmarks.findings.finding import Finding
from verifier.data.distributions import Data
from verifier.implementations.checked import Checked
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters, input_gradient, output
from verifier.model.training import train
from verifier.model.vectors import cosines, row_norms
from verifier.statements.agreement.accuracy import Accuracy
from verifier.statements.agreement.p6_accuracy import WithoutBayes
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.learning import learn

CODE = Checked(Reference())


def setting(
    c: float, d: int, N: int, f_time: float, g_time: float, eps: float, **changes: object
) -> Configuration:
    """Perturbations alone, of a mean-shifted Gaussian; each network trained in two steps."""
    usual = Configuration(
        data=Data("shifted", d, N, separation=c),
        width=1000,
        slope=0.0,
        train_bias=True,
        f_steps=(f_time / 2,) * 2,
        g_steps=(g_time / 2,) * 2,
        eps=eps,
        scenario="a",
        fresh_points=1,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def fresh(c: Configuration, run: int, rows: int = 400) -> tuple[Tensor, Tensor]:
    """Points of both classes, (P, d), and their labels."""
    generator = torch.Generator(device="cpu").manual_seed(10_000 + run)
    z, y = replace(c.data, samples=rows).sample(0, generator)[:2]
    return z, y


def share_right(f: Parameters, z: Tensor, y: Tensor, slope: float) -> float:
    """How often the sign of f is y."""
    return float((output(f, z, slope) * y > 0).double().mean())


def accuracy_of_g(c: Configuration, run: int, targets: str = "random") -> float:
    """Of a network that learns from perturbations towards random targets, or all wrong ones."""
    start = draw(c, replicate=run)
    given = start.targets if targets == "random" else -start.y
    return share_right(learn(CODE, start, c, given).g, *fresh(c, run), c.slope)


def accuracy_without_signal(c: Configuration, run: int) -> float:
    """Of a network that learns the same perturbations, every second one with the wrong target."""
    start = draw(c, replicate=run)
    r, turned = learn(CODE, start, c).r, torch.ones_like(start.targets)
    turned[::2] = -1
    g = train(start.g_0, r, turned * start.targets, c.g_recipe).params
    return share_right(g, *fresh(c, run), c.slope)


PIXELS = setting(0.3, 100, 400, 10.0, 30.0, 5.0, train_bias=False)
WRONG = setting(0.3, 100, 200, 10.0, 30.0, 1.0)
DROWNED = setting(0.5, 60, 10, 1.0, 30.0, 0.05, slope=0.3)
PAPERS = setting(0.3, 100, 1000, 10.0, 1000.0, 0.01, width=100, g_steps=(100.0,) * 10)
BAYES = setting(0.1, 100, 200, 3.0, 30.0, 5.0, train_bias=False)


def gained_by_frozen_biases(c: Configuration, run: int) -> float:
    """How much more accurate g is without trained biases."""
    frozen = replace(c, train_bias=False)
    return accuracy_of_g(frozen, run) - accuracy_of_g(c, run)


def mixed(samples: int, ups: int, run: int) -> Tensor:
    """Targets of which so many, at random, are +1, (samples,)."""
    generator = torch.Generator(device="cpu").manual_seed(20_000 + run)
    targets = -torch.ones(samples, dtype=torch.float64, device="cpu")
    targets[torch.randperm(samples, generator=generator, device="cpu")[:ups]] = 1
    return targets


def gained_by_balanced_targets(c: Configuration, ups: int | None, run: int) -> float:
    """How much more accurate g is if half of the targets are +1 than if `ups` are, or any."""
    start, points, samples = draw(c, replicate=run), fresh(c, run), c.data.samples
    other = start.targets if ups is None else mixed(samples, ups, run)
    even, usual = (
        share_right(learn(CODE, start, c, targets).g, *points, c.slope)
        for targets in (mixed(samples, samples // 2, run), other)
    )
    return even - usual


def missed(kind: type[Accuracy], run: int) -> float:
    """By how much a formula says that g is more accurate than it is."""
    return kind.of(BAYES).of_g() - accuracy_of_g(BAYES, run)


def two_gradients(c: Configuration, run: int) -> tuple[Tensor, Tensor, Draw]:
    """Of two networks trained on the same samples from other starts, one a tenth as wide."""
    start = draw(c, replicate=run)
    narrow = Parameters(*(t[: c.width // 10] for t in start.g_0))
    z, _ = fresh(c, run, 20)
    first, second = (
        input_gradient(train(p, start.X, start.y, c.f_recipe).params, z, c.slope)
        for p in (start.f_0, narrow)
    )
    return first, second, start


def transfer(time: float, run: int) -> float:
    """The cosine of their perturbations at fresh points."""
    c = setting(0.3, 100, 50, time, 1.0, 1.0)
    return float(cosines(*two_gradients(c, run)[:2]).mean())


def short(told: str, run: int) -> float:
    """The share of perturbations towards a sample's own class that are shorter than half of eps."""
    c = setting(2.0, 100, 20, 400.0, 1.0, 1.0, loss="logistic", dtype="float32")
    start = draw(c, replicate=run)
    f = train(start.f_0, start.X, start.y, c.f_recipe).params
    x = start.X.clone().requires_grad_()
    out = output(f, x, c.slope)
    through = c.loss_function.value(-start.y * out) if told == "loss" else out
    (g,) = torch.autograd.grad(through.sum(), x)
    size = torch.linalg.vector_norm(g, dim=1, keepdim=True)
    r = c.eps * g / size.clamp(min=torch.finfo(g.dtype).tiny)
    return float((row_norms(r.nan_to_num()) < c.eps / 2).double().mean())


FINDINGS = (
    *(
        Finding(
            f"{count}-pixels",
            f"{count} pixels of 100 are enough",
            f"{count} pixels of a hundred in each perturbation are enough to learn from.",
            f"accuracy of g at fresh points, from perturbations of {count} of 100 entries",
            0.75,
            partial(accuracy_of_g, replace(PIXELS, attack=f"L2, {count} pixels")),
            partial(accuracy_without_signal, replace(PIXELS, attack=f"L2, {count} pixels")),
            "the same perturbations, every second one with the wrong target",
            ("E8",),
        )
        for count in (3, 2)
    ),
    Finding(
        "all-targets-wrong",
        "all targets wrong, yet g learns",
        "From perturbations alone a network learns even where every single target is wrong.",
        "accuracy of g where each sample's target is the other class",
        0.75,
        partial(accuracy_of_g, WRONG, targets="wrong"),
        partial(accuracy_of_g, replace(WRONG, scenario="b"), targets="wrong"),
        "perturbations on the samples, whose own features then mislead",
        ("E4", "E5"),
    ),
    Finding(
        "biases-drown",
        "trained biases need more samples",
        "Trained biases are what makes perturbation learning need many samples.",
        "accuracy gained by freezing biases at 10 samples and short perturbations",
        0.1,
        partial(gained_by_frozen_biases, DROWNED),
        partial(gained_by_frozen_biases, replace(DROWNED, eps=2.0)),
        "perturbations forty times as long, beside which targets are little",
        ("P5", "P6"),
        40,
    ),
    Finding(
        "balanced-targets",
        "targets' mean decides accuracy",
        "In the paper's first panel the mean of the targets decides what a run's accuracy is.",
        "accuracy of g gained if exactly half of the targets are +1 (N = 1000, d = 100, ε = 0.01)",
        0.1,
        partial(gained_by_balanced_targets, PAPERS, None),
        partial(gained_by_balanced_targets, replace(PAPERS, train_bias=False), None),
        "frozen biases, which no target can pull",
        ("P6", "P4"),
        60,
    ),
    Finding(
        "tilted-targets",
        "3 more targets in 100 mislead g",
        "Three more targets in a hundred towards one class undo the paper's first panel.",
        "accuracy of g lost where 530 targets of 1000 are +1, not 500 (d = 100, ε = 0.01)",
        0.25,
        partial(gained_by_balanced_targets, PAPERS, 530),
        partial(gained_by_balanced_targets, replace(PAPERS, train_bias=False), 530),
        "frozen biases, which no target can pull",
        ("P6", "P4"),
        after="balanced-targets",
    ),
    Finding(
        "own-noise",
        "a point's own noise limits g",
        "Accuracy is held down by a fresh point's own noise along the class means.",
        "excess of the accuracy predicted without that noise over the measured one",
        0.05,
        partial(missed, WithoutBayes),
        partial(missed, Accuracy),
        "the prediction with it",
        ("P6",),
        20,
    ),
    Finding(
        "transfer",
        "networks share perturbations",
        "Perturbations are common to networks of any start and width, once they are trained.",
        "cosine of the perturbations of two networks of widths 1000 and 100 at T = 10",
        0.8,
        partial(transfer, 10.0),
        partial(transfer, 0.1),
        "a hundredth of the training",
        ("R6x", "R3c"),
    ),
    Finding(
        "attack-underflows",
        "float32 loses logistic attacks",
        "An attack through the logistic loss loses perturbations in float32.",
        "share of perturbations towards a sample's own class that are shorter than ε/2",
        0.5,
        partial(short, "loss"),
        partial(short, "output"),
        "the same gradient without the loss",
        ("E4",),
    ),
)
