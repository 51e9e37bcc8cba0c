"""What README says of a run: only what was found, and not what was hoped for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from benchmarks.gpu import drawn, for_readme
from docs import run_in_words, update_readme
from docs.run_in_words import CARD, chapters, opening, verdict
from docs.update_readme import beside_a_card, default_run, explain
from tests.report.records import whole_record
from verifier.report.content import gather
from verifier.statements import REGISTRY
from verifier.suite import certificate


def timed_content() -> dict[str, Any]:
    """Of a whole run, with the time and place that its record leaves out."""
    content = gather(whole_record())
    content["wall_time"] = {"wall": 9.0}
    content["run"]["about"] |= {"processes": 2, "started": "2026-11-28T05", "commit": "abcdefg"}
    return content


def test_a_result_without_its_controls_is_not_counted_as_covered() -> None:
    content = timed_content()
    count = sum(not result["is_open"] for result in content["coverage"])
    for lost in (0, 1):
        for result in content["coverage"]:
            result["covered"] = True
        content["coverage"][0]["covered"] = not lost
        said = f"{count - lost} of {count} results of the paper are covered, and 4 of 4"
        assert said in verdict(content)
        said = f"which cover {count - lost} of {count} results of the paper, as we number them, and"
        assert said in opening(content, None)


def test_the_newest_run_names_what_failed_first() -> None:
    content = timed_content()
    assert "\n- **What failed:** no statement; what does not fit of [the" in verdict(content)
    first = content["chapters"][0]["statements"][0]
    first["verdict"] = "refuted"
    assert f"\n- **What failed:** {first['id']} is refuted; what does not fit" in verdict(content)
    page = update_readme.RUN.read_text(encoding="utf-8")
    assert "\n## The paper's figures\n" in page


def test_what_does_not_fit_is_told_at_the_head_and_names_failed_statements() -> None:
    content = gather(whole_record())
    card = {
        "summary": {
            "g": {"chaotic": 7, "stable": 2, "matched": 2, "above": 5, "far": 3},
            "controls": [],
            "predicted": [{"series": "agreement", "stable": 9, "far": 1}],
            "unjudged_of_g": {},
        },
        "rules": {"scatter": 0.03},
        "card": "Card",
        "figures": [
            {"title": "Gaussian (a)", "g": {"chaotic": 4, "above": 4}},
            {"title": "Fashion-MNIST", "g": {"chaotic": 3, "above": 1}},
            {"title": "Maps", "g": {"chaotic": 0, "above": 0}},
        ],
    }
    none = opening(content, None)
    content["chapters"][0]["statements"][0]["verdict"] = "refuted"
    first = content["chapters"][0]["statements"][0]["id"]
    told = opening(content, card)
    assert none.endswith("**What does not fit:** no statement failed.")
    assert f"{first} is refuted; but in the paper's figures, trained again on one Card:\n\n" in told
    assert (
        "our mean at 4 of 4 points of *Gaussian (a)* and at 1 of 3 points of *Fashion-MNI" in told
    )
    assert "*Fashion-MNIST*, where chance would put about half. Cause:" in told
    assert "At these 7 of 9 points our own seeds scatter by more than 0.03 (standard dev" in told
    assert "single seed, says little. The other 2 all fit.\n" in told
    card["summary"]["g"]["matched"] = 1  # type: ignore[index]
    assert "says little. Of the other 2, 1 fit.\n" in opening(content, card)
    both = for_readme.pairs(for_readme.read(CARD / drawn.VALUES))
    far = sum(abs(predicted - trained) > 0.03 for predicted, trained in both)
    assert 0 < far < len(both) / 2
    assert f"agreement of f and g** is more than 0.03 off at {far} of {len(both)} trained" in told
    assert "points (1 of the 9 published ones that hardly change with the seed). Cause" in told


@pytest.mark.parametrize("whole", [True, False])
def test_how_sure_claims_no_more_than_was_tried_and_proved(
    whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate, "kept", lambda: {"version": "1"} if whole else {})
    content = gather(whole_record())
    content["worst"] = {**content["worst"], "error": 0.25, "allows": "rounding"}
    content["false_alarms"] |= {"budget": 1e-3, "tests": 12}
    content["chapters"][0]["statements"][0]["controls"] -= 1
    told = opening(content, None)
    known = sum(len(REGISTRY.controls_of(name)) for name in REGISTRY.statements)
    full, part = f"a full run of this version refuted all {known}.", "each run tries some of all"
    assert (full in told, part in told) == (whole, not whole)
    assert " error of any statement is 0.25 of what rounding allows. The 12 statistical" in told
    assert "12 statistical tests together refute a true statement in at most one of 1,000" in told
    page, anchor = run_in_words.BAD_LUCK.split("#")
    headings = (run_in_words.ROOT / page).read_text(encoding="utf-8").splitlines()
    assert f"### {anchor.replace('-', ' ').capitalize()}" in headings


def test_a_chapter_s_line_names_controls_only_if_one_was_not_refuted() -> None:
    content = timed_content()
    lines = chapters(content).splitlines()
    assert len([line for line in lines if line.startswith("- **[")]) == len(REGISTRY.chapters)
    first = content["chapters"][0]
    tried = sum(s["controls"] for s in first["statements"])
    named = f"- **[{first['name']}]({REGISTRY.statement(first['statements'][0]['id']).proof})**, "
    count = len(first["statements"])
    assert lines[0] == f"{named}{count} of {count}. {first['about']}"
    first["statements"][0]["controls_refuted"] -= 1
    missed = f"({tried - 1} of {tried} controls)"
    assert chapters(content).startswith(f"{named}{count} of {count} {missed}. {first['about']}")


def test_where_the_time_of_a_run_went_is_told_down_to_one_percent() -> None:
    parts = [("search", 15.0, 0.75), ("short", 0.02, 0.001), ("rest", 4.98, 0.249)]
    spent = {
        "wall": 10.0,
        "processes": 2,
        "examples": 7,
        "parts": [{"name": n, "seconds": s, "share": share} for n, s, share in parts],
    }
    told = default_run(spent)
    assert "| search | 75% | 15 |\n| rest | 25% | 5 |\n" in told
    assert told.endswith("10 s in 2 processes; 7 examples in searches.")


def test_the_figures_of_two_cores_are_told_from_those_of_a_card() -> None:
    card = {"card": "NVIDIA Example", "points": 20}
    assert beside_a_card({"points": 9}, None) == ""
    fewer, as_many = (beside_a_card({"points": points}, card) for points in (9, 20))
    assert "not the run on NVIDIA Example that README quotes" in fewer
    assert "It counts 9 points and that one 20" in fewer
    assert fewer.startswith(as_many.strip())


def test_only_an_image_is_shown_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_readme, "PICTURES", tmp_path)
    row = {name: [0.0, 1.0, -1.0, 0.5] for name in ("sample", "perturbation", "sum", "start")}
    example: dict[str, Any] = {"configuration": {"data": {"family": "gaussian"}}}
    example["rows"] = [row | {"label": 1}, row | {"label": -1}]
    for shown in (None, example):
        explain(shown)
        assert not list(tmp_path.iterdir())
    example["configuration"]["data"]["family"] = "mnist"
    explain(example)
    assert imread(tmp_path / update_readme.EXPLAINED).shape[1] == 960
