"""What a gallery's data say in sentences: what was not run and what does not fit, first of all."""

from typing import Any

import pytest

from verifier.reproduction import in_words, one_draw
from verifier.reproduction.in_markdown import compared, in_markdown, without_prediction
from verifier.reproduction.one_draw import OneDraw

FARTHEST = {"panel": "p", "x": 100.0, "predicted": 0.99, "mean": 0.85, "published": 0.8611}
NO_G = {"stable": 0, "matched": 0, "chaotic": 0, "above": 0, "higher": None}


HIGH = OneDraw("High (a)", 6, 2, True, "targets", {"targets": 0.2, "g": 0.1, "all": 0.2})


def content_of(**changed: Any) -> dict[str, Any]:
    """Two figures, in one of which the published g lies above ours."""
    g = {"stable": 5, "matched": 4, "chaotic": 10, "above": 7, "higher": 0.25}
    high = {"title": "High (a)", "g": {**NO_G, "chaotic": 6, "above": 6}}
    low = {"title": "Low (a)", "g": {**NO_G, "chaotic": 4, "above": 1}}
    series = {"series": "cossim", "inside": 3, "near": 1, "stable": 5, "apart": 0.0123}
    control = {"name": "ones", "stable": [5, 0], "matched": [4, 0], "true": [5, 0]}
    summary = {
        "g": g,
        "series": [{**series, "chaotic": 2, "unjudged": 0}],
        "controls": [control],
        "stable": 6,
        "misses": [],
        "unjudged_of_g": {"gauss-a-m": [30, 0], "gauss-a-d": [10, 7]},
        "predicted": [
            {"series": "cossim", "stable": 9, "far": 2, "farthest": FARTHEST},
            {"series": "agreement", "stable": 4, "far": 0, "farthest": FARTHEST},
        ],
        "readable": [
            {"scenario": "a", "readable": 30, "compared": 15},
            {"scenario": "b", "readable": 20, "compared": 0},
        ],
    }
    whole: dict[str, Any] = {
        "points": 100,
        "run": 40,
        "run_reduced": 7,
        "seeds": [3, 10],
        "not_run": [
            {"name": "p", "which": in_words.THE_PANEL, "reason": "too dear"},
            {"name": "q", "which": "width m: 1, 2", "reason": "too dear"},
            {"name": "r", "which": in_words.THE_MAP, "reason": "too dear"},
        ],
        "figures": [high, low, {"title": "Other", "g": NO_G}],
        "about": {"scale": "laptop"},
        "summary": summary,
    }
    return {**whole, **changed}


def test_what_was_run_is_told_with_what_was_not() -> None:
    content = content_of()
    assert in_words.extent(content) == (
        "40 of 100 points at published size and 7 points of reduced size or with fewer images, "
        "3 to 10 seeds a point"
    )
    assert in_words.left_out(content) == "1 panel and 1 map not run at all, 1 panel only in part"
    whole = content_of(not_run=[], run_reduced=0, seeds=[1, 1])
    assert in_words.extent(whole) == "40 of 100 points at published size, 1 seed a point"
    assert in_words.left_out(whole) == ""


def test_wrong_values_are_told_from_the_least_share_that_fits_to_the_most() -> None:
    summary = content_of()["summary"]
    (one,) = summary["controls"]
    other = {**one, "matched": one["stable"]}
    for controls in ([one, other], [other, one]):
        told = in_words.stable_of_g({**summary, "controls": controls})
        assert told.endswith("and so would 80% to 100% of wrong values put in their place.")
    told = in_words.stable_of_g({**summary, "controls": [other]})
    assert told.endswith("in their place, so that this comparison shows nothing about g.")
    assert in_words.stable_of_g({**summary, "controls": []}).endswith("of these, 4 fit.")


def test_what_does_not_fit_is_counted_by_figure() -> None:
    of_g, where, left, line, scenario = in_words.misfits(content_of())
    assert "of its 15 published accuracies and agreements with f judged here, 5 are stable" in of_g
    wrong = "and so would 80% of wrong values put in their place."
    assert of_g.endswith(f"of these, 4 fit, {wrong}")
    assert "above our mean at 6 of 6 in High (a), at 1 of 4 in Low (a); a typical" in where
    assert "Other" not in where
    assert left == (
        "Of the 40 accuracies of g and agreements with f for which ten seeds were never run, 7 "
        "would be off if they were stable from seed to seed: Gaussian (a), by input "
        "dimension d, 7 of 10."
    )
    assert line == (
        "|cos|, which is 1 where perturbations point exactly where the theory says, is more than "
        "0.03 off the theory's line at 2 of 9 stable points (worst: theory 0.990, ours 0.850, "
        "published 0.861). The line is for wide networks; these have m = 100 and train long. What "
        "matters is [T over the root of m](studies.md#directions-in-the-figures), T the time."
    )
    assert scenario.startswith("Nothing of scenario (b) is compared: 0 of 20 values")
    assert in_words.other_misfits(content_of()) == [left, line, scenario]


