"""On the ladder of sizes training moves something, whatever the seed: or else no fault shows."""

from __future__ import annotations

import pytest
import torch

from verifier.model.training import train
from verifier.suite.ladder import LADDER, Rung
from verifier.trial.draw import draw
from verifier.trial.settings import Settings

SEEDS = range(20)  # at one of which a ReLU network of three neurons was once dead
QUICK = [
    rung
    for rung in LADDER
    if len(rung.configuration.f_steps) <= 101
    and rung.configuration.width <= 300
    and rung.configuration.data.samples <= 257
]


@pytest.mark.parametrize("rung", QUICK, ids=lambda rung: rung.label)
def test_f_is_trained_on_every_rung(rung: Rung) -> None:
    for seed in SEEDS:
        settings = Settings(seed)
        start = rung.start(settings) or draw(rung.configuration, settings)
        end = train(start.f_0, start.X, start.y, rung.configuration.f_recipe).params
        assert not torch.equal(end.W, start.f_0.W), seed


def test_short_weights_start_so_short_and_nothing_else_does() -> None:
    (rung,) = (rung for rung in LADDER if rung.weights != 1)
    plain, short = draw(rung.configuration, Settings(0)), rung.start(Settings(0))
    assert short is not None
    for before, after in ((plain.f_0, short.f_0), (plain.g_0, short.g_0)):
        assert torch.equal(after.W, 1e-8 * before.W)
        assert torch.equal(after.b, before.b)
        assert torch.equal(after.a, before.a)
