"""Every loop on CUDA tensors that have no values: where a GPU build of torch is, without a GPU.

What this cannot show: values, so neither rounding nor a kernel that fails on the card; a backward
pass, for which autograd wants a card (`train_deep`); races and streams; memory that is fragmented
or taken by others; time. Those need a GPU: see docs/gpu.md.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from tests.devices.fake import NEEDS_CUDA_BUILD, Fault, Watch, fake_cuda
from tests.devices.loops import LOOPS, Place
from verifier.model.forms import Primal
from verifier.model.losses import Identity, Logistic

pytestmark = NEEDS_CUDA_BUILD

IN_DOUBLE = {"replay", "gradient_flow"}
"""What computes in float64 whatever it is given, on purpose: bounds, the fading of a start."""
FROM_HOST = {name for name in LOOPS if name.startswith("stacked")} | {"kernel_sum_by_features"}
"""What copies to the device once a call: learning rates; draws, the same for every device."""
BACKWARD = {"train_deep"}


def watched(name: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Run a loop; its inputs are made before anybody looks."""
    made: dict[tuple[int, ...], Tensor] = {}
    place = Place("cuda", dtype, 3)
    watch = Watch("cuda", dtype)
    with fake_cuda(monkeypatch):
        LOOPS[name](Remembering(place, made))
        with watch:
            result = LOOPS[name](Remembering(place, made))
        tensors = [t for t in tree_leaves(result) if isinstance(t, Tensor)]
    assert all(t.device.type == "cuda" for t in tensors)
    return watch


class Remembering(Place):
    """Makes each input once."""

    def __init__(self, place: Place, made: dict[tuple[int, ...], Tensor]) -> None:
        super().__init__(place.device, place.dtype, place.steps)
        object.__setattr__(self, "made", made)

    def normal(self, *shape: int) -> Tensor:
        made: dict[tuple[int, ...], Tensor] = self.__dict__["made"]
        if shape not in made:
            made[shape] = super().normal(*shape)
        return made[shape]


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_nothing_leaves_the_device(
    name: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in BACKWARD and not torch.cuda.is_available():
        pytest.skip("a backward pass on CUDA wants a card")
    if name in FROM_HOST or (dtype == torch.float32 and name in IN_DOUBLE):
        with fake_cuda(monkeypatch):
            LOOPS[name](Place("cuda", dtype, 3))
    else:
        assert watched(name, dtype, monkeypatch).found["operations"] > 0


# --- planted faults -------------------------------------------------------------------------------


def a_stray_cpu_tensor(weighted: Tensor) -> Tensor:
    return weighted * torch.ones(weighted.shape[-1], dtype=weighted.dtype, device="cpu")


def a_stray_cpu_tensor_moved_at_each_step(weighted: Tensor) -> Tensor:
    return weighted * torch.ones(1, dtype=weighted.dtype, device="cpu").to(weighted.device)


def an_item(weighted: Tensor) -> Tensor:
    return weighted * (1.0 if weighted.sum().item() > 0 else 2.0)


def another_dtype(weighted: Tensor) -> Tensor:
    return (weighted * weighted.new_ones(1, dtype=torch.float64)).to(weighted.dtype)


def a_cpu_generator(weighted: Tensor) -> Tensor:
    chance = torch.Generator(device="cpu").manual_seed(0)
    return weighted + torch.randn(
        weighted.shape, generator=chance, dtype=weighted.dtype, device=weighted.device
    )


def a_mask(weighted: Tensor) -> Tensor:
    return weighted[weighted > 0].sum() * weighted


FAULTS = [
    a_stray_cpu_tensor,
    a_stray_cpu_tensor_moved_at_each_step,
    an_item,
    another_dtype,
    a_cpu_generator,
    a_mask,
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda loss: loss.name)
def test_planted_faults_are_caught(
    fault: Callable[[Tensor], Tensor],
    loss: Identity | Logistic,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"train, {loss.name}, momentum"
    watched(name, torch.float32, monkeypatch)
    move = Primal.move
    monkeypatch.setattr(
        Primal, "move", lambda self, active, *rest: move(self, fault(active), *rest)
    )
    with pytest.raises((Fault, RuntimeError)):
        watched(name, torch.float32, monkeypatch)
