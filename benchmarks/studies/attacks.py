"""Other attacks, and one that needs no training: what is learnt from them, and how far they go."""

from __future__ import annotations

from dataclasses import replace

import torch

from benchmarks.findings.learning import accuracy_of_g, accuracy_without_signal, setting
from verifier.kernel.prediction import sharpened_direction
from verifier.model.attack import Attack
from verifier.model.network import input_gradient, output
from verifier.model.training import train
from verifier.model.vectors import cosines, unit_rows
from verifier.trial.draw import draw

ATTACKS = ("L2", "Linf", "L1.5", "L2, 1 pixel", "L2, 3 pixels", "L2, 10 pixels", "Linf, 10 pixels")
LENGTH = 5.0
"""In L2: other norms get the length that all their entries have at it."""

LEARNT = setting(0.3, 100, 400, 10.0, 30.0, LENGTH, train_bias=False)

WIDTHS = (30, 100, 300, 1000, 10_000)
CLEAN = setting(0.3, 100, 100, 3.0, 1.0, 1.0)


def _length(attack: str) -> float:
    """So that a perturbation along all its entries alike is as long in L2 as `LENGTH`."""
    made = Attack.named(attack)
    entries = made.pixels or LEARNT.data.dimension
    return LENGTH * float(entries ** (1 / made.norm - 0.5))


def accuracy(attack: str, run: int) -> tuple[float, float]:
    """Of g at fresh points, by this attack; and if every second target is wrong."""
    c = replace(LEARNT, attack=attack, eps=_length(attack))
    return accuracy_of_g(c, run), accuracy_without_signal(c, run)


def without_training(width: int, run: int) -> tuple[float, float]:
    """Of an attack on trained f along `nabla f_hat` at fresh points.

    Its cosine with `nabla f`, and how much of the fall of `y f` that a step along `nabla f` makes,
    it makes; the step is a tenth of a typical length.
    """
    c = replace(CLEAN, width=width)
    start = draw(replace(c, fresh_points=100), replicate=run)
    f = train(start.f_0, start.X, start.y, c.f_recipe).params
    own = unit_rows(input_gradient(f, start.z, c.slope))
    known = unit_rows(sharpened_direction(start.z, start.X, start.y, c.slope))
    before = output(f, start.z, c.slope)
    falls = [(output(f, start.z + step, c.slope) - before).mean() for step in (own, known)]
    return float(cosines(own, known).mean()), float(torch.stack(falls)[1] / falls[0])
