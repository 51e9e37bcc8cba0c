"""The memory that a piece of code takes beside what was there before.

By the kernel's count, in a process of its own; or by the tensors that live, to the byte.
"""

import subprocess
import sys
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

MEASURE = """
import pathlib, re, torch
torch.set_num_threads(1)

def kib(name):
    return int(re.search(name + r":\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])

{before}
pathlib.Path("/proc/self/clear_refs").write_text("5")  # a child starts with its parent's peak
had = kib("VmRSS")
{work}
print(kib("VmHWM") - had)
"""


def peak_kib(before: str, work: str) -> int:
    """How far the peak of `work` lies above what is held once `before` is done."""
    code = MEASURE.format(before=before, work=work)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100
    )
    return int(done.stdout)


class _Living(TorchDispatchMode):
    """Counts the bytes of the tensors made since, of those that live: now, and at the most."""

    def __init__(self, known: Any) -> None:
        super().__init__()
        self.known = {t.untyped_storage()._cdata for t in _tensors(known)}
        self.now = self.peak = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in _tensors(result):
            storage = tensor.untyped_storage()
            if storage._cdata not in self.known:
                self.known.add(storage._cdata)
                self.now += storage.nbytes()
                weakref.finalize(storage, self._forget, storage._cdata, storage.nbytes())
        self.peak = max(self.peak, self.now)
        return result

    def _forget(self, storage: int, size: int) -> None:
        self.known.discard(storage)
        self.now -= size


def _tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def living_bytes(call: Callable[..., Any], *arguments: Any, **more: Any) -> int:
    """The most that tensors made by the call, its result among them, held at any moment.

    Not what an operation holds only within itself.
    """
    with _Living((arguments, more)) as living:
        result = call(*arguments, **more)
    del result
    return living.peak
