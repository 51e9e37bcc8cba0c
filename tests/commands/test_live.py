"""The line of progress: none of short work elsewhere, and none left behind on a terminal."""

from __future__ import annotations

import sys

import pytest

from verifier.commands.live import Line


def test_short_work_leaves_no_line_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    line = Line(20.0)
    line.show("0 of 1 done")
    line.show("")
    line.close()
    assert capsys.readouterr().err == ""


def test_work_that_takes_long_has_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    line = Line(0.0)
    line.show("0 of 2 done")
    line.show("1 of 2 done")
    assert capsys.readouterr().err == "0 of 2 done\n1 of 2 done\n"


def test_a_terminal_is_left_without_the_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    line = Line(20.0)
    line.show("0 of 1 done")
    line.show("")  # at once, although a line was just shown
    line.close()
    assert capsys.readouterr().err == f"\r0 of 1 done\r{' ' * 11}\r"
