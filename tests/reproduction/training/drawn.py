"""Samples of one setting, which tests of synthetic data and of images share."""

from pathlib import Path

import torch
from torch import Tensor

from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.samples import Samples, draw_samples

SHIFTED = PointSetting("shifted", "a", 50, 20, 2000, 0.3, 0.1, "identity", 5, 6, (1.0, 0.1), (0.5,))


def drawn(setting: PointSetting, seed: int = 0, folder: Path | None = None) -> Samples:
    return draw_samples(setting, seed, folder, "cpu")


def parts(samples: Samples) -> list[Tensor]:
    return [samples.X, samples.y, samples.targets, samples.z]


def equal(one: Samples, other: Samples) -> bool:
    return all(map(torch.equal, parts(one), parts(other)))
