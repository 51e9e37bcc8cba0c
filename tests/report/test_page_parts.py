"""What of the page is open, and what its parts count."""

from __future__ import annotations

import copy
import re
from collections import Counter

from tests.report.records import configuration, evidence, whole_record
from tests.report.test_honest_page import broken, words
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.facts import SAME_SOURCE, drawn, how_sure
from verifier.report.html import figures, page
from verifier.report.misfit import Misfit
from verifier.report.untested import LACKING
from verifier.report.written import count
from verifier.statements import REGISTRY, STATEMENTS


def test_of_one_likely_cause_the_first_part_alone_is_open() -> None:
    record = broken()
    record.add(evidence("E1", error=9.0))
    record.add(evidence("D1", error=9.0))
    record.causes |= {"E1": "perturb: a cause", "E4": "perturb: a cause"}
    text = page(gather(record))
    for name, is_open in (("E4", True), ("E1", False), ("D1", True)):
        before = text[: text.index(f'<div id="{name}"')]
        assert before[before.rindex("<details") :].startswith("<details open") is is_open
    assert words(record).count("Same likely cause as E4.") == 1


def test_what_builds_on_a_wrong_training_is_folded_beside_it() -> None:
    record = broken()
    record.causes |= {"E0": "train: decay", "E4": "perturb: a cause"}
    for name in ("E0", "E1"):
        record.add(evidence(name, error=9.0))
    text = page(gather(record))
    for name, is_open in (("E0", True), ("E1", False)):
        before = text[: text.index(f'<div id="{name}"')]
        assert before[before.rindex("<details") :].startswith("<details open") is is_open
    assert words(record).count("E1 builds on E0, which fails.") == 1
    record.add(evidence("D1", error=9.0))  # of a chapter in which nothing leads
    assert words(record).count("D1 builds on E0, which fails.") == 1
    assert "E0 does not hold. 2 of those that build on E0 fail with it." in words(record)
    record.evidence = [e for e in record.evidence if e.statement not in ("D1", "E4")]
    assert "E0 does not hold. 1 of those that build on it fails with it." in words(record)


def test_what_holds_beside_what_fails_is_said_to_be_checked_by_itself() -> None:
    told = "Supported: E1, each checked by itself."
    record = broken()
    assert told in words(record)
    record.add(evidence("E1", error=9.0))
    assert "checked by itself" not in words(record)


def test_on_a_phone_what_holds_is_folded_and_what_does_not_is_not() -> None:
    text = page(gather(broken()))
    for chapter, is_folded in ((1, False), (2, True)):
        part = text.partition(f'<section id="chapter-{chapter}" class="chapter">')[2].partition(
            "</section>"
        )[0]
        failing, fold, rest = part.partition('<details class="long" open><summary>')
        assert fold
        assert ("<h3>E4 " in failing) is not is_folded
        assert (rest.startswith("The other 1 of this chapter</summary>")) is not is_folded
        assert ("<h3>E1 " in rest) is not is_folded
        assert part.count("<details") == part.count("</details>")


def test_a_chapter_with_refuted_statements_says_how_many() -> None:
    table = page(gather(broken())).partition('<table class="cards holds">')[2].split("</table>")[0]
    assert "✗</span> 1 of 2 refuted" in " ".join(table.split())
    for record, head in ((broken(), "Verdict"), (whole_record(), "Holds")):
        heads = page(gather(record)).partition('class="cards holds">')[2].partition("</thead>")[0]
        assert [name for name in ("Verdict", "Holds") if f">{name}</th>" in heads] == [head]
    broken_code = broken()
    broken_code.not_applicable |= dict.fromkeys(["E6", "E6s"], f"{LACKING}train_deep")
    (depth,) = re.findall(r"Depth What remains .*? (.) not offered", words(broken_code))
    assert depth == "–"


