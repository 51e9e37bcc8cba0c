"""What the tests of bad input share: a small problem, and what a refusal must say."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.model.network import Parameters, initialise
from verifier.trial.configuration import Configuration

CPU64 = {"dtype": torch.float64, "device": "cpu"}
NAN, INF = math.nan, math.inf
M, D, N = 5, 3, 4


def refused(call: Callable[[], object], argument: str, value: str, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    message = str(caught.value)
    assert re.match(rf"^{re.escape(argument)}\b", message), message
    assert re.fullmatch(rf".*? = .*{re.escape(value)}.*: .*{re.escape(rule)}.*", message), message


def generator() -> torch.Generator:
    return torch.Generator("cpu").manual_seed(1)


def network(leading: tuple[int, ...] = ()) -> Parameters:
    return initialise(M, D, generator=generator(), networks=leading, **CPU64)


def samples(*leading: int) -> Tensor:
    return torch.randn(*leading, N, D, generator=generator(), **CPU64)


def labels() -> Tensor:
    return torch.tensor([1.0, -1.0, 1.0, 1.0], **CPU64)


def spoilt(tensor: Tensor, value: float) -> Tensor:
    copy = tensor.clone()
    copy.view(-1)[-1] = value
    return copy


def configuration(**changes: Any) -> Configuration:
    data = Data("gaussian", D, N)
    plain = Configuration(data, M, 0.3, True, (0.1,), (0.1,), 0.5, "a")
    return dataclasses.replace(plain, **changes)


P, X, Y = network(), samples(), labels()
