"""Whether a survivor does the same: its function beside the original's, on the tests' own inputs.

Calls are those of the tests that run the mutated statement, so they follow from the run's seed.
Each is made twice, on copies of its arguments; results, and arguments that it wrote into, must
agree to the last bit. That does not prove equivalence: a person adds the reason, in
equivalent.json.
"""

from __future__ import annotations

import ast
import copy
import math
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.mutants.asking import in_child, run_pytest
from benchmarks.mutants.coverage import Map
from benchmarks.mutants.families import Judge
from benchmarks.mutants.judging import Chosen, tests_for
from benchmarks.mutants.syntax import Mutation
from benchmarks.mutants.tree import Tree

ENOUGH = 1000
COPYING = 3.0  # how many times as long tests may take that copy arguments and call twice
HOOK = "_both_versions"


def compared_calls(
    tree: Tree, judge: Judge, known: Map, name: str, m: Mutation, log: Path
) -> tuple[int, int]:
    """How many calls were compared, at most `ENOUGH`, and how many of them differed.

    None can be if the mutated statement stands in no function.
    """
    source = tree.source(name)
    marked, path = _marked(source, m)
    tests = tests_for(tree, known, name, m)
    if not path or not tests:
        return 0, 0
    limit = judge.start + COPYING * sum(known.tests[test] for test in tests)
    module = name.removesuffix(".py").replace("/", ".")

    def watched() -> list[int]:
        both = Both(module, m.applied(source), path)
        sys.modules[HOOK] = both  # type: ignore[assignment]
        run_pytest((*judge.arguments, "-x"), Chosen(tests, {}), both)
        return [both.compared, both.differing]

    with tree.changed({name: marked}):
        answer = in_child(watched, tree.root, limit, log)
    compared, differing = answer.told or (0, 0)
    return compared, differing


def _marked(source: str, m: Mutation) -> tuple[str, str]:
    """The source with the outermost function around the mutation handed to `Both`; its name."""

    def search(body: Sequence[ast.stmt], path: str) -> tuple[ast.FunctionDef, str] | None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                inside = node.lineno <= m.start[0] <= (node.end_lineno or 0)
                if inside and isinstance(node, ast.FunctionDef):
                    return node, path + node.name
                if inside and isinstance(node, ast.ClassDef):
                    return search(node.body, f"{path}{node.name}.")
        return None

    found = search(ast.parse(source).body, "") if m.in_function else None
    if found is None:
        return source, ""
    function, path = found
    lines = source.splitlines(keepends=True)
    at = function.lineno - 1
    indent = " " * function.col_offset
    lines.insert(at, f'{indent}@__import__("sys").modules["{HOOK}"].of\n')
    return "".join(lines), path


class Both:
    """Calls a function and its mutant, `path` in the mutated source of `module`.

    As a plugin of pytest it ends a session in which enough calls have been compared.
    """

    def __init__(self, module: str, mutated: str, path: str) -> None:
        self.module = module
        self.mutated = mutated
        self.path = path
        self.compared = 0
        self.differing = 0
        self.busy = False

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """No more tests than are needed."""
        if self.compared >= ENOUGH:
            item.session.shouldstop = "enough"

    def _mutant(self) -> Callable[..., Any]:
        space = types.ModuleType(self.module)
        exec(compile(self.mutated, self.module, "exec"), space.__dict__)
        found: Any = space
        for part in self.path.split("."):
            found = vars(found)[part]
        for inner in ("fget", "func", "__func__"):
            found = getattr(found, inner, None) or found
        mutant: Callable[..., Any] = found
        return mutant

    def of(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A decorator: the original's results, its mutant's compared with them."""
        mutant: list[Callable[..., Any]] = []

        @wraps(original)
        def both(*given: Any, **named: Any) -> Any:
            if self.busy or self.compared >= ENOUGH:
                return original(*given, **named)
            self.busy = True
            try:
                mutant.extend([] if mutant else [self._mutant()])
                own = _copied((given, named))
                result = _outcome(original, given, named)
                if own is not None:
                    other = _outcome(mutant[0], *own)
                    self.compared += 1
                    self.differing += not same((result, given, named), (other, *own))
            finally:
                self.busy = False
            if isinstance(result, Exception):
                raise result
            return iter(result) if isinstance(result, _Listed) else result

        return both


class _Listed(list[Any]):
    """What an iterator would have given."""


def _copied(arguments: tuple[Any, Any]) -> tuple[Any, Any] | None:
    try:
        return copy.deepcopy(arguments)
    except Exception:  # a generator of random numbers, a module: not to be compared
        return None


def _outcome(function: Callable[..., Any], given: Any, named: Any) -> Any:
    try:
        result = function(*given, **named)
        return _Listed(result) if isinstance(result, Iterator) else result
    except Exception as problem:
        return problem


def same(a: Any, b: Any) -> bool:
    """Equal to the last bit, NaN to NaN; functions are not looked into."""
    if type(a).__name__ != type(b).__name__:
        return False
    if isinstance(a, torch.Tensor):
        alike = a.shape == b.shape and a.dtype == b.dtype
        return alike and bool(((a == b) | (a.isnan() & b.isnan())).all())
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, Mapping):
        return len(a) == len(b) and all(k in b and same(a[k], b[k]) for k in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, str | int | bool | None) or callable(a):
        return callable(a) or bool(a == b)
    return same(getattr(a, "__dict__", {}), getattr(b, "__dict__", {}))
