"""Which code decides a result, found by content: where a module lies does not matter.

The version of a module is a hash of its code, without comments and docstrings, in which each import
stands for the version of the module that it comes from. So the version of what computes a result
covers all modules that it uses, changes with any of them, and stays when one is moved or renamed.
Not covered: what the `__init__` of a package above them does, and other libraries.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

DECIDING = "verifier.reproduction.training.clean_network"
"""What computes a result; what keeps the result is no part of it."""

Source = Callable[[str], str | None]
"""The text of the module of this name; None if there is none."""


class MissingCode(LookupError):
    """Code that decides results is not where it is looked for."""


@functools.cache
def code_version() -> str:
    """A hash of all code that decides a result, as this process first saw it: 64 hex."""
    return versions_reached(DECIDING, installed_source)[DECIDING]


def installed_source(module: str) -> str | None:
    """The text of an installed module, from a folder or a zip file."""
    try:
        spec = importlib.util.find_spec(module)
        read = getattr(spec and spec.loader, "get_source", None)
        text: str | None = read(module) if read else None
        if spec and spec.origin and not read:  # pytest's loader, say, gives no text
            text = importlib.util.decode_source(Path(spec.origin).read_bytes())
    except (ImportError, OSError):  # no such package, or a file removed since it was imported
        return None
    return text


def versions_reached(root: str, source: Source) -> dict[str, str]:
    """The version of the module `root`, and of each module of its package that it uses.

    Raises `MissingCode` for one that is not there, a relative import, and imports in a circle.
    """
    versions = _Versions(root.partition(".")[0], source)
    versions.of(root)
    return versions.known


def _bound(text: str) -> set[str]:
    """The names that a module binds, somewhere."""
    names = {"id", "name", "asname"}  # of what is assigned, defined or imported
    nodes = [
        n for n in ast.walk(ast.parse(text)) if not isinstance(getattr(n, "ctx", None), ast.Load)
    ]
    return {value for node in nodes for k, value in ast.iter_fields(node) if k in names}


class _Versions:
    """The versions of the modules below a `package`, each computed once."""

    def __init__(self, package: str, source: Source) -> None:
        self.package = package
        self.source = source
        self.known: dict[str, str] = {}

    def of(self, module: str) -> str:
        if module not in self.known:
            text = self.source(module)
            if text is None:
                raise MissingCode(f"{module} decides what results are, and is not there")
            self.known[module] = ""
            plain = json.dumps(self._plain(ast.parse(text)))
            self.known[module] = hashlib.sha256(plain.encode()).hexdigest()
        if not self.known[module]:
            raise MissingCode(f"{module} imports itself, in a circle")
        return self.known[module]

    def _origin(self, module: str, name: str) -> tuple[str, str]:
        """The version of the module that an import means, and the name in it, "" for itself."""
        if module.partition(".")[0] != self.package:
            return module, name
        inner = f"{module}.{name}"
        if name and self.source(inner) is not None:
            return self.of(inner), ""
        version = self.of(module)
        if name not in ("", "*") and name not in _bound(self.source(module) or ""):
            raise MissingCode(f"{inner} decides what results are, and is not there")
        return version, name

    def _plain(self, node: object) -> Any:
        """A syntax tree as plain data, the same on Python 3.11 to 3.13; None for a docstring.

        Neither `ast.dump` nor `ast.unparse` is: fields without content come and go with the
        version, as empty strings in an f-string do, and tuples and quotes are written differently.
        """
        match node:
            case ast.Expr(value=ast.Constant()):
                return None
            case ast.Import(names=names):
                return {(n.asname or n.name, *self._origin(n.name, "")) for n in names}
            case ast.ImportFrom(module=module, names=names, level=level):
                if level:
                    raise MissingCode(f"{'.' * level}{module or ''} is a relative import")
                return {(n.asname or n.name, *self._origin(module or "", n.name)) for n in names}
            case ast.JoinedStr(values=values):
                shown = [v for v in values if not (isinstance(v, ast.Constant) and v.value == "")]
                return ["f", self._plain(shown)]
            case ast.AST():
                filled = {k: v for k, v in ast.iter_fields(node) if v is not None and v != []}
                return [type(node).__name__, {k: self._plain(v) for k, v in filled.items()}]
            case list():
                plain = [p for part in node if (p := self._plain(part)) is not None]
                # sorted, since imports are put in order by the names of modules
                imports = sorted(set[Any]().union(*(p for p in plain if isinstance(p, set))))
                return [imports, [p for p in plain if not isinstance(p, set)]]
            case _:
                return repr(node)
