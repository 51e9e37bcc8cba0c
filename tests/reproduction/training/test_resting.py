"""The pattern sums of resting neurons against sums over all samples, along whole descents."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor

from tests.reproduction.training.test_stacked_descent import by_torch
from verifier.model.losses import Identity
from verifier.model.network import initialise
from verifier.model.recipe import Recipe
from verifier.reproduction.training import resting
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.resting import PatternSums
from verifier.reproduction.training.stacked_descent import descend

SLOPES = pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
STEPS = 120
CUTS = (17, 40, 41)  # steps after which a third of the rates are cut, each time another third


def generator(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def randn(g: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=g, dtype=torch.float64, device="cpu")


@dataclass
class Descent:
    """Neurons on two data sets, moved by the sums that `PatternSums` returns.

    `kind`: "calm", far from most kinks; "chattering", pulled back across many a kink at each step.
    """

    kind: str
    slope: float
    momentum: float
    growing: bool = False
    dtype: torch.dtype = torch.float64
    cuts: tuple[int, ...] = CUTS
    reach_share: float = 1.0
    rested: int = field(default=0, init=False)
    plain: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        g = generator(5)
        calm = self.kind == "calm"
        B, N, d, R = 2, 12 if calm else 150, 4, 24
        X = randn(g, B, N, d)
        y = torch.where(torch.arange(N, device="cpu") % 2 == 0, 1.0, -1.0).double()
        rate = 0.02 if calm else 30.0
        self.samples = torch.cat((X, torch.ones_like(X[..., :1])), dim=-1).to(self.dtype)
        self.signed = self.samples * (y / N).to(self.dtype).unsqueeze(-1)
        self.theta = randn(g, B, R, d + 1).to(self.dtype)
        self.readout = randn(g, R, 1).to(self.dtype)
        # networks of three rates in one array, as in a batch
        rates = rate * torch.tensor([1.0, 0.3, 0.1], dtype=self.dtype, device="cpu")
        self.rates = rates.repeat_interleave(R // 3).expand(B, R).clone()

    def expected(self) -> Tensor:
        """`G_i = sum_n y_n/N phi'(u_in) (x_n, 1)`, from the signs of all pre-activations."""
        u = torch.einsum("brc,bnc->brn", self.theta.double(), self.samples.double())
        pattern = self.slope + (1 - self.slope) * (u >= 0).double()
        return torch.einsum("brn,bnc->brc", pattern, self.signed.double())

    def run(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The sums at each step, as found and as expected."""
        sums = PatternSums(self.samples, self.signed, self.slope, self.theta.shape[1])
        velocity = torch.zeros_like(self.theta)
        for epoch in range(1, STEPS + 1):
            step = (1 - 0.9**epoch) / (1 - 0.9) if self.growing else 1.0
            rows = step * self.rates
            for part in sums._parts:
                self.plain += part.steps_without_looking > 0
                self.rested += (
                    0 if part.steps_without_looking else int((part.beta < part.allowance).sum())
                )
            reach = self.reach_share * rows * (self.momentum / (1 - self.momentum))
            pull = sums.update(self.theta, velocity, self.readout, reach)
            sums.advance(self.momentum, rows)
            yield pull, self.expected()
            velocity = self.momentum * velocity + self.readout * pull
            self.theta = self.theta + rows.unsqueeze(-1) * velocity
            if epoch in self.cuts:
                self.rates[:, self.cuts.index(epoch) :: 3] *= 0.1

    @property
    def rested_share(self) -> float:
        return self.rested / (STEPS * math.prod(self.theta.shape[:2]))


def close(found: Tensor, expected: Tensor) -> bool:
    return torch.allclose(found.double(), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("momentum", "growing"),
    [(0.9, False), (0.0, False), (0.0, True)],
    ids=["momentum", "plain", "growing"],
)
@SLOPES
@pytest.mark.parametrize("kind", ["calm", "chattering"])
def test_the_sums_are_exact_at_every_step(
    kind: str, growing: bool, slope: float, momentum: float
) -> None:
    descent = Descent(kind, slope, momentum, growing)
    for found, expected in descent.run():
        assert close(found, expected)
    if kind == "calm":
        assert descent.rested_share > 0.6
    else:
        assert descent.rested > 0
        assert descent.plain > (100 if growing and slope < 1 else 0)


def agrees(descent: Descent) -> bool:
    return all(close(found, expected) for found, expected in descent.run())


