"""No step of a loop makes the host wait, and no call does so more than twice.

Where the code asks whether reads wait, it is told that they do, on the CPU: the operations are then
those of a GPU. A copy of data in each step would not be wrong, but it is not free.
"""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from tests.devices.host_reads import counted
from tests.devices.loops import LOOPS, MOST_READS, Loop, Place
from verifier.model import forms
from verifier.model.flow import gradient_flow
from verifier.model.forms import Primal, Pull

FEW, MANY = 2, 7
EACH = pytest.mark.parametrize("name", LOOPS)
OBSERVED = {"train, observed", "replay"}
"""An observer is given pre-activations of its own, a copy at each step."""


@pytest.fixture(autouse=True)
def reads_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.model.device.READS_AT_ONCE", frozenset())
    monkeypatch.setattr("verifier.model.forms.FEWEST", 2)
    monkeypatch.setattr("verifier.model.device.block_elements", lambda _: 40)


def counts(loop: Loop, steps: int, dtype: torch.dtype = torch.float64) -> Counter[str]:
    with counted() as found:
        loop(Place("cpu", dtype, steps))
    return found


@EACH
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_reads_of_a_call(name: str, dtype: torch.dtype) -> None:
    found = counts(LOOPS[name], FEW, dtype)
    assert found["operations"] > 0
    assert found["reads"] <= MOST_READS.get(name, 2), found


@EACH
def test_no_step_reads_or_copies(name: str) -> None:
    few, many = counts(LOOPS[name], FEW), counts(LOOPS[name], MANY)
    assert many["reads"] == few["reads"], many
    assert name in OBSERVED or many["copies"] == few["copies"], many


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("name", ["train, identity", "train, logistic"])
def test_the_gram_form(name: str, momentum: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "gram_pays", lambda *_: True)
    few, many = counts(LOOPS[name], FEW), counts(LOOPS[name], MANY)
    assert few["reads"] == many["reads"] <= 2
    assert few["copies"] == many["copies"]


@pytest.mark.parametrize("most_steps", [24, 96, 384])
@pytest.mark.parametrize("tolerance", [1e-15, 0.5])
def test_a_flow_reads_twice_however_fine_it_must_be(most_steps: int, tolerance: float) -> None:
    place = Place("cpu", torch.float64, FEW)
    start, (X, y) = place.network(), place.data()
    with counted() as found:
        flow = gradient_flow(start, X, y, 0.5, tolerance=tolerance, most_steps=most_steps)
    assert found["reads"] == 2
    assert flow.steps == most_steps


def test_sums_read_no_more_where_there_are_more_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("kernel_sum", "weighted_direction", "phi_gradient_sum")
    whole = {name: counts(LOOPS[name], 1) for name in names}
    monkeypatch.setattr("verifier.kernel.phi._TILE_BYTES", 64)
    monkeypatch.setattr("verifier.kernel.phi._TILE_ROWS", 2)
    for name in names:
        tiled = counts(LOOPS[name], 1)
        assert tiled["operations"] > 2 * whole[name]["operations"]
        assert tiled["reads"] == whole[name]["reads"] <= 2


def test_a_read_in_a_step_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    move = Primal.move

    def reading(self: Primal, active: torch.Tensor, pull: Pull, eta: float) -> None:
        assert active.abs().sum().item() >= 0
        move(self, active, pull, eta)

    monkeypatch.setattr(Primal, "move", reading)
    loop = LOOPS["train, identity"]
    assert counts(loop, MANY)["reads"] > counts(loop, FEW)["reads"]


def test_a_copy_in_a_step_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    move = Primal.move
    monkeypatch.setattr(Primal, "move", lambda self, u, *rest: move(self, u.clone(), *rest))
    loop = LOOPS["train, logistic"]
    assert counts(loop, MANY)["copies"] > counts(loop, FEW)["copies"]


@pytest.mark.parametrize(
    "read",
    [
        lambda t: t.tolist(),
        lambda t: t.numpy(),
        lambda t: t.cpu(),
        lambda t: bool(t.any()),
        lambda t: float(t.sum()),
        lambda t: t[t > 0],
        lambda t: t.nonzero(),
        lambda t: torch.equal(t, t),
        lambda t: t.masked_select(t > 0),
        lambda t: t.index_put_((t > 0,), t.new_zeros(())),
    ],
)
def test_every_kind_of_read_is_counted(read: Loop) -> None:
    with counted() as found:
        read(torch.ones(3))
    assert found["reads"] == 1
