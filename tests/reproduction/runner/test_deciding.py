"""The code's version: what changes a result changes it, and missing code is an error."""

import ast
import copy
import importlib.machinery
import importlib.util
import re
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from tests.reproduction.runner.versions import MODULES, VERSIONS, texts, toy, version
from verifier.reproduction.panels import AgreementMap, PointSetting
from verifier.reproduction.runner.deciding import (
    DECIDING,
    MissingCode,
    installed_source,
    versions_reached,
)
from verifier.reproduction.training.clean_network import (
    CURVES,
    DIRECTIONS,
    EXPLAINED,
    MAP,
    Ask,
    CleanNetwork,
)

# What matters


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """The statement with one constant or operator altered, for each that it has."""
    others: dict[type[ast.AST], ast.AST] = {
        ast.Add: ast.Sub(),
        ast.Sub: ast.Add(),
        ast.Mult: ast.Div(),
        ast.Div: ast.Mult(),
        ast.Lt: ast.LtE(),
        ast.LtE: ast.Lt(),
        ast.Gt: ast.GtE(),
        ast.GtE: ast.Gt(),
        ast.Eq: ast.NotEq(),
        ast.And: ast.Or(),
        ast.MatMult: ast.Mult(),
    }
    for i, _ in enumerate(ast.walk(node)):
        altered = copy.deepcopy(node)
        part: Any = [*ast.walk(altered)][i]
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float):
            part.value = 1 - part.value if isinstance(part.value, bool) else 2 * part.value + 1
        elif isinstance(part, ast.BinOp | ast.BoolOp) and type(part.op) in others:
            part.op = others[type(part.op)]
        elif isinstance(part, ast.Compare) and type(part.ops[0]) in others:
            part.ops[0] = others[type(part.ops[0])]
        else:
            continue
        yield altered


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_a_changed_constant_or_operator_changes_the_version(module: str) -> None:
    tree = ast.parse(texts()[module])
    statements = [s for s in tree.body if not isinstance(s, ast.Expr)]
    before = VERSIONS[module]  # on which those of all that use it rest
    altered = 0
    for statement in statements:
        first = next(changed(statement), None)
        if first is not None:
            other = copy.deepcopy(tree)
            other.body[tree.body.index(statement)] = first  # type: ignore[call-overload]
            assert version({**texts(), module: ast.unparse(other)}, module) != before
            altered += 1
    if not altered:
        pytest.skip(f"{module} has neither number nor operator to change")


def test_every_part_of_an_expression_matters() -> None:
    tree = ast.parse("def root(x, y=2):\n    return f'{x:.3f}' if x * 3 < y + 1 and x else -1\n")
    versions = [toy(main=ast.unparse(t)) for t in (tree, *changed(tree))]
    assert len(set(versions)) == len(versions) > 7


def test_which_definition_is_used_matters() -> None:
    """Also where it is imported by the name of another, or has a namesake elsewhere."""
    other = "def one(x): return x + 1\ndef two(x): return x + 2\n"
    use = "def root(x):\n    return one(x) - two(x)\n"
    straight = toy(main=f"from p.other import one, two\n{use}", other=other)
    assert toy(main=f"from p.other import two as one, one as two\n{use}", other=other) != straight
    a, b = "LIMIT = 1\ndef f(): return LIMIT\n", "LIMIT = 2\ndef f(): return LIMIT + 1\n"
    main = "from p.a import f\nfrom p.b import f as g\nroot = f() - g()\n"
    found = toy(main=main, a=a, b=b)
    assert toy(main=main, a=a.replace("= 1", "= 2"), b=b.replace("= 2", "= 1")) != found
    assert toy(main=main.replace("p.a", "p.c").replace("p.b", "p.a"), a=a, c=b) != found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("from math import sin as g\n", "from math import cos as g\n"),
        ("import math\n", "import cmath as math\n"),
        ("A = 1\nB = A\nA = 2\n", "A = 1\nA = 2\nB = A\n"),
        ("T = {}\n", "T = {}\n_ = T.update(a=1)\n"),
        ("T = {}\n", "T = {}\nfor k in 'ab':\n    T[k] = 1\n"),
        ("T = {}\n", "T = {}\nif True:\n    T['a'] = 1\n"),
        ("def f(): pass\n", "@register\ndef f(): pass\n"),
        ("class A:\n    x = 1\n", "class A:\n    x = 2\n"),
    ],
)
def test_whatever_a_module_does_matters(one: str, other: str) -> None:
    assert toy(main=one) != toy(main=other)
    use = "from p.parts import *\n"
    assert toy(main=use, parts=one) != toy(main=use, parts=other)