def test_the_first_rows_say_what_holds_how_sure_and_what_does_not_fit() -> None:
    top = words(whole_record()).partition("On this page")[0]
    rows = [
        top.index(name)
        for name in ("What holds ✓ ", "How sure Tests, not a proof. ✓ ", "What does not fit In ")
    ]
    assert rows == sorted(rows)
    assert "How sure" in words(broken()).partition("On this page")[0]
    assert words(broken()).count("How sure") == 1  # no two parts have one name
    assert words(whole_record()).count("What a pass means") == 2  # a part, and the link to it
    assert "What does not fit" not in words(broken())
    few = Record(evidence=[evidence("E1")], about={"controls": "not run, for a reason"})
    assert "controls (codes wrong on purpose) in this run, for a reason." in words(few)
    assert "✓ supported 1" in words(few)


def test_of_what_one_cause_can_show_as_is_told_where_several_have_one() -> None:
    told = "the same cause can show as another factor or as a wrong sign."
    record = broken()
    assert told not in words(record)
    record.add(evidence("E1", error=9.0))
    record.causes |= {"E1": "perturb: a cause", "E4": "perturb: a cause"}
    assert told in words(record)
    assert "likely cause: <b>perturb: a cause</b>" in page(gather(record))


def test_errors_that_are_the_same_in_every_run_are_told_in_a_row() -> None:
    content = gather(whole_record())
    earlier = copy.deepcopy(content["history"][0])
    name = next(iter(earlier["errors"]))
    for error, said in ((earlier["errors"][name], "all"), (0.77, "the other")):
        earlier["errors"][name] = error
        text = page({**content, "history": [earlier, *content["history"]]})
        assert f"Error, {said} chapters</th>" in text
        assert (f"Error, {name}</th>" in text) is (said != "all")
        assert "the one before. Runs of one seed" in text


def test_that_larger_errors_are_drawn_at_the_end_is_said_of_the_first_picture_alone() -> None:
    record = broken()
    for _ in range(20):
        record.add(evidence("E4", configuration=configuration(width=2).to_json()))
    (e4,) = [s for s in statements_of(gather(record)) if s["id"] == "E4"]
    first, *others = [one["caption"] for one in figures(e4)]
    assert "Errors beyond 10⁶ are drawn at it." in first
    assert others
    assert not any("Errors beyond" in caption for caption in others)
    (alone,) = figures({**e4, "failures": []})
    assert "Errors beyond 10⁶ are drawn at it." in alone["caption"]


def test_chapters_that_hold_are_a_line_each_on_a_phone() -> None:
    some = broken()
    some.add(evidence("K1"))
    some.add(evidence("P1"))
    for record, heading in (
        (whole_record(), "Formulas and evidence"),
        (some, "The other chapters"),
    ):
        text = page(gather(record))
        assert text.count('<h2 class="phone-only">') == 1
        assert f'<h2 class="phone-only">{heading}' in text
    assert f"Depth <small>{len(REGISTRY.chapter_of('E6').statements)} statements</small>" in text


def test_where_all_of_a_chapter_hold_its_heading_says_so_and_a_row_has_a_tick() -> None:
    of_depth = len(REGISTRY.chapter_of("E6").statements)
    said = f'<h2>Depth <small class="good">✓ all {of_depth} supported</small></h2>'
    tick = '<span class="badge supported" role="img" aria-label="supported">✓</span></summary>'
    whole = page(gather(whole_record()))
    assert said in whole
    assert whole.count(tick) == len(STATEMENTS)
    refuted = whole_record()
    refuted.evidence.append(evidence("E6", error=9.0))
    text = page(gather(refuted))
    assert said not in text
    assert text.count(tick) == len(STATEMENTS) - of_depth
    assert "refuted</span></summary>" in text.partition("<h3>E6 ")[2].partition("<h3>")[0]


