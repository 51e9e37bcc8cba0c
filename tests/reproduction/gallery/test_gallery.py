"""The gallery: it shows what was run and what was not, and comes from its data."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest

from tests.report.records import HOSTILE
from tests.reproduction.gallery.test_glance import OPEN
from tests.reproduction.results import (
    rising,
)
from verifier.errors import InputError
from verifier.evidence.folders import Report
from verifier.reproduction.comparison import from_settings
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.gallery.collected import NOT_CHOSEN, UNFINISHED, Reproduction
from verifier.reproduction.gallery.figures import points_of_all
from verifier.reproduction.gallery.glance import at_a_glance
from verifier.reproduction.gallery.numbers import NUMBERS
from verifier.reproduction.gallery.page import gather, page, relinked, write
from verifier.reproduction.panels import published_maps, published_panels
from verifier.reproduction.plan import ask_of

PANEL = published_panels()["shifted-gauss-a-d"]


def test_the_gallery_says_what_was_run_and_what_was_not(content: dict[str, Any]) -> None:
    shared = 1  # a point of two panels
    assert (content["run"], content["points"]) == (10 + 4 + shared + 10, 10 + 11 + 11 + 10)
    assert content["seeds"] == [3, 10]
    missing = {n["name"]: n for n in content["not_run"]}
    assert set(missing) == {"shifted-gauss-a-eps", "gauss-b-eps", "map-shifted-b"}
    assert "0.004" in missing["shifted-gauss-a-eps"]["which"]
    assert "0.003," not in missing["shifted-gauss-a-eps"]["which"]
    assert missing["shifted-gauss-a-eps"]["reason"] == NOT_CHOSEN
    assert missing["gauss-b-eps"]["reason"] == HOSTILE
    captions = {i["name"]: i["caption"] for f in content["figures"] for i in f["items"]}
    assert "5 of 11 points, 3 to 10 seeds." in captions["shifted-gauss-a-eps"]
    assert "gauss-b-eps" not in captions
    summary = content["summary"]
    assert len(summary["chaotic"]) > 10  # all three series scatter by 0.05
    counts = [f["verdicts"].get("off", 0) for f in content["figures"]]
    assert sum(counts) == len(summary["misses"])


def test_points_with_fewer_images_are_none_at_published_size(
    run: Reproduction, content: dict[str, Any], tmp_path: Path
) -> None:
    fewer = replace(run, obstacles={PANEL.name: "only 800 of 12700 images are here"})
    write(fewer, tmp_path)
    found = json.loads((tmp_path / "gallery.json").read_text(encoding="utf-8"))
    own = len(run.points(PANEL))
    assert own > 0
    assert (found["points"], found["run"]) == (content["points"], content["run"] - own)
    assert found["run_reduced"] == content["run_reduced"] + own
    # values that are not compared would look like misses at a glance
    for one, is_there in ((run, True), (fewer, False)):
        assert (OPEN in at_a_glance(one, PANEL).picture) is is_there


def test_the_page_leads_to_the_newest_report_or_to_none(
    run: Reproduction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(run, tmp_path)
    assert "report.html#" in path.read_text(encoding="utf-8")
    assert relinked(tmp_path)["report"] is None  # there is no run
    assert json.loads((tmp_path / "gallery.json").read_text())["docs"] is None  # nor a checkout
    assert "report.html" not in path.read_text(encoding="utf-8")
    newest = Report("../newest/report.html", "2026-11-27T01:02:03+00:00")
    monkeypatch.setattr("verifier.reproduction.gallery.page.newest_report", lambda _: newest)
    assert relinked(tmp_path)["report"] == newest._asdict()
    assert 'href="../newest/report.html#E1"' in path.read_text(encoding="utf-8")


def test_the_page_comes_from_its_json_alone(run: Reproduction, tmp_path: Path) -> None:
    written = write(run, tmp_path)
    read = json.loads((tmp_path / "gallery.json").read_text(encoding="utf-8"))
    assert page(read) == written.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "summary.json").read_text()) == read["summary"]
    names = {p.name for p in (tmp_path / "pictures").iterdir()}
    items = [item["name"] for figure in read["figures"] for item in figure["items"]]
    assert names == {
        f"{name}.{kind}"
        for name in [*items, "heights", "foretold-agreement", "foretold-perturbation"]
        for kind in ("svg", "png")
    }


def test_a_gallery_of_another_version_is_not_written_again(
    run: Reproduction, tmp_path: Path
) -> None:
    path = write(run, tmp_path)
    kept = path.read_bytes()
    found = json.loads((tmp_path / "gallery.json").read_text(encoding="utf-8"))
    (tmp_path / "gallery.json").write_text(json.dumps(found | {"version": 3}), encoding="utf-8")
    with pytest.raises(InputError, match="is of version 3: `verifier reproduce` draws it again"):
        relinked(tmp_path)
    assert path.read_bytes() == kept


def test_what_was_planned_and_is_missing_is_told_apart_from_what_was_not_chosen() -> None:
    drawn = list(published_maps().values())[:2]
    planned = frozenset(ask_of(PANEL, s) for s in PANEL.settings[:3])
    results = [r for r in rising(PANEL, 2, 0.01) if r.setting in PANEL.settings[:2]]
    second = PANEL.settings[1]
    results = [r for r in results if (r.setting, r.seed) != (second, 1)]  # one of two seeds
    run = Reproduction(
        panels=[PANEL],
        results=results,
        maps=drawn,
        planned=planned | {ask_of(drawn[0], drawn[0].setting)},
        seeds=2,
        reasons={PANEL.name: "too dear", drawn[0].name: "too dear", drawn[1].name: "too dear"},
    )
    found = {(n["name"], n["reason"]): n["which"].rpartition(": ")[2] for n in run.not_run()}
    second_and_third = ", ".join(f"{x:g}" for x in PANEL.xs[1:3])
    assert found == {
        (PANEL.name, UNFINISHED): second_and_third,
        (PANEL.name, "too dear"): ", ".join(f"{x:g}" for x in PANEL.xs[3:]),
        (drawn[0].name, UNFINISHED): "the map",
        (drawn[1].name, "too dear"): "the map",
    }


def test_what_is_drawn_is_told(run: Reproduction, tmp_path: Path) -> None:
    told: list[str] = []
    gather(run, tmp_path, told.append)
    assert told[0].endswith(f"1 of {len(told)} figures")


def test_every_number_behind_a_curve_is_kept(run: Reproduction, tmp_path: Path) -> None:
    write(run, tmp_path)
    rows = list(csv.DictReader((tmp_path / NUMBERS).open(encoding="utf-8")))
    kept = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    assert len(rows) == len(kept) > 40
    for row, number in zip(rows, kept, strict=True):
        assert row == {name: "" if v is None else str(v) for name, v in number.items()}
    of_one = [r for r in kept if r["panel"] == PANEL.name and r["series"] == PANEL.series[0]]
    published = [r for r in of_one if r["recipe"] == "published"]
    assert [r["x"] for r in published] == list(PANEL.xs)
    first = published[0]
    sample = Sample.of(run.points(PANEL)[first["x"]], first["series"])
    assert first["mean"] == sample.mean
    assert (first["low"], first["high"]) == sample.band
    assert (first["seeds"], first["deviation"]) == (10, stdev(sample.values))
    assert any(r["published"] is not None for r in published)
    assert all(r["P6"] is None for r in of_one)
    of_g = [r for r in kept if r["panel"] == PANEL.name and r["series"] == from_settings.SERIES]
    forecast = from_settings.forecast(run.points(PANEL)[first["x"]][0])
    assert forecast is not None
    assert of_g[0]["P6"] == pytest.approx(forecast.stated)  # one time for all seeds here
    assert {r["recipe"] for r in of_g if r["P6_given_targets"] is not None} == {"published"}
    alone = [r for r in of_one if r["recipe"] == "theory"]
    assert all(r[name] is None for r in alone for name in ("published", "low", "deviation"))


def test_points_of_the_paper_are_counted_of_thinned_and_reduced_panels_too() -> None:
    run = Reproduction(panels=[], results=[])
    for panels in ([PANEL], [PANEL.thinned(3)], [PANEL.reduced(2)], [PANEL, PANEL.reduced(2)]):
        assert points_of_all(run, panels)["points"] == len(PANEL.xs)
    assert points_of_all(run, [*published_panels().values()])["points"] == 973
    small = PANEL.reduced(2)
    found = points_of_all(replace(run, results=rising(small, 2, 0.01)), [PANEL, small])
    assert (found["run"], found["run_reduced"]) == (0, len(small.xs))  # none at published size
