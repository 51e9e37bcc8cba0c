"""What makes a check more lenient than it was meant to be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from benchmarks.mutants.syntax import Edit, Operator

_BOUNDS = {"identity": 3, "at_most": 3}
"""Where a comparison's bound stands among its arguments."""

_PREMISES = {"at_most": 4, "same_sign": 3}
_ALLOWED = re.compile(r"(^|_)(bound|rounding|allowance|tolerance|margin|within)$")
_TESTS = "identity|at_most|same_sign|statistic|within|mean|variance"
_LEFT_OUT = re.compile(rf"^({_TESTS}|_?judge.*|_check.*)$")
_HARSH = ("REFUTED", "VACUOUS", "UNDERPOWERED", "NOT_RUN", "ERROR")
_SOFTER = {"max": "min", "maximum": "minimum", "any": "all", "argmax": "argmin"}


def _times(factor: float, node: ast.expr) -> str:
    return f"({ast.unparse(ast.BinOp(ast.Constant(factor), ast.Mult(), node))})"


def _doubled(node: ast.expr) -> str:
    return _times(2, node)


def _name(call: ast.expr) -> str:
    """Of the function that is called; empty if nothing is."""
    func = getattr(call, "func", None)
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def comparisons(node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """A comparison left out, its bound doubled, its premise never met."""
    if isinstance(node, ast.Expr) and _LEFT_OUT.match(_name(node.value)):
        yield "comparison left out", node, "pass"
    if isinstance(node, ast.Call):
        arguments = dict(enumerate(node.args))
        bound = arguments.get(_BOUNDS.get(_name(node), -1))
        if bound is not None:
            yield "bound doubled", bound, _doubled(bound)
        premise = arguments.get(_PREMISES.get(_name(node), -1))
        if premise is not None:
            yield "premise never met", premise, f"(({ast.unparse(premise)}) & False)"


def bounds(node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """What is called a bound, or is returned by a function that is called so, doubled."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        number = isinstance(node.value, ast.Constant) and isinstance(node.value.value, float)
        if _ALLOWED.search(name) or (name.isupper() and number):
            yield "bound doubled", node.value, _doubled(node.value)
    if isinstance(node, ast.FunctionDef) and _ALLOWED.search(node.name):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return) and inner.value is not None:
                yield "bound doubled", inner.value, _doubled(inner.value)
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg in ("tolerance", "wanted", "allowance"):
                yield "bound doubled", keyword.value, _doubled(keyword.value)
            if keyword.arg == "alpha":
                yield "rate lowered", keyword.value, _times(0.001, keyword.value)
            if keyword.arg == "error":
                yield "error halved", keyword.value, _times(0.5, keyword.value)


def excuses(node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """A reason to compare nothing that always applies; a rule that never does."""
    if not isinstance(node, ast.If) or node.orelse:
        return
    last = node.body[-1]
    if isinstance(last, ast.Continue) or (isinstance(last, ast.Return) and last.value is None):
        yield "always excused", node.test, "True"
    if isinstance(last, ast.Raise) or (isinstance(last, ast.Return) and last.value is not None):
        yield "rule dropped", node.test, "False"


def verdicts(node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """The best instead of the worst; no infinite error; a verdict softened."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id in _HARSH:
            yield "verdict softened", node, "SUPPORTED"
        if node.id == "_BEYOND":
            yield "error forgiven", node, "0.0"
        if node.id in _SOFTER and isinstance(parent, ast.Call) and parent.func is node:
            yield "best for worst", node, _SOFTER[node.id]
    if isinstance(node, ast.Attribute):
        if node.attr in _SOFTER:
            yield "best for worst", node, f"{ast.unparse(node.value)}.{_SOFTER[node.attr]}"
        if ast.unparse(node) in ("math.inf", "torch.inf"):
            yield "error forgiven", node, "0.0"
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        right = node.comparators[0]
        if isinstance(right, ast.Constant) and right.value in (1, 1.0, 0.5):
            lenient = "10" if isinstance(node.ops[0], ast.Gt | ast.LtE) else "0.1"
            yield "verdict softened", right, lenient


CHECKS: tuple[Operator, ...] = (comparisons, bounds, excuses)
VERDICTS: tuple[Operator, ...] = (*CHECKS, verdicts)
