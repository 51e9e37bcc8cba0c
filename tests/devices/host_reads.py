"""Counts what makes a host wait for a device, on any machine: by what is called, not by where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten
WAITING = {
    aten._local_scalar_dense.default,
    aten.equal.default,
    aten.nonzero.default,
    aten.masked_select.default,
    aten._unique2.default,
    aten.unique_consecutive.default,
    aten.repeat_interleave.Tensor,
}
"""Operations whose result the host must see, or whose shape depends on values."""
MASKED = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default}
"""Operations that do so where an index is a mask."""
COPYING = {aten._to_copy.default, aten.clone.default}
TO_HOST = {Tensor.tolist, Tensor.numpy, Tensor.__array__, Tensor.cpu}


class _Operations(TorchDispatchMode):
    def __init__(self, found: Counter[str]) -> None:
        super().__init__()
        self.found = found

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        masks = func in MASKED and any(
            t is not None and t.dtype in (torch.bool, torch.uint8) for t in args[1]
        )
        if func in WAITING or masks:
            self.found["reads"] += 1
            self.found[f"read by {func}"] += 1
        if func in COPYING:
            self.found["copies"] += 1
        self.found["operations"] += 1
        return func(*args, **(kwargs or {}))


class _Methods(TorchFunctionMode):
    """Of a CPU tensor these read memory without any operation."""

    def __init__(self, found: Counter[str]) -> None:
        super().__init__()
        self.found = found

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func in TO_HOST:
            self.found["reads"] += 1
            self.found[f"read by {func.__name__}"] += 1
        return func(*args, **(kwargs or {}))


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Reads, copies and operations of what is called within."""
    found: Counter[str] = Counter()
    with _Methods(found), _Operations(found):
        yield found
