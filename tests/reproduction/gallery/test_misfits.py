"""What does not fit has its own counts and its own cause, in the order of the page."""

from __future__ import annotations

from typing import Any

import pytest

from verifier.reproduction import one_draw
from verifier.reproduction.gallery.misfits import STUDIED, TOO_LONG, UNKNOWN, Misfit, misfits


def content_of(*off_g: tuple[list[int], list[int]], **summary: Any) -> dict[str, Any]:
    """Figures with so many accuracies and agreements far off, of so many; nothing else is off."""
    none = {"misses": [], "predicted": [], "unjudged_of_g": {}}
    even = {"above": 1, "below": 1, "chaotic": 2}
    figures = [
        {"title": "A", "g": even, "off_g": {"accuracy": accuracy, "agreement": agreement}}
        for accuracy, agreement in off_g
    ]
    return {"summary": {**none, **summary}, "figures": figures, "directions": []}


def test_predictions_are_counted_over_all_figures_each_kind_with_its_cause() -> None:
    both = content_of(([1, 10], [2, 20]), ([3, 30], [4, 40]))
    told = ("The theory's predictions of g are more than 0.03 off at {}", "{}")
    accuracy, agreement = "4 of 40 accuracies", "6 of 60 agreements with f"
    for content, how_many, how_much in (
        (both, "10 of 100", f"{accuracy} and {agreement}"),
        (content_of(([4, 40], [0, 9])), "4 of 49", accuracy),
        (content_of(([0, 9], [6, 60])), "6 of 69", agreement),
    ):
        (found,) = misfits(content)
        assert found[1:] == (told[0].format(how_many), told[1].format(how_much), TOO_LONG)
    assert misfits(content_of(([0, 40], [0, 60]))) == []


def test_of_predicted_directions_those_that_are_far_are_told() -> None:
    row = {"series": "cossim", "stable": 8, "far": 3}
    other = {"series": "agreement", "stable": 9, "far": 2}
    (found,) = misfits(content_of(predicted=[other, row]))
    assert found.id == "directions"
    what = "The theory's directions of perturbations are more than 0.03 off at 3 of 8 where seeds "
    assert found.what == f"{what}hardly differ"
    assert found.how_much == "3 of 8 values of |cos| are more than 0.03 off"
    assert misfits(content_of(predicted=[other, row | {"far": 0}])) == []


@pytest.mark.parametrize(
    ("studied", "why"),
    [
        (0, UNKNOWN),
        (2, "At 2 likely: trained too long for the width; at 1 not known"),
        (3, TOO_LONG),
    ],
)
def test_a_cause_is_told_of_the_panel_that_was_studied_alone(studied: int, why: str) -> None:
    content = content_of(predicted=[{"series": "cossim", "stable": 8, "far": 3}])
    directions = [{"panel": STUDIED, "far": studied}, {"panel": "another", "far": 3 - studied}]
    (found,) = misfits({**content, "directions": [one for one in directions if one["far"]]})
    assert found.why == why


def test_where_f_and_g_differ_both_predictions_of_g_are_told() -> None:
    content = content_of()
    (figure,) = content_of(([0, 1], [0, 1]))["figures"]
    shares = [{"ours": 0.975, "published": 0.0}, {"ours": 0.925, "published": 0.155}]
    (found,) = misfits({**content, "figures": [{**figure, "differ": shares}]})
    assert found.how_much == "It finds 0.0% to 15.5% of that region; with them, 92.5% to 97.5%"
    (found,) = misfits({**content, "figures": [{**figure, "differ": shares[:1]}]})
    assert found.how_much == "It finds 0.0% of that region; with them, 97.5%"
    assert misfits({**content, "figures": [{**figure, "differ": []}]}) == []


@pytest.mark.parametrize(
    ("off", "said"),
    [(1, "1 published value is off ours"), (2, "2 published values are off ours")],
)
def test_stable_values_that_are_off_are_told_in_their_number(off: int, said: str) -> None:
    how_much = "Outside the band of our seeds, and more than 0.03 from our mean"
    assert misfits(content_of(misses=[{}] * off)) == [Misfit("off", said, how_much, UNKNOWN)]


def test_what_no_ten_seeds_judged_is_told_only_where_some_look_off() -> None:
    (found,) = misfits(content_of(unjudged_of_g={"a": [30, 4], "b": [32, 0]}))
    assert found.how_much.startswith("4 of 62 would be")
    assert misfits(content_of(unjudged_of_g={"a": [30, 0]})) == []


def test_they_stand_in_the_order_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    cosine = {"series": "cossim", "stable": 8, "far": 3}
    every = content_of(
        ([1, 10], [2, 20]), misses=[{}], predicted=[cosine], unjudged_of_g={"a": [3, 1]}
    )
    every["figures"][0]["g"] = {"above": 9, "below": 0, "chaotic": 9}
    ids = ["off", "one-sided", "predictions", "directions", "few-seeds"]
    assert [found.id for found in misfits(every)] == ids


def test_figures_that_lean_are_told_with_their_sides_and_no_others() -> None:
    content = content_of(*[([0, 1], [0, 1])] * 3)
    for figure, title, above in zip(content["figures"], "ABC", (8, 5, 1), strict=True):
        figure |= {"title": title, "g": {"above": above, "below": 9 - above, "chaotic": 9}}
    (found,) = misfits(content)
    assert found.how_much == "above at 8 of 9 values in A, below at 8 of 9 values in C"
