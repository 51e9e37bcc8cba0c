"""What of the page is open, and what its parts count."""

from __future__ import annotations

from collections import Counter

from tests.report.records import evidence, whole_record
from tests.report.test_honest_page import broken, words
from verifier.report.content import gather, statements_of
from verifier.report.facts import drawn
from verifier.report.html import count, page


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


def test_a_chapter_that_holds_is_folded_on_a_phone_and_one_that_does_not_is_not() -> None:
    text = page(gather(broken()))
    for chapter, is_folded in ((1, False), (2, True)):
        part = text.partition(f'<section id="chapter-{chapter}">')[2].partition("</section>")[0]
        assert ('<details class="long" open><summary>' in part) is is_folded
        assert part.count("<details") == part.count("</details>")


def test_a_chapter_with_refuted_statements_says_how_many() -> None:
    table = page(gather(broken())).partition('<table class="cards holds">')[2].split("</table>")[0]
    assert "1 of 2 refuted" in " ".join(table.split())


def test_draws_that_could_not_be_tested_are_told_of_how_many() -> None:
    record = whole_record()
    record.rejected["E1"] = Counter({"diverged": 3})
    made = drawn(statements_of(gather(record)))
    assert f"3 diverged, of the statements' {count(made)} draws." in words(record)
