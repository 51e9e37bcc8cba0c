"""Findings about a single network's training: directions, rates, batches, readouts, attacks."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from benchmarks.findings.finding import Finding
from verifier.data.distributions import Data
from verifier.kernel.initial import initial_kernel
from verifier.kernel.phi import k_inf
from verifier.kernel.prediction import direction, sharpened_direction
from verifier.model.attack import Attack
from verifier.model.batches import draw_batches, train_batches
from verifier.model.classes import ClassRecipe, class_outputs, perturb_classes, train_classes
from verifier.model.losses import Logistic
from verifier.model.network import Parameters, initialise, input_gradient, output
from verifier.model.readout import train_readout
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.model.vectors import angles, cosines, row_norms
from verifier.statements.beyond.formulas import Steps

CPU64 = {"dtype": torch.float64, "device": "cpu"}


def _draw(
    run: int, width: int, d: int, N: int, shift: float, points: int = 20
) -> tuple[Parameters, Tensor, Tensor, Tensor]:
    """A fresh network, samples with labels, and fresh points."""
    generator = torch.Generator(device="cpu").manual_seed(20_000 + run)
    X, y, z = Data("shifted", d, N, separation=shift).sample(points, generator)
    f_0 = initialise(width, d, generator=generator, dtype=torch.float64, device="cpu")
    return f_0, X, y, z


def sharper(slope: float, run: int) -> float:
    """How many times closer the change of the gradient is to h than to s."""
    f_0, X, y, z = _draw(run, 40_000, 20, 40, 1.0)
    recipe = Recipe((1.5, 1.5), slope=slope)
    f = train(f_0, X, y, recipe).params
    change = input_gradient(f, z, slope) - input_gradient(f_0, z, slope)
    published, limit = direction(z, X, y, slope), sharpened_direction(z, X, y, slope)
    return float(angles(change, published).mean() / angles(change, limit).mean())


WIDTHS = (300, 10_000)


def rate(own: bool, run: int) -> float:
    """Minus the exponent of the width in the error of the output, with the draw's own kernel."""
    errors = []
    for width in WIDTHS:
        f_0, X, y, z = _draw(run, width, 5, 20, 0.5, 300)
        recipe = Recipe((1.0, 1.0))
        f = train(f_0, X, y, recipe).params
        kernel = initial_kernel(f_0, z, X, 0.0) * (z @ X.T + 1) if own else k_inf(z, X, 0.0, 1.0)
        predicted = output(f_0, z, 0.0) + recipe.time * kernel @ y / len(y)
        errors.append((output(f, z, 0.0) - predicted).square().mean().sqrt())
    return float(torch.log(errors[0] / errors[1])) / math.log(WIDTHS[1] / WIDTHS[0])


def noise(sampler: str, run: int) -> float:
    """Variance of outputs over batches, by the sampler, over that of batches drawn anew."""
    f_0, X, y, z = _draw(run, 2000, 10, 20, 0.5, 1)
    recipe = Recipe((0.2,) * 8)
    outputs: dict[str, list[Tensor]] = {sampler: [], "fresh": []}
    for name, found in outputs.items():
        for k in range(40):
            generator = torch.Generator(device="cpu").manual_seed(1000 * run + k)
            batches = draw_batches(name, 20, 5, 8, generator)
            found.append(output(train_batches(f_0, X, y, recipe, batches), z, 0.0))
    if sampler == "fresh":
        half = len(outputs["fresh"]) // 2
        first, second = outputs["fresh"][:half], outputs["fresh"][half:]
        return 1 - float(torch.cat(first).var() / torch.cat(second).var())
    return 1 - float(torch.cat(outputs[sampler]).var() / torch.cat(outputs["fresh"]).var())


def turned(eta: float, run: int) -> float:
    """Of neurons with `a^2 >= |w|^2 + b^2`, the share whose readout's sign a training turns."""
    f_0, X, y, _ = _draw(run, 50, 5, 10, 1.0)
    f = train_readout(f_0, X, y, Recipe((eta,) * round(200 / eta), Logistic()))
    longest = f_0.a.square() >= f_0.W.square().sum(dim=1) + f_0.b.square()
    return float((f.a * f_0.a < 0)[longest].double().mean())


