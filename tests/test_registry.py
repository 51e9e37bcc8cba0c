"""What is asked of every statement, and of every chapter, of this package or from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from latex2mathml.converter import convert

from tests.statements.toys import T1, chapter, renamed
from tests.suite.running import ROOT, run
from verifier.errors import InputError
from verifier.statements import LEAST_CONTROLS, REGISTRY, STATEMENTS, Registry, Statement, paper
from verifier.statements.registry import GROUP

EACH = pytest.mark.parametrize("statement", STATEMENTS.values(), ids=list(STATEMENTS))

# Every statement


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


# Bad input


def test_a_taken_id_is_refused_and_nothing_is_added() -> None:
    registry = Registry((chapter(),))
    other, of_other = renamed("T2")
    more = chapter(title="More toys", statements=(other, T1), controls=(*of_other, *two()))
    with pytest.raises(InputError, match=r"^id = 'T1': is taken already, in 'Toys'"):
        registry.add(more)
    assert list(registry.statements) == list(registry.pathwise) == ["T1"]
    assert len(registry.chapters) == 1


def two() -> tuple[Any, ...]:
    return chapter().controls


def test_this_package_s_ids_are_taken() -> None:
    again, of_again = renamed("E1")
    registry = Registry(REGISTRY.chapters)
    with pytest.raises(InputError, match=r"^id = 'E1': is taken already, in 'Exact identities'"):
        registry.add(chapter(statements=(again,), controls=of_again))
    assert registry.statements == STATEMENTS


def test_a_chapter_may_be_named_twice() -> None:
    registry, toys = Registry(), chapter()
    registry.add(toys)
    registry.add(toys)
    assert registry.chapters == [toys]


@pytest.mark.parametrize("ask", ["statement", "chapter_of", "controls_of"])
@pytest.mark.parametrize("name", ["X9", "", "E1c", "E"])
def test_a_statement_in_no_chapter_is_refused(ask: str, name: str) -> None:
    with pytest.raises(InputError, match=rf"^statement = '{name}': must be one of E0, E0k, E1"):
        getattr(REGISTRY, ask)(name)


@pytest.mark.parametrize(("name", "found"), [("e1", "E1"), ("E1B", "E1b"), ("r5U", "R5u")])
def test_a_statement_is_found_in_any_case(name: str, found: str) -> None:
    assert REGISTRY.statement(name).id == found


def test_ids_differ_in_more_than_case() -> None:
    assert len({name.lower() for name in STATEMENTS}) == len(STATEMENTS)


@pytest.mark.parametrize(("name", "near"), [("E1bb", "E1b"), ("R3d", "R3c"), ("R55k", "R5k")])
def test_a_mistyped_id_says_what_is_near(name: str, near: str) -> None:
    with pytest.raises(InputError, match=rf"; did you mean (.* or )?{near}( or .*)?\?$"):
        REGISTRY.statement(name)


@pytest.mark.parametrize("wrong", ["no chapter", None, T1, [chapter()]])
def test_what_is_no_chapter_is_refused(wrong: Any) -> None:
    registry = Registry()
    with pytest.raises(InputError, match=r"^chapter = .*: must be a .*Chapter"):
        registry.add(wrong)
    assert not registry.statements


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("no.such:THING", "cannot be imported: No module named .*PYTHONPATH"),
        ("verifier.errors:NOTHING", "has no 'NOTHING'"),
        ("not a path", "must be 'package.module:NAME'"),
        ("", "must be 'package.module:NAME'"),
        ("verifier.errors:InputError", "must be an object of the class .*Chapter"),
        ("verifier.errors", "must be 'package.module:NAME'"),
        ("half_a_chapter:CHAPTER", r"cannot be imported: proof = '': must name the page"),
        ("raises_at_import:CHAPTER", r"cannot be imported: no licence"),
    ],
)
def test_a_path_that_leads_to_no_chapter_is_refused(
    path: str, rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_a_chapter.py").write_text(
        "from dataclasses import replace\n"
        "from tests.statements.toys import T1, chapter\n"
        "CHAPTER = chapter(statements=(replace(T1, proof=''),))\n"
    )
    (tmp_path / "raises_at_import.py").write_text("raise OSError('no licence')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry()
    name = path.split(":")[-1]
    with pytest.raises(InputError, match=rf"^chapter = .*{re.escape(name)}.*: .*{rule}"):
        registry.add_named(path)
    assert not registry.statements


def installed(folder: Path, *paths: str) -> None:
    """A package in `folder` whose metadata offers what lies at `paths`, as pip leaves them."""
    own = folder / "mylab-1.0.dist-info"
    own.mkdir()
    (own / "METADATA").write_text("Metadata-Version: 2.1\nName: mylab\nVersion: 1.0\n")
    lines = "".join(f"chapter_{k} = {path}\n" for k, path in enumerate(paths))
    (own / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")


def test_the_group_has_one_name_for_code_and_pages() -> None:
    assert GROUP == "perturbation_verifier.chapters"
    page = (ROOT / "docs" / "your-chapter.md").read_text(encoding="utf-8")
    assert re.findall(r"entry point group `(.*?)`", page) == [GROUP]


def test_installed_chapters_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, "verifier.statements.depth:CHAPTER", "verifier.statements.limits:CHAPTER")
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry()
    registry.add_installed()
    registry.add_installed()
    assert list(registry.statements) == [
        "E6",
        "E6s",
        "R1",
        "R1x",
        "R1c",
        "R1b",
        "R1t",
        "R1cl",
        "R2",
        "R2a",
        "R2c",
        "R2k",
        "R3",
        "R3c",
        "R4",
        "R4a",
    ]
    assert list(registry.pathwise) == ["E6", "E6s"]


@pytest.mark.parametrize("path", ["verifier.errors:InputError", "no.such:THING"])
def test_a_wrong_entry_point_is_refused(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "verifier.statements.depth:CHAPTER", path)
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry()
    with pytest.raises(InputError, match=r"^chapter = "):
        registry.add_installed()
    assert list(registry.statements) == ["E6", "E6s"]


# A chapter from outside


@pytest.mark.slow
def test_a_chapter_from_outside_is_run_beside_the_others(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "your-chapter.md").read_text(encoding="utf-8")
    toy = re.findall(r"```python\n(.*?)```", page, re.S)[0]
    (tmp_path / "toy.py").write_text(toy, encoding="utf-8")
    options = ("--chapter", "toy:CHAPTER", "--hypothesis-profile", "quick")
    options += ("--statements", "--statement", "T1")
    done = run(*options, folder=tmp_path / "run", path=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout  # its search, and its two controls
    (line,) = [s for s in done.stdout.splitlines() if s.startswith("  ok T1 ")]
    assert "2/2" in line
    summary = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert set(summary["controls"]) == {"T1"}
    assert all(draws >= 1 for draws in summary["controls"]["T1"].values())
    assert summary["examples"] == {"T1": 5}  # a fifth of the profile's, by its inputs
    assert summary["about"]["chapters"] == "toy:CHAPTER"
    lines = (tmp_path / "run" / "evidence.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(kept)["statement"] for kept in lines} == {"T1"}
