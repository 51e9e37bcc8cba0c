"""Which test runs which statement, and how long each test takes by itself.

Every statement of a copied source is preceded by one that notes it. Each test runs in a child of
its own, so that nothing kept by an earlier one, a trained network or a cached table, hides what it
needs. A statement that runs at import is noted by no test.
"""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from benchmarks.mutants import lines
from benchmarks.mutants.asking import in_child, run_pytest
from benchmarks.mutants.at_once import each
from benchmarks.mutants.families import Family, Judge
from benchmarks.mutants.tree import Tree

SEEN = "_statements_seen"
LONGEST = 4 * 3600.0  # seconds of the processor, for a whole map


def instrumented(source: str, first: int) -> tuple[str, list[int]]:
    """The source, noting its statements from number `first` on, and the line where each begins."""
    tree = ast.parse(source)
    starts: list[int] = []
    if not tree.body:
        return source, starts

    def noted(body: list[ast.stmt]) -> Iterator[ast.stmt]:
        for i, node in enumerate(body):
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not (is_text and i == 0) and not _is_future(node):
                yield ast.parse(f"{SEEN}[{first + len(starts)}] = 1").body[0]
                starts.append(node.lineno)
            for field in ("body", "orelse", "finalbody"):
                if isinstance(getattr(node, field, None), list):
                    setattr(node, field, list(noted(getattr(node, field))))
            for inner in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                inner.body = list(noted(inner.body))
            yield node

    body = list(noted(tree.body))
    at = 1 + max((i for i, node in enumerate(body) if _is_future(node)), default=-1)
    at = at or int(isinstance(body[0], ast.Expr))
    where = ast.parse(f"from {SEEN} import {SEEN}").body
    tree.body = [*body[:at], *where, *body[at:]]
    return ast.unparse(ast.fix_missing_locations(tree)), starts


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


class Alone:
    """A pytest plugin: every test in a child of its own; a line of `file` says what it ran.

    Of `parts` processes this is number `part`: others take the other tests.
    """

    def __init__(self, known: set[str], file: Path, part: int, parts: int) -> None:
        self.known = known
        self.file = file
        self.part = part
        self.parts = parts
        self.met = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool:
        """Take the place of pytest's own."""
        self.met += item.nodeid not in self.known
        if item.nodeid not in self.known and self.met % self.parts == self.part:
            answer = in_child(lambda: _alone(item), Path.cwd(), LONGEST, Path(os.devnull))
            told = answer.told or {"passed": False, "seconds": 0.0, "hits": []}
            lines.add(self.file, {"test": item.nodeid, **told})
        return True


def _alone(item: pytest.Item) -> dict[str, Any]:
    """One test as though the session had no other."""
    seen = __import__(SEEN)._statements_seen
    seen[:] = bytes(len(seen))
    item.session.items[:] = [item]
    started = time.process_time()
    reports = runtestprotocol(item, nextitem=None, log=False)
    return {
        "passed": all(report.passed for report in reports),
        "seconds": time.process_time() - started,
        "hits": [k for k, hit in enumerate(seen) if hit],
    }


@dataclass(frozen=True)
class Map:
    """`tests`: seconds of each that passes by itself; `hits`: tests that run a file's statement."""

    tests: dict[str, float]
    hits: dict[tuple[str, int], set[str]]

    def running(self, name: str, statement: int | None = None) -> list[str]:
        """Tests that run a statement, or anything of the file, the fastest first."""
        if statement is not None:
            found = self.hits.get((name, statement), set())
        else:
            found = set().union(*(tests for (file, _), tests in self.hits.items() if file == name))
        return sorted(found, key=lambda test: (self.tests[test], test))


def made(tree: Tree, judge: Judge, families: Iterable[Family], folder: Path, workers: int) -> Map:
    """The map of a judge's tests over all files that it judges; continued if it was interrupted.

    All of its families share one: the file that keeps it numbers the statements of all of them.
    """
    judged = [family for family in families if family.judge == judge]
    names = sorted({name for family in judged for name in tree.matching(family.sources)})
    file = folder / f"map-{judge.name}-{judge.fingerprint(tree)}.jsonl"
    sources = {}
    places: list[tuple[str, int]] = []
    for name in names:
        sources[name], starts = instrumented(tree.source(name), len(places))
        places += [(name, start) for start in starts]
    known = {line["test"] for line in lines.read(file)}
    seen = tree.root / f"{SEEN}.py"
    seen.write_text(f"{SEEN} = bytearray({len(places)})\n", encoding="utf-8")

    def ask(tree: Tree, log: Path, part: int) -> None:
        alone = Alone(known, file, part, workers)
        in_child(lambda: run_pytest(judge.arguments, alone), tree.root, LONGEST, log)

    noting = Tree(tree.root, (*tree.files, seen.name))
    with tree.changed(sources):
        for _ in each(ask, range(workers), noting, folder / f"map-{judge.name}.log", workers):
            pass
    seen.unlink()
    passed = [line for line in lines.read(file) if line["passed"]]
    if not passed:
        raise RuntimeError(
            f"no test of {judge.name} passes; see {folder / f'map-{judge.name}.log'}"
        )
    hits: dict[tuple[str, int], set[str]] = {}
    for line in passed:
        for k in line["hits"]:
            hits.setdefault(places[k], set()).add(line["test"])
    return Map({line["test"]: line["seconds"] for line in passed}, hits)
