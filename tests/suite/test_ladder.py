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
