"""What a run says to those who read a pull request."""

from __future__ import annotations

import json
from typing import Any

from tests.report.records import evidence, whole_record
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.markdown import badge, headline, remarks, summary


def content() -> dict[str, Any]:
    record = Record(about={"implementation": "mylab:Net|x"}, causes={"E4": "a: b, 50%\nc"})
    record.add(evidence("E1"))
    record.add(evidence("E4", error=2.0))
    record.add(evidence("D5", held=0))
    record.errors["E2"] = "ValueError: <b>`*`"
    record.add(evidence("E2"))
    return gather(record)


def test_a_summary_names_what_is_not_supported_and_why() -> None:
    text = summary(content(), ["E3: refuted, was supported"])
    assert "**1 of 4 statements supported, 1 refuted, 2 not settled**" in text
    assert "mylab:Net\\|x" in text
    assert "- E3: refuted, was supported" in text
    assert "| D5 | vacuous: the premise never held |" in text
    assert "\\<b\\>" in text
    assert "### E4 does not hold here" in text
    assert "likely cause: a: b, 50%" in text
    assert "| E1 |" not in text


def test_a_good_run_is_short() -> None:
    text = summary(gather(whole_record()))
    assert "|" not in text
    assert "Worse" not in text


def test_a_badge_says_it_in_a_colour_and_in_words() -> None:
    assert badge(content())["color"] == "red"
    assert badge(content())["message"] == "1 of 4 supported"
    assert badge(gather(whole_record()))["color"] == "brightgreen"
    assert badge(gather(Record()))["color"] == "yellow"
    json.dumps(badge(content()))


def test_remarks_are_github_s_commands_on_one_line_each() -> None:
    assert remarks(content()) == [
        "::error title=E2 error::ValueError%3A <b>`*`",
        "::error title=E4 refuted::a%3A b%2C 50%25%0Ac",
        "::warning title=D5 vacuous::the premise never held",
    ]


def test_nothing_is_claimed_of_what_did_not_run() -> None:
    assert headline(gather(Record())) == "0 of 0 statements supported"
