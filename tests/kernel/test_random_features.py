"""The witness is the closed form of `kernel_sum`, exact to rounding.

All seeds are fixed; a false-alarm rate says how likely another seed is to fail a right code.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.memory import peak_kib
from verifier.errors import InputError
from verifier.kernel import phi as kernel
from verifier.kernel.phi import kernel_sum, phi
from verifier.kernel.random_features import Estimate, kernel_sum_by_features

CPU64 = {"dtype": torch.float64, "device": "cpu"}
Problem = tuple[Tensor, Tensor, Tensor]


def generator(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def problem(seed: int, count: int, samples: int, d: int, shift: float = 0.0) -> Problem:
    """Points, of which some are samples or opposite to one, and weights of either sign."""
    g = generator(seed)
    X = torch.randn(samples, d, generator=g, **CPU64) + shift
    z = torch.randn(count, d, generator=g, **CPU64) + shift
    z[0], z[1] = X[0], -X[1]
    return z, X, torch.randn(samples, generator=g, **CPU64) / samples


def repeated(case: Problem, slope: float, beta: float, features: int, repeats: int) -> Estimate:
    """Values and standard errors of independent estimates, (repeats, P)."""
    g = generator(1)
    found = [
        kernel_sum_by_features(*case, slope, beta, features=features, generator=g)
        for _ in range(repeats)
    ]
    return Estimate(*(torch.stack(part) for part in zip(*found, strict=True)))


@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("beta", [0.0, 1.0])
@pytest.mark.parametrize(
    ("count", "samples", "d", "shift"),
    [(50, 40, 1, 0.0), (50, 300, 5, 0.0), (50, 300, 30, 1.0), (20, 3, 200, 0.0)],
)
def test_the_closed_form_lies_within_the_stated_error(
    count: int, samples: int, d: int, shift: float, slope: float, beta: float
) -> None:
    """Five standard errors: by the normal law 6e-7 a point, at most 4e-4 for all 680 points."""
    case = problem(2, count, samples, d, shift)
    exact = kernel_sum(*case, slope, beta)
    found = kernel_sum_by_features(*case, slope, beta, features=20_000, generator=generator(3))
    assert found.value.shape == found.standard_error.shape == (count,)
    assert bool(((found.value - exact).abs() < 5 * found.standard_error).all())
    size = torch.linalg.vector_norm(exact)
    assert torch.linalg.vector_norm(found.standard_error) < 0.02 * size  # else it says little


@pytest.mark.slow
@pytest.mark.parametrize("features", [2, 3, 64])
def test_the_value_is_unbiased_and_its_error_calibrated(features: int) -> None:
    """Two draws are enough for both: the squared standard error is an unbiased variance.

    Bias: five standard errors, 6e-7 a point. The ratio of variances scatters by 0.04 (two draws)
    or 0.03 from seed to seed: 0.2 is five deviations or more.
    """
    case = problem(4, 6, 20, 3)
    exact = kernel_sum(*case, 0.2, 1.0)
    value, error = repeated(case, 0.2, 1.0, features, 4000)
    noise = value.std(dim=0) / math.sqrt(len(value))
    assert bool(((value.mean(dim=0) - exact).abs() < 5 * noise).all())
    ratio = (value - exact).square().mean(dim=0) / error.square().mean(dim=0)
    assert ratio.tolist() == pytest.approx([1.0] * 6, abs=0.2)
    if features == 64:
        chi_square = ((value - exact) / error).square().mean(dim=0)  # Student's: 63/61 on average
        assert chi_square.tolist() == pytest.approx([63 / 61] * 6, abs=0.2)


def test_a_single_pair_shows_a_split_that_is_slightly_wrong() -> None:
    """A factor other than sqrt(2/pi) is off in second order only. Five standard errors: 6e-7."""
    x = torch.ones(1, 1, **CPU64)
    one, g = torch.ones(1, **CPU64), generator(18)
    found = kernel_sum_by_features(x, x, one, 0.0, 1.0, features=3_000_000, generator=g)
    exact = kernel_sum(x, x, one, 0.0, 1.0)
    assert bool((found.value - exact).abs() < 5 * found.standard_error)
    assert bool(found.standard_error < 3e-4 * exact)


def test_the_variance_is_several_times_less_than_of_whole_signs() -> None:
    """A term `sign u(z) sum_n weights_n k_n sign u(x_n)` has a variance in closed form."""
    z, X, weights = problem(19, 100, 300, 10)
    z = z[2:]  # none of the samples
    terms = weights * (z @ X.T + 1.0)
    of_signs = terms @ (4 * phi(X, X, 0.0) - 1) * terms
    mean = ((4 * phi(z, X, 0.0) - 1) * terms).sum(dim=1)
    plain = (of_signs.sum(dim=1) - mean.square()) / 16
    m = 5000
    found = kernel_sum_by_features(z, X, weights, 0.0, 1.0, features=m, generator=generator(20))
    ratio = plain.mean() / (m * found.standard_error.square()).mean()
    assert float(ratio) > 4


@pytest.mark.slow
def test_the_error_falls_as_the_root_of_the_features() -> None:
    """Variances of 1500 repeats scatter by 4 per cent each: 0.25 is more than four deviations."""
    case = problem(5, 6, 20, 3)
    few, many = (repeated(case, 0.0, 1.0, m, 1500) for m in (16, 256))
    for statistic in (lambda e: e.value.var(dim=0), lambda e: e.standard_error.square().mean(0)):
        gain = statistic(few) / statistic(many)
        assert gain.tolist() == pytest.approx([16.0] * 6, rel=0.25)


def test_a_linear_network_needs_no_draws() -> None:
    case = problem(6, 5, 7, 3)
    found = kernel_sum_by_features(*case, 1.0, 1.0, features=2, generator=generator(7))
    torch.testing.assert_close(found.value, kernel_sum(*case, 1.0, 1.0), rtol=1e-13, atol=1e-14)
    assert not bool(found.standard_error.any())


@pytest.mark.parametrize("tile", [56, 1 << 10, 1 << 13])
def test_tiles_change_nothing_but_rounding(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole problem fits one tile of the usual size: there the spread is torch's own."""
    case = problem(8, 60, 70, 4)

    def found() -> Estimate:
        return kernel_sum_by_features(*case, 0.3, 1.0, features=50, generator=generator(9))

    whole = found()
    monkeypatch.setattr(kernel, "_TILE_ROWS", 7)
    monkeypatch.setattr(kernel, "_TILE_BYTES", tile)  # of 7 x 1, of 7 x 18, and of whole rows
    assert len(list(kernel.tiles(case[0], case[1][:50]))) > 1
    for part, other in zip(found(), whole, strict=True):
        torch.testing.assert_close(part, other, rtol=1e-12, atol=1e-14)


