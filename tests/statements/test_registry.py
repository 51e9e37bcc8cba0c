"""Which statements and chapters a registry takes, finds and refuses, also from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.statements.toys import T1, chapter, renamed
from tests.suite.running import ROOT, run
from verifier.errors import InputError
from verifier.statements import REGISTRY, STATEMENTS, Registry
from verifier.statements.registry import GROUP


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
