"""What of the figures does not fit: counted by its cause, a bullet for each in README."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.findings.__main__ import kept
from benchmarks.gpu import drawn, for_readme
from docs import misfits as told_of
from docs.misfits import Misfit, in_a_table, misfits, predictor
from docs.run_in_words import CARD
from docs.update_readme import README
from verifier.report.misfit import studied
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.chaos import SCATTER
from verifier.reproduction.comparison.published import NEAR

G = for_readme.NETWORKS["g"]
ONE = {"panel": "one", "series": "agreement", "predicted": 0.5}
ROWS = [ONE | {"mean": mean} for mean in (0.4, 0.48, 0.52, 0.6)]
"""Agreement of f and g at four points, of which two are near."""


@pytest.fixture
def card() -> dict[str, Any]:
    """What is kept of the figures' run on a GPU."""
    found = drawn.kept(CARD)
    assert found is not None
    return deepcopy(found)


def test_the_share_of_wrong_signs_is_the_finding_s() -> None:
    effect = kept()["published-predictor"].effect
    assert (
        f" it has the wrong sign at {effect.mean:.0%} of points of [one setting](docs/"
        in predictor()
    )
    assert effect.low > 0.1  # it stands


def test_readme_has_what_does_not_fit() -> None:
    card = drawn.kept(CARD)
    assert card is not None
    said = in_a_table(misfits(card, for_readme.read(CARD / drawn.VALUES)))
    assert (
        f"<!-- figures: begin (make readme) -->\n{said}\n<!-- figures: end -->"
        in README.read_text(encoding="utf-8")
    )


def test_each_misfit_has_a_row_with_its_cause() -> None:
    some = [Misfit("a", "1 of 2", "b", "c"), Misfit("d", "3 of 4", told_of.UNKNOWN)]
    told = "\n\n| what is off, and why | values |\n|---|--:|"
    first = "| a:<br>*likely b*; c | **1&nbsp;of&nbsp;2** |"
    second = "| d:<br>*why is not known* | **3&nbsp;of&nbsp;4** |"
    assert in_a_table(some).endswith(f":{told}\n{first}\n{second}")


def test_what_of_the_figures_does_not_fit_is_counted_by_its_cause(card: dict[str, Any]) -> None:
    rows = [*ROWS, *(r for r in for_readme.read(CARD / drawn.VALUES) if r["series"] == G)]
    *sides, predicted, cosine, rest, unjudged = misfits(card, rows)
    scattered = [one for one in card["figures"] if one["g"]["chaotic"]]
    for off, figure, one in zip(sides, scattered, one_draw.of_figures(card), strict=True):
        above, of = figure["g"]["above"], figure["g"]["chaotic"]
        side, many = ("above", above) if one.is_above else ("below", of - above)
        named = f"[{figure['title'].removesuffix(' (a)')}](docs/gpu.md#the-figures)"
        assert off[:3] == (
            f"published *g* {side} ours in {named}",
            f"{many} of {of}",
            "one random draw per figure",
        )
        ours = f"[{one.as_far} of our {one.seeds} draws](docs/one-draw.md)"
        assert off.seen.startswith(f"{ours} as ")
    (of_cosine,) = [r for r in card["summary"]["predicted"] if r["series"] == "cossim"]
    some, of = studied(rows, NEAR, SCATTER), of_cosine["stable"]
    assert predicted.cause == cosine.cause == told_of.LONG
    assert predicted.what.endswith("](docs/agreement.md#where-they-fail), by over 0.03")
    assert cosine.what.endswith(" of perturbations, by over 0.03")
    far, of_g = (int(n) for n in for_readme.off(rows, G).split(" of "))
    assert [predicted.at, cosine.at] == [f"{2 + far} of {4 + of_g}", f"{some} of {of}"]
    assert rest[1:3] == (f"{of_cosine['far'] - some} of {of}", told_of.UNKNOWN)
    never = card["summary"]["unjudged_of_g"]
    values, away = (sum(of[k] for of in never.values()) for k in (0, 1))
    assert unjudged[1:3] == (f"{away} of {values}", told_of.UNKNOWN)
    of, most = max(never.values(), key=lambda counts: counts[1])
    assert never["gauss-a-epochs-g"] == [of, most]
    assert unjudged.seen == f"{most} of {of} in [Gaussian, by epochs of g](docs/gpu.md)"
    of_cosine["far"] = 0
    assert "directions" not in str(misfits(card, rows))
    card["summary"]["unjudged_of_g"] = {"a": [3, 0]}
    assert told_of.UNKNOWN not in str(misfits(card, rows))


def test_what_was_not_found_is_not_said(
    card: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = one_draw.of_figures(card)[0]
    for draws in ({}, {found.title: replace(found, as_far=0)}):
        monkeypatch.setattr(one_draw, "draws", lambda draws=draws: draws)
        first, *_ = misfits(card, ROWS)
        assert first[1:] == ("197 of 232", told_of.UNKNOWN, "")
    monkeypatch.setattr(one_draw, "draws", lambda: {found.title: found})
    assert misfits(card, ROWS)[0].seen.endswith(") as high")  # published g lies above ours
    card["summary"]["g"]["chaotic"] = 0
    assert misfits(card, ROWS) == []


def test_a_figure_whose_g_lies_on_both_sides_is_not_off(card: dict[str, Any]) -> None:
    first, second = drawn.scattered(card)
    first["g"] |= {"above": first["g"]["chaotic"] // 2}
    sides = [one.what for one in misfits(card, ROWS) if one.what.startswith("published *g* ")]
    assert len(sides) == 1
    assert told_of.short(second["title"]) in sides[0]


def test_of_values_that_few_seeds_judge_the_panel_with_most_off_is_named(
    card: dict[str, Any],
) -> None:
    card["summary"]["unjudged_of_g"] = {"gauss-a-N": [30, 1], "gauss-a-epochs-g": [10, 5]}
    *_, found = misfits(card, ROWS)
    assert found.at == "6 of 40"
    assert found.seen == "5 of 10 in [Gaussian, by epochs of g](docs/gpu.md)"
