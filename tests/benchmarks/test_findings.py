"""Findings: the page is what was measured, at least twelve stand, and measuring repeats itself."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest
from scipy import stats

from benchmarks.findings.__main__ import FINDINGS, PAGE, kept
from benchmarks.findings.finding import Finding, Found, Mean, measured
from benchmarks.findings.page import in_order, listed, section, with_findings
from benchmarks.findings.picture import PICTURE, picture
from benchmarks.findings.themes import MATTERS, THEMES
from verifier.statements import STATEMENTS

CHEAP = ("entropy-turns", "exact-kernel-law", "steps-stay-in-a-cone")


def test_the_page_is_what_was_measured() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_findings(page, FINDINGS, kept()) == page


def test_at_least_twelve_stand() -> None:
    found = kept()
    assert list(found) == [one.name for one in FINDINGS]
    assert sum(found[one.name].stands(one.threshold) for one in FINDINGS) >= 12


def test_one_that_does_not_stand_says_so() -> None:
    for name, found in kept().items():
        (one,) = [one for one in FINDINGS if one.name == name]
        told = section(one, found)
        stands = found.stands(one.threshold)
        assert (f"**{found.effect.mean:.3g}** (threshold {one.threshold:g})." in told) is stands
        assert (f"\n\nNot established: {one.sentence}" in told) is not stands


def test_one_that_does_not_stand_says_why_in_words() -> None:
    one = FINDINGS[0]
    tight = Mean(0.0, 0.0, 0.0)
    due = one.threshold
    for effect, control, said in (
        (Mean(due - 0.2, due - 0.3, due - 0.1), tight, f"smaller than the threshold, {due:g}"),
        (
            Mean(due + 0.1, due - 0.1, due + 0.3),
            tight,
            f"above the threshold, {due:g}, but the mean's 99% interval, {due - 0.1:.3g} to",
        ),
        (
            Mean(due - 0.1, due - 0.3, due + 0.1),
            tight,
            f"below the threshold, {due:g}, but the mean's 99% interval, {due - 0.3:.3g} to",
        ),
        (Mean(due + 0.2, due + 0.1, due + 0.3), Mean(due, due, due + 1), "the control is not"),
    ):
        assert f"**, {said}" in section(one, Found(one.name, 12, effect, control))


def test_a_section_folds_how_a_finding_fits_to_another_page() -> None:
    (one,) = [one for one in FINDINGS if one.name == "sharpened-direction"]
    found = kept()[one.name]
    assert f"</summary>\n\n{one.beside}\n\n" in section(one, found)
    assert "picture of R3" in one.beside
    assert "</summary>\n\nMeans of" in section(replace(one, beside=""), found)


def test_each_has_one_theme_and_says_why_it_matters() -> None:
    assert sorted(MATTERS) == sorted(one.name for one in FINDINGS)
    assert sum(map(len, THEMES.values())) == len(MATTERS)
    for one in FINDINGS:
        found = kept()[one.name]
        shown, folded = section(one, found).split("<details>")
        stands = found.stands(one.threshold)
        told = f"*Why it matters:* {MATTERS[one.name]}\n"
        assert (f"{one.sentence} {told}" in shown) is stands
        assert (f"*Why it would matter:* {MATTERS[one.name]}\n" in folded) is not stands
        assert ("*Control:*" in folded) is not stands


def test_a_section_names_effect_and_control_beside_their_means_and_folds_the_intervals() -> None:
    one = FINDINGS[0]
    found = Found(one.name, 12, Mean(0.998, 0.996, 0.999), Mean(0.004, 0.0, 0.01))
    shown, folded = section(one, found).split("<details>")
    effect = f"*Effect:* the {one.effect} is **0.998** (threshold {one.threshold:g})."
    assert f"{effect}\n*Control:* {one.why}: < 0.01.\n" in shown
    assert "Means of 12 runs (99% interval): effect 0.998 (0.996 to 0.999), control" in folded
    assert f"`python -m benchmarks.findings {one.name}`" in folded


def test_each_is_told_once_below_the_picture() -> None:
    _, below = PAGE.read_text(encoding="utf-8").split("*Effects (dots)")
    for one in FINDINGS:
        assert below.count(one.sentence) == 1


def test_those_that_stand_come_first_in_the_order_of_the_themes() -> None:
    found = kept()
    ordered = in_order(FINDINGS, found)
    stand = [found[one.name].stands(one.threshold) for one in ordered]
    assert stand == sorted(stand, reverse=True)
    names = list(MATTERS)
    for group in (True, False):
        places = [
            names.index(one.name)
            for one, is_in in zip(ordered, stand, strict=True)
            if is_in is group
        ]
        assert places == sorted(places)
    assert ordered[0].name == "sharpened-direction"


def test_a_heading_for_each_theme_that_has_one_that_stands() -> None:
    page = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", page, re.M)
    assert headings[: len(THEMES) + 1] == [*THEMES, "Those that do not"]
    one = FINDINGS[0]
    alone = {one.name: Found(one.name, 12, Mean(9, 9, 9), Mean(0, 0, 0))}
    assert len(re.findall(r"^## ", listed([one], alone), re.M)) == 2


def test_each_rests_on_statements_and_has_enough_runs() -> None:
    for one in FINDINGS:
        assert one.rests_on
        assert set(one.rests_on) <= set(STATEMENTS)
        assert one.runs >= 12


@pytest.mark.parametrize("name", CHEAP)
def test_measuring_again_finds_the_same(name: str) -> None:
    (one,) = [one for one in FINDINGS if one.name == name]
    again, before = measured(one), kept()[name]
    for new, old in ((again.effect, before.effect), (again.control, before.control)):
        assert (new.mean, new.low) == pytest.approx((old.mean, old.low), rel=1e-3, abs=1e-6)


def test_an_interval_is_student_s() -> None:
    values = [1.0, 2.0, 4.0, 1.0]
    found = Mean.of(values)
    due = stats.t.interval(0.99, 3, loc=2.0, scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx(due)


def test_an_interval_is_told_with_digits_enough_to_differ() -> None:
    assert str(Mean(0.998, 0.9961, 0.999)) == "0.998 (0.996 to 0.999)"
    assert str(Mean(0.99997, 0.99994, 1.0)) == "1 (0.9999 to 1)"
    assert str(Mean(1.0, 1.0, 1.0)) == "1 in every run"


def test_sections_stand_in_the_order_of_the_picture_under_their_titles() -> None:
    titles = re.findall(r"^### (.*)$", PAGE.read_text(encoding="utf-8"), re.M)
    (axes,) = picture(in_order(FINDINGS, kept()), kept()).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        title.lower() for title in titles
    ]


def test_an_effect_that_its_control_shows_too_does_not_stand() -> None:
    def value(run: int) -> float:
        return 1.0 + 0.01 * (run % 2)

    one = Finding("toy", "", "", "", 0.5, value, value, "nothing", ("E1",))
    assert not measured(one).stands(0.5)
    other = Finding("toy", "", "", "", 0.5, value, lambda run: 0.1 * (run % 2), "it", ("E1",))
    assert measured(other).stands(0.5)
    assert not measured(other).stands(2.0)


def test_what_lies_beyond_the_axis_has_an_arrow_and_its_number() -> None:
    one = FINDINGS[0]
    far = Mean(3 * one.threshold, 2.9 * one.threshold, 3.1 * one.threshold)
    found = {one.name: Found(one.name, 12, far, Mean(0.0, 0.0, 0.0))}
    (axes,) = picture([one], found).axes
    assert [text.get_text() for text in axes.texts] == ["3.0"]
    (arrow,) = [line for line in axes.get_lines() if line.get_marker() == ">"]
    assert max(arrow.get_xdata()) < axes.get_xlim()[1]  # type: ignore[type-var]
    within = Mean(2.4 * one.threshold, 2.2 * one.threshold, 2.6 * one.threshold)
    found = {one.name: Found(one.name, 12, within, Mean(0.0, 0.0, 0.0))}
    (axes,) = picture([one], found).axes
    assert not axes.texts  # its mean is on the axis, though not all of its interval


def test_lines_part_the_themes() -> None:
    found = kept()
    ordered = in_order(FINDINGS, found)
    standing = [one.name for one in ordered if found[one.name].stands(one.threshold)]
    (axes,) = picture(ordered, found).axes
    ends = [np.asarray(line.get_xydata()).tolist() for line in axes.get_lines()]
    lines = [first[1] for first, *rest in filter(None, ends) if rest == [[1, first[1]]]]
    counts = [sum(name in standing for name in names) for names in THEMES.values()]
    assert sorted(lines) == [at - 0.5 for at in accumulate(counts)]  # none among the others


def test_a_line_parts_those_that_stand_and_another_is_at_the_threshold() -> None:
    found = kept()
    stand = sum(found[one.name].stands(one.threshold) for one in FINDINGS)
    (axes,) = picture(FINDINGS, found).axes
    ends = [tuple(map(tuple, line.get_xydata())) for line in axes.get_lines()]  # type: ignore[arg-type]
    assert ((1, 0), (1, 1)) in ends
    assert ((0, stand - 0.5), (1, stand - 0.5)) in ends


def test_the_picture_shows_effects_and_controls_over_the_threshold_and_what_stands() -> None:
    stands, fails = FINDINGS[0], FINDINGS[1]
    due, effect = stands.threshold, Mean(1.0, 0.9, 1.1)
    found = {
        stands.name: Found(stands.name, 12, effect, Mean(0.1, 0.0, 0.2)),
        fails.name: Found(fails.name, 12, Mean(due, 0.0, 1.0), Mean(0.1, 0.0, 0.2)),
    }
    (axes,) = picture([fails, stands], found).axes
    titles = [label.get_text() for label in axes.get_yticklabels()]
    assert titles == [stands.title, fails.title]
    (legend,) = axes.figure.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["effect", "control", "hollow: does not stand"]
    marks = [line for line in axes.get_lines() if line.get_marker() in ("o", "s")]
    shown = [line for line in marks if len(line.get_xdata())]  # type: ignore[arg-type]
    at = [float(line.get_xdata()[0]) for line in shown]  # type: ignore[index]
    assert at == pytest.approx([0.1 / due, 1 / due, 0.1 / due, 1])
    assert [line.get_markerfacecolor() == "white" for line in shown] == [False, False, True, True]
    assert (PAGE.parent / PICTURE).exists()
    assert f"]({PICTURE})" in PAGE.read_text(encoding="utf-8")
