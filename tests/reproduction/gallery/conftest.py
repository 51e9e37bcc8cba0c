"""A gallery of synthetic results, gathered once."""

from typing import Any

import pytest

from tests.report.records import HOSTILE
from tests.reproduction.results import (
    crossed_map,
    explained,
    rising,
)
from verifier.evidence.folders import Report
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.page import gather
from verifier.reproduction.panels import published_maps, published_panels

PANEL = published_panels()["shifted-gauss-a-d"]


@pytest.fixture(scope="session")
def run() -> Reproduction:
    """Three panels, one of them unfinished and one not run; two maps, one not run; one task."""
    unfinished = published_panels()["shifted-gauss-a-eps"]
    absent = published_panels()["gauss-b-eps"]
    cosines = published_panels()["cossim-shifted-d"]
    results = rising(PANEL, 10, 0.05) + rising(PANEL, 1, 0.05, "theory")
    results += rising(cosines, 3, 0.01)
    results += [r for r in rising(unfinished, 3, 0.01) if r.setting.eps <= 0.003]
    maps = list(published_maps().values())[:2]
    return Reproduction(
        panels=[PANEL, unfinished, absent, cosines],
        results=results,
        maps=maps,
        map_results={maps[0].name: crossed_map(maps[0])},
        explained=[explained(2)],
        reasons={absent.name: HOSTILE},
        obstacles={},
        about={"scale": HOSTILE},
        report=Report("../report.html", "2026-11-26T20:22:45+00:00"),
    )


@pytest.fixture(scope="session")
def content(run: Reproduction, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return gather(run, tmp_path_factory.mktemp("gallery"))


@pytest.fixture
def figure(content: dict[str, Any]) -> dict[str, Any]:
    (found,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    return found
