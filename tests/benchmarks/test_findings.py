"""Findings: the page is what was measured, at least twelve stand, and measuring repeats itself."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from scipy import stats

from benchmarks.findings.__main__ import FINDINGS, PAGE, kept
from benchmarks.findings.finding import Finding, Found, Mean, measured
from benchmarks.findings.page import in_order, overview, section, with_findings
from benchmarks.findings.picture import PICTURE, picture
from verifier.statements import STATEMENTS

CHEAP = ("entropy-turns", "exact-kernel-law", "steps-stay-in-a-cone")


def test_the_page_is_what_was_measured() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_findings(page, FINDINGS, kept()) == page


def test_at_least_twelve_stand() -> None:
    found = kept()
    assert list(found) == [one.name for one in FINDINGS]
    assert sum(found[one.name].stands(one.threshold) for one in FINDINGS) >= 12


def test_one_that_does_not_stand_says_why() -> None:
    for name, found in kept().items():
        (one,) = [one for one in FINDINGS if one.name == name]
        told = "It does not stand: the effect's interval" in section(one, found)
        assert told != found.stands(one.threshold)


def test_of_an_interval_that_crosses_the_threshold_both_ends_are_told() -> None:
    one = FINDINGS[0]
    due = one.threshold
    high, low = Mean(due + 0.2, due + 0.1, due + 0.3), Mean(0.0, 0.0, 0.0)
    crossing = Mean(due, due - 0.1, due + 0.1)
    ends = f"{due - 0.1:.3g} to {due + 0.1:.3g}, is not wholly"
    for effect, control, said in (
        (high, crossing, f"It does not stand: the control's interval, {ends} below {due:g}."),
        (crossing, low, f"It does not stand: the effect's interval, {ends} above {due:g}."),
    ):
        assert said in section(one, Found(one.name, 12, effect, control))


def test_the_table_of_those_that_do_not_stand_says_why_in_words() -> None:
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
        found = {one.name: Found(one.name, 12, effect, control)}
        told = overview([one], found, stand=False)
        assert f"**, {said}" in told
        name = one.title.capitalize()
        assert f"\n| [{name}](#{one.anchor}): Not shown: {one.sentence} |" in told


def test_a_section_tells_how_a_finding_fits_to_another_page() -> None:
    (one,) = [one for one in FINDINGS if one.name == "sharpened-direction"]
    found = kept()[one.name]
    assert f"{one.sentence} {one.beside}\n" in section(one, found)
    assert "picture of R3" in one.beside
    assert f"{one.sentence}\n" in section(replace(one, beside=""), found)


def test_a_table_names_the_effect_and_the_control_beside_their_means() -> None:
    one = FINDINGS[0]
    found = {one.name: Found(one.name, 12, Mean(0.998, 0.996, 0.999), Mean(0.004, 0.0, 0.01))}
    control = one.why[0].upper() + one.why[1:]
    told = overview([one], found, stand=True)
    effect = f"The {one.effect} is **0.998**, above {one.threshold:g}."
    assert told.endswith(f" | {effect} | {control}: < 0.01 |")


def test_those_that_stand_come_first_the_largest_over_its_threshold_before_others() -> None:
    found = kept()
    listed = in_order(FINDINGS, found)
    stand = [found[one.name].stands(one.threshold) for one in listed]
    assert stand == sorted(stand, reverse=True)
    for group in (True, False):
        over = [
            found[one.name].effect.mean / one.threshold
            for one, is_in in zip(listed, stand, strict=True)
            if is_in is group
        ]
        assert over == sorted(over, reverse=True)


def test_every_candidate_is_in_one_of_the_tables() -> None:
    rows = overview(FINDINGS, kept(), stand=True).splitlines()
    assert sum(row.startswith("| [") for row in rows) == len(FINDINGS)


def test_no_cell_of_the_page_is_cut_in_two() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| ["]
    assert {row.count("|") for row in rows} == {4}


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


def test_details_stand_in_the_order_of_the_tables_under_their_titles() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[[^]]+\]\(#([\w-]+)\)", page, re.M)
    titles = re.findall(r"^### (.*)$", page, re.M)
    anchors = {one.title: one.anchor for one in FINDINGS}
    assert [anchors[title[0].lower() + title[1:]] for title in titles] == rows
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
