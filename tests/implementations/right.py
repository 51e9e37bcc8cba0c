"""Codes whose answers are right, whatever else they do in `train`."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


class Right(TorchNN):
    """Right, and harmless; what others do comes first."""

    def harm(self) -> None:
        """Nothing."""

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        self.harm()
        return super().train(params, X, y, recipe)


class Threads(Right):
    def harm(self) -> None:
        threading.Thread(target=time.sleep, args=(10**6,)).start()


class Prints(Right):
    def harm(self) -> None:
        sys.stdout.write("x" * 10**7)
        os.write(2, b"y" * 10**6)


class Forks(Right):
    def harm(self) -> None:
        os.fork()


class ForksAndStays(Right):
    def harm(self) -> None:
        if os.fork() == 0:
            time.sleep(10**6)


class TurnsGradientsOff(Right):
    def harm(self) -> None:
        torch.set_grad_enabled(False)


class SetsDtype(Right):
    def harm(self) -> None:
        torch.set_default_dtype(torch.float16)


class SetsThreads(Right):
    def harm(self) -> None:
        torch.set_num_threads(2)


class Flushes(Right):
    def harm(self) -> None:
        torch.set_flush_denormal(True)


class Seeds(Right):
    def harm(self) -> None:
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)


class Moves(Right):
    def harm(self) -> None:
        os.chdir("/")


class Patches(Right):
    def harm(self) -> None:
        torch.manual_seed = print  # type: ignore[assignment]


class AnswersLists(Right):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        return [part.tolist() for part in super().train(params, X, y, recipe)]


RIGHT = (
    Right,
    Threads,
    Prints,
    Forks,
    ForksAndStays,
    TurnsGradientsOff,
    SetsDtype,
    SetsThreads,
    Flushes,
    Seeds,
    Moves,
    Patches,
    AnswersLists,
)
