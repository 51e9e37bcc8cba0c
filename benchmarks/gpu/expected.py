"""What the paper's panels should take on one card: from what a step reads, writes and multiplies.

Each distinct training is run for a step on tensors without values. An operation there takes as long
as its slowest part: its multiplications, the bytes it reads and writes, or the start of a kernel.
How fast a card does each is measured on it in a second (`Rates.of`).
"""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from verifier.model.losses import named_loss
from verifier.model.network import Parameters
from verifier.model.repeated import Repeated
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.exact_products import (
    in_pieces,
    pattern_product,
    repeated,
)
from verifier.reproduction.training.peaks import Descent, descents_of
from verifier.reproduction.training.predicted import SEEN
from verifier.reproduction.training.recipes import schedule_named
from verifier.reproduction.training.samples import FRESH
from verifier.reproduction.training.stacked_descent import Way, descend
from verifier.reproduction.training.work import Training

CARD = Way(captures=True, pieces=True)
aten = torch.ops.aten
PRODUCTS, ADDED_TO = (aten.mm, aten.bmm), (aten.addmm, aten.baddbmm)
PASSES = 40
"""Of a kernel sum on each pair of points, reads and writes (see `kernel.angles`)."""
DRAW = 2e-8
"""Seconds in which a host draws a number, and brings it to the card in float32."""
ROWS, SIZE = 400, 8192
"""Of the products by which a card is measured: the rows and samples of most panels."""


@dataclass(frozen=True)
class Rates:
    """Of a card, in a second: products in `float32` and in `bfloat16`, bytes; and seconds a kernel.

    A product counts two operations, a multiplication and a sum.
    """

    float32: float
    bfloat16: float
    bytes: float
    kernel: float

    @classmethod
    def of(cls, device: torch.device) -> Rates:
        """As measured there; a machine without such a card takes its time for the same."""
        size = SIZE if device.type == "cuda" else SIZE // 64
        drawn = torch.Generator(device="cpu").manual_seed(0)  # a card is faster where all is alike
        right = torch.randn(1, size, size, generator=drawn, dtype=torch.float32, device="cpu")
        right = right.to(device)
        left = (right[:, : min(ROWS, size)] > 0).float()
        out, small = torch.empty_like(left), left.new_zeros(1)
        patterns, pieces = repeated(left), in_pieces(right)
        operations = 2.0 * left.numel() * size

        def speed(work: float, step: Callable[[], Any], count: int = 100) -> float:
            """`work` a second, of a step that is made again and again."""
            seconds = []
            for _ in range(3):
                steps = Repeated(lambda: (step(), None)[1], 2 * count, device)
                steps.make(count)
                _finished(device)
                started = time.perf_counter()
                steps.make(count)
                _finished(device)
                seconds.append((time.perf_counter() - started) / count)
            return work / min(seconds)

        return cls(
            float32=speed(operations, lambda: torch.bmm(left, right, out=out)),
            bfloat16=speed(3 * operations, lambda: pattern_product(patterns, pieces, out)),
            bytes=speed(8.0 * size * size, lambda: torch.add(right, right, out=right)),
            kernel=1 / speed(20.0, lambda: [small.add_(1.0) for _ in range(20)]),
        )