def test_single_precision_stays_single_and_meets_the_same_draws() -> None:
    case = problem(10, 40, 60, 5)
    single = tuple(t.float() for t in case)
    low, high = (
        kernel_sum_by_features(*c, 0.3, 1.0, features=500, generator=generator(11))
        for c in (single, case)
    )
    for part, other in zip(low, high, strict=True):
        assert part.dtype == torch.float32
        assert (part.double() - other).abs().max() < 1e-5 * other.abs().max()


def test_the_generator_decides_the_draws_and_moves_on() -> None:
    case, g = problem(12, 5, 6, 2), generator(13)
    first, second = (
        kernel_sum_by_features(*case, 0.3, 1.0, features=20, generator=g) for _ in range(2)
    )
    again = kernel_sum_by_features(*case, 0.3, 1.0, features=20, generator=generator(13))
    assert torch.equal(first.value, again.value)
    assert bool((first.value != second.value).all())


@pytest.mark.parametrize("features", [1, 0, -3, 2.5, 100.0, True, "20"])
def test_the_number_of_features_must_be_whole_and_two(features: Any) -> None:
    g = generator(14)
    before = g.get_state()
    with pytest.raises(InputError, match=rf"^features = {features}: must be at least 2, and whole"):
        kernel_sum_by_features(*problem(15, 4, 4, 2), 0.3, 1.0, features=features, generator=g)
    assert torch.equal(g.get_state(), before)  # nothing was drawn


def test_it_writes_to_nothing() -> None:
    case = problem(16, 5, 6, 2)
    copies = [t.clone() for t in case]
    kernel_sum_by_features(*case, 0.3, 1.0, features=20, generator=generator(17))
    assert all(torch.equal(t, copy) for t, copy in zip(case, copies, strict=True))


BEFORE = """
from verifier.kernel.random_features import kernel_sum_by_features
g = torch.Generator("cpu").manual_seed(1)
single = {"dtype": torch.float32, "device": "cpu"}
z, X = (torch.randn(50_000, 2, generator=g, **single) for _ in range(2))
y = X[:, 0].sign() / len(X)
"""
WORK = """
value, error = kernel_sum_by_features(z, X, y, 0.3, 1.0, features=1000, generator=g)
assert value.isfinite().all() and error.isfinite().all()
"""


@pytest.mark.slow
def test_50000_points_and_samples_stream_in_little_memory() -> None:
    """One array of points times features is 191 MiB."""
    assert peak_kib(BEFORE, WORK) < 100 * 1024


@pytest.mark.parametrize("which", ["z", "X", "weights"])
def test_nothing_is_differentiated(which: str) -> None:
    case = dict(zip(("z", "X", "weights"), problem(9, 5, 4, 2), strict=True))
    case[which].requires_grad_()
    found = kernel_sum_by_features(*case.values(), 0.3, 1.0, features=20, generator=generator(17))
    assert not found.value.requires_grad
