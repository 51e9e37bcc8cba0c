"""The same step again and again: on a CUDA card its work is captured once, and then replayed.

A step of a small network is a dozen kernels that run for less time than a host takes to start
them. A captured step is started as one, whatever it holds; the arithmetic is the same, bit for bit.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import torch

WARM = 3
"""Steps made as usual before one is captured: they set aside what libraries keep for later."""
FEWEST = 32
"""Steps from which on a capture pays: it takes as long as about ten steps (docs/gpu.md)."""

T = TypeVar("T")


def alike(values: Iterable[T]) -> Iterator[tuple[T, int]]:
    """Each run of equal values, with its length.

    >>> list(alike((0.5, 0.5, 0.1)))
    [(0.5, 2), (0.1, 1)]
    """
    for value, run in itertools.groupby(values):
        yield value, sum(1 for _ in run)


class Repeated:
    """A step that is made so many times in `total`, some now and some later.

    On a card all but the first few are replayed, if it `captures`: then each must do the same to
    the same memory, and read nothing on the host.
    """

    def __init__(
        self,
        step: Callable[[], None],
        total: int,
        device: torch.device,
        *,
        captures: bool = True,
    ) -> None:
        pays = device.type == "cuda" and total >= FEWEST
        self.step, self.device = step, device
        self.uncaptured = WARM if captures and pays and torch.cuda.is_available() else total
        self.graph: torch.cuda.CUDAGraph | None = None

    def make(self, count: int) -> None:
        """The next `count` steps."""
        plain = min(count, self.uncaptured)
        self.uncaptured -= plain
        for _ in range(plain):
            self.step()
        if count > plain and self.graph is None:
            self.graph = self._captured()
        for _ in range(count - plain):
            assert self.graph is not None
            self.graph.replay()

    def _captured(self) -> torch.cuda.CUDAGraph:
        """One step, taken down and not made; what it sets aside stays its own for as long."""
        graph = torch.cuda.CUDAGraph()
        with (
            torch.cuda.device(self.device),
            torch.cuda.graph(graph, capture_error_mode="thread_local"),
        ):
            self.step()
        return graph


def repeat(
    step: Callable[[], None], count: int, device: torch.device, *, captures: bool = True
) -> None:
    """Make `step` so many times, at once: see `Repeated`."""
    Repeated(step, count, device, captures=captures).make(count)
