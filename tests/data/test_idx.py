"""Reading one IDX file: what it holds, or an error that names it."""

from __future__ import annotations

import gzip
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from tests.data.idx_files import GOOD, idx_bytes, refused, write
from verifier.data import images as datasets
from verifier.errors import InputError


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("shape", [(1,), (7,), (3, 28, 28), (2, 5, 3)])
def test_read_idx_returns_what_was_written(
    tmp_path: Path, shape: tuple[int, ...], suffix: str
) -> None:
    array = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    read = datasets.read_idx(write(tmp_path / f"file{suffix}", idx_bytes(array)))
    assert read.dtype == np.uint8
    assert read.shape == shape
    assert np.array_equal(read, array)


LABELS = idx_bytes(np.arange(5, dtype=np.uint8))
BAD_CONTENT = {
    "empty": (b"", "0 bytes", "at least 4: truncated file"),
    "half a magic number": (GOOD[:3], "3 bytes", "at least 4: truncated file"),
    "wrong magic number": (b"\x89PNG" + GOOD, "magic number 0x89504e47", "begin with 0x0000"),
    "float elements": (b"\0\0\x0d" + GOOD[3:], "element type 0x0d", "0x08 (unsigned byte)"),
    "no dimensions": (b"\0\0\x08\0", "0 dimensions", "1 (labels) or 3 (images)"),
    "two dimensions": (idx_bytes(np.ones((2, 2), np.uint8)), "2 dimensions", "1 (labels) or 3"),
    "most dimensions": (b"\0\0\x08\xff" + GOOD[4:], "255 dimensions", "1 (labels) or 3 (images)"),
    "truncated sizes": (GOOD[:13], "9 bytes of sizes", "12: truncated file"),
    "no data": (GOOD[:16], "0 data bytes", "the 12 of shape (3, 2, 2): truncated file"),
    "one byte short": (GOOD[:-1], "11 data bytes", "the 12 of shape (3, 2, 2): truncated file"),
    "one label short": (LABELS[:-1], "4 data bytes", "the 5 of shape (5,): truncated file"),
    "one byte long": (GOOD + b"\0", "at least 13 data bytes", "the 12 of shape"),
    "trailing bytes": (GOOD + GOOD, "at least 13 data bytes", "(3, 2, 2): trailing bytes"),
    "no entries": (b"\0\0\x08\x01" + bytes(4), "shape (0,)", "have from 1 to 67108864 entries"),
}


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("case", BAD_CONTENT)
def test_read_idx_refuses_bad_content(tmp_path: Path, case: str, suffix: str) -> None:
    content, value, rule = BAD_CONTENT[case]
    path = write(tmp_path / f"file{suffix}", content)
    with pytest.raises(InputError, match=refused(path, value, rule)):
        datasets.read_idx(path)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(
    "shape", [(2**32 - 1,), (2**32 - 1,) * 3, (2**32 - 1, 0, 2**32 - 1), (2**26 + 1,)]
)
def test_read_idx_does_not_trust_a_giant_header(
    tmp_path: Path, shape: tuple[int, ...], suffix: str
) -> None:
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
    path = write(tmp_path / f"file{suffix}", header + bytes(10))
    with pytest.raises(InputError, match=refused(path, f"shape {shape}", "from 1 to 67108864")):
        datasets.read_idx(path)


def test_the_entry_limit_admits_the_largest_real_file() -> None:
    assert datasets.MAX_ENTRIES >= 60000 * 28 * 28


def test_read_idx_refuses_every_truncation_of_a_gzip_file(tmp_path: Path) -> None:
    path, content = tmp_path / "file.gz", gzip.compress(GOOD)
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match=f"^{re.escape(str(path))} = "):
            datasets.read_idx(path)


@pytest.mark.parametrize("case", ["not gzip", "checksum", "deflate", "trailing junk"])
def test_read_idx_refuses_corrupt_gzip(tmp_path: Path, case: str) -> None:
    good = gzip.compress(GOOD)
    content = {
        "not gzip": GOOD,
        "checksum": good[:-8] + bytes(4) + good[-4:],
        "deflate": good[:10] + b"\xff" * (len(good) - 18) + good[-8:],
        "trailing junk": good + b"junk",
    }[case]
    path = tmp_path / "file.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=refused(path, "", "an intact gzip file")):
        datasets.read_idx(path)


def test_read_idx_refuses_gzip_under_a_plain_name(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(GOOD))
    with pytest.raises(InputError, match=refused(path, "magic number 0x1f8b", "begin with 0x0000")):
        datasets.read_idx(path)


@pytest.mark.parametrize("name", ["absent", "absent.gz", ""])
def test_read_idx_refuses_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(InputError, match=refused(path, "", "must be a readable file")):
        datasets.read_idx(path)
