"""What a panel should take is counted, and an operation is as slow as its slowest part."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from benchmarks.gpu.expected import Expected, Operation, Rates, of_works, operations
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.clean_network import CURVES, DIRECTIONS, Ask
from verifier.reproduction.training.peaks import Descent, descents_of
from verifier.reproduction.training.work import Training

RATES = Rates(float32=1e12, bfloat16=8e12, bytes=1e11, kernel=1e-6)
N, D, M = 64, 50, 10
SETTING = PointSetting("gaussian", "b", D, M, N, 0.0, 1.0, "identity", 5, 7, (1.0, 0.1), (1.0, 0.1))


def products(setting: PointSetting, recipe: str = "published") -> dict[torch.dtype, float]:
    """What one step multiplies, by dtype, for two data sets at two rates."""
    _, step = operations(Descent(2, 2, 7, 1.0), setting, recipe)
    found = dict.fromkeys((torch.float32, torch.bfloat16), 0.0)
    for one, count in step.items():
        found[one.dtype] += count * one.flops
    return found


def test_a_step_multiplies_what_its_form_says() -> None:
    neurons = 2 * 2 * M
    read_out = 2.0 * neurons * N  # the outputs, for the loss
    pieces = products(SETTING)
    assert pieces == {torch.float32: read_out, torch.bfloat16: 3 * 2.0 * neurons * N * N}
    assert products(SETTING, "theory")[torch.float32] == 0  # no loss is asked for
    gram = products(replace(SETTING, loss="logistic"))
    assert gram == {torch.float32: 2.0 * neurons * N * N + read_out, torch.bfloat16: 0}
    primal = products(replace(SETTING, loss="logistic", d=5))
    assert primal == {torch.float32: 2 * 2.0 * neurons * N * 6 + read_out, torch.bfloat16: 0}


@pytest.mark.parametrize(
    ("operation", "seconds"),
    [
        (Operation(1e12, torch.float32, 1.0), 1.0),
        (Operation(8e12, torch.bfloat16, 1.0), 1.0),
        (Operation(1.0, torch.float32, 5e11), 5.0),
        (Operation(1.0, torch.float32, 1.0), 1e-6),
    ],
)
def test_an_operation_takes_as_long_as_its_slowest_part(
    operation: Operation, seconds: float
) -> None:
    assert operation.seconds(RATES) == seconds


def test_trainings_add_up() -> None:
    ask = Ask(CURVES, SETTING)
    later = Ask(CURVES, replace(SETTING, epochs_g=70))
    one = of_works([Training("published", 0, (ask,), (1.0,))], RATES)
    more = of_works([Training("published", 0, (later,), (1.0,))], RATES)
    _, step = operations(Descent(2, 2, 7, 1.0), SETTING, "published")
    each = Expected.of(step, 1, RATES)
    assert math.isclose(more.kernels - one.kernels, 63 * each.kernels)
    assert math.isclose(more.seconds - one.seconds, 63 * each.seconds, rel_tol=1e-9)
    again = of_works([Training("published", 0, (ask,), (1.0,))] * 2, RATES)
    assert math.isclose(again.seconds, 2 * one.seconds)
    assert one.host < again.host < 2 * one.host  # the samples are drawn once


def test_what_is_trained_for_the_asks_of_one_network() -> None:
    asks = [
        Ask(DIRECTIONS, replace(SETTING, epochs_f=100)),
        *(Ask(CURVES, replace(SETTING, eps=eps, epochs_g=9 + i)) for i, eps in enumerate((1.0, 2))),
        Ask(CURVES, replace(SETTING, scenario="a")),
    ]
    assert descents_of(asks, "published") == [
        *(Descent(1, 2, 100, 1.0), Descent(2, 2, 9, 1.0), Descent(2, 2, 10, 1.0)),
        Descent(2, 2, 7, 0.1),
    ]
    assert descents_of(asks[:1], "theory") == [Descent(1, 1, 100, 1.0)]


def test_a_machine_s_rates_are_measured() -> None:
    found = Rates.of(torch.device("cpu"))
    assert 1e9 < found.float32 < 1e13
    assert 1e8 < found.bytes < 1e12
    assert 1e-8 < found.kernel < 1e-3
