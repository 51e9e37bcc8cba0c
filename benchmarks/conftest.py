"""What every benchmark shares: devices, dtypes, shapes, one way to time, and the table of ratios.

A contest is one piece of mathematical work done three ways: by the library, by plain torch
(autograd, or the dense formula), and by a limit of the hardware (only the matrix products, say).
A fourth, "bandwidth", only copies as many bytes as the work reads and writes, from memory to
memory: what stays in cache may take less.
Seconds say more about the machine than about the code, so read the ratios printed at the end:
library/baseline below 1 means faster than plain torch, library/limit how far from the hardware.

"cache-sized" work fits a CPU's cache; "memory-sized" has arrays of more than 32 MiB, which a dense
code asks the system for anew each time, so that its time includes the cost of fresh pages: large in
a virtual machine, and different from one machine to the next. "paper-sized" work is what one of the
paper's own experiments asks for, in float32 alone.

A ratio is one of medians: a least time flatters whoever was once lucky. Errors are relative to the
plain formula in float64 at the same inputs, in the norm of the whole result.

Nothing here asserts a time. `pytest benchmarks/`, serially: pytest-xdist switches timing off. CPU
work runs in one thread unless `--threads` says more: idle cores differ from minute to minute, and
threads that wait for a busy one make a ratio meaningless. Products of float32 are in full
precision, but for those of `test_tf32.py`.
"""

from __future__ import annotations

from argparse import ArgumentError
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import torch

from benchmarks.measure import LIBRARY, LIMIT
from verifier.errors import InputError
from verifier.implementations.checked import Checked
from verifier.implementations.contract import load
from verifier.suite.precision import FULL, float32_products

ROUNDS = {"cache": 40, "memory": 5, "paper": 3}
CASES = [
    pytest.param((shape, dtype), id=f"{shape}-{str(dtype).removeprefix('torch.')}")
    for shape in ROUNDS
    for dtype in (torch.float64, torch.float32)
    if (shape, dtype) != ("paper", torch.float64)
]
Result = TypeVar("Result")


@dataclass
class Timing:
    """The median of one contestant, and what its benchmark keeps about it."""

    median: float
    info: dict[str, Any]

    def __str__(self) -> str:
        error = self.info.get("error")
        return "" if error is None else f" (error {error:.1e})"


groups_key = pytest.StashKey[dict[str, dict[str, Timing]]]()
growth_key = pytest.StashKey[dict[str, float]]()
yours_key = pytest.StashKey[Checked | None]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contests", "timings of the core loops")
    group.addoption("--threads", type=int, default=1, help="CPU threads (default: 1)")
    with suppress(ValueError, ArgumentError):  # `pytest properties benchmarks`: the same
        told = {"metavar": "PKG.MOD:NAME", "help": "training code to time"}
        group.addoption("--implementation", dest="verifier_implementation", **told)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[groups_key] = {}
    config.stash[growth_key] = {}
    path = config.getoption("verifier_implementation")
    try:
        config.stash[yours_key] = Checked(load(path)) if path else None
    except InputError as problem:
        raise pytest.UsageError(f"{type(problem).__name__}: {problem}") from problem


@pytest.fixture
def yours(request: pytest.FixtureRequest) -> Checked:
    """The user's own code; its arguments are copied and its results checked, as in the suite."""
    found = request.config.stash[yours_key]
    if found is None:
        pytest.skip("no --implementation to time")
    return found


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


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, torch.dtype]:
    return request.param


@pytest.fixture
def shape(case: tuple[str, torch.dtype]) -> str:
    return case[0]


@pytest.fixture
def dtype(case: tuple[str, torch.dtype]) -> torch.dtype:
    return case[1]


@dataclass
class Contest:
    """Times one contestant; those of one `group` are compared with one another.

    `number`: what the work is done in, such as float32.
    """

    benchmark: Any
    groups: dict[str, dict[str, Timing]]
    device: torch.device
    number: str
    shape: str
    threads: int

    def time(
        self,
        group: str,
        contestant: str,
        call: Callable[[], Result],
        error: Callable[[Result], float] | None = None,
        **work: float,
    ) -> Result:
        """What `call` returns. `work` (sizes, flops, bytes) and `error` go to `extra_info`."""
        size = f"{self.shape}-sized" if self.shape in ROUNDS else self.shape
        group = f"{group}, {size}, {self.number}, {self.device.type}"
        about = {"contestant": contestant, "dtype": self.number, "device": self.device.type}
        self.benchmark.group = group
        self.benchmark.extra_info.update({**about, "threads": self.threads, **work})

        def finished() -> Result:
            result = call()
            if self.device.type == "cuda":
                torch.cuda.synchronize(self.device)
            return result

        result = self.benchmark.pedantic(
            finished, rounds=ROUNDS.get(self.shape, 3), warmup_rounds=1
        )
        if error is not None:
            self.benchmark.extra_info["error"] = error(result)
        if self.benchmark.stats is not None:  # None under --benchmark-disable
            timing = Timing(self.benchmark.stats.stats.median, self.benchmark.extra_info)
            found = self.groups.setdefault(group, {})
            found[contestant] = timing
            if LIMIT in found:
                for each in found.values():
                    each.info["ratio_to_limit"] = each.median / found[LIMIT].median
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
    groups = request.config.stash[groups_key]
    number = str(dtype).removeprefix("torch.")
    with float32_products(FULL):
        yield Contest(benchmark, groups, device, number, shape, threads)
    if device.type == "cuda":
        torch.cuda.empty_cache()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    _write_ratios(terminalreporter)
    growth = terminalreporter.config.stash[growth_key]
    if growth:
        terminalreporter.section("how the time of train grows")
        powers = [f"{size}^{exponent:.2f}" for size, exponent in growth.items()]
        terminalreporter.write_line("   ".join(powers))


def _write_ratios(terminalreporter: pytest.TerminalReporter) -> None:
    groups = terminalreporter.config.stash[groups_key]
    found = {g: t for g, t in groups.items() if LIBRARY in t and len(t) > 1}
    if not found:
        return
    terminalreporter.section("ratios of medians, within this run")
    width = max(len(group) for group in found)
    for group, timings in found.items():
        library = timings[LIBRARY]
        ratios = [
            f"library/{name} {library.median / timing.median:7.2f}{timing}"
            for name, timing in timings.items()
            if name != LIBRARY
        ]
        line = f"{group:<{width}}  {library.median:.2e} s{library}   {'   '.join(ratios)}"
        terminalreporter.write_line(line)
