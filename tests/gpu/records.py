"""A record as a run on a GPU would leave it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.gpu.record import Record
from benchmarks.gpu.running import Ended
from benchmarks.gpu.stages import stages

LOG = """
tests/a.py::test_one[cuda] PASSED                                        [ 20%]
tests/a.py::test_two[a b-cuda] FAILED                                    [ 40%]
tests/a.py::test_three[cuda] SKIPPED (no images here: FAILED to find)    [ 60%]
tests/a.py::test_four[cuda] PASSED                                       [ 80%]
tests/a.py::test_four[cuda] ERROR                                        [ 80%]
tests/a.py::test_five[cuda] XFAIL                                        [ 90%]
=========================== short test summary info ============================
SKIPPED [1] tests/a.py:3: no images here
FAILED tests/a.py::test_two[a b-cuda] - AssertionError: PASSED
ERROR tests/a.py::test_four[cuda] - RuntimeError
ERROR tests/b.py - ModuleNotFoundError: No module named 'matplotlib'
tests/c.py::test_six[cuda]"""
"""As `pytest -v` prints it, broken off in a test."""

STARTED = "2026-11-26T05:00:00+00:00"
ABOUT = {
    "python": "3.12.3",
    "torch": "2.11.0+cu130",
    "packages": {"numpy": "2.5.2", "scipy": "1.18.0", "pytest": None},
    "machine": "Linux x86_64",
    "cores": 16,
    "commit": "abc1234",
    "tree": "def5678",
    "cuda": "13.0",
    "driver": "580.1",
    "card": "NVIDIA Example",
    "capability": "9.0",
    "multiprocessors": 132,
    "memory_bytes": 80 * 2**30,
    "l2_bytes": 50 * 2**20,
    "modes": {"cuda.matmul.allow_tf32": False, "NVIDIA_TF32_OVERRIDE": None},
}


def timing(contestant: str, median: float, **about: float) -> dict[str, object]:
    number = "tf32" if median < 0.001 else "float32"
    return {
        "group": f"train, paper-sized, {number}, cuda",
        "stats": {"median": median},
        "extra_info": {"contestant": contestant, **about},
    }


TIMINGS = {
    "benchmarks": [
        timing("limit", 0.0025, ratio_to_limit=1.0),
        timing("library", 0.005, ratio_to_limit=2.0, error=3e-7),
        timing("library", 0.0005, ratio_to_limit=4.0),
    ]
}
FIGURES = {
    "scale": "paper",
    "seconds": 200.0,
    "done": 70,
    "of": 5656,
    "new": 60,
    "failed": 0,
    "panels": [
        {"name": "gauss-a-eps", "figure": "gauss_a", "done": 66, "of": 66},
        {"name": "gauss-a-d", "figure": "gauss_a", "done": 4, "of": 114},
    ],
    "series": [{"name": "|cos| of perturbation", "stable": 30, "matched": 29}],
}


def a_record(tmp_path: Path) -> Record:
    """Of a run whose properties were interrupted and that had no time for more."""
    record = Record("cuda", STARTED, ABOUT, 400.0)
    tests, properties, *_ = stages("cuda", tmp_path)
    log = tmp_path / "log.txt"
    log.write_text("tests/a.py::test_one[cuda] PASSED  [100%]\n", encoding="utf-8")
    record.add(tests, Ended(20.0, 0, interrupted=False, killed=False), tmp_path, log)
    record.add(properties, Ended(159.0, 2, interrupted=True, killed=False), tmp_path, log)
    return record
