"""A column is one record, and every report and the docs follow from it."""

import pytest

from docs.update_columns import PAGE, with_columns
from tests.report.records import Balanced, by_id, configuration, evidence, printed, whole_record
from verifier.evidence.record import Record
from verifier.report import columns, content
from verifier.report.columns import COLUMNS, Column
from verifier.report.content import gather
from verifier.report.html import page
from verifier.report.terminal import render
from verifier.report.verdicts import rows
from verifier.report.written import with_symbols
from verifier.trial.experiment import Experiment


def test_the_docs_show_today_s_columns() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert with_columns(text) == text, "run `python docs/update_columns.py`"


def test_names_are_unique_and_meanings_one_line_of_a_table() -> None:
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
    for column in COLUMNS:
        assert column.meaning
        assert not {"|", "\n"} & set(column.meaning)


def test_a_new_column_is_in_every_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def largest(row: columns.Row) -> str:
        return f"{max((e.difference for e in row.evidence), default=0.0):.1e}"

    new = Column("largest", "the largest `difference`", largest)
    monkeypatch.setattr(columns, "COLUMNS", (*COLUMNS, new))
    monkeypatch.setattr(content, "COLUMNS", (*COLUMNS, new))
    found = gather(Record(evidence=[evidence("E1", difference=2.5)]))
    assert by_id(found)["E1"]["cells"]["largest"] == "2.5e+00"
    told = render(found)
    assert "largest" in told.splitlines()[1]
    assert "the largest `difference`" in told
    assert "2.5e+00" in told
    shown = page(found)
    assert "the largest <code>difference</code>" in shown
    numbers = shown.replace("\N{NO-BREAK SPACE}", " ")
    assert numbers.count("2.5 · 10⁰") == 2  # in the overview, and where the statement is shown
    assert "| `largest` | the largest `difference` |" in with_columns(PAGE.read_text("utf-8"))


def test_every_cell_is_in_the_terminal_and_on_the_page() -> None:
    found = gather(whole_record())
    told = render(found, width=400)
    shown = Balanced(page(found)).words
    for row in rows(whole_record()):
        line = next(line for line in told.splitlines() if line.strip().startswith(f"{row.id} "))
        for column in COLUMNS:
            assert column.cell(row) in line
            told_there = printed if column.name == "statement" else with_symbols
            assert told_there(column.cell(row)) in shown


def test_what_says_nothing_is_left_empty() -> None:
    row = next(row for row in rows(Record(evidence=[evidence("E1", held=0)])) if row.id == "E1")
    cells = {column.name: column.cell(row) for column in COLUMNS}
    empty = ("error", "tightness", "typical", "detects", "controls", "images")
    assert [cells[name] for name in empty] == [""] * len(empty)
    assert cells["premise"] == "0%"


def test_draws_of_a_statistical_statement_are_those_of_its_experiments() -> None:
    cells = (configuration(width=10), configuration(width=100))
    found = [Experiment("rate", cells, 40), Experiment("one", cells[:1], 7), cells[0]]
    by = {column.name: column for column in COLUMNS}
    for experiments, told in ((found[:2], "87"), (found[2:], "1")):
        record = Record(evidence=[evidence("R1", configuration=e.to_json()) for e in experiments])
        (row,) = [row for row in rows(record) if row.id == "R1"]
        assert by["draws"].cell(row) == told


def test_zero_has_no_sign() -> None:
    (row,) = [row for row in rows(Record(evidence=[evidence("E1", error=-0.0)])) if row.id == "E1"]
    assert next(column for column in COLUMNS if column.name == "error").cell(row) == "0"
