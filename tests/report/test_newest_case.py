"""The command that shows a correction names no file where it finds the case by itself."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.report.records import configuration, evidence
from verifier.cli import main
from verifier.evidence.folders import RUNS, newest_case
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.summary import NARROWEST, summarise


def a_run(name: str, width: int = 1) -> Record:
    """With a smallest case of E1, kept in a folder of runs."""
    record = Record(about={"implementation": "mine:Code"}, folder=RUNS / name)
    (RUNS / name).mkdir(parents=True)
    case = configuration(width=width).to_json()
    record.add(evidence("E1", error=3.0, configuration=case))
    record.close()
    return record


def test_a_check_takes_the_newest_case_where_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check", "E1"]) == 2
    assert "holds no run that refuted E1; name one" in capsys.readouterr().err
    a_run("20260101T000000.000000Z", width=2)
    a_run("20260102T000000.000000Z", width=3)
    assert json.loads(newest_case("E1").read_text(encoding="utf-8"))["width"] == 3
    other = RUNS / "20260103T000000.000000Z" / "counterexamples"  # refuted E1b alone
    other.mkdir(parents=True)
    (other / "E1b.json").write_text("{}", encoding="utf-8")
    assert json.loads(newest_case("E1").read_text(encoding="utf-8"))["width"] == 3
    assert main(["check", "E1"]) == 0
    assert capsys.readouterr().out.startswith("E1 held")
    assert main(["check", "E2"]) == 2  # another statement's is not taken


def test_a_run_s_end_names_its_case_only_where_another_is_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = a_run("20260101T000000.000000Z")
    shown = summarise(gather(first), NARROWEST)
    assert '"E1 held":\n    verifier check E1 \\\n    --implementation mine:Code\n' in shown
    assert "\n  verifier report .verifier/last (HTML)\n" in shown
    a_run("20260102T000000.000000Z")
    later = summarise(gather(first))
    assert f"verifier check E1 {RUNS}/20260101T000000.000000Z/counterexamples/E1.json" in (
        later.replace("\\\n    ", "")
    )
    assert f"more: verifier report {RUNS}/20260101T000000.000000Z (HTML)" in later
    narrow = summarise(gather(first), NARROWEST).partition("\nmore:\n")[2]
    assert "HTML" not in narrow  # in a command of several lines it would be read by a shell


def test_all_below_a_heading_is_indented_alike_on_a_phone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headings and sentences begin at the margin, items at two columns, what goes on at four."""
    monkeypatch.chdir(tmp_path)
    shown = summarise(gather(a_run("20260101T000000.000000Z")), NARROWEST).splitlines()
    for line, following in pairwise(shown):
        if line.endswith(":") and not line.startswith(" "):
            assert following.startswith("  ")
            assert following[2] != " "
    found = shown[next(k for k, x in enumerate(shown) if x.startswith("FINDING")) :]
    margins = {len(x) - len(x.lstrip()) for x in found[1 : found.index("")]}
    assert margins == {2, 4}
    assert not any("\N{NO-BREAK SPACE}" in line for line in shown)
    assert any(line.split() == ["refuted", "error", "untested"] for line in shown)
