"""The first screen of the page of the figures answers before it goes into detail."""

from __future__ import annotations

import re
from copy import deepcopy
from statistics import fmean, stdev

import pytest
from scipy import stats

from benchmarks.gpu import answers, captions, drawn, for_readme
from docs import update_gpu
from tests.gpu.test_drawn import rows, shown
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import band
from verifier.reproduction.in_words import shares


def test_the_page_begins_with_three_answers_and_folds_the_details() -> None:
    text = update_gpu.PAGE.read_text(encoding="utf-8").split("\n## ")[0]
    words = ("**What fits:**", "**How sure:**", "**What does not", "**Words.**", "![", "<details>")
    order = [text.index(word) for word in words]
    assert order == sorted(order)
    found = for_readme.read(update_gpu.FIGURES / drawn.VALUES)
    assert answers.answers(shown(), found) in text
    assert answers.how_much(shown()) in text


def test_words_for_values_are_explained_below_the_answers_and_before_the_pictures() -> None:
    told = answers.answers(shown(), rows())
    for word in ("stable", "chaotic", "unjudged"):
        assert told.index(f"\n- *{word}* if ") > told.index("**What does not fit:**")
    assert " *stable* published values, which hardly change with the seed; " in told
    text = update_gpu.PAGE.read_text(encoding="utf-8")
    assert text.index("\n- *unjudged* if no 10 seeds ") < text.index("(unjudged)")


def test_predictions_of_g_that_are_off_are_counted_beside_those_of_agreement() -> None:
    g = [one | {"series": "perturbation"} for one in rows()[:3]]
    told = answers.answers(shown(), [*rows(), *g])
    assert ", and the predicted accuracy of g at 1 of 3. Likely cause: [training too" in told


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
    assert text.index("**Words.**") < text.index(told) < text.index(least) < text.index(first)


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
    assert "gets 90.0% right at ε = 0.1, where f gets 99.0%, and 56.7% at ε = 0, which" in told
    assert f"which may be chance, 50% (the mean of 3 seeds has the 95% interval {ends})." in told
    assert told.endswith("is above ours at 1 of 2 points.")
    sure = row | {"mean": 0.9, "low": 0.8, "high": 1.0}
    for first in (sure, row | {"low": None}, row | {"seeds": "1"}):
        assert "may be chance" not in captions.of_the_claim([of_f, first, later])
    assert drawn.claim([row | {"panel": "another"}], "there") == ""
    assert drawn.judged({"pictures": [], "summary": {"unjudged_of_g": {}}}, "there") == []


def test_each_answer_has_the_counts_of_the_run() -> None:
    found = shown()
    summary, told = found["summary"], answers.answers(found, rows())
    assert f"{summary['matched']} of {summary['stable']} *stable* published values, " in told
    assert f"; {summary['g']['stable']} of them are of g, its accuracy or its agreement" in told
    for k in (0, 1):
        least, most = (f"{end(shares(summary, k)):.0%}" for end in (min, max))
        assert f"{least} to {most}" in told
    above = re.findall(r"(\d+) of (\d+) points of", told)
    assert sum(int(of) for _, of in above) == summary["g"]["chaotic"]
    g = summary["g"]
    assert f". Of these {g['chaotic']}, {g['outside']} (" in told
    by_picture = sum(one["g"]["outside"] for one in found["figures"])
    assert (g["outside"], g["chaotic"]) == (by_picture, sum(map(int, (of for _, of in above))))
    assert ") lie outside the band where one more run of ours falls (chance: about 5%; " in told
    narrow = "bands of {} seeds can be too narrow)."
    assert narrow.format(3) in told
    assert narrow.format("3 to 5") in answers.answers(found | {"seeds": [3, 5]}, rows())
    assert "is more than 0.03 off at 2 of 4 trained points" in told
    (cosine,) = [r for r in summary["predicted"] if r["series"] == "cossim"]
    assert f"is as far off at {cosine['far']} of {cosine['stable']}" in told
    unjudged = summary["unjudged_of_g"].values()
    values, off = (sum(counts[k] for counts in unjudged) for k in (0, 1))
    assert f"; in all panels of that kind {off} of {values}. Cause: not known." in told
    assert f"* {max(counts[1] for counts in unjudged)} of 38 values of g look off, but" in told
    summary["unjudged_of_g"] = {"gauss-a-d": [3, 2], "gauss-a-m": [9, 1]}
    assert ", by input dimension d* 2 of 3 values" in answers.answers(found, rows())


def test_what_is_not_known_or_not_found_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    found = deepcopy(shown())
    assert " 9 (a)*. Cause: not known." in answers.answers(found, rows())
    summary = found["summary"]
    summary["g"] |= {"chaotic": 0}
    summary |= {"unjudged_of_g": {"gauss-a-d": [9, 0]}, "predicted": [], "controls": []}
    near = [row | {"mean": row["predicted"]} for row in rows()]
    told = answers.answers(found, near)
    assert "\n\n**What does not fit:** nothing.\n\n**Words.**" in told
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


def test_a_caption_says_how_many_values_are_outside_and_which_seeds_judged() -> None:
    (one,) = [p for p in shown()["pictures"] if p["name"] == "gauss-a-epochs-g"]
    text = "\n\n".join([*drawn.judged(shown(), "there"), drawn.told(shown(), "there")])
    count = one["details"]["summary"].partition(" outside")[0]
    assert (
        f" stable or not, {count} lie outside the band** in which one more run of ours falls."
        in text
    )
    unfolded = re.sub("<details>.*?</details>", "", text, flags=re.S)
    assert "whiskers of 10 other seeds, trained with an earlier version" in unfolded
    assert text.count("- Means are of ") == 0
