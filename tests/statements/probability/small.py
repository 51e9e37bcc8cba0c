"""What the tests of P1-P4 share."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.statements import DEFAULT, STATISTICAL
from verifier.trial.experiment import Experiment

IMPLEMENTATIONS = (Reference, TorchNN, NumpyFloat64)
A_RUN = 5e-9  # about what one test of a whole run may spend


def normal(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator(device="cpu").manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def experiment(statement: str, index: int = 0, replicates: int | None = None) -> Experiment:
    found = STATISTICAL[statement].experiments[DEFAULT][index]
    return found if replicates is None else replace(found, replicates=replicates)
