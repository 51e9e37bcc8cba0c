"""What is asked of every statement, to be in the registry."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from latex2mathml.converter import convert

from tests.suite.running import ROOT, run
from verifier.statements import (
    EXACT,
    HEURISTIC,
    LEAST_CONTROLS,
    PATHWISE,
    REGISTRY,
    STATEMENTS,
    Statement,
    paper,
)
from verifier.statements.statement import BASES

EACH = pytest.mark.parametrize("statement", STATEMENTS.values(), ids=list(STATEMENTS))


@EACH
def test_its_proof_is_on_the_page_that_it_names(statement: Statement) -> None:
    page = (ROOT / statement.proof).read_text(encoding="utf-8")
    assert re.search(rf"^##+ {statement.id}: \S", page, re.M), statement.proof


@EACH
def test_it_carries_a_result_of_the_paper_or_says_that_it_is_added(statement: Statement) -> None:
    assert set(statement.carries) <= set(paper.RESULTS)
    assert len(set(statement.carries)) == len(statement.carries)
    assert statement.carries or "carries=ADDED," in own_file(statement).read_text(encoding="utf-8")


def own_file(statement: Statement) -> Path:
    """The file of a statement, whose name begins with its id, in the folder of its chapter."""
    pattern = f"verifier/statements/*/{statement.id.lower()}_*.py"
    (found,) = ROOT.glob(pattern)
    return found


@EACH
def test_its_file_holds_it_and_lies_with_its_chapter(statement: Statement) -> None:
    path = own_file(statement)
    assert re.search(rf"^{statement.id} = \w+\($", path.read_text(encoding="utf-8"), re.M)
    whole = (path.parent / "__init__.py").read_text(encoding="utf-8")
    assert f"import {statement.id}\n" in whole
    assert f'title="{REGISTRY.chapter_of(statement.id).title}"' in whole


@EACH
def test_it_has_controls(statement: Statement) -> None:
    names = [control.name for control in REGISTRY.controls_of(statement.id)]
    assert len(set(names)) == len(names) >= LEAST_CONTROLS == 2


@EACH
def test_it_is_in_one_chapter(statement: Statement) -> None:
    (found,) = [c for c in REGISTRY.chapters if statement in c.statements]
    assert REGISTRY.chapter_of(statement.id) is found
    assert REGISTRY.statement(statement.id) is statement
    assert STATEMENTS[statement.id] is statement


@EACH
def test_what_backs_it_fits_how_it_is_checked_and_its_page(statement: Statement) -> None:
    """What is searched for in single runs is exact; a heuristic's part of the page says so."""
    assert statement.basis in BASES
    assert statement.basis == EXACT or statement.id not in PATHWISE
    is_said = any(word.lower() == HEURISTIC for word in words_of_proof(statement))
    assert is_said or statement.basis != HEURISTIC


@EACH
def test_its_formula_can_be_shown(statement: Statement) -> None:
    assert statement.latex
    assert convert(statement.latex).startswith("<math")


@EACH
def test_its_part_of_the_page_begins_with_its_plain_sentence(statement: Statement) -> None:
    page = (ROOT / statement.proof).read_text(encoding="utf-8")
    assert re.search(rf"^##+ {statement.id}: .*\n\n\*{re.escape(statement.plain)}\*$", page, re.M)


def words_of_proof(statement: Statement) -> set[str]:
    """All words of a statement's part of its page, below its heading."""
    page = (ROOT / statement.proof).read_text(encoding="utf-8")
    parts = re.split(r"^##+ ", page, flags=re.M)
    (part,) = [part for part in parts if part.startswith(f"{statement.id}: ")]
    return set(re.findall(r"\w+", part.split("\n", 1)[1]))


@EACH
def test_its_proof_names_what_it_rests_on(statement: Statement) -> None:
    """Or the part of what it rests on says who needs it."""
    for name in statement.rests_on:
        told = name in words_of_proof(statement)
        assert told or statement.id in words_of_proof(STATEMENTS[name]), name


def test_nothing_rests_on_itself() -> None:
    ground: set[str] = set()
    while new := {s.id for s in STATEMENTS.values() if set(s.rests_on) <= ground} - ground:
        ground |= new
    assert ground == set(STATEMENTS)


SELECTS = """
import json
from pathlib import Path

from verifier.statements import STATEMENTS
from verifier.suite import hooks


class Asked:
    def __init__(self, *names):
        self.names = names
        self.hook = self
        self.stash = {}
        self.left_out = []

    def getoption(self, option):
        return list(self.names) if option == "--verifier-statement" else None

    def pytest_deselected(self, items):
        self.left_out += items


def pytest_collection_finish(session):
    found = {}
    for name in STATEMENTS:
        items = list(session.items)
        asked = Asked(name)
        hooks.pytest_collection_modifyitems(asked, items)
        assert len(items) + len(asked.left_out) == len(session.items)
        found[name] = [item.name for item in items]
    found["all"] = [item.name for item in session.items]
    Path(__file__).with_suffix(".json").write_text(json.dumps(found))
"""


@pytest.fixture(scope="module")
def selected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Which properties `--statement ID` keeps, for every id, in one collection."""
    folder = tmp_path_factory.mktemp("selected")
    (folder / "selects.py").write_text(SELECTS, encoding="utf-8")
    done = run("--collect-only", "-p", "selects", path=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, list[str]] = json.loads((folder / "selects.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
@EACH
def test_its_id_selects_it_alone(statement: Statement, selected: dict[str, list[str]]) -> None:
    def about(item: str) -> list[str]:
        return [word for word in re.split(r"[\[\]-]", item) if word in STATEMENTS]

    assert selected[statement.id] == [i for i in selected["all"] if about(i) == [statement.id]]
    assert len(selected[statement.id]) > LEAST_CONTROLS  # its controls, and a test of itself
