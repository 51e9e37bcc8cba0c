"""What a point draws: data, fresh points, targets and the two initial networks.

Every draw has a seed of its own, so that points of a panel share what they have in common: the
data of all widths, the network of all perturbation sizes, the fresh points of all sample sizes.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from verifier.data import images as image_data
from verifier.errors import require
from verifier.model.attack import natural_inputs
from verifier.model.network import Parameters, initialise
from verifier.reproduction.panels import IMAGES, PointSetting
from verifier.trial.description import seed_of

FRESH = 1000  # points on which f and g are compared, where they can be drawn
SHIFT = 0.3  # mean of the mean-shifted Gaussian in every coordinate
TEST_SHARE = 0.2  # of images whose source has no test part


@dataclass(frozen=True)
class Samples:
    """Training data `X (N, d)`, `y (N,)`, targets `(N,)` and fresh points `z (P, d)`."""

    X: Tensor
    y: Tensor
    targets: Tensor
    z: Tensor

    def attacked(self, scenario: str, eps: float, nu: Tensor) -> Tensor:
        """`o_n + eps ytil_n nu_n`, what g learns from, for unit rows `nu (N, d)`."""
        return natural_inputs(self.X, scenario) + eps * self.targets.unsqueeze(-1) * nu


def _generator(role: str, *key: object) -> torch.Generator:
    return torch.Generator(device="cpu").manual_seed(seed_of("experiment", role, *key))


def _signs(count: int, generator: torch.Generator) -> Tensor:
    bits = torch.randint(0, 2, (count,), generator=generator, dtype=torch.int64, device="cpu")
    return (2 * bits - 1).to(torch.float64)


def _synthetic(data: str, rows: int, d: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    X = torch.randn(rows, d, generator=generator, dtype=torch.float64, device="cpu")
    if data == "gaussian":
        return X, _signs(rows, generator)
    require(rows % 2 == 0, "N", rows, "must be even: half of the samples in each class")
    y = torch.ones(rows, dtype=torch.float64, device="cpu")
    y[rows // 2 :] = -1
    return X.add_(SHIFT * y.unsqueeze(-1)), y


@functools.lru_cache(maxsize=3)
def _parts(task: str, folder: Path | None, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Training images in the source's order, their labels, and the test images."""
    images = image_data.load(task, folder)
    order = torch.arange(len(images.y), device="cpu")
    train = images.train
    if train is None:
        order = torch.randperm(len(order), generator=_generator("split", task, seed), device="cpu")
        train = round(len(order) * (1 - TEST_SHARE))
    X, y = images.X[order], images.y[order]
    return X[:train], y[:train], X[train:]


@dataclass(frozen=True)
class Origin:
    """Where images come from: for a reader, how many to train on, and a hash of them all."""

    source: str
    train: int
    digest: str


@functools.lru_cache(maxsize=4)
def origin(task: str, folder: Path | None) -> Origin | None:
    """The origin of the images of `task`; None if they are not found."""
    images = image_data.find(task, folder)
    if images is None:
        return None
    parts = (images.X, images.y, torch.tensor([images.train or 0], device="cpu"))
    digest = hashlib.sha256(b"".join(t.numpy().tobytes() for t in parts)).hexdigest()
    return Origin(images.source, len(_parts(task, folder, 0)[0]), digest)


def draw_samples(setting: PointSetting, seed: int, folder: Path | None, device: str) -> Samples:
    """The samples of a setting, float32 on `device`; the same for all widths, eps and times.

    Of images, all N if there are just so many, else N of them at random; their test part is fresh.
    Drawn once for all who ask one after another: they share its tensors, which none may change.
    """
    return _drawn(setting.data, setting.d, setting.N, seed, folder, device)


@functools.lru_cache(maxsize=3)  # as many as three seeds take turns
def _drawn(data: str, d: int, N: int, seed: int, folder: Path | None, device: str) -> Samples:
    if data in IMAGES:
        X, y, z = _parts(data, folder, seed)
        require(len(X) >= N, "N", N, f"{data} has only {len(X)} training images here")
        if len(X) > N:
            kept = torch.randperm(
                len(X), generator=_generator("kept", data, N, seed), device="cpu"
            )[:N]
            X, y = X[kept], y[kept]
    else:
        X, y = _synthetic(data, N, d, _generator("train", data, d, N, seed))
        z, _ = _synthetic(data, FRESH, d, _generator("fresh", data, d, seed))
    targets = _signs(N, _generator("targets", data, d, N, seed))
    return Samples(*(t.to(device=device, dtype=torch.float32) for t in (X, y, targets, z)))


def draw_network(role: str, setting: PointSetting, seed: int, device: str) -> Parameters:
    """The initial network called `role` ("f" or "g") of a setting, float32 on `device`."""
    generator = _generator(role, setting.d, setting.m, seed)
    return initialise(setting.m, setting.d, generator=generator, dtype=torch.float32, device=device)
