"""Works that square numbers and leave a trace of all they do, for the tests of runner and store.

`python -m tests.reproduction.runner.toy_works STORE FOLDER WORKS EXECUTOR` is a whole run: WORKS is
JSON, EXECUTOR "local" or "threads". It prints how it ended, or exits with 3 and the message of a
`StoreError`.
"""

import dataclasses
import json
import os
import sys
import time
import uuid
import warnings
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verifier.errors import InputError, OutOfMemory
from verifier.evidence.executors import local_executor
from verifier.reproduction.runner.progress import Ended, Progress
from verifier.reproduction.runner.runner import run
from verifier.reproduction.runner.store import Store, StoreError

PATIENCE = 120.0  # seconds after which a test that waits is stuck


def wait_until(condition: Callable[[], Any]) -> Any:
    """What `condition` returns, as soon as it is true."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(condition)
        time.sleep(0.02)
    return value


@dataclass(frozen=True)
class Toy:
    """Squares `numbers`, one result each. `does`: what else happens before a number is squared.

    "hold": wait for the file `go`; "raise": an `InputError`; "skip": no result; "fill": all memory.
    """

    label: str
    numbers: tuple[int, ...]
    keys: tuple[str, ...]
    folder: Path
    does: dict[int, str] = field(default_factory=dict)
    size: int = 0

    @classmethod
    def make(cls, store: Store, folder: Path, numbers: tuple[int, ...], **more: Any) -> "Toy":
        keys = tuple(store.key_of({"square of": n}) for n in numbers)
        return cls(f"toy {numbers[0]}", numbers, keys, folder, **more)

    @property
    def costs(self) -> tuple[float, ...]:
        return tuple(float(1 + n) for n in self.numbers)

    def run(self, store: Store) -> None:
        for number, key in zip(self.numbers, self.keys, strict=True):
            if store.get(key) is not None:
                continue
            match self.does.get(number):
                case "hold":
                    (self.folder / f"held-{number}-{os.getpid()}").touch()
                    wait_until((self.folder / "go").exists)
                case "raise":
                    raise InputError("number", number, "must be liked")
                case "skip":
                    continue
                case "fill":
                    raise OutOfMemory("square", "int", {"n": number}, 1 << 40, None, {"n": 7})
            (self.folder / f"made-{number}-{uuid.uuid4().hex}").touch()
            result = {"square": number**2, "filling": "x" * self.size}
            store.put(key, {"square of": number}, result)


def made(folder: Path) -> Counter[int]:
    """How often each number was squared."""
    return Counter(int(path.name.split("-")[1]) for path in folder.glob("made-*"))


def held(folder: Path) -> dict[int, int]:
    """The processes that wait, by the number they wait with."""
    names = [path.name.split("-") for path in folder.glob("held-*")]
    return {int(number): int(process) for _, number, process in names}


def quiet(_: Progress) -> None:
    """Say nothing."""


def alive(process: int) -> bool:
    """Whether it runs; a zombie, which only waits to be noticed, does not."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    return state != "Z"


def assert_whole(store: Store, numbers: range, filled: int = 0) -> None:
    """Every result is there and right, and the store holds nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in numbers:
            result = store.get(store.key_of({"square of": number}))
            assert result == {"square": number**2, "filling": "x" * filled}
    assert len(list(store.folder.glob("results/*/*/*"))) == len(numbers)
    assert list((store.folder / "corrupt").iterdir()) == []


def executor_named(name: str) -> Executor:
    return local_executor(2) if name == "local" else ThreadPoolExecutor(2)


def main(store_folder: str, folder: str, described: str, executor_name: str) -> int:
    store = Store(Path(store_folder))
    works = [
        Toy.make(
            store,
            Path(folder),
            tuple(work["numbers"]),
            does={int(n): what for n, what in work.get("does", {}).items()},
            size=work.get("size", 0),
        )
        for work in json.loads(described)
    ]
    try:
        with executor_named(executor_name) as executor:
            ended: Ended = run(works, store, executor, progress=lambda _: None)
    except StoreError as problem:
        print(problem)
        return 3
    print(json.dumps(dataclasses.asdict(ended)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