def test_a_descent_shows_a_neuron_that_rests_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert agrees(Descent("calm", 0.3, 0.9))
    assert not agrees(Descent("calm", 0.3, 0.9, reach_share=0.0))  # as if it had no momentum
    monkeypatch.setattr(resting, "_SAFE_SHARE", 1.5)
    assert not agrees(Descent("calm", 0.3, 0.9))


def test_a_descent_shows_sums_that_are_kept_past_plain_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Plain steps leave the patterns behind: what they were then must not count as unchanged."""
    update = resting._OneDataSet.update

    def forgetful(self: resting._OneDataSet, *state: Tensor) -> None:
        self.patterns_outdated = False
        update(self, *state)

    monkeypatch.setattr(resting._OneDataSet, "update", forgetful)
    assert not agrees(Descent("chattering", 0.3, 0.0, growing=True))


@SLOPES
def test_only_rounding_at_a_kink_can_change_a_float32_pattern(slope: float) -> None:
    descent = Descent("calm", slope, 0.9, dtype=torch.float32)
    unclear_rows = 0
    for found, expected in descent.run():
        assert found.dtype == torch.float32
        theta, samples = descent.theta.double(), descent.samples.double()
        u = torch.einsum("brc,bnc->brn", theta, samples)
        size = torch.einsum("brc,bnc->brn", theta.abs(), samples.abs())
        unclear = (u.abs() < 1e-6 * size).any(dim=-1)
        unclear_rows += int(unclear.sum())
        assert torch.allclose(found[~unclear].double(), expected[~unclear], rtol=1e-5, atol=1e-6)
    assert unclear_rows < 1e-3 * STEPS * unclear.numel()
    assert descent.rested_share > 0.6


def test_a_sample_at_the_kink_is_active_and_a_neuron_without_readout_rests() -> None:
    """`phi'(0) = 1`; two of three neurons never move, the last starts with all samples at its kink.

    There it is held until its rest is considered. Then one sample goes up and one goes down.
    """
    samples = torch.tensor([[[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]], dtype=torch.float64, device="cpu")
    signed = samples * torch.tensor([[0.5], [-0.5]], dtype=torch.float64, device="cpu")
    rows = [[1.0, 1.0, -1.0], [2.0, -1.0, 0.5], [0.0, 0.0, 0.0]]
    theta = torch.tensor([rows], dtype=torch.float64, device="cpu")
    readout = torch.tensor([[0.0], [0.0], [0.3]], dtype=torch.float64, device="cpu")
    sums, velocity = PatternSums(samples, signed, 0.25, 3), torch.zeros_like(theta)
    steps = torch.full((1, 3), 0.1, dtype=torch.float64, device="cpu")
    both, first = signed[0, 0] + signed[0, 1], signed[0, 0] + 0.25 * signed[0, 1]
    for step in range(60):
        found = sums.update(theta, velocity, readout, torch.zeros_like(steps)).clone()
        sums.advance(0.0, steps)
        assert torch.equal(found[0, :2], torch.stack([both, first]))
        if step <= 31:
            assert torch.equal(found[0, 2], both if step <= 30 else first)
        else:
            above = float(samples[0, 1] @ theta[0, 2]) >= 0
            assert torch.allclose(found[0, 2], both if above else first)
        if step >= 30:
            velocity = readout * found
            theta = theta + steps.unsqueeze(-1) * velocity


def test_rates_are_cut_as_by_torch_once_all_neurons_are_dead() -> None:
    """All labels -1 and all readouts positive: neurons move until no sample is active.

    From then on the loss is exactly 0, so that no rounding decides when it last improved. Under the
    identity loss a plateau at any other value is hard to come by.
    """
    g, last = generator(3), 80
    start = initialise(9, 4, generator=g, dtype=torch.float64, device="cpu")
    start = start._replace(a=start.a.abs())
    X = randn(g, 2, 15, 4)
    y = -torch.ones(15, dtype=torch.float64, device="cpu")
    rates, cut = (4.0, 1.0, 0.1), 0
    for snapshot in descend(start, X, y, rates, PUBLISHED, (15, last), Identity(), 0.0):
        for b in range(2):
            for k, rate in enumerate(rates):
                W, time = by_torch(start, X[b], y, rate, snapshot.epoch, Identity(), 0.0)
                assert torch.allclose(snapshot.params.W[b, k], W, rtol=1e-9, atol=1e-9)
                assert float(snapshot.time[b, k]) == pytest.approx(time, rel=1e-9)
                uncut = Recipe((rate,) * snapshot.epoch, momentum=0.9).time
                cut += float(snapshot.time[b, k]) < 0.9 * uncut
    assert cut == 4  # of both data sets, the larger rates at the end; the smallest never