def test_panels_that_were_never_judged_are_named_where_most_would_be_off() -> None:
    of_g = {"gauss-a-d": [10, 1], "gauss-a-m": [30, 9], "gauss-a-N": [8, 2], "gauss-a-eps": [9, 1]}
    (told, *_) = in_words.other_misfits(
        content_of(summary={**content_of()["summary"], "unjudged_of_g": of_g})
    )
    assert told.endswith(
        ": Gaussian (a), by width m, 9 of 30; Gaussian (a), by samples N, 2 of 8; and 2 in 2 other "
        "panels."
    )


def test_other_values_far_from_the_prediction_are_counted_after_the_cosines() -> None:
    predicted = [{"series": "agreement", "stable": 4, "far": 1, "farthest": FARTHEST}]
    told = in_words.beside_prediction({"predicted": predicted})
    assert told == "Of the 4 other stable values (agreement of f and g), 1 is as far off."


def test_nothing_is_said_of_what_was_not_compared() -> None:
    lists = ("readable", "series", "controls", "predicted")
    nothing = {"g": NO_G, "unjudged_of_g": {}, **{name: [] for name in lists}}
    assert in_words.misfits(content_of(summary=nothing, figures=[])) == []
    assert in_words.why(content_of(summary=nothing, figures=[])) == ""
    assert in_words.above(NO_G) == ""


def test_the_cause_is_told_of_the_figures_for_which_it_was_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(one_draw, "draws", lambda: {"High (a)": HIGH})
    assert in_words.why(content_of()) == (
        "**Likely why published g lies to one side: all panels of a published figure are of one "
        "draw.** 2 of our 6 draws are as high in High (a), decided "
        "by the random targets. [How that was measured, and what it leaves](one-draw.md)."
    )
    monkeypatch.setattr(one_draw, "draws", dict)
    assert in_words.why(content_of()).startswith("**Why published g is not at ours is not known.**")


@pytest.mark.parametrize(("higher", "said"), [(0.25, "0.250 higher"), (-0.1, "0.100 lower")])
def test_a_caption_says_on_which_side_and_by_how_much(higher: float, said: str) -> None:
    g = {**NO_G, "chaotic": 1234, "above": 3, "higher": higher}
    assert in_words.above(g) == (
        f"The published g is above our mean at 3 of 1,234 chaotic values, on average {said}."
    )


def test_what_is_chaotic_is_told_with_the_seeds_that_judged_it() -> None:
    rules = {"scatter": 0.03, "least_seeds": 10, "judged_by": "ten others"}
    told = in_words.what_is_chaotic(content_of(rules=rules, seeds=[3, 3]))
    assert "(a whisker) exceeds 0.03" in told
    assert told.endswith("That is decided by ten others.")
    own = in_words.what_is_chaotic(content_of(rules=rules, seeds=[3, 10]))
    assert own.endswith("by its own seeds where they are 10 or more, else by ten others.")
    unknown = in_words.what_is_chaotic(content_of(rules={**rules, "judged_by": ""}, seeds=None))
    assert unknown.endswith("That is decided by no seeds yet.")


def test_docs_say_what_does_not_fit_before_the_tables_and_readme_in_short() -> None:
    content = content_of()
    text = in_markdown(content)
    assert text.index("**What does not fit.**") < text.index("| series |")
    assert "compared 15 of 30 in scenario (a) and 0 of 20 in scenario (b)" in text
    assert r"| \|cos\| of perturbation and direction | 4 of 5 | 0.012 | 2 | 0 |" in text
    assert "| ones | 80% | 100% | - | - |" in text
    alone = compared(content, with_misfits=False)
    assert "**What does not fit.**" not in alone
    assert "| series |" in alone
    short = in_words.in_short(content)
    for said in ("40 of 100 points", "1 map not run", "5 are stable", "above our mean at 6 of 6"):
        assert said in short
        assert said in text


def test_stable_values_without_a_prediction_are_counted() -> None:
    summary = content_of()["summary"]
    assert without_prediction(summary) == ""
    summary["series"][0]["stable"] = 11
    assert ": |cos|" in without_prediction(summary)