def test_the_line_of_a_chapter_on_a_phone_says_how_it_stands() -> None:
    def lines(record: Record) -> dict[str, str]:
        found = re.findall(
            r"<summary>([^<]*) <small>\d+ statements?</small> (.*?)</summary>",
            page(gather(record)),
            re.S,
        )
        return {name: re.sub("<.*?>", "", told) for name, told in found}

    every = len(REGISTRY.chapter_of("E6").statements)
    assert lines(whole_record())["Depth"] == ""  # as the table above has it
    assert lines(broken())["Depth"] == "○ not run"
    lacking = broken()
    lacking.not_applicable |= dict.fromkeys(["E6", "E6s"], f"{LACKING}train_deep")
    assert lines(lacking)["Depth"] == "– not offered"
    refuted = broken()
    refuted.add(evidence("E6", error=9.0))
    refuted.causes |= {"E4": "perturb: a cause", "E6": "perturb: a cause"}
    assert lines(refuted)["Depth"] == f"✗ 1 refuted, {every - 1} not run"


def test_draws_that_could_not_be_tested_are_told_of_how_many() -> None:
    record = whole_record()
    record.rejected["E1"] = Counter({"diverged": 3})
    made = drawn(statements_of(gather(record)))
    assert f"3 diverged, of the statements' {count(made)} draws." in words(record)


def test_what_a_full_run_found_of_the_controls_is_told_in_a_terminals_words() -> None:
    full = "the full run of 0.1.0 on 2026-11-28 refuted all 645"
    record = whole_record()
    record.about["controls"] = f"239 of 645 this run, by its seed; {full}"
    controls, alarms = how_sure(gather(record))
    first = "How sure</dt> <dd>Tests, not a proof.<br> <span aria-hidden="
    shown = page(gather(record)).partition(first)[2].partition("</dd>")[0]
    assert shown.startswith(f'"true">✓</span> {controls}.<br> F{alarms[1:]} (')
    assert controls.endswith(", all refuted (full run: all 645)")
    assert f"negative controls (239 of 645 this run, by its seed; {full})" in words(record)
    off = [Misfit("values off", "5 of 6", "not known")]
    weak = page(gather(record), misfits=off, weak="many fit").partition("Earlier, not in")[2]
    assert "figures, a weak test.<br> Values are off: why is not known.</p>" in weak
    assert (
        "<p>Many fit. f is trained" in weak.partition("<summary>What is off, and why</summary>")[2]
    )
    record = broken()
    assert "were not tried on wrong codes here: what that means" in words(record)
    record.about["controls"] = f"not run: {full}{SAME_SOURCE}"
    assert f"were not tried on wrong codes here ({full}): what that means" in words(record)


def test_statements_that_carry_the_paper_s_results_are_told_from_those_added() -> None:
    carry = sum(any(not r.is_open for r in s.carries) for s in STATEMENTS.values())
    told = f"{carry} cover the paper's results, {len(STATEMENTS) - carry} this project adds."
    assert told in words(whole_record())
    some = Record(evidence=[evidence("E1")])
    assert "cover the paper's results" not in words(some)


def test_a_single_finding_is_told_at_the_top_and_in_its_card_alone() -> None:
    one = broken()
    assert "What does not hold, and why" not in words(one)
    text = page(gather(one))
    assert text.index('id="E4"') < text.index('<section id="statements">')  # evidence comes first
    one.add(evidence("D1", error=9.0))
    assert "What does not hold, and why" in words(one)
    whole = page(gather(whole_record()))
    assert whole.index('id="E4"') > whole.index('<section id="statements">')


def test_names_of_links_to_parts_are_those_of_the_parts() -> None:
    one, several = broken(), broken()
    several.add(evidence("D1", error=9.0))
    for record in (whole_record(), one, several):
        text = page(gather(record))
        links = text.partition('<nav aria-label="Parts of this page">')[2].partition("</nav>")[0]
        parts = re.findall(r'<a href="#(\w+)">(.*?)</a>', links)
        assert len(parts) >= 5
        for name, said in parts:
            of = text.partition(f'<section id="{name}"')[2]
            assert f"<h2>{said}</h2>" in of.partition("</section>")[0]
        at = [text.index(f'<section id="{name}"') for name, _ in parts]
        assert at == sorted(at)


def test_the_paper_s_results_come_first_where_nothing_fails() -> None:
    for record, is_first in ((whole_record(), True), (broken(), False)):
        text = page(gather(record))
        assert text.count('<section id="coverage">') == 1
        assert (text.index('id="coverage"') < text.index('id="holds"')) is is_first
