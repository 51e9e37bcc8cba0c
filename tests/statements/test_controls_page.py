"""The page of what once passed names controls, claims and tests that there are."""

from __future__ import annotations

import re

import pytest

from tests.suite.running import ROOT
from verifier.statements import REGISTRY, STATEMENTS

PAGE = (ROOT / "docs" / "controls.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([\w, ]+) \| (.+) \| `([^`]+)` \| ([\w, ]+) \|$", re.M)
ROWS = [(passed, name, claims) for passed, _, name, claims in ROW.findall(PAGE)]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@pytest.mark.parametrize(("passed", "name", "claims"), ROWS, ids=[name for _, name, _ in ROWS])
def test_a_control_is_refuted_by_the_claims_beside_it(passed: str, name: str, claims: str) -> None:
    of_name = [c for chapter in REGISTRY.chapters for c in chapter.controls if c.name == name]
    assert tuple(claims.split(", ")) in [control.refuted_by for control in of_name]
    assert set(passed.split(", ")) <= set(STATEMENTS)


def test_every_line_of_its_tables_is_read() -> None:
    lines = [line for line in PAGE.splitlines() if line.count("|") > 3 and line[:2] == "| "]
    headers = [line for line in lines if line.startswith("| passed at |")]
    assert len(ROWS) == len(lines) - len(headers) > 50
    assert len({name for _, name, _ in ROWS}) == len(ROWS)


def test_every_name_beside_a_relation_or_an_excuse_is_a_control_or_a_test() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PAGE, re.M)
    names = {name for _, beside in rows for name in re.findall(r"`([\w.-]+)`", beside)}
    known = {control.name for chapter in REGISTRY.chapters for control in chapter.controls}
    assert names <= known
    assert len(names) > 20


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[f"{path}-{name}" for path, name in NAMED])
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M)
