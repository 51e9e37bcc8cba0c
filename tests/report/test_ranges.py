"""The sizes at which a statement held, from its evidence alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from verifier.data.distributions import Data
from verifier.evidence.comparisons import Comparisons
from verifier.evidence.evidence import Evidence
from verifier.report.ranges import SIZES, ranges
from verifier.suite.ladder import LADDER
from verifier.trial.configuration import Configuration
from verifier.trial.experiment import Experiment

PLAIN = Configuration(
    Data("gaussian", 4, 5), 30, 0.3, True, (0.3, 0.1), (0.2,), 1.0, "b", momentum=0.5
)


def evidence(described: object, *, holds: bool = True, vacuous: bool = False) -> Evidence:
    found = Comparisons().evidence("E1", described.to_json(), "gaussian")  # type: ignore[attr-defined]
    return replace(found, comparisons=3, held=0 if vacuous else 3, error=0.5 if holds else 2.0)


def found(*records: Evidence) -> dict[str, tuple[float, float]]:
    return {r["name"]: (r["least"], r["greatest"]) for r in ranges(records)}


def test_each_size_of_one_configuration() -> None:
    sizes = found(evidence(PLAIN))
    assert sizes.pop("time of f") == pytest.approx((0.45, 0.45))
    assert sizes == {
        "samples N": (5, 5),
        "dimensions d": (4, 4),
        "width m": (30, 30),
        "steps K": (2, 2),
        "momentum": (0.5, 0.5),
        "eps / sqrt d": (0.5, 0.5),
        "points P": (6, 6),
    }


def test_of_several_the_least_and_the_greatest() -> None:
    wide, long = replace(PLAIN, width=400), replace(PLAIN, f_steps=(0.1,) * 9)
    many = found(*(evidence(c) for c in (PLAIN, wide, long)))
    assert many["width m"] == (30, 400)
    assert many["steps K"] == (2, 9)
    assert many["samples N"] == (5, 5)


def test_what_was_refuted_or_said_nothing_does_not_count() -> None:
    wide, wider = replace(PLAIN, width=400), replace(PLAIN, width=4000)
    records = evidence(PLAIN), evidence(wide, holds=False), evidence(wider, vacuous=True)
    assert found(*records)["width m"] == (30, 30)
    assert found(*records[1:]) == {}


def test_a_momentum_that_rounding_loses_is_none() -> None:
    lost, small = replace(PLAIN, momentum=6e-118), replace(PLAIN, momentum=1e-15)
    assert found(evidence(lost))["momentum"] == (0, 0)
    assert found(evidence(small))["momentum"] == (1e-15, 1e-15)


def test_an_experiment_counts_by_its_configurations() -> None:
    experiment = Experiment("several", (PLAIN, replace(PLAIN, width=7)), 3)
    assert found(evidence(experiment))["width m"] == (7, 30)


@pytest.mark.parametrize(
    ("name", "least", "greatest"),
    [
        ("samples N", 5, 4097),
        ("dimensions d", 1, 3072),
        ("width m", 1, 10_000),
        ("steps K", 2, 1000),
        ("momentum", 0.0, 0.999),
        ("time of f", 0.3, 10_000),
        ("eps / sqrt d", 0.001, 10),
        ("points P", 4, 4097),
    ],
)
def test_the_ladder_reaches_the_paper_s_sizes(name: str, least: float, greatest: float) -> None:
    sizes = [SIZES[name](rung.configuration.to_json()) for rung in LADDER]
    assert min(sizes) <= least + 1e-9
    assert max(sizes) >= greatest
