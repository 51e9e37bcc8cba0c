"""Below a picture at a glance stands only what is news; a phone has the legend where it looks."""

from typing import Any

import pytest

from tests.reproduction.gallery.test_counts_on_the_page import text_of


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"above": 9}, "<b>Published g beside ours:</b> above at 9 of 9 values.</p>"),
        ({"above": 5}, ""),
        ({"above": 5, "obstacle": "few images"}, "<b>Not compared:</b> few images.</p>"),
        ({"above": 5, "readable": [0, 0]}, "<b>Not compared:</b> no published value could be read"),
        ({"above": 5, "readable": [7, 7]}, ""),
    ],
)
def test_below_a_small_picture_stands_how_it_compares_only_where_that_is_news(
    content: dict[str, Any], figure: dict[str, Any], changed: dict[str, Any], said: str
) -> None:
    above, more = changed["above"], {k: v for k, v in changed.items() if k != "above"}
    g = {**figure["g"], "above": above, "below": 9 - above, "chaotic": 9}
    text = text_of(content, {**figure, "obstacle": "", "readable": None, "g": g, **more})
    at_once = text.partition('<article class="card"')[2].partition("<details")[0]
    found = [word for word in ("Published g beside", "Not compared") if word in at_once]
    assert said in at_once
    assert len(found) == bool(said)


def test_the_second_of_the_first_pictures_has_the_legend_again_for_a_phone(
    content: dict[str, Any],
) -> None:
    claim, *others = content["figures"]
    own = {"sign": "<svg></svg>", "label": "a sign of the claim"}
    for pictures, times in ((1, 1), (2, 2)):
        both = [{**claim["items"][0], "name": f"p{k}"} for k in range(pictures)]
        text = text_of(content, {**claim, "items": both, "legend": [own]}, *others)
        assert text.count(own["label"]) == times
