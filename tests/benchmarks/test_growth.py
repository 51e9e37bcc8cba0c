"""How cost grows: a known power is found, with an interval that holds it; the page says both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.growth import page
from benchmarks.growth.measured import CHECKED, TOGETHER, WORK, configuration, seconds
from docs import update_scale
from tests.memory import living_bytes
from verifier.trial.trial import Trial

SMALL = {"m": 4, "N": 3, "d": 2, "K": 2, "P": 2}


def noisy(sizes: list[int], power: float, seed: int) -> list[list[float]]:
    """Twelve replicates of a power law with noise of a fifth."""
    generator = torch.Generator("cpu").manual_seed(seed)
    noise = 0.2 * torch.randn(12, len(sizes), generator=generator, dtype=torch.float64)
    exact = torch.tensor(sizes, dtype=torch.float64) ** power
    return (exact * noise.exp()).tolist()


def test_an_exact_power_is_found() -> None:
    sizes = [2, 4, 8, 16]
    mean, half = page.exponent(sizes, [[s**1.5 for s in sizes]] * 12)
    assert mean == pytest.approx(1.5)
    assert half == pytest.approx(0.0, abs=1e-12)
    assert page.steps([2, 4, 16], [1, 2, 32]) == pytest.approx([1, 2])


def test_the_interval_holds_the_exponent() -> None:
    sizes = [2, 4, 8, 16]
    found = [page.exponent(sizes, noisy(sizes, 0.7, seed)) for seed in range(200)]
    missed = sum(abs(mean - 0.7) > half for mean, half in found)
    assert missed <= 10  # 5% at the most; the bound of the interval is a generous one
    assert max(half for _, half in found) < 0.25


@pytest.mark.parametrize("name", WORK)
def test_what_is_measured_is_the_checks(name: str) -> None:
    assert seconds(WORK[name], SMALL, 0) > 0
    found = WORK[name](Trial(configuration(**SMALL)))
    ids = {found.statement} if name == "check" else set(found)
    assert ids == ({CHECKED.id} if name == "check" else {s.id for s in TOGETHER})
    assert living_bytes(WORK[name], Trial(configuration(**SMALL))) > 0


def test_sizes_are_those_of_the_configuration() -> None:
    c = configuration(m=5, N=6, d=7, K=8, P=9)
    assert (c.width, c.data.samples, c.data.dimension, c.fresh_points) == (5, 6, 7, 9)
    assert len(c.f_steps) == len(c.g_steps) == 8
    assert sum(c.f_steps) == pytest.approx(0.1)


def test_the_page_says_every_size_and_the_load(tmp_path: Path) -> None:
    found: dict[str, Any] = json.loads(update_scale.GROWTH.read_text(encoding="utf-8"))
    rows = page.rows(found)
    assert [row[0].split(",")[0] for row in rows] == list(found["sizes"])
    assert all(len(row) == len(page.HEADS) for row in rows)
    for load in found["about"]["load"]:
        assert f"{load:.1f}" in page.told(found)
    page.draw(found, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").stat().st_size > 10_000
