"""Memory that two processes share: arrays are laid into it by one, and read there by the other."""

from __future__ import annotations

import io
import mmap
import os
import pickle
import tempfile
from typing import Any

import torch
from torch import Tensor

Place = tuple[str, tuple[int, ...], tuple[int, ...], int, int]
"""Where an array lies: its type, shape, strides, how many numbers it spans, and from which byte."""

_ALIGNED = 64
_LEAST = 1 << 20


def memory_file() -> int:
    """The descriptor of a file in memory, or in a folder for such where there are none."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("verifier")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Arena:
    """A file in memory that grows as it is filled; `descriptor` is shared by both processes."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.used = 0
        self._map = mmap.mmap(-1, 1)
        self._size = 0
        self._span(_LEAST)

    def _span(self, size: int) -> None:
        """Have at least `size` bytes at hand, whoever made the file so long."""
        if size <= self._size:
            return
        long = os.fstat(self.descriptor).st_size
        if long < size:
            os.ftruncate(self.descriptor, 2 * size)
        self._size = os.fstat(self.descriptor).st_size
        self._map = mmap.mmap(self.descriptor, self._size)  # views of an older one keep that

    def _numbers(self, name: str, span: int, start: int) -> Tensor:
        dtype = getattr(torch, name)
        self._span(start + span * dtype.itemsize)
        if span == 0:
            return torch.empty(0, dtype=dtype, device="cpu")
        return torch.frombuffer(self._map, dtype=dtype, count=span, offset=start)

    def lay(self, tensor: Tensor) -> Place:
        """Copy a tensor into it, with gaps where it has strides."""
        flat = _flat(tensor.detach().cpu())
        name = str(tensor.dtype).removeprefix("torch.")
        start = -(-self.used // _ALIGNED) * _ALIGNED
        self._numbers(name, len(flat), start).copy_(flat)
        self.used = start + len(flat) * tensor.dtype.itemsize
        return name, tuple(tensor.shape), tensor.stride(), len(flat), start

    def view(self, place: Place) -> Tensor:
        """The tensor at a place, in this very memory."""
        name, shape, strides, span, start = place
        numbers = self._numbers(name, span, start)
        return numbers.as_strided(tuple(shape), tuple(strides))

    def copy(self, place: Place) -> Tensor:
        """A copy of the tensor at a place, with its strides."""
        name, shape, strides, span, start = place
        return self._numbers(name, span, start).clone().as_strided(tuple(shape), tuple(strides))

    def write_back(self, place: Place, tensor: Tensor) -> None:
        """Let what happened to a copy happen to the original."""
        name, _, _, span, start = place
        self._numbers(name, span, start).copy_(_flat(tensor.detach()))

    def read_back(self, place: Place, tensor: Tensor) -> None:
        """Let what was written back happen to the tensor that was laid there."""
        name, _, _, span, start = place
        _flat(tensor).copy_(self._numbers(name, span, start))


def _flat(tensor: Tensor) -> Tensor:
    """All numbers that a tensor spans in memory, those between its own among them."""
    if tensor.numel() == 0:
        return tensor.reshape(-1)
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    span = 1 + sum((size - 1) * stride for size, stride in steps)
    return tensor.as_strided((span,), (1,), tensor.storage_offset())


class Packer(pickle.Pickler):
    """Pickles a call; its tensors are laid into the arena, and `laid` says where each is."""

    def __init__(self, arena: Arena) -> None:
        self.stream = io.BytesIO()
        super().__init__(self.stream, protocol=5)
        self.arena = arena
        self.laid: list[tuple[Place, Tensor]] = []

    def persistent_id(self, value: Any) -> Place | None:
        """See `pickle`."""
        if not isinstance(value, Tensor):
            return None
        place = self.arena.lay(value)
        self.laid.append((place, value))
        return place


class Unpacker(pickle.Unpickler):
    """Reads a call; its tensors are copies, and `found` says of which places."""

    def __init__(self, text: bytes, arena: Arena) -> None:
        super().__init__(io.BytesIO(text))
        self.arena = arena
        self.found: list[tuple[Place, Tensor]] = []

    def persistent_load(self, place: Place) -> Tensor:
        """See `pickle`."""
        tensor = self.arena.copy(place)
        self.found.append((place, tensor))
        return tensor
