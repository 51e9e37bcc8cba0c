"""What a card is trusted with, once it was tried there: replays, and products in exact pieces.

Neither can be known beforehand: drivers, cards and versions of torch differ. A card on which a
trial fails, or finds anything else, trains as every device does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

import torch
from torch import Tensor

from verifier.model.device import read
from verifier.model.losses import Identity, Logistic
from verifier.model.network import initialise
from verifier.reproduction.training.exact_products import (
    PIECES,
    in_pieces,
    pattern_product,
    repeated,
)
from verifier.reproduction.training.recipes import SCHEDULES
from verifier.reproduction.training.stacked_descent import PLAIN, Way, descend

P = ParamSpec("P")
SAMPLES, DIMENSION, WIDTH = 64, 24, 16
EPOCHS = (20, 50, 90)
"""The second and the third are reached by replays."""


@functools.cache
def trusted(device: str) -> Way:
    """What may be done on `device`; tried once in a process, within a second."""
    place = torch.device(device)
    if place.type != "cuda" or not torch.cuda.is_available():
        return PLAIN
    pieces = _well(multiplies, place)
    return Way(captures=_well(replays, place, pieces), pieces=pieces)


def multiplies(device: torch.device) -> bool:
    """Whether products in pieces are float32's: exact, but for the rounding of sums.

    A sum of n numbers, in any order, each rounded to `2^-23` of itself, is off by at most
    `n 2^-23` times the sum of their sizes. Single entries show lost digits that sums would hide.
    """
    matrix = _normal(2, SAMPLES, DIMENSION).to(device)
    single = torch.eye(SAMPLES, device=device).expand(2, -1, -1)
    chosen = torch.cat((single, (_normal(2, WIDTH, SAMPLES) > 0).float().to(device)), dim=1)
    out = matrix.new_empty(2, SAMPLES + WIDTH, DIMENSION)
    pattern_product(repeated(chosen), in_pieces(matrix), out)
    exact, sizes = (chosen.double() @ part for part in (matrix.double(), matrix.double().abs()))
    terms = torch.where(chosen.sum(dim=-1, keepdim=True) == 1, 1, PIECES * SAMPLES)
    within = ((out.double() - exact).abs() <= terms * 2**-23 * sizes).all()
    return bool(read(within.reshape(1))[0])


def replays(device: torch.device, pieces: bool) -> bool:
    """Whether small trainings come out the same, bit for bit, with captured steps and without."""
    replayed, made = (_trained(device, captures, pieces) for captures in (True, False))
    return all(map(torch.equal, replayed, made))


def _trained(device: torch.device, captures: bool, pieces: bool) -> list[Tensor]:
    """All tensors of small trainings, by every schedule and loss."""
    generator = torch.Generator(device="cpu").manual_seed(1)
    start = initialise(WIDTH, DIMENSION, generator=generator, dtype=torch.float32, device=device)
    X = _normal(2, SAMPLES, DIMENSION).to(device)
    y = X[0, :, 0].sign()
    found = []
    for schedule in SCHEDULES.values():
        for loss in (Identity(), Logistic()):
            way = Way(captures, pieces)
            for end in descend(start, X, y, (1.0, 0.1), schedule, EPOCHS, loss, 0.1, 1.0, way):
                found += [end.params.W, end.params.b, end.time]
    return found


def _normal(*shape: int) -> Tensor:
    generator = torch.Generator(device="cpu").manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float32, device="cpu")


def _well(trial: Callable[P, bool], *given: P.args, **more: P.kwargs) -> bool:
    """Whether a trial went well; one that a card or a version of torch refuses did not."""
    try:
        return trial(*given, **more)
    except (RuntimeError, TypeError, NotImplementedError):
        return False
