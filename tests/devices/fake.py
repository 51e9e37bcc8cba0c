"""A GPU without a GPU: tensors that have a device, a dtype and a shape, but no values.

What a loop asks of real tensors it asks of these, so that a tensor made in the wrong place is met
by the others, and fails. `Watch` sees what does not: other dtypes on the way, copies from the host,
generators of the wrong device. Values are invented where the library reads them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

HAS_CUDA_BUILD = torch.version.cuda is not None
NEEDS_CUDA_BUILD = pytest.mark.skipif(
    not HAS_CUDA_BUILD, reason="this torch is no CUDA build (no GPU is needed): make gpu-fake"
)
NEAR = 3
"""How many near pairs each tile is said to have."""


CARD = SimpleNamespace(L2_cache_size=50 << 20, total_memory=80 << 30)
"""What blocks are sized by, where there is no card to ask: an H100's."""


class Fault(AssertionError):
    """What would be wrong, or slow, on a GPU."""


class Watch(TorchDispatchMode):
    """Raises `Fault` for an operation that leaves the device or the dtype of what it watches."""

    def __init__(self, device: str, dtype: torch.dtype) -> None:
        super().__init__()
        self.device, self.dtype = device, dtype
        self.found: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        generator = kwargs.get("generator")
        if generator is not None and generator.device.type != self.device:
            raise Fault(f"{func} draws by a generator on {generator.device}")
        found = func(*args, **kwargs)
        for tensor in (t for t in tree_leaves(found) if isinstance(t, Tensor)):
            if tensor.ndim and tensor.device.type != self.device:
                raise Fault(f"{func} makes a tensor on {tensor.device}")
            if tensor.is_floating_point() and tensor.ndim and tensor.dtype != self.dtype:
                raise Fault(f"{func} makes a tensor of {tensor.dtype}")
        self.found["operations"] += 1
        return found


def invented(values: Tensor) -> list[Any]:
    """What the library is told where it reads: that all is well, and that some pairs are near."""
    return [True if values.dtype == torch.bool else NEAR] * values.numel()


@contextmanager
def fake_cuda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """CUDA tensors without values, whether or not there is a GPU."""
    monkeypatch.setattr("verifier.model.device._to_host", invented)
    if not torch.cuda.is_available():
        monkeypatch.setattr("torch.cuda.get_device_properties", lambda _: CARD)
    with FakeTensorMode():
        yield
