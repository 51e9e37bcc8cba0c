from __future__ import annotations

import math

import mpmath
import pytest
import torch
from torch import Tensor

from verifier.model.vectors import row_norms, unit_rows

CPU64 = {"dtype": torch.float64, "device": "cpu"}
SIZES = (5e-324, 1e-310, 1e-200, 1e-3, 1.0, 1e3, 1e200, 1e307)


def rows(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator("cpu").manual_seed(1), **CPU64)


def exact_norm(row: Tensor) -> float:
    with mpmath.workdps(40):
        return float(mpmath.sqrt(mpmath.fsum(mpmath.mpf(float(v)) ** 2 for v in row)))


@pytest.mark.parametrize("size", SIZES)
def test_lengths_and_directions_over_the_whole_floating_range(size: float) -> None:
    v = size * rows(5, 3)
    for row, length, direction in zip(v, row_norms(v), unit_rows(v), strict=True):
        exact = exact_norm(row)
        assert float(length) == pytest.approx(exact, rel=1e-15, abs=5e-324)
        if exact > 0:
            assert math.hypot(*direction.tolist()) == pytest.approx(1.0, rel=1e-15)
        with mpmath.workdps(40):
            wanted = [float(mpmath.mpf(float(x)) / exact) if exact > 0 else 0.0 for x in row]
        if size > 1e-300:  # below, the exact length itself has few digits as a float
            assert direction.tolist() == pytest.approx(wanted, rel=2e-15)


def test_a_zero_row_has_no_length_and_no_direction() -> None:
    v = rows(3, 4)
    v[1] = 0.0
    assert row_norms(v)[1] == 0.0
    assert unit_rows(v)[1].tolist() == [0.0] * 4
    assert bool((row_norms(v)[[0, 2]] > 0).all())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_leading_dimensions_and_dtype_are_kept(dtype: torch.dtype) -> None:
    v = rows(2, 3, 5, 4).to(dtype)
    lengths, directions = row_norms(v), unit_rows(v)
    assert (lengths.shape, directions.shape) == ((2, 3, 5), v.shape)
    assert lengths.dtype == directions.dtype == dtype
    torch.testing.assert_close(lengths, (v.double() ** 2).sum(dim=-1).sqrt().to(dtype))
    torch.testing.assert_close(directions * lengths[..., None], v)


def test_the_rows_are_not_written_to() -> None:
    v = rows(3, 4)
    copy = v.clone()
    row_norms(v)
    unit_rows(v)
    assert torch.equal(v, copy)
