"""A card replays and multiplies as trainings need it, or is not trusted; both are tried on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from verifier.model.losses import Identity
from verifier.model.network import initialise
from verifier.reproduction.training import trusted
from verifier.reproduction.training.exact_products import (
    PIECES,
    in_pieces,
    pattern_product,
    repeated,
)
from verifier.reproduction.training.forms import InPatterns
from verifier.reproduction.training.recipes import PUBLISHED, SCHEDULES, Schedule
from verifier.reproduction.training.stacked_descent import PLAIN, Way, descend
from verifier.reproduction.training.trusted import EPOCHS, multiplies, replays

CPU = torch.device("cpu")
IN_PIECES = Way(captures=False, pieces=True)
NEEDS_A_CARD = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@NEEDS_A_CARD
def test_cuda_multiplies_in_exact_pieces() -> None:
    assert multiplies(torch.device("cuda"))


@NEEDS_A_CARD
@pytest.mark.parametrize("pieces", [False, True])
def test_cuda_replays_trainings_bit_for_bit(pieces: bool) -> None:
    assert replays(torch.device("cuda"), pieces)


@NEEDS_A_CARD
def test_cuda_is_trusted_with_both() -> None:
    assert trusted.trusted("cuda") == Way(captures=True, pieces=True)


@NEEDS_A_CARD
@pytest.mark.parametrize(("rows", "N"), [(200, 1000), (37, 1001), (400, 4000)])
def test_cuda_products_in_pieces_lose_no_digits_but_in_sums(rows: int, N: int) -> None:
    """Also where rows are not aligned. Such cores cut the sums off, and so lose more than float32.

    Each of 3 N additions is off by at most 2^-23 of the sizes added. Matrices rounded to TF32
    would be within that, too, but by far not as close.
    """
    generator = torch.Generator(device="cpu").manual_seed(0)
    matrix = torch.randn(2, N, N, generator=generator, dtype=torch.float32, device="cpu").cuda()
    chosen = torch.randn(2, rows, N, generator=generator, dtype=torch.float32, device="cpu").cuda()
    chosen = (chosen > 0).float()
    out = pattern_product(repeated(chosen), in_pieces(matrix), torch.empty_like(chosen)).double()
    patterns, entries = chosen.double(), matrix.double()
    exact, sizes = patterns @ entries, patterns @ entries.abs()
    assert bool(((out - exact).abs() <= PIECES * N * 2**-23 * sizes).all())
    size = 2.0 ** (torch.frexp(entries).exponent - 11)  # of the last of TF32's eleven digits
    rounded = patterns @ ((entries / size).round() * size)
    assert float((out - exact).norm()) <= float((rounded - exact).norm()) / 4


@NEEDS_A_CARD
def test_cuda_trains_in_patterns_as_it_does_in_samples() -> None:
    """Float32 descents part where a pre-activation is next to 0, so most networks must agree."""
    assert _share_alike(torch.device("cuda"), Way(captures=True, pieces=True)) >= 0.9


def _share_alike(device: torch.device, way: Way) -> float:
    """Of 64 networks, how many end where a plain float32 training ends, within 1e-3."""
    generator = torch.Generator(device="cpu").manual_seed(3)
    start = initialise(8, 20, generator=generator, dtype=torch.float32, device=device)
    X = torch.randn(64, 16, 20, generator=generator, dtype=torch.float32, device="cpu").to(device)
    y = X[0, :, 0].sign()
    ends = []
    for one in (way, PLAIN):
        (end,) = descend(start, X, y, (0.1,), PUBLISHED, (100,), Identity(), 0.0, 1.0, one)
        ends.append(end.params.W.flatten(1))
    gap = (ends[0] - ends[1]).norm(dim=1) / ends[1].norm(dim=1)
    return float((gap < 1e-3).double().mean())


def test_trainings_in_patterns_end_where_others_do() -> None:
    assert _share_alike(CPU, IN_PIECES) >= 0.9


@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
def test_a_training_in_patterns_follows_one_in_float64(schedule: Schedule, slope: float) -> None:
    """Until a pattern is decided by rounding: for a few steps, of every network of a batch."""
    generator = torch.Generator(device="cpu").manual_seed(5)
    start = initialise(13, 15, generator=generator, dtype=torch.float64, device="cpu")
    X = torch.randn(2, 9, 15, generator=generator, dtype=torch.float64, device="cpu")
    y = X[0, :, 0].sign()
    asked = (1.0, 0.1), schedule, (1, 4, 12), Identity(), slope
    single = start.to("cpu", torch.float32), X.float(), y.float()
    for exact, end in zip(
        descend(start, X, y, *asked), descend(*single, *asked, 1.0, IN_PIECES), strict=True
    ):
        assert exact.epoch == end.epoch
        for found, wanted in zip(end.params, exact.params, strict=True):
            assert torch.allclose(found.double(), wanted, rtol=1e-5, atol=1e-5)
        assert torch.allclose(end.time, exact.time, rtol=1e-6)


def test_only_single_precision_and_the_identity_loss_are_trained_in_patterns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(InPatterns, "__init__", refused)
    start = initialise(
        3, 5, generator=torch.Generator("cpu").manual_seed(0), dtype=torch.float64, device="cpu"
    )
    X = torch.eye(5, dtype=torch.float64, device="cpu")[None]
    asked = (1.0,), PUBLISHED, (2,), Identity(), 0.0, 1.0
    list(descend(start, X, X[0, 0], *asked, IN_PIECES))
    single = start.to("cpu", torch.float32), X.float(), X[0, 0].float()
    list(descend(*single, *asked, PLAIN))
    with pytest.raises(AssertionError):
        list(descend(*single, *asked, IN_PIECES))


@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=9))
def test_three_pieces_hold_every_digit(values: list[float]) -> None:
    matrix = torch.tensor(values, dtype=torch.float32, device="cpu").view(1, 1, -1)
    matrix = torch.where(matrix.abs() < 2.0**-100, 0.0, matrix)
    pieces = in_pieces(matrix)
    assert pieces.dtype == torch.bfloat16
    assert torch.equal(pieces.double().sum(dim=1, keepdim=True), matrix.double())


def test_a_machine_that_does_both_is_found_to() -> None:
    assert multiplies(CPU)
    assert replays(CPU, pieces=True)
    assert trusted.trusted("cpu") == PLAIN  # where neither is any faster


def half(matrix: Tensor) -> Tensor:
    """Pieces of which only the first is kept."""
    whole = in_pieces(matrix)
    whole[:, matrix.shape[1] :] = 0
    return whole


def two(matrix: Tensor) -> Tensor:
    """Pieces without the last: 16 of 24 digits."""
    whole = in_pieces(matrix)
    whole[:, 2 * matrix.shape[1] :] = 0
    return whole


def in_tf32(matrix: Tensor) -> Tensor:
    """What is left of a number in TF32, of 11 digits."""
    scale = 2.0 ** (torch.frexp(matrix).exponent - 11)
    return in_pieces(torch.round(matrix / scale) * scale)


@pytest.mark.parametrize("wrong", [half, two, in_tf32])
def test_lost_digits_are_noticed(
    wrong: Callable[[Tensor], Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trusted, "in_pieces", wrong)
    assert not multiplies(CPU)


def test_a_wrong_sum_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all but the first sample of a pattern of many."""

    def wrong(patterns: Tensor, pieces: Tensor, out: Tensor) -> Tensor:
        dropped = patterns.clone()
        dropped[:, trusted.SAMPLES :, :, 0] = 0
        return pattern_product(dropped, pieces, out)

    monkeypatch.setattr(trusted, "pattern_product", wrong)
    assert not multiplies(CPU)


def test_replays_that_find_anything_else_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def off(*arguments: object) -> object:
        *given, way = arguments
        for end in descend(*given, way):  # type: ignore[arg-type]
            if way.captures and end.epoch == EPOCHS[-1]:  # type: ignore[attr-defined]
                end.params.b[0, 0, 0] += end.params.b[0, 0, 0].abs() * 2**-22 + 1e-30
            yield end

    monkeypatch.setattr(trusted, "descend", off)
    assert not replays(CPU, pieces=False)


@pytest.mark.parametrize("problem", [RuntimeError, TypeError, NotImplementedError])
def test_a_card_that_refuses_is_not_trusted(
    problem: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bool:
        raise problem("operation not permitted when stream is capturing")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr(trusted, "multiplies", refuse)
    monkeypatch.setattr(trusted, "replays", refuse)
    trusted.trusted.cache_clear()
    try:
        assert trusted.trusted("cuda") == PLAIN
    finally:
        trusted.trusted.cache_clear()
