"""What every benchmark shares: devices, dtypes, shapes, one way to time, and the table of ratios.

A contest is one piece of mathematical work done three ways: by the library, by plain torch
(autograd, or the dense formula), and by a limit of the hardware (only the matrix products, say).
Seconds say more about the machine than about the code, so read the ratios printed at the end:
library/baseline below 1 means faster than plain torch, library/limit how far from the hardware.

"cache-sized" work fits a CPU's cache; "memory-sized" has arrays of more than 32 MiB, which a dense
code asks the system for anew each time, so that its time includes the cost of fresh pages: large in
a virtual machine, and different from one machine to the next.

Nothing here asserts a time. `pytest benchmarks/`, serially: pytest-xdist switches timing off. CPU
work runs in one thread unless `--threads` says more: idle cores differ from minute to minute, and
threads that wait for a busy one make a ratio meaningless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import torch
from torch import Tensor

LIBRARY, BASELINE, LIMIT = "library", "baseline", "limit"
SHAPES = ("cache", "memory")
ROUNDS = {"cache": 40, "memory": 3}
LARGEST_ERROR = {torch.float64: 1e-9, torch.float32: 2e-3}
"""Relative to the whole result: far above rounding, far below any mistake."""

Result = TypeVar("Result")
times_key = pytest.StashKey[dict[str, dict[str, float]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contests", "timings of the core loops")
    group.addoption("--threads", type=int, default=1, help="CPU threads (default: 1)")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[times_key] = {}


@pytest.fixture(scope="session")
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.config.getoption("--threads"))
    yield torch.get_num_threads()
    torch.set_num_threads(before)


@pytest.fixture(
    params=[
        "cpu",
        pytest.param(
            "cuda",
            marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here"),
        ),
    ]
)
def device(request: pytest.FixtureRequest) -> torch.device:
    return torch.device(request.param)


@pytest.fixture(params=[torch.float64, torch.float32], ids=["float64", "float32"])
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    return request.param


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> str:
    return request.param


@dataclass
class Contest:
    """Times one contestant; those of one `group` are compared with one another."""

    benchmark: Any
    times: dict[str, dict[str, float]]
    device: torch.device
    dtype: torch.dtype
    shape: str
    threads: int

    def time(
        self, group: str, contestant: str, call: Callable[[], Result], **work: float
    ) -> Result:
        """What `call` returns. `work` (sizes, flops, bytes) goes to `extra_info`."""
        name = str(self.dtype).removeprefix("torch.")
        group = f"{group}, {self.shape}-sized, {name}, {self.device.type}"
        about = {"contestant": contestant, "dtype": name, "device": self.device.type}
        self.benchmark.group = group
        self.benchmark.extra_info.update({**about, "threads": self.threads, **work})

        def finished() -> Result:
            result = call()
            if self.device.type == "cuda":
                torch.cuda.synchronize(self.device)
            return result

        result = self.benchmark.pedantic(finished, rounds=ROUNDS[self.shape], warmup_rounds=1)
        if self.benchmark.stats is not None:  # None under --benchmark-disable
            self.times.setdefault(group, {})[contestant] = self.benchmark.stats.stats.min
        return result


@pytest.fixture
def contest(
    request: pytest.FixtureRequest,
    benchmark: Any,
    device: torch.device,
    dtype: torch.dtype,
    shape: str,
    threads: int,
) -> Iterator[Contest]:
    times = request.config.stash[times_key]
    yield Contest(benchmark, times, device, dtype, shape, threads)
    if device.type == "cuda":
        torch.cuda.empty_cache()


def assert_same(result: Tensor, expected: Tensor) -> None:
    """Both must agree as a whole: entries may differ where rounding moved a pattern."""
    assert result.shape == expected.shape
    error = torch.linalg.vector_norm((result - expected).double())
    size = torch.linalg.vector_norm(expected.double())
    assert size > 0
    assert error <= LARGEST_ERROR[result.dtype] * size


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    groups = terminalreporter.config.stash[times_key]
    found = {g: t for g, t in groups.items() if LIBRARY in t and len(t) > 1}
    if not found:
        return
    terminalreporter.section("ratios of least times, within this run")
    width = max(len(group) for group in found)
    for group, times in found.items():
        others = [name for name in times if name != LIBRARY]
        ratios = [f"library/{name} {times[LIBRARY] / times[name]:7.2f}" for name in others]
        terminalreporter.write_line(f"{group:<{width}}  {'   '.join(ratios)}")
