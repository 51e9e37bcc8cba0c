"""What g gets at the ends of a panel, and where there are no perturbations."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from tests.reproduction.results import point, rising
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import Published, published_values
from verifier.reproduction.gallery import ends
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.page import gather
from verifier.reproduction.panels import published_panels

PANEL = published_panels()["shifted-gauss-a-d"]


def test_what_g_gets_from_random_labels_alone_is_told_where_it_sees_samples(tmp_path: Path) -> None:
    told = []
    for letter, axis in (("a", "eps"), ("b", "gamma"), ("b", "eps")):  # a slope may be 0, too
        panel = published_panels()[f"shifted-gauss-{letter}-{axis}"]
        run = Reproduction(panels=[panel], results=rising(panel, 2, 0.01))
        (figure,) = (f for f in gather(run, tmp_path)["figures"] if f["name"].startswith("shifted"))
        told.append(figure["at_zero"])
        zero = Sample.of(run.points(panel)[0.0], "perturbation")
    assert told[:2] == ["", ""]
    assert told[2].endswith(f"gets {zero.mean:.0%} on average, predicted {zero.predicted:.0%}.")


def test_what_g_gets_at_the_last_point_that_was_trained_is_kept() -> None:
    results = rising(PANEL, 2, 0.01)
    run = Reproduction(panels=[PANEL], results=results)
    last = [r.best("perturbation") for r in results if r.setting == PANEL.settings[-1]]
    first = [r.best("perturbation") for r in run.points(PANEL)[PANEL.xs[0]]]
    told = ends.ends(run, PANEL)
    assert told is not None
    assert told["of_g"] == pytest.approx([fmean(first), fmean(last)])
    rise = sum(b > a for a, b in zip(first, last, strict=True))
    assert (told["rise"], told["seeds"]) == (rise, 2)
    assert (told["first"], told["last"], told["beyond"]) == ("d = 10", "d = 100", "")
    assert not told["is_reduced"]
    of_last = f"100: {published_values(PANEL)[100.0, 'perturbation'].value:.0%}"
    some = [r for r in results if r.setting in PANEL.settings[:3]]
    fewer = replace(run, results=some, obstacles={PANEL.name: "too few images"})
    told = ends.ends(fewer, PANEL)
    assert told is not None
    assert (told["last"], told["beyond"], told["is_reduced"]) == ("d = 30", of_last, True)
    small = PANEL.reduced(2)
    reduced = ends.ends(Reproduction(panels=[small], results=rising(small, 2, 0.01)), small)
    assert reduced is not None
    assert reduced["is_reduced"]
    assert ends.ends(Reproduction(panels=[PANEL], results=[]), PANEL) is None


def test_g_is_better_at_the_end_in_so_many_seeds_that_have_both_ends() -> None:
    accuracies = {0: (0.5, 0.9), 1: (0.8, 0.7), 2: (0.6, 0.6), 4: (0.9, 0.95)}
    accuracies |= {3: (math.nan, 0.65), 5: (0.7, math.nan)}  # these diverged at an end
    results = [
        point(PANEL.settings[k], seed, {"perturbation": of_g[k]})
        for seed, of_g in accuracies.items()
        for k in (0, -1)
    ]
    told = ends.ends(Reproduction(panels=[PANEL], results=results), PANEL)
    assert told is not None
    assert not told["is_better"]
    higher = [r for r in results if r.seed in (0, 4)]
    of_these = ends.ends(Reproduction(panels=[PANEL], results=higher), PANEL)
    assert of_these is not None
    assert of_these["is_better"]
    assert (told["rise"], told["seeds"]) == (2, 4)
    assert told["of_g"] == pytest.approx([2.8 / 4, 3.15 / 4])
    apart = [r for k, r in enumerate(results) if k in (0, 3)]  # no seed was trained at both ends
    assert ends.ends(Reproduction(panels=[PANEL], results=apart), PANEL) is None


def test_it_is_published_to_the_last_value_of_g_that_could_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_g, of_f = "perturbation", "standard"
    read = {(150.0, of_g): "ok", (200.0, of_f): "ok", (300.0, of_g): "hidden"}
    published = {at: Published(0.5, 0.01, quality) for at, quality in read.items()}
    monkeypatch.setattr(ends.comparison, "published_values", lambda _: published)
    told = ends.ends(Reproduction(panels=[PANEL], results=rising(PANEL, 2, 0.01)), PANEL)
    assert told is not None
    assert told["beyond"] == "150: 50%"
