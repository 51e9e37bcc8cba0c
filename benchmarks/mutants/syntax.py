"""A source file as a tree whose nodes know where they stand, and one edit of it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Edit = tuple[str, ast.expr | ast.stmt, str]
"""An operator's name, the node that it replaces, and by what text."""

Operator = Callable[[ast.AST, ast.AST | None], Iterator[Edit]]
"""What can be done to a node, given its parent."""

_REFUSING = ("check_", "_check")
_RULES = ("require", "require_count", "number")


@dataclass(frozen=True)
class Mutation:
    """One edit: `before` becomes `after`, from `start` to `end`.

    Both are (line, column) in characters, lines from 1, columns from 0. `statement`: the line where
    the innermost statement around it begins. `in_function`: whether it runs when a function is
    called, rather than once at import.
    """

    operator: str
    start: tuple[int, int]
    end: tuple[int, int]
    before: str
    after: str
    statement: int
    in_function: bool

    def applied(self, source: str) -> str:
        """The mutated source."""
        lines = source.splitlines(keepends=True)
        first = lines[self.start[0] - 1][: self.start[1]]
        last = lines[self.end[0] - 1][self.end[1] :]
        return "".join(
            [*lines[: self.start[0] - 1], first, self.after, last, *lines[self.end[0] :]]
        )

    def id(self, path: str, source: str) -> str:
        """The same as long as the file is the same."""
        seen = hashlib.sha256(f"{source}\0{self.after}".encode()).hexdigest()[:8]
        return f"{path}:{self.start[0]}:{self.start[1]}:{self.operator}:{seen}"


def mutations(
    source: str, operators: Iterable[Operator], *, refusals: bool = True
) -> list[Mutation]:
    """All that the operators can do to a source, in its order.

    Annotations, decorators and what stands in f-strings are left alone. Without `refusals` so is
    what refuses bad input: `raise`, `require(...)`, `strict=`, and functions that are called check.
    """
    tree = ast.parse(source)
    places = dict(_places(tree, 1, False))
    lines = source.splitlines()
    operators = tuple(operators)

    def column(line: int, offset: int) -> int:
        return len(lines[line - 1].encode()[:offset].decode())  # ast counts bytes

    def walk(node: ast.AST, parent: ast.AST | None) -> Iterator[Mutation]:
        if isinstance(node, ast.JoinedStr) or (not refusals and _refuses(node)):
            return
        for operator in operators:
            for name, at, after in operator(node, parent):
                assert at.end_lineno is not None
                assert at.end_col_offset is not None
                start = (at.lineno, column(at.lineno, at.col_offset))
                end = (at.end_lineno, column(at.end_lineno, at.end_col_offset))
                before = ast.get_source_segment(source, at) or ""
                yield Mutation(name, start, end, before, after, *places[at])
        for field, child in _children(node):
            if field not in ("annotation", "returns", "decorator_list"):
                yield from walk(child, node)

    return list(walk(tree, None))


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield field, child


def _places(
    node: ast.AST, statement: int, inside: bool
) -> Iterator[tuple[ast.AST, tuple[int, bool]]]:
    """For every node: where its statement begins, and whether that runs in a function."""
    if isinstance(node, ast.stmt):
        statement = node.lineno
    yield node, (statement, inside)
    for field, child in _children(node):
        called = field == "body" and isinstance(node, ast.FunctionDef)
        yield from _places(child, statement, inside or called)


def _refuses(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name.startswith(_REFUSING)
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    call = node.value if isinstance(node, ast.Expr) else node
    name = getattr(getattr(call, "func", None), "id", "")
    refusal = name in _RULES or name.startswith(_REFUSING) or name.endswith("Error")
    return refusal or isinstance(node, ast.Raise)


def means_something(mutation: Mutation, source: str) -> bool:
    """Whether the mutant can be parsed and is another program."""
    try:
        return ast.dump(ast.parse(mutation.applied(source))) != ast.dump(ast.parse(source))
    except SyntaxError:
        return False
