"""E3: what is recovered from input gradients is the same whenever it is asked."""

from __future__ import annotations

import pytest
import torch

from verifier.data.distributions import Data
from verifier.statements.identities.e3_coefficients import E3
from verifier.trial.configuration import Configuration


def test_the_same_configuration_gives_the_same_evidence_to_the_digit() -> None:
    setting = Configuration(
        Data("gaussian", dimension=20, samples=8),
        width=50,
        slope=0.3,
        train_bias=True,
        f_steps=(0.5, 0.5),
        g_steps=(1.0,),
        eps=1.0,
        scenario="a",
    )
    first = E3.check(setting)
    assert first.notes["recovered from gradients"] == 1
    for numbers in range(40):
        # freed memory that a solver may find and take for its own
        _ = [torch.randint(0, 3, (n + numbers,), dtype=torch.int32) for n in (2, 4, 8, 16)]
        assert E3.check(setting) == first


@pytest.mark.parametrize(("apart", "recovered"), [(0.0, 0), (0.001, 0), (0.002, 1), (1.0, 1)])
def test_nearly_parallel_samples_recover_nothing(apart: float, recovered: int) -> None:
    """The smallest singular value of unit samples, about `apart / sqrt 2`, divides rounding."""
    points = ((1.0, 0.0), (1.0, apart))
    data = Data("raw", dimension=2, samples=2, points=points)
    setting = Configuration(
        data,
        width=50,
        slope=0.3,
        train_bias=True,
        f_steps=(0.5, 0.5),
        g_steps=(1.0,),
        eps=1.0,
        scenario="a",
    )
    found = E3.check(setting)
    assert found.notes.get("recovered from gradients", 0) == recovered
    assert found.holds
