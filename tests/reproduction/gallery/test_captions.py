"""What stands around a picture: short, from the data, and what does not fit with it."""

from dataclasses import replace
from typing import Any

import pytest

from verifier.reproduction.comparison.chaos import seeds_of_deviations
from verifier.reproduction.comparison.published import INCOMPARABLE, compare
from verifier.reproduction.comparison.wrong_values import LEARNT
from verifier.reproduction.gallery.captions import SHORT, caption, decimals, details
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.page import page
from verifier.reproduction.panels import published_panels

PANEL = published_panels()["shifted-gauss-a-d"]


def test_captions_say_on_which_side_the_published_g_lies(content: dict[str, Any]) -> None:
    captions = {i["name"]: i["caption"] for f in content["figures"] for i in f["items"]}
    (figure,) = (f for f in content["figures"] if PANEL.name in {i["name"] for i in f["items"]})
    chaotic = [c for c in content["summary"]["chaotic"] if c["series"] in LEARNT]
    of_panel = [c for c in chaotic if c["panel"] == PANEL.name]
    higher = sum(c["published"] > c["mean"] for c in of_panel)
    assert higher > 0
    assert f"; g above ours at {higher} of {len(of_panel)} chaotic points." in captions[PANEL.name]
    assert "above ours" not in captions["cossim-shifted-d"]
    assert figure["g"]["chaotic"] == content["summary"]["g"]["chaotic"] == len(chaotic)


def test_what_is_folded_tells_the_seeds_of_the_means_from_those_of_the_whiskers(
    content: dict[str, Any],
) -> None:
    said = f"Means are of 3 to 10 seeds, whiskers of {seeds_of_deviations()}."
    assert said in folded(content, "shifted-gauss-a-eps")["lines"]
    own = folded(content, PANEL.name)["lines"]  # its ten seeds have their own deviation
    assert not any("whiskers" in line for line in own)
    assert any(line.startswith("Mean error of P6, g from settings:") for line in own)
    assert not any("P6" in line for line in folded(content, "cossim-shifted-d")["lines"])


def test_values_outside_the_band_are_counted_and_folded(
    run: Reproduction, content: dict[str, Any]
) -> None:
    compared = compare(PANEL, run.of(PANEL))
    judged = [c for c in compared if c.verdict != INCOMPARABLE]
    outside = [c for c in judged if c.is_outside]
    found = folded(content, PANEL.name)
    counted = f"{len(outside)} of {len(judged)} published values outside the band"
    assert found["summary"] == counted
    listed = [line for line in found["lines"] if line.startswith("Outside: ")]
    assert len(listed) == len(outside) > 0
    first = outside[0]
    assert listed[0] == (
        f"Outside: {SHORT[first.series]} at {first.x:g}, ours {first.sample.mean:.3f}, "
        f"published {first.published:.3f} ({first.verdict})."
    )
    text = page(content)
    assert f"<details><summary>{counted}</summary>" in text
    fewer = [replace(c, verdict=INCOMPARABLE, reason="too few images") for c in compared]
    assert details(run, PANEL, fewer)["summary"] == "Errors of the predictions"
    assert "30 not comparable (too few images)." in caption(run, PANEL, fewer)


def folded(content: dict[str, Any], name: str) -> dict[str, Any]:
    """What is folded below a panel's caption."""
    (found,) = (i["details"] for f in content["figures"] for i in f["items"] if i["name"] == name)
    return dict(found)


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.0, "0.000"), (-0.25, "−0.250"), (2.5e-5, "2.5 · 10⁻⁵")]
)
def test_no_small_value_is_shown_as_nothing(value: float | None, text: str) -> None:
    assert decimals(value) == text
