"""Panels are trained in an order that shows every figure early, and what is finished is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.gpu import figures
from benchmarks.gpu.figures import Part, in_order, parts
from benchmarks.gpu.running import ROOT
from benchmarks.gpu.stages import GRACE
from tests.gpu.interrupted import SERIES
from verifier.reproduction.panels import published_maps, published_panels
from verifier.reproduction.runner.store import Store

PANELS = ("shifted-gauss-a-epochs-g", "cossim-shifted-epochs-f")


def part(name: str, figure: str, cost: float, results: int = 1) -> Part:
    work = SimpleNamespace(keys=tuple(map(str, range(results))))
    return Part(name, figure, SimpleNamespace(cost=cost), (work,))


def test_every_figure_has_a_panel_before_any_has_its_second() -> None:
    found = [
        part("dear of b", "b", 300),
        part("cheap of a", "a", 1, results=7),
        part("dear of a", "a", 2),
        part("cheap of b", "b", 100),
        part("dearest of a", "a", 400, results=300),
        part("only of c", "c", 50),
    ]
    names = [one.name for one in in_order(found)]
    assert names == [
        *("cheap of a", "only of c", "cheap of b", "dearest of a", "dear of a", "dear of b")
    ]


def test_all_panels_and_maps_are_there_at_published_size(tmp_path: Path) -> None:
    found = parts("paper", "cpu", Store(tmp_path))
    names = {one.name for one in found}
    drawn = {**published_panels(), **published_maps()}
    assert names <= set(drawn)
    assert names >= {name for name in drawn if "mnist" not in name}  # images may be missing
    firsts = found[: len({one.figure for one in found})]
    assert len({one.figure for one in firsts}) == len(firsts)
    assert all(len(work.keys) == len(work.asks) for one in found for work in one.works)


@pytest.mark.slow
def test_a_panel_is_trained_kept_and_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    every = [published_panels()[name] for name in PANELS]
    monkeypatch.setattr(figures, "chosen", lambda _: (every, []))
    for new in (8, 0):
        assert figures.main(["--device", "cpu", "--scale", "smoke", str(tmp_path)]) == 0
        reached = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
        assert (reached["done"], reached["of"], reached["new"]) == (8, 8, new)
        assert {(p["name"], p["done"]) for p in reached["panels"]} == {(n, 4) for n in PANELS}
        assert reached["series"] == []  # nothing of reduced size is compared
        assert f"{new} new results" in capsys.readouterr().out


@pytest.mark.slow
def test_an_interrupted_run_compares_what_it_has_and_ends_in_time(tmp_path: Path) -> None:
    """Trainings that have begun go on for long, and others wait for their turn."""
    command = [sys.executable, "-m", "tests.gpu.interrupted", str(tmp_path)]
    results = tmp_path / "cache" / "results"
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as process:
        try:
            end = time.monotonic() + 120
            while not list(results.rglob("*.json")) and time.monotonic() < end:
                time.sleep(0.1)
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(GRACE) == 0
        finally:
            process.kill()
    reached = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert 0 < reached["new"] < reached["of"] == 12
    assert reached["series"] == SERIES
