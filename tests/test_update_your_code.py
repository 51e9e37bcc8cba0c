"""What a passing run prints, on the page for one's own code, is what its own example prints."""

from __future__ import annotations

import re

import pytest

from docs import update_your_code
from docs.update_your_code import BEGIN, END, PAGE, cut, passing
from verifier.report.summary import NARROWEST


@pytest.mark.slow
def test_the_page_shows_what_its_first_command_prints_of_its_first_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = passing(page)
    assert f"{BEGIN}\n{told}\n{END}" in page
    wide, narrow = re.findall(r"```text\n(.*?)```", told, re.S)
    for text, columns in ((wide, update_your_code.WIDE), (narrow, NARROWEST)):
        assert "mine:Mine" in text
        assert " statements supported; " in " ".join(text.split())
        assert max(map(len, text.splitlines())) <= columns


@pytest.mark.slow
def test_a_first_code_that_fails_is_not_shown() -> None:
    page = PAGE.read_text(encoding="utf-8").replace("maximum", "minimum", 1)
    with pytest.raises(SystemExit, match="does not pass"):
        passing(page)


def test_what_holds_and_the_table_are_shown_and_nothing_that_a_run_changes() -> None:
    holds, table = "perturbation-verifier 1\n1 of 1", "   holds\nok A 1/1"
    told = f"\n=== statements ===\n{holds}\n\nhow sure:\n  2026\n\n{table}\n\nnot run: 3"
    assert cut(told) == f"{holds}\n\n{table}"
    with pytest.raises(SystemExit, match="not 2 parts"):
        cut("perturbation-verifier 1")
