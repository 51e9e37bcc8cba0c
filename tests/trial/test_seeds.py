"""Seeds of many draws: all different to a generator that reads 32 bits, and no neighbours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from verifier.data.distributions import Data
from verifier.statements import DEFAULT, STATISTICAL
from verifier.trial.configuration import Configuration
from verifier.trial.description import seed_of, seed_of_draw
from verifier.trial.experiment import Experiment
from verifier.trial.settings import Settings
from verifier.trial.study import Study
from verifier.trial.subject import Subject

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


C = Configuration(Data("gaussian", 4, 5), 3, 0.3, True, (0.3,), (0.2,), 1.0, "b")


def test_replicates_of_a_configuration_are_such_draws() -> None:
    c = C
    first = c.seed(7)
    assert [c.seed(7, k) for k in range(3)] == [seed_of_draw(first, k) for k in range(3)]
    assert c.seed(8) != first


def test_hashes_may_agree_where_these_do_not() -> None:
    """The control: of hashes so many do agree in 32 bits, by the birthday paradox."""
    seeds = [seed_of("replicate", k) % 2**32 for k in range(MANY)]
    assert len(set(seeds)) < MANY


def read_of_seed(seed: int) -> int:
    return seed % 2**32


def read_by(study: Study) -> list[int]:
    """What a generator reads of every seed of an experiment."""
    run_seed = study.settings.run_seed
    return [
        read_of_seed(trial.configuration.seed(run_seed, trial.replicate))
        for c in study.experiment.configurations
        for trial in study.trials(c)
    ]


def test_configurations_of_an_experiment_share_no_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counters from two hashes may meet: then the later configuration counts on."""
    pair = Experiment("pair", (C, replace(C, width=5)), replicates=6)
    near = {3: 10, 5: read_of_seed(seed_of_draw(10, 2)) + 2**40}
    monkeypatch.setattr(
        Configuration, "seed", lambda c, _, replicate=0: seed_of_draw(near[c.width], replicate)
    )
    without = [read_of_seed(c.seed(0, k)) for c in pair.configurations for k in range(6)]
    assert len(set(without)) == 8  # the control: four draws would have been made twice
    study = Study(pair, 0.1)
    assert [trial.replicate for trial in study.trials(pair.configurations[0])] == [*range(6)]
    assert [trial.replicate for trial in study.trials(pair.configurations[1])] == [*range(6, 12)]
    assert len(set(read_by(study))) == 12


def test_no_default_experiment_repeats_a_seed() -> None:
    experiments = [
        e for s in STATISTICAL.values() for e in s.experiments[DEFAULT] if len(e.configurations) > 1
    ]
    assert experiments
    for run_seed in range(3):
        for experiment in experiments:
            seeds = read_by(Study(experiment, 0.1, Subject(settings=Settings(run_seed))))
            assert len(set(seeds)) == len(seeds)
