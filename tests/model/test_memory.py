"""What is said where memory runs out, and how much of it is worked on at a time."""

from __future__ import annotations

import re
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.bad_input import P as NETWORK
from tests.bad_input import X as SAMPLES
from tests.bad_input import Y as LABELS
from tests.bad_input import configuration
from verifier.cli import main
from verifier.errors import InputError, OutOfMemory
from verifier.kernel.phi import kernel_sum, phi, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.model import memory
from verifier.model.device import block_elements
from verifier.model.memory import Need, block_of, block_on, fitting, memory_of, ran_out
from verifier.model.network import Parameters, input_gradient, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.trial.case import Case

MIB = 1 << 20


def need_of(*_: Any, **__: Any) -> Need:
    """Of 100 rows by 50 columns."""
    sizes = {"rows": 100, "columns": 50, "d": 9}
    return Need(
        sizes, lambda s: s["rows"] * s["columns"] * MIB // 4, torch.float32, torch.device("cpu")
    )


FULL = {
    "python": MemoryError(),
    "cuda": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "cpu": RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to"),
    "windows": RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to"),
    "cublas": RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
}


@pytest.mark.parametrize("problem", FULL.values(), ids=list(FULL))
def test_a_call_that_runs_out_of_memory_says_what_would_fit(
    problem: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "memory_of", lambda _: memory.Room(1500 * MIB, 4096 * MIB))

    @fitting(need_of)
    def multiply() -> None:
        raise problem

    with pytest.raises(OutOfMemory) as caught:
        multiply()
    said, error = str(caught.value), caught.value
    assert said.endswith(
        "multiply ran out of memory: rows = 100, columns = 50, d = 9 in float32 on cpu takes up to "
        "4.88 GiB; 1.46 GiB of 4 GiB are free; there is room for rows up to 20 or columns up to 10"
    )
    assert (error.needed, error.free, error.total) == (5000 * MIB, 1500 * MIB, 4096 * MIB)
    assert error.fits == {"rows": 20, "columns": 10}  # with 1.5 times what is said
    assert isinstance(error, MemoryError)
    assert error.__cause__ is problem
    assert problem.__traceback__ is None


@pytest.mark.parametrize("room", [None, memory.Room(0, MIB), memory.Room(9000 * MIB, 9000 * MIB)])
def test_nothing_is_proposed_where_nothing_is_known_to_fit_or_all_does(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "memory_of", lambda _: room)
    error = memory.out_of_memory("call", need_of())
    assert error.fits == {}
    assert "room for" not in str(error)


@pytest.mark.parametrize("problem", [RuntimeError("shapes differ"), InputError("m", 0, "no")])
def test_other_errors_stay_what_they_are(problem: Exception) -> None:
    @fitting(need_of)
    def call() -> None:
        raise problem

    with pytest.raises(type(problem)) as caught:
        call()
    assert caught.value is problem
    assert not ran_out(problem)


def test_the_innermost_call_speaks() -> None:
    @fitting(need_of)
    def inner() -> None:
        raise MemoryError

    @fitting(need_of)
    def outer() -> None:
        inner()

    with pytest.raises(OutOfMemory, match="inner ran out of memory"):
        outer()


def test_what_the_call_had_made_is_freed_and_what_it_was_given_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Any] = []
    alive: list[bool] = []

    def look(_: torch.device) -> None:
        alive.extend(kept() is not None for kept in made)

    monkeypatch.setattr(memory, "memory_of", look)

    @fitting(need_of)
    def call(given: Tensor) -> None:
        own = given + 1
        made.append(weakref.ref(own))
        raise MemoryError

    given = torch.ones(3)
    with pytest.raises(OutOfMemory):
        call(given)
    assert alive == [False]
    assert given.tolist() == [1.0, 1.0, 1.0]


def fail(*_: Any, **__: Any) -> None:
    raise MemoryError


