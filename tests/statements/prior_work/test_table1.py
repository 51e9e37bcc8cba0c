"""The table against its rows."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.statements.prior_work.assumptions import ASSUMPTIONS, violated
from verifier.statements import ANY, PATHWISE
from verifier.statements.prior_work.oracle_trial import ORTHOGONAL
from verifier.statements.prior_work.table1 import (
    PRIOR_SETTING,
    PRIOR_STATEMENTS,
    RELAXATIONS,
    Relaxation,
)
from verifier.trial.settings import Settings


def test_the_table_has_every_row_once_in_the_paper_s_order() -> None:
    assert [r.row for r in RELAXATIONS] == list(ASSUMPTIONS)
    assert [r.row for r in RELAXATIONS if not r.goes_beyond] == ["width"]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_prior_setting_gives_up_nothing(seed: int) -> None:
    for c, statement in itertools.product(PRIOR_SETTING, PRIOR_STATEMENTS):
        assert violated(c, PATHWISE[statement], Settings(seed)) == ()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("relaxation", RELAXATIONS, ids=lambda r: r.row)
def test_each_row_gives_up_its_own_assumption_only(relaxation: Relaxation, seed: int) -> None:
    expected = (relaxation.row,) if relaxation.goes_beyond else ()
    kinds = {PATHWISE[statement].needs: PATHWISE[statement] for statement in relaxation.statements}
    for c, statement in itertools.product(relaxation.configurations, kinds.values()):
        assert violated(c, statement, Settings(seed)) == expected


def _expanded(text: str) -> set[str]:
    """`E0-E2, O3` as ids, in the registry's order."""
    ids = [s.id for s in PATHWISE.values() if s.inputs in (ANY, ORTHOGONAL)]
    ends = [part.split("-") for part in text.split(", ")]
    return {c for e in ends for c in ids[ids.index(e[0]) : ids.index(e[-1]) + 1]}


def test_the_page_lists_the_statements_that_are_run() -> None:
    page = Path(__file__).parents[3] / "docs" / "prior_work.md"
    lines = [line.strip("| \n").split(" | ") for line in page.open(encoding="utf-8")]
    table = {cells[0]: cells[-1] for cells in lines if len(cells) == 4}
    for relaxation in RELAXATIONS:
        statements = table[relaxation.row].removesuffix(", at any width")
        assert _expanded(statements) == set(relaxation.statements), relaxation.row


def test_rows_are_named_in_the_evidence() -> None:
    labels = [r.label for r in RELAXATIONS]
    assert len(set(labels)) == len(labels)
    assert "beyond prior work: loss" in labels
    assert "as prior work: width" in labels