def _finished(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@dataclass(frozen=True)
class Operation:
    """One operation: what it multiplies, if it is a product in which `dtype`, and its bytes."""

    flops: float
    dtype: torch.dtype
    bytes: float

    def seconds(self, rates: Rates) -> float:
        """On a card of such `rates`."""
        product = self.flops / (rates.bfloat16 if self.dtype == torch.bfloat16 else rates.float32)
        return max(product, self.bytes / rates.bytes, rates.kernel)


class _Operations(TorchDispatchMode):
    """Counts the operations that are made within, views left out."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: Counter[Operation] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func.is_view:
            return result
        given = [t for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)]
        made = [t for t in tree_leaves(result) if isinstance(t, Tensor)]
        every = {id(t): t.numel() * t.element_size() for t in (*given, *made)}
        left = None
        if func.overloadpacket in PRODUCTS + ADDED_TO:
            left = given[func.overloadpacket in ADDED_TO]
        flops = 0.0 if left is None else 2.0 * made[0].numel() * left.shape[-1]
        dtype = torch.float32 if left is None else left.dtype
        self.found[Operation(flops, dtype, float(sum(every.values())))] += 1
        return result


@dataclass(frozen=True)
class Expected:
    """Of some trainings: operations in either dtype, bytes, kernels; seconds on card and host."""

    float32: float = 0.0
    bfloat16: float = 0.0
    bytes: float = 0.0
    kernels: float = 0.0
    seconds: float = 0.0
    host: float = 0.0

    def __add__(self, other: Expected) -> Expected:
        mine, others = vars(self).values(), vars(other).values()
        return Expected(*(a + b for a, b in zip(mine, others, strict=True)))

    @classmethod
    def of(cls, made: Counter[Operation], times: float, rates: Rates) -> Expected:
        """Operations, each made so many times more."""
        found = cls()
        for one, number in made.items():
            count = number * times
            pieces = one.dtype == torch.bfloat16
            flops = (0.0, one.flops) if pieces else (one.flops, 0.0)
            every = (*flops, one.bytes, 1.0, one.seconds(rates))
            found += cls(*(count * part for part in every))
        return found


def of_works(works: Iterable[Training], rates: Rates) -> Expected:
    """What these trainings take, one after another, apart from drawing the same samples twice."""
    found, drawn = Expected(), set[tuple[object, ...]]()
    for work in works:
        first = work.asks[0].setting
        samples = (first.data, first.d, first.N, work.seed)
        rows = 2 * first.m + (0 if samples in drawn else first.N)
        drawn.add(samples)
        found += Expected(host=DRAW * rows * first.d)
        for descent in descents_of(work.asks, work.recipe):
            start, step = operations(descent, first, work.recipe)
            found += Expected.of(start, 1, rates) + Expected.of(step, descent.epochs, rates)
            if first.loss == "identity":
                points = (min(first.N, SEEN) + FRESH) * descent.B
                found += _kernel(first, points, rates)
        if first.loss == "identity":
            found += _kernel(first, 2 * first.N, rates)
    return found


def _kernel(setting: PointSetting, points: int, rates: Rates) -> Expected:
    """A kernel sum over all samples at so many points."""
    pairs = float(points) * setting.N
    product = Operation(4 * pairs * setting.d, torch.float32, 0.0)
    passes = Operation(0.0, torch.float32, 4 * PASSES * pairs)
    return Expected.of(Counter((product, passes)), 1, rates)


def operations(
    descent: Descent, setting: PointSetting, recipe: str
) -> tuple[Counter[Operation], Counter[Operation]]:
    """All that a training makes but its steps, a last look included; and one step."""
    shape = setting.N, setting.d, setting.m, setting.gamma > 0, setting.loss
    return _operations(descent.B, descent.K, descent.moving, *shape, recipe)


@functools.cache
def _operations(
    B: int, K: int, moving: float, N: int, d: int, m: int, leaky: bool, loss: str, recipe: str
) -> tuple[Counter[Operation], Counter[Operation]]:
    def empty(*shape: int) -> Tensor:
        return torch.empty(*shape, dtype=torch.float32, device="meta")

    def made(epochs: int) -> Counter[Operation]:
        start = Parameters(empty(m, d), empty(m), empty(m))
        given = empty(B, N, d), empty(N), (0.1,) * K, schedule_named(recipe), (epochs,)
        with _Operations() as counted:
            list(descend(start, *given, named_loss(loss), 0.1 * leaky, moving, CARD))
        return counted.found

    once, twice = made(1), made(2)
    step = twice - once
    return once - step, step
