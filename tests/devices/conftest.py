"""The table of peak memory at the end of `make gpu-fake`."""

from __future__ import annotations

import pytest

peaks_key = pytest.StashKey[list[tuple[str, int, int, int, int, int]]]()
_MIB = 1 << 20


def pytest_configure(config: pytest.Config) -> None:
    config.stash[peaks_key] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found = terminalreporter.config.stash[peaks_key]
    if found:
        terminalreporter.section("peak memory beside the arguments, on fake CUDA tensors")
        head = ("N", "d", "m", "float64, MiB", "float32, MiB")
        terminalreporter.write_line(f"{'':<34}" + "".join(f"{name:>14}" for name in head))
        for name, N, d, m, double, single in found:
            sizes = "".join(f"{size:>14,}" for size in (N, d, m))
            terminalreporter.write_line(
                f"{name:<34}{sizes}{double / _MIB:>14,.1f}{single / _MIB:>14,.1f}"
            )