def test_what_a_module_does_when_it_is_imported_matters() -> None:
    plain = "TABLE = {}\ndef root(x):\n    return TABLE[x]\n"
    filled = "TABLE = {}\nTABLE.update(a=1)\ndef root(x):\n    return TABLE[x]\n"
    assert toy(main=plain) != toy(main=filled)
    added = "TABLE = {}\nTABLE |= {'a': 1}\ndef root(x):\n    return TABLE[x]\n"
    assert toy(main=plain) != toy(main=added) != toy(main=filled)
    tried = "try:\n    A = 1\nexcept ImportError:\n    A = {}\ndef root(x):\n    return A\n"
    assert toy(main=tried.format(2)) != toy(main=tried.format(3))


def test_all_that_runs_is_reached() -> None:
    """Every module of the package whose functions are called while results are computed."""
    setting = PointSetting(
        "shifted", "a", 6, 30, 40, 0.2, 0.5, "identity", 5, 5, (0.1, 0.05), (0.1,)
    )
    plane = AgreementMap("map", setting, (-2.0, 3.5), 5)
    called: set[str] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("verifier."):
            called.add(module)

    asks = [
        Ask(kind, setting, plane if kind == MAP else None) for kind in (CURVES, DIRECTIONS, MAP)
    ]
    for loss, recipe in (("identity", "published"), ("logistic", "theory")):
        changed_asks = [Ask(a.kind, _with_loss(a.setting, loss), a.plane) for a in asks]
        changed_asks.append(Ask(EXPLAINED, changed_asks[0].setting))
        sys.setprofile(note)
        try:
            found = [*CleanNetwork(changed_asks, recipe, 1).results()]
        finally:
            sys.setprofile(None)
        assert len(found) == 4
    assert len(called) > 12
    assert called <= set(MODULES), called - set(MODULES)


def _with_loss(setting: PointSetting, loss: str) -> PointSetting:
    return PointSetting(**{**vars(setting), "loss": loss})


# What is missing


@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_is_missing_is_named(module: str) -> None:
    modules = {name: text for name, text in texts().items() if name != module}
    with pytest.raises(MissingCode, match=re.escape(module.rpartition(".")[0])):
        version(modules)


def test_what_cannot_be_followed_is_an_error_not_left_out() -> None:
    with pytest.raises(MissingCode, match=r"^\.other is a relative import"):
        toy(main="from .other import f\n", other="def f(x): return x\n")
    with pytest.raises(MissingCode, match=r"^p\.main imports itself, in a circle"):
        toy(main="from p.other import f\n", other="from p.main import g\n")
    with pytest.raises(MissingCode, match=r"^verifier\.nowhere decides"):
        versions_reached("verifier.nowhere", installed_source)


def test_every_python_computes_the_same_version() -> None:
    """Of code that is written back differently between versions: digits of 3.11, 3.12 and 3.13."""
    text = (
        "from dataclasses import dataclass\n"
        "@dataclass\nclass A:\n    x: tuple[int, ...] = (1, 2)\n"
        "def root(x, /, *y, z=None, **more):\n"
        "    a, b = f'{x:<{z}}' f\"{x['a']!r}\", 1e-300 + 2j\n"
        "    return lambda t: A((x, *y))[1:, None] if a != b'\\x00' else 'ε\"\\n'\n"
    )
    assert toy(main=text)[:16] == "b978f123c4fbb0ba"


def test_the_text_is_found_where_a_loader_gives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pytest's own does, of packages that bring a plugin."""
    spec = importlib.util.find_spec(DECIDING)
    assert spec is not None
    text = installed_source(DECIDING)
    bare = importlib.machinery.ModuleSpec(DECIDING, None, origin=spec.origin)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: bare)
    assert installed_source(DECIDING) == text