PUBLIC: dict[str, tuple[str, Callable[[], Any]]] = {
    "train": (
        "verifier.model.training.check_data",
        lambda: train(NETWORK, X=SAMPLES, y=LABELS, recipe=Recipe((0.1,)), path_weights=True),
    ),
    "output": (
        "verifier.model.network.preactivation",
        lambda: output(NETWORK, SAMPLES, slope=0.1),
    ),
    "input_gradient": (
        "verifier.model.network.preactivation",
        lambda: input_gradient(params=NETWORK, z=SAMPLES, slope=0.1),
    ),
    "phi": ("verifier.kernel.phi.lift", lambda: phi(SAMPLES, X=SAMPLES, slope=0.1)),
    "kernel_sum": (
        "verifier.kernel.phi.lifted_length",
        lambda: kernel_sum(z=SAMPLES, X=SAMPLES, weights=LABELS, slope=0.1, beta=1.0),
    ),
    "weighted_direction": (
        "verifier.kernel.phi.lift",
        lambda: weighted_direction(SAMPLES, SAMPLES, weights=LABELS, slope=0.1),
    ),
    "phi_gradient_sum": (
        "verifier.kernel.phi_gradient.Cosines",
        lambda: phi_gradient_sum(SAMPLES, SAMPLES, weights=LABELS, slope=0.1, beta=1.0),
    ),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_functions_name_their_shapes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, call = PUBLIC[name]
    monkeypatch.setattr(where, fail)
    with pytest.raises(OutOfMemory, match=rf"^{name} ran out of memory: .*= 4, d = 3.* in float64"):
        call()


def test_a_command_says_it_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "case.json"
    Case.drawn(configuration()).save(file)
    monkeypatch.setattr("verifier.model.training.check_data", fail)
    assert main(["check", "E1", str(file)]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert re.fullmatch(r"verifier: train ran out of memory: N = 4, d = 3, .*\n", said.err)


LIMITED = """
import resource
import torch
from verifier import Recipe, train
from verifier.errors import OutOfMemory
from verifier.model.losses import named_loss
from verifier.model.network import Parameters, initialise
torch.set_num_threads(1)
g = torch.Generator("cpu").manual_seed(0)
cpu = {"dtype": torch.float64, "device": "cpu"}
params, X = initialise(5000, 5, generator=g, **cpu), torch.randn(9000, 5, generator=g, **cpu)
recipe = Recipe((0.1, 0.1), named_loss("logistic"))

def attempt(N, m):
    some = Parameters(*(t[:m] for t in params))
    return train(some, X[:N], X[:N, 0].sign(), recipe, path_weights=True)

before = [t.clone() for t in (*params, X)]
attempt(10, 10)
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (256 << 20),) * 2)
try:
    attempt(9000, 5000)
except OutOfMemory as problem:
    error = problem
print(error)
for name, largest in error.fits.items():
    attempt(**{"N": 9000, "m": 5000, name: largest})
assert all(map(torch.equal, before, (*params, X)))
print(*error.fits)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_with_too_little_memory_training_says_what_fits_and_that_fits() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    said, fits = done.stdout.splitlines()
    assert said.startswith("train ran out of memory: N = 9000, d = 5, m = 5000 in float64 on cpu")
    assert fits == "N m"


def test_the_memory_of_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    room = memory_of(torch.device("cpu"))
    if sys.platform == "linux":
        assert room is not None
        assert 0 < room.free <= room.total
    assert memory_of(torch.device("meta")) is None
    emptied: list[bool] = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(True))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (3, 7))
    assert memory_of(torch.device("cuda", 1)) == (3, 7)
    assert emptied


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
def test_a_gpu_that_is_full_says_what_would_fit_cuda() -> None:
    X = torch.ones(1 << 20, 2, dtype=torch.float32, device="cuda")
    params, y = Parameters(X, X[:, 0], X[:, 0]), X[:, 0]
    with pytest.raises(OutOfMemory, match="train ran out of memory: N = 1048576") as caught:
        train(params, X, y, Recipe((0.1,)), path_weights=True)
    assert 0 < caught.value.fits["m"] < 1 << 20
    few = Parameters(*(t[:100] for t in params))
    assert train(few, X[:9], y[:9], Recipe((0.1,))).params.W.isfinite().all()


# Blocks


def test_a_block_follows_the_card() -> None:
    assert block_of(50 * MIB, 80 * 10**9) == 1 << 25  # H100: 256 MiB of float64
    assert block_of(40 * MIB, 40 * 10**9) == 1 << 25  # A100
    assert block_of(4 * MIB, 4 * 10**9) == 1 << 21  # a small card: 16 MiB
    assert block_of(4 * MIB, 192 * 10**9) == 1 << 24  # much memory behind a small cache
    assert block_of(0, 0) == 1


@pytest.mark.parametrize("l2", [1, 4, 6, 24, 40, 50, 72, 126])
@pytest.mark.parametrize("gigabytes", [2, 8, 24, 80, 192])
def test_a_block_is_several_caches_and_a_small_share(l2: int, gigabytes: int) -> None:
    held = 8 * block_of(l2 * MIB, gigabytes * 10**9)
    assert held & (held - 1) == 0
    assert 20 * held < gigabytes * 10**9 / 6
    spared = 2 * held * 128 > gigabytes * 10**9
    assert held >= 4 * l2 * MIB or spared
    assert held >= 8 << 24 or spared


def test_blocks_on_a_cpu_are_what_they_were() -> None:
    assert block_elements(torch.device("cpu")) == block_elements(SAMPLES.device) == 1 << 18


def test_a_card_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[torch.device] = []

    def properties(device: torch.device) -> SimpleNamespace:
        asked.append(device)
        return SimpleNamespace(L2_cache_size=50 * MIB, total_memory=80 * 10**9)

    monkeypatch.setattr(torch.cuda, "get_device_properties", properties)
    block_on.cache_clear()
    for _ in range(3):
        assert block_elements(torch.device("cuda", 0)) == 1 << 25
        assert block_elements(torch.device("cuda")) == 1 << 25
    assert asked == [torch.device("cuda", 0), torch.device("cuda")]
    assert block_elements(torch.device("meta")) == 1 << 24
    block_on.cache_clear()
