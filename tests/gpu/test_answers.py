"""The first screen of the page of the figures answers before it goes into detail."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

from benchmarks.gpu import answers, captions, drawn, for_readme, overview
from docs import update_gpu
from tests.gpu.test_drawn import rows, shown
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import band
from verifier.reproduction.in_words import shares
from verifier.reproduction.named import in_words

IN_WORDS = {"blue": "#0072b2", "orange": "#d55e00", "pink": "#cc79a7", "grey": "#767676"}


def test_the_page_begins_with_three_answers_and_folds_the_details() -> None:
    text = update_gpu.PAGE.read_text(encoding="utf-8").split("\n## ")[0]
    words = ("**What fits:**", "**How sure:**", "**What does not", "\n| What", "\n- *stable*", "![")
    order = [text.index(word) for word in words]
    assert order == sorted(order)
    found = for_readme.read(update_gpu.FIGURES / drawn.VALUES)
    assert answers.answers(shown(), found) in text
    assert overview.told(found, "gpu/figures") in text
    assert answers.how_much(shown()) in text


def test_words_for_values_are_explained_below_the_answers() -> None:
    told = answers.words(shown()["rules"])
    assert all(f"\n- *{word}* if " in told for word in ("stable", "chaotic", "unjudged"))
    answered = answers.answers(shown(), rows())
    assert " *stable* published values, which hardly change with the seed; " in answered
    text = update_gpu.PAGE.read_text(encoding="utf-8")
    assert text.index("\n- *unjudged* if no 10 seeds ") < text.index("(unjudged)")


def test_predictions_of_g_that_are_off_are_counted_beside_those_of_agreement() -> None:
    g = [one | {"series": "perturbation"} for one in rows()[:3]]
    told = answers.answers(shown(), [*rows(), *g])
    assert "\n| predicted accuracy of g | **1 of 3** | training too long" in told
    near = [row | {"mean": row["predicted"]} for row in rows()]
    told = answers.answers(shown(), [*near, *g])  # each is told where it is off itself
    assert "predicted agreement" not in told
    assert "\n| predicted accuracy of g | **1 of 3** | training too long" in told
    assert "predicted accuracy" not in answers.answers(shown(), rows())


def test_values_that_do_not_fit_are_not_counted_as_fits() -> None:
    found = deepcopy(shown())
    summary = found["summary"]
    stable, of_g = summary["stable"], summary["g"]["stable"]
    summary["matched"] = stable - 2
    summary["g"]["matched"] = of_g - 1
    told = answers.answers(found, rows())
    assert f"**What fits:** {stable - 2} of {stable} *stable* published values" in told
    assert f"; {of_g} of them are of g" in told  # of the stable ones
    assert f"\n| *stable* published values | **2 of {stable}** | not known |" in told


def test_a_cause_is_told_of_the_figures_alone_of_which_it_was_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = one_draw.of_figures(shown())
    for found in (
        {first.title: first},
        {**one_draw.draws(), second.title: replace(second, as_far=0)},
    ):
        monkeypatch.setattr(one_draw, "draws", lambda found=found: found)
        told = answers.answers(shown(), rows())
        assert re.search(r"Mean-shifted Gaussian\* \| .* \| \[one random draw\]", told)
        assert re.search(r"Fashion-MNIST 0 vs 9\* \| .* \| not known \|", told)


def test_the_first_picture_stands_below_the_answers_and_once() -> None:
    text = update_gpu.PAGE.read_text(encoding="utf-8")
    kept = drawn.kept(update_gpu.FIGURES)
    assert kept is not None
    told = drawn.claim(for_readme.read(update_gpu.FIGURES / drawn.VALUES), "gpu/figures")
    least, first = drawn.judged(kept, "gpu/figures")
    assert re.search(r"<summary>The first picture with agreement, judged: \d+ of \d+ publ", first)
    rest = drawn.told(kept, "gpu/figures")
    for one, name in ((told, "claim-fmnist-a-eps"), (least, "gauss-a-epochs-g"), (first, "fmnist")):
        assert one.count("![") == 1
        assert f"](gpu/figures/{name}" in one
        assert text.count(one) == 1
        assert one.partition("](")[2].partition(")")[0] not in rest
    assert (
        text.index("*Published values over")
        < text.index(told)
        < text.index(least)
        < text.index(first)
    )


def test_the_first_picture_says_whether_g_is_told_from_chance_where_nothing_is_learnt() -> None:
    values = (0.45, 0.6, 0.65)
    low, high = band(values) or (0, 0)
    row = {"panel": captions.CLAIM, "series": "perturbation", "mean": fmean(values), "seeds": "3"}
    row |= {"x": 0, "low": low, "high": high, "published": 0.5}
    later = row | {"x": 0.1, "mean": 0.9, "published": 0.95}
    of_f = later | {"series": "standard", "mean": 0.99}
    interval = stats.t.interval(0.95, 2, fmean(values), stdev(values) / 3**0.5)
    ends = " to ".join(f"{end:.0%}" for end in interval)
    told = captions.of_the_claim([of_f, row, later])
    assert "gets 90.0% of f's training samples right at ε = 0.1, where f gets 99.0%; at ε" in told
    assert "; at ε = 0, 56.7%, which may be chance" in told
    assert f"which may be chance, 50% (the mean of 3 seeds has the 95% interval {ends})." in told
    assert told.endswith("lies below ours at 1 of 2 points.")
    below = captions.of_the_claim([of_f, row, later | {"published": 0.8}])
    assert below.endswith("lies below ours at all 2 points.")
    some = captions.of_the_claim([of_f, row, later | {"published": None}])
    assert some.endswith("lies below ours at all 1 points.")
    above = captions.of_the_claim([of_f, row | {"published": 0.9}, later | {"published": None}])
    assert above.endswith("lies below ours at 0 of 1 points.")
    earlier = of_f | {"x": 0, "mean": 0.7}
    assert "at ε = 0.1, where f gets 99.0%" in captions.of_the_claim([earlier, of_f, row, later])
    sure = row | {"mean": 0.9, "low": 0.8, "high": 1.0}
    for first in (sure, row | {"low": None}, row | {"seeds": "1"}):
        assert "may be chance" not in captions.of_the_claim([of_f, first, later])
    assert drawn.claim([row | {"panel": "another"}], "there") == ""
    assert drawn.least_judged({"many": [9, 1], "off": [3, 2]}) == "off"
    assert drawn.judged({"pictures": [], "summary": {"unjudged_of_g": {}}}, "there") == []


def test_the_first_picture_s_caption_says_on_which_side_of_the_line_each_colour_lies() -> None:
    rows_kept = for_readme.read(update_gpu.FIGURES / drawn.VALUES)
    told = overview.told(rows_kept, "there")
    for colour, one in zip(overview.COLOURS, drawn.scattered(shown()), strict=True):
        side, many, of = drawn.side(**one["g"])
        name = for_readme.in_scenario_a(one["title"])
        assert f"{side} it at {many} of {of} points ({colour}, *{name}*)" in told
    assert " are near the line of equals.\n\n<details>" in overview.told([], "there")


def test_each_answer_has_the_counts_of_the_run() -> None:
    found = shown()
    summary, told = found["summary"], answers.answers(found, rows())
    assert f"{summary['matched']} of {summary['stable']} *stable* published values, " in told
    assert f"; {summary['g']['stable']} of them are of g, its accuracy or its agreement" in told
    for k in (0, 1):
        least, most = (f"{end(shares(summary, k)):.0%}" for end in (min, max))
        assert f"{least} to {most}" in told
    table = dict(row.strip("| ").split(" | ")[:2] for row in told.splitlines() if row[:1] == "|")
    counts = {what: re.findall(r"\d+", at) for what, at in table.items()}
    g = summary["g"]
    of_figures = [found[1] for what, found in counts.items() if what.startswith("published g ")]
    assert sum(map(int, of_figures)) == g["chaotic"]
    (these,) = [found for what, found in counts.items() if what.startswith("of these: outside")]
    assert these == [f"{g['outside']}", f"{g['chaotic']}"]
    assert g["outside"] == sum(one["g"]["outside"] for one in found["figures"])
    assert "by chance 5%" in told
    assert "| a band from 3 seeds is rough |" in told
    assert "a band from 3 to 5 seeds" in answers.answers(found | {"seeds": [3, 5]}, rows())
    assert counts["predicted agreement of f and g, by over 0.03"] == ["2", "4"]
    (cosine,) = [r for r in summary["predicted"] if r["series"] == "cossim"]
    theirs = counts["predicted cosine of perturbation and direction"]
    assert theirs == [f"{cosine['far']}", f"{cosine['stable']}"]
    unjudged = summary["unjudged_of_g"].values()
    values, off = (sum(counts[k] for counts in unjudged) for k in (0, 1))
    most, (of_these, there) = max(summary["unjudged_of_g"].items(), key=lambda found: found[1][1])
    where = f"{there} of {of_these} in *{in_words(most)}*"
    others = f"other values of g, with too few seeds to judge: {where}"
    assert f"| {others} | **{off} of {values}** | not known |" in told


def test_what_is_not_known_or_not_found_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    found = deepcopy(shown())
    assert " 0 vs 9* | **33 of 33** | not known |" in answers.answers(found, rows())
    summary = found["summary"]
    summary["g"] |= {"chaotic": 0}
    summary |= {"unjudged_of_g": {"gauss-a-d": [9, 0]}, "predicted": [], "controls": []}
    near = [row | {"mean": row["predicted"]} for row in rows()]
    told = answers.answers(found, near)
    assert told.endswith("\n\n**What does not fit:** nothing.")
    assert "How sure" not in told
    summary["stable"] = 0
    assert answers.answers(found, near) == ""
    summary["readable"] = [{"scenario": "a", "compared": 3}]
    assert "no published value" not in answers.how_much(found)


def test_wrong_values_that_seldom_fit_make_it_sure() -> None:
    found = deepcopy(shown())
    found["summary"]["controls"] = [{"matched": [1, 1], "stable": [10, 10]}]
    told = answers.answers(found, rows())
    assert "**How sure:** Of deliberately wrong values 10% would fit" in told
    assert "weakly" not in told
    assert answers.weak_evidence(found["summary"]) == []
    found["summary"]["controls"].append({"matched": [10, 10], "stable": [10, 10]})
    mixed = answers.answers(found, rows())  # what seldom fits decides
    assert "**How sure:** Of deliberately wrong values 10% to 100% would fit" in mixed
    assert "show nothing" not in mixed
    assert "85%" in "".join(answers.weak_evidence(shown()["summary"]))
    assert "show nothing" not in told


def test_a_caption_is_a_sentence_and_what_it_counts_is_folded() -> None:
    (one,) = [p for p in shown()["pictures"] if p["name"] == "fmnist-a-eps"]
    count = one["details"]["summary"].partition(" outside")[0]
    said = f"{count} of all series lie outside the band of one more run of ours."
    assert captions.caption(one) == f"*Fashion-MNIST 0 vs 9 (a), by perturbation size ε*: {said}"
    single = one | {"details": one["details"] | {"summary": "1 of 9 published values outside the"}}
    said = "*: 1 of 9 published values of all series lies outside the band"
    assert said in captions.caption(single)
    folded = captions.details(one)
    assert f"- {one['caption']}\n" in folded
    assert "\n- Means are of 3 seeds, whiskers of 10 other seeds, trained with an" in folded
    (fewer,) = [p for p in shown()["pictures"] if not captions.is_compared(p)]
    assert captions.caption(fewer).endswith(
        "*: only 800 of 12700 images are here, so that published values are not compared."
    )
    (plane,) = [p for p in shown()["pictures"] if p["name"].startswith("map-")]
    assert captions.caption(plane).endswith(f"*: {plane['caption']}")


def test_the_overview_has_each_value_that_is_compared_once_over_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = for_readme.read(update_gpu.FIGURES / drawn.VALUES)
    read, summary = overview.compared(kept), shown()["summary"]
    assert len(overview.stable(read)) == summary["stable"]
    of_g = [found for _, found in overview.scattered(read)]
    assert sum(map(len, of_g)) == summary["g"]["chaotic"]
    others = [overview.unjudged(read), overview.restless(read)]
    expected = [
        *zip(["g changes with"] * len(of_g), overview.COLOURS, of_g, strict=True),
        ("stable", "blue", overview.stable(read)),
        ("too few seeds", "grey", others[0]),
        ("f or |cos|", "blue", others[1]),
    ]
    saved: dict[str, Figure] = {}
    monkeypatch.setattr(overview, "save", lambda figure, _, name, __: saved.update({name: figure}))
    overview.draw(kept, tmp_path)
    figures = (saved[overview.NAME], saved[overview.REST])
    lines = [line for figure in figures for line in figure.axes[0].get_lines()[1:]]
    for line, (name, colour, found) in zip(lines, expected, strict=True):
        label = str(line.get_label())
        assert (label.startswith(name), label.endswith(f": {len(found)}")) == (True, True)
        assert line.get_color() == IN_WORDS[colour]
        places = [[row["mean"], row["published"]] for row in found]
        assert np.asarray(line.get_xydata()).tolist() == places
    assert sum(len(found) for *_, found in expected) == len(read)
    told = overview.told(kept, "there")
    assert f"<summary>The other {sum(map(len, others))} values: " in told
    assert f"](there/{overview.REST}.png)\n\n</details>" in told
