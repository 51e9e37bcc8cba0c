"""Which code decides a result, found by content: where it lies does not matter.

From `DECIDING` every name is followed to the function, class or constant of this package that it
means, through any import. What is reached is hashed without comments, docstrings and imports. So a
definition may move, and code that nothing reaches may change, and results stay valid. Methods count
because their class is named wherever an object of it is made.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

DECIDING = "verifier.reproduction.training.clean_network.CleanNetwork"
"""What computes a result, all that it uses included; what keeps the result is no part of it."""

Definition = tuple[str, str]
"""A module and a name that it defines, or "": what the module does when it is imported."""
Source = Callable[[str], str | None]
"""The text of the module of this name; None if there is none."""


class MissingCode(LookupError):
    """Code that decides results is not where it is looked for."""


@functools.cache
def code_version() -> str:
    """A hash of all code that decides a result, as this process first saw it: 64 hex."""
    return version_of(DECIDING, installed_source)


def installed_source(module: str) -> str | None:
    """The text of an installed module, from a folder or a zip file."""
    try:
        spec = importlib.util.find_spec(module)
        read = getattr(spec and spec.loader, "get_source", None)
        text: str | None = read(module) if read else None
    except ImportError:  # no such package, or a file that was removed since it was imported
        return None
    return text


def version_of(root: str, source: Source) -> str:
    """The hash of what `root`, the name of a definition with its module, reaches."""
    texts = sorted(definitions_reached(root, source).values())
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def definitions_reached(root: str, source: Source) -> dict[Definition, str]:
    """The text of each definition that `root` reaches; `MissingCode` for one that is not there."""
    package = _Package(root.partition(".")[0], source)
    module, _, name = root.rpartition(".")
    waiting = [package.find(module, name)]
    reached: dict[Definition, str] = {}
    while waiting:
        definition = waiting.pop()
        if definition not in reached:
            statements = package.statements(definition)
            nodes = [node for statement in statements for node in ast.walk(statement)]
            used = [d for node in nodes if (d := package.meant(definition[0], node))]
            # a definition that is imported by another name is told from its namesake
            names = list(dict.fromkeys(name for _, name in used))
            reached[definition] = json.dumps([_plain(statements), names])
            waiting += [(definition[0], ""), *used]
    return reached


def _plain(node: object) -> Any:
    """A syntax tree as plain data without docstrings and imports, the same on Python 3.11 to 3.13.

    Neither `ast.dump` nor `ast.unparse` is: fields without content come and go with the version,
    as empty strings in an f-string do, and tuples and quotes are written differently.
    """
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return None
        case ast.JoinedStr(values=values):
            kept = [v for v in values if not (isinstance(v, ast.Constant) and v.value == "")]
            return ["f", _plain(kept)]
        case ast.AST():
            filled = {k: v for k, v in ast.iter_fields(node) if v is not None and v != []}
            return [type(node).__name__, {k: _plain(v) for k, v in filled.items()}]
        case list():
            plain = (_plain(part) for part in node)
            return [part for part in plain if part is not None]
        case _:
            return repr(node)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top of a module binds, also within an `if` or a `try`."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


class _Module:
    """The statements of a module by the names that they bind, and what its imports stand for."""

    def __init__(self, text: str) -> None:
        tree = ast.parse(text)
        self.statements: dict[str, list[ast.stmt]] = defaultdict(list)
        self.imports: dict[str, Definition] = {}
        for statement in tree.body:
            for name in dict.fromkeys(_bound(statement)) or ("",):
                self.statements[name].append(statement)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    origin = "." * node.level + (node.module or "")
                    self.imports[alias.asname or alias.name] = origin, alias.name
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    self.imports[alias.asname or top] = alias.name if alias.asname else top, ""


class _Package:
    """The modules below the package `name`, each read once."""

    def __init__(self, name: str, source: Source) -> None:
        self.name = name
        self.module = functools.cache(lambda module: _read(source(module)))

    def statements(self, definition: Definition) -> list[ast.stmt]:
        """The statements that make a definition."""
        found = self.module(definition[0])
        return found.statements.get(definition[1], []) if found else []

    def find(self, module: str, name: str) -> Definition:
        """Where `name` of a module is defined; raises `MissingCode`."""
        found = self.module(module)
        if found and name in found.statements:
            return module, name
        if found and name in found.imports:
            origin, original = found.imports[name]
            return self.find(origin, original) if original else (origin, "")
        if self.module(f"{module}.{name}"):
            return f"{module}.{name}", ""
        raise MissingCode(f"{module}.{name} decides what results are, and is not there")

    def meant(self, module: str, node: ast.AST) -> Definition | None:
        """The definition of this package that an expression in `module` names, if any."""
        if isinstance(node, ast.Attribute):
            base = self.meant(module, node.value)
            return self.find(base[0], node.attr) if base and not base[1] else None
        found = self.module(module)
        if not isinstance(node, ast.Name) or found is None:
            return None
        origin = found.imports.get(node.id, ("", ""))[0].partition(".")[0]
        known = node.id in found.statements or (
            node.id in found.imports and origin in ("", self.name)
        )
        return self.find(module, node.id) if known else None


def _read(text: str | None) -> _Module | None:
    return None if text is None else _Module(text)
