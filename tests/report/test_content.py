"""What is gathered from a record: all that every report says, as plain data."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.report.records import by_id, evidence, outcome, statistical_evidence, whole_record
from verifier.errors import InputError
from verifier.evidence.record import Record
from verifier.report.content import SCHEMA, VERSION, gather, statements_of
from verifier.report.html import page
from verifier.report.terminal import render
from verifier.report.verdicts import rows
from verifier.statements import REGISTRY, STATEMENTS, Statement

ROOT = Path(__file__).parents[2]


def test_the_json_round_trips_and_is_all_that_reports_need(
    rate_statement: Statement,
) -> None:
    record = Record()
    for found in statistical_evidence(rate_statement.id):
        record.add(found)
    content = gather(record)
    text = json.dumps(content, allow_nan=False)
    assert json.loads(text) == content
    assert page(json.loads(text)) == page(content)
    assert render(json.loads(text)) == render(content)
    assert (content["schema"], content["version"]) == (SCHEMA, VERSION)
    assert {row.id: row.verdict for row in rows(record)} == {
        name: statement["verdict"] for name, statement in by_id(content).items()
    }


def test_chapters_hold_each_statement_once_in_the_theory_s_order(rate_statement: Statement) -> None:
    content = gather(whole_record())
    names = [chapter["name"] for chapter in content["chapters"]]
    assert names == [chapter.title for chapter in REGISTRY.chapters]
    assert names[-1] == "A rate"  # from outside, and in a chapter like any other
    order = list(STATEMENTS)
    for chapter in content["chapters"]:
        ids = [statement["id"] for statement in chapter["statements"]]
        assert ids == sorted(ids, key=order.index)
    assert [statement["id"] for statement in statements_of(content)] == order


def test_false_alarms_add_up(rate_statement: Statement) -> None:
    record = Record()
    record.add(evidence(rate_statement.id, tests=(outcome(), outcome(alpha=3e-9))))
    ledger = gather(record)["false_alarms"]
    assert ledger["tests"] == 2
    assert ledger["spent"] == pytest.approx(4e-9)
    assert "4 · 10⁻⁹" in page(gather(record))


def test_the_selection_of_a_statement_is_its_id() -> None:
    content = by_id(gather(Record()))
    for name in ("E1", "E1b"):
        assert content[name]["reproduce"] == f"verifier run {name} --level full"


def test_a_statement_in_no_chapter_is_bad_input() -> None:
    """It must not be left out silently, wherever the record names it."""
    evidenced, rejected, stopped = Record(), Record(), Record()
    evidenced.add(evidence("E99"))
    rejected.reject("E99", "diverged")
    stopped.errors["E99"] = "ValueError: no output"
    for record in (evidenced, rejected, stopped):
        with pytest.raises(InputError, match=r"^statement = 'E99': is in no chapter; "):
            gather(record)


def test_lines_to_repeat_name_the_user_s_own_chapters(rate_statement: Statement) -> None:
    record = Record(about={"chapters": "mylab.theory:ONE mylab.theory:TWO"})
    record.add(evidence(rate_statement.id, error=2.0))
    found = by_id(gather(record))[rate_statement.id]
    own = "--chapter mylab.theory:ONE --chapter mylab.theory:TWO"
    assert found["reproduce"] == f"verifier {own} run R99 --level full"
    assert found["finding"]["words"]["reproduce"].startswith(f"verifier {own} check R99 ")


@pytest.mark.slow
def test_a_run_of_an_own_chapter_is_reported_where_it_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mylab.py").write_text(
        "from tests.report.records import rate_chapter\nCHAPTER = rate_chapter()\n", "utf-8"
    )
    record = Record()
    record.open(tmp_path / "run")
    record.add(evidence("R99", tests=(outcome(),)))
    record.close()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for option, status in (("--chapter=mylab:CHAPTER", 0), ("--chapter=mylab:NONE", 2), ("", 2)):
        command = [sys.executable, "-m", "verifier.cli", *filter(None, [option]), "table", "run"]
        assert subprocess.call(command, cwd=tmp_path, env=environment) == status
    told, problems = capfd.readouterr()
    assert "1 of 1 statements supported" in told
    assert "statement = 'R99': is in no chapter" in problems
