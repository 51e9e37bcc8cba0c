"""Seeds of many draws: all different to a generator that reads 32 bits, and no neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration
from verifier.trial.description import seed_of, seed_of_draw

MANY = 400_000
"""More than any experiment has replicates."""
NEIGHBOURS = 100
"""A code may take so many seeds in a row for the parts of one network."""


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**63 - 1, seed_of("any", 3)])
def test_no_two_draws_share_or_touch_a_seed(seed: int) -> None:
    seeds = [seed_of_draw(seed, k) for k in range(MANY)]
    assert seeds[0] == seed
    assert all(0 <= s < 2**63 for s in (min(seeds), max(seeds)))
    read = np.sort(np.array([s % 2**32 for s in seeds], dtype=np.int64))
    gaps = np.diff(np.append(read, read[0] + 2**32))
    assert gaps.min() > NEIGHBOURS


def test_replicates_of_a_configuration_are_such_draws() -> None:
    c = Configuration(Data("gaussian", 4, 5), 3, 0.3, True, (0.3,), (0.2,), 1.0, "b")
    first = c.seed(7)
    assert [c.seed(7, k) for k in range(3)] == [seed_of_draw(first, k) for k in range(3)]
    assert c.seed(8) != first


def test_hashes_may_agree_where_these_do_not() -> None:
    """The control: of hashes so many do agree in 32 bits, by the birthday paradox."""
    seeds = [seed_of("replicate", k) % 2**32 for k in range(MANY)]
    assert len(set(seeds)) < MANY
