"""Which code decides a result, found by content: what it is called and where it lies do not matter.

From `DECIDING` every name is followed to the function, class or constant of this package that it
means, through any import. What is reached is hashed without comments, docstrings and imports, and
each name of such a definition counts as the content that it stands for. So a definition may be
renamed or moved, and code that nothing reaches may change, and results stay valid. Attributes are
not followed: a method counts because its class is named wherever an object of it is made.
"""

from __future__ import annotations

import ast
import copy
import functools
import hashlib
import importlib.util
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

DECIDING = "verifier.reproduction.training.clean_network.CleanNetwork"
"""What computes a result, all that it uses included; what keeps the result is no part of it."""

Definition = tuple[str, str]
"""A module and a name that it defines, or "": the module, and what it does when it is imported."""
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
    reached = definitions_reached(root, source)
    hashes = {name: _hash(text) for name, (text, _) in reached.items()}
    distinct = 0
    while distinct < len(set(hashes.values())):  # until what uses different things differs itself
        distinct = len(set(hashes.values()))
        hashes = {
            name: _hash(text, *(hashes[used] for used in names))
            for name, (text, names) in reached.items()
        }
    return _hash(*sorted(hashes.values()))


def definitions_reached(
    root: str, source: Source
) -> dict[Definition, tuple[str, list[Definition]]]:
    """Of each definition that `root` reaches: its text, and what its placeholders stand for.

    Raises `MissingCode`, with the name that leads nowhere.
    """
    package = _Package(root.partition(".")[0], source)
    module, _, name = root.rpartition(".")
    waiting = [package.find(module, name)]
    reached: dict[Definition, tuple[str, list[Definition]]] = {}
    while waiting:
        definition = waiting.pop()
        if definition not in reached:
            reached[definition] = package.text(definition)
            waiting += [*reached[definition][1], (definition[0], "")]
    return reached


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _plain(node: object) -> Any:
    """A syntax tree as plain data, the same on Python 3.11 to 3.13.

    Neither `ast.dump` nor `ast.unparse` is: fields without content come and go with the version,
    as empty strings in an f-string do, and tuples and quotes are written differently.
    """
    match node:
        case ast.JoinedStr(values=values):
            return ["f", [_plain(v) for v in values if not _is_empty_text(v)]]
        case ast.AST():
            filled = {k: v for k, v in ast.iter_fields(node) if v is not None and v != []}
            return [type(node).__name__, {k: _plain(v) for k, v in filled.items()}]
        case list():
            return [_plain(part) for part in node]
        case _:
            return repr(node)


def _is_empty_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == ""


class _Module:
    """The statements of a module by the names that they bind, and what its imports stand for."""

    def __init__(self, text: str) -> None:
        tree = ast.parse(text)
        self.statements: dict[str, list[ast.stmt]] = defaultdict(list)
        for statement in tree.body:
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                for name in dict.fromkeys(_bound(statement)) or ("",):
                    self.statements[name].append(statement)
        self.imports: dict[str, Definition] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    origin = "." * node.level + (node.module or "")
                    self.imports[alias.asname or alias.name] = origin, alias.name
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    self.imports[alias.asname or top] = alias.name if alias.asname else top, ""


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top of a module binds."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name
            return
        case ast.Assign():
            parts: Sequence[ast.AST] = statement.targets
        case ast.AnnAssign() | ast.AugAssign():
            parts = [statement.target]
        case ast.Expr():
            return
        case _:  # such as "try", which binds whatever is bound in it
            parts = [statement]
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield node.name


class _Package:
    """The modules below the package `name`, each read once."""

    def __init__(self, name: str, source: Source) -> None:
        self.name = name
        self._source = source
        self._modules: dict[str, _Module | None] = {}

    def module(self, name: str) -> _Module | None:
        """The module; None if there is none."""
        if name not in self._modules:
            text = self._source(name)
            self._modules[name] = None if text is None else _Module(text)
        return self._modules[name]

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
        """The definition or module of this package that an expression in `module` names, if any."""
        if isinstance(node, ast.Attribute):
            base = self.meant(module, node.value)
            return self.find(base[0], node.attr) if base and not base[1] else None
        found = self.module(module)
        if not isinstance(node, ast.Name) or found is None:
            return None
        origin = found.imports.get(node.id, ("?", ""))[0].partition(".")[0]
        if node.id in found.statements or origin in (self.name, ""):  # "": a relative import
            return self.find(module, node.id)
        return None

    def text(self, definition: Definition) -> tuple[str, list[Definition]]:
        """Its text with placeholders for definitions, and what these stand for, in order."""
        module, name = definition
        found = self.module(module)
        normal = _Normal(self, module)
        statements = found.statements.get(name, []) if found else []
        kept = []
        for statement in map(copy.deepcopy, statements):
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                statement.name = ""  # users name it by what it holds
            if (normal_statement := normal.visit(statement)) is not None:
                kept.append(normal_statement)
        # of `A, B = 1, 2` the name's place tells which of the two is meant
        places = [[*dict.fromkeys(_bound(s))].index(name) for s in statements if name]
        return json.dumps([places, _plain(kept)]), normal.used


class _Normal(ast.NodeTransformer):
    """Takes out what decides nothing, and puts numbers for the names of definitions."""

    def __init__(self, package: _Package, module: str) -> None:
        self.package = package
        self.module = module
        self.used: list[Definition] = []

    def visit(self, node: ast.AST) -> ast.AST | None:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                return None
            case ast.Name(ctx=context) | ast.Attribute(ctx=context):
                definition = self.package.meant(self.module, node)
                if definition is not None:
                    if not definition[1]:
                        raise MissingCode(f"{definition[0]} is used as a value: name what of it is")
                    return ast.Name(self._number(definition), context)
        visited: ast.AST = self.generic_visit(node)
        return visited

    def _number(self, definition: Definition) -> str:
        if definition not in self.used:
            self.used.append(definition)
        return f"_{self.used.index(definition)}"
