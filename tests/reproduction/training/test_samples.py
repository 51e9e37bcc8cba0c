"""What experiments draw of synthetic data: the laws, and what is shared."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.meta_device import DEVICES, assert_unaffected
from tests.reproduction.training.drawn import SHIFTED, drawn, equal, parts
from verifier.errors import InputError
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.samples import FRESH, draw_network, draw_samples

GAUSSIAN = replace(SHIFTED, data="gaussian")
SYNTHETIC = pytest.mark.parametrize("setting", [SHIFTED, GAUSSIAN], ids=lambda s: s.data)
SAME_DRAWS: list[dict[str, Any]] = [
    {"m": 30},
    {"eps": 7.0},
    {"gamma": 0.0},
    {"scenario": "b"},
    {"loss": "logistic"},
    {"epochs_f": 50, "epochs_g": 60},
    {"rates_f": (9.0,), "rates_g": (3.0, 2.0)},
]


def cosine(u: Tensor, v: Tensor) -> float:
    """Of all entries; of n independent ones of mean 0 it is of the size 1/sqrt n."""
    u, v = u.double().flatten(), v.double().flatten()
    return float(u @ v / (u.norm() * v.norm()))


def assert_unrelated(u: Tensor, v: Tensor) -> None:
    assert abs(cosine(u, v)) < 5 / math.sqrt(u.numel())


@SYNTHETIC
def test_samples_are_float32_of_the_right_shapes(setting: PointSetting) -> None:
    samples = drawn(setting)
    N, d = setting.N, setting.d
    shapes = [tuple(part.shape) for part in parts(samples)]
    assert shapes == [(N, d), (N,), (N,), (FRESH, d)]
    for part in parts(samples):
        assert part.dtype == torch.float32
    for signs in (samples.y, samples.targets):
        assert set(signs.tolist()) == {-1.0, 1.0}


def test_mean_shifted_data_are_half_and_half_and_shifted_by_three_tenths() -> None:
    for N in (2, 6, 2000):
        samples = drawn(replace(SHIFTED, N=N))
        assert int(samples.y.sum()) == 0
    means = {c: samples.X[samples.y == c].double().mean(dim=0) for c in (1, -1)}
    for c, mean in means.items():
        assert torch.all((mean - 0.3 * c).abs() < 5 / math.sqrt(N / 2))
        assert float(mean.mean()) == pytest.approx(0.3 * c, abs=5 / math.sqrt(N / 2 * len(mean)))
    residual = samples.X - 0.3 * samples.y.unsqueeze(-1)
    assert float(residual.var()) == pytest.approx(1.0, abs=0.03)
    # of the fresh points a half is shifted either way, too
    totals = samples.z.double().mean(dim=1).sort().values
    assert float(totals[: FRESH // 2].mean()) == pytest.approx(-0.3, abs=0.03)
    assert float(totals[FRESH // 2 :].mean()) == pytest.approx(0.3, abs=0.03)


def test_gaussian_data_are_standard_and_their_labels_random() -> None:
    samples = drawn(GAUSSIAN)
    for points in (samples.X, samples.z):
        bound = 5 / math.sqrt(points.numel())
        assert float(points.mean()) == pytest.approx(0.0, abs=bound)
        assert float(points.var()) == pytest.approx(1.0, abs=2 * bound)
    assert 0 < abs(int(samples.y.sum())) < 5 * math.sqrt(GAUSSIAN.N)  # not half and half
    assert_unrelated(samples.X.mean(dim=1), samples.y)


@pytest.mark.parametrize("N", [1, 3, 101])
def test_mean_shifted_data_of_odd_number_are_refused(N: int) -> None:
    with pytest.raises(InputError, match=rf"^N = {N}: must be even"):
        drawn(replace(SHIFTED, N=N))
    assert len(drawn(replace(GAUSSIAN, N=N)).y) == N


@SYNTHETIC
@pytest.mark.parametrize("change", SAME_DRAWS, ids=lambda change: "-".join(change))
def test_points_of_a_panel_share_their_samples(
    setting: PointSetting, change: dict[str, Any]
) -> None:
    assert equal(drawn(setting), drawn(replace(setting, **change)))


@SYNTHETIC
@pytest.mark.parametrize("change", SAME_DRAWS[1:], ids=lambda change: "-".join(change))
def test_points_of_a_panel_share_their_networks(
    setting: PointSetting, change: dict[str, Any]
) -> None:
    for role in "fg":
        one = draw_network(role, setting, 0, "cpu")
        other = draw_network(role, replace(setting, **change, N=8), 0, "cpu")
        assert all(map(torch.equal, one, other))


@SYNTHETIC
def test_fresh_points_are_shared_by_all_sample_sizes_and_data_are_not(
    setting: PointSetting,
) -> None:
    one, other = drawn(setting), drawn(replace(setting, N=1000))
    assert torch.equal(one.z, other.z)
    assert not torch.equal(one.X[:1000], other.X)
    assert not torch.equal(one.targets[:1000], other.targets)


def test_targets_of_other_data_are_other_targets() -> None:
    """Or chance would favour or harm all panels of one size together."""
    for other in (GAUSSIAN, replace(SHIFTED, d=3), replace(SHIFTED, d=3, data="gaussian")):
        assert_unrelated(drawn(SHIFTED).targets, drawn(other).targets)
    shared = replace(SHIFTED, m=7, eps=0.3, epochs_f=3, gamma=0.2, loss="logistic")
    assert torch.equal(drawn(SHIFTED).targets, drawn(shared).targets)


@SYNTHETIC
def test_seeds_draw_unrelated_samples(setting: PointSetting) -> None:
    centred = replace(setting, data="gaussian")  # else the common mean relates them
    for one, other in combinations([drawn(centred, seed) for seed in (0, 1, 2)], 2):
        for u, v in zip(parts(one), parts(other), strict=True):
            assert_unrelated(u, v)
    assert equal(drawn(setting, 1), drawn(setting, 1))
    assert not equal(drawn(setting, 1), drawn(setting, 2))


def test_train_and_fresh_points_labels_and_targets_are_unrelated() -> None:
    for seed in range(5):
        samples = drawn(GAUSSIAN, seed)
        assert_unrelated(samples.X[:FRESH], samples.z)
        assert_unrelated(samples.y, samples.targets)
        shifted = drawn(SHIFTED, seed)
        assert_unrelated(shifted.y, shifted.targets)
        assert_unrelated(shifted.X.mean(dim=1) - 0.3 * shifted.y, shifted.targets)


def test_networks_of_f_and_g_and_of_all_seeds_are_unrelated() -> None:
    setting = replace(SHIFTED, d=40, m=500)
    networks = [draw_network(role, setting, seed, "cpu") for role in "fg" for seed in (0, 1)]
    for one, other in combinations(networks, 2):
        for u, v in zip(one, other, strict=True):
            assert_unrelated(u, v)
    for W, b, a in networks:
        assert tuple(W.shape) == (500, 40)
        assert float(W.var()) == pytest.approx(1 / 40, rel=0.05)
        for v in (b, a):
            assert tuple(v.shape) == (500,)
            assert float(v.var()) == pytest.approx(1.0, abs=0.35)
        assert {t.dtype for t in (W, b, a)} == {torch.float32}


@DEVICES
def test_draws_use_no_default_device_or_dtype(device: str) -> None:
    calls: list[Callable[[], object]] = [
        partial(draw_samples, SHIFTED, 3, None, device),
        partial(draw_samples, GAUSSIAN, 3, None, device),
        partial(draw_network, "f", SHIFTED, 3, device),
        partial(draw_network, "g", SHIFTED, 3, device),
    ]
    for call in calls:
        assert_unaffected(call, device, torch.float32)