def premise(statement: str, run: int) -> float:
    """How often one may conclude from the gradient where projected gradient steps end."""
    f_0, X, y, _ = _draw(run, 1000, 100, 40, 0.3)
    f = train(f_0, X, y, Recipe((1.5, 1.5))).params
    nothing = torch.zeros(len(X), 1000, **CPU64)  # type: ignore[call-overload]
    steps = Steps(f, 0.0, Attack(), 0.1, nothing)
    if statement == "E8p":
        return float((~steps.may_change(X).any(dim=1)).double().mean())
    return float((steps.change(X) < row_norms(input_gradient(f, X, 0.0))).double().mean())


def entropy_turns(classes: int, run: int) -> float:
    """Degrees between the attack on a margin and the one through the cross-entropy."""
    f_0, X, _, _ = _draw(run, 1000, 20, 30, 0.5)
    generator = torch.Generator(device="cpu").manual_seed(run)
    labels = torch.randint(0, classes, (30,), generator=generator, device="cpu")
    a = torch.randn(classes, 1000, generator=generator, **CPU64)  # type: ignore[call-overload]
    f = train_classes(f_0._replace(a=a), X, labels, ClassRecipe((1.0,) * 5))
    targets = (labels + 1) % classes
    x = X.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(class_outputs(f, x, 0.0), targets, reduction="sum")
    (uphill,) = torch.autograd.grad(loss, x)
    margin = perturb_classes(f, X, labels, targets, 1.0, 0.0)
    return float(torch.rad2deg(torch.acos(cosines(margin, -uphill).clamp(-1, 1))).mean())


FINDINGS = (
    Finding(
        "sharpened-direction",
        "gradients turn to h, not to s",
        "What training adds to the input gradient turns to h, another direction than the "
        "published s.",
        "angle to s of what training adds, over its angle to h, at width 40,000",
        1.5,
        partial(sharper, 0.0),
        partial(sharper, 1.0),
        "a linear activation, where no pattern flips",
        ("R3", "R3c", "R4"),
        beside="The ratio depends on the data: the [picture of R3](limits.md) shows a larger one, "
        "for random labels, which put the two directions farther apart.",
    ),
    Finding(
        "flips-rate",
        "flips fade fast as width grows",
        "What flips change of the output falls like width to the -3/4, not -1/2.",
        "exponent of 1/width in the error given the draw's own kernel",
        0.65,
        partial(rate, True),
        partial(rate, False),
        "the limit's kernel in its place",
        ("R2c", "R2k", "R1c"),
        60,
    ),
    Finding(
        "epochs-are-quiet",
        "shuffling removes the noise",
        "Shuffled epochs make almost no noise where batches drawn anew do.",
        "share of the output's variance over batches that shuffling removes",
        0.8,
        partial(noise, "epochs"),
        partial(noise, "fresh"),
        "two halves of batches drawn anew",
        ("E7n",),
    ),
    Finding(
        "readouts-turn",
        "steps turn signs of readouts",
        "Steps turn the signs of readouts that gradient flow would keep for ever.",
        "share of the longest readouts, a² ≥ w² + b², that turn at width 50 and step size 100",
        0.03,
        partial(turned, 100.0),
        partial(turned, 1.0),
        "a hundredth of the step size, as many times more steps",
        ("E9",),
        150,
    ),
    Finding(
        "steps-stay-in-a-cone",
        "projected steps stay in a cone",
        "Where projected steps end is known for wide networks, though patterns change on the way.",
        "share of samples whose steps are known to end near the gradient at ε = 0.1",
        0.8,
        partial(premise, "E8c"),
        partial(premise, "E8p"),
        "the condition that no pattern changes",
        ("E8c", "E8p"),
    ),
    Finding(
        "entropy-turns",
        "cross-entropy turns the attack",
        "With several classes an attack through the cross-entropy is another attack.",
        "angle in degrees to the attack on the margin for five classes",
        10.0,
        partial(entropy_turns, 5),
        partial(entropy_turns, 2),
        "two classes",
        ("E10", "E10m"),
    ),
)
