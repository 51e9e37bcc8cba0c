"""The usual slips: what an operator does to one node of the syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

from benchmarks.mutants.syntax import Edit, Operator

_ARITHMETIC: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
_COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_PAIRS = (
    ("min", "max"),
    ("any", "all"),
    ("sum", "mean"),
    ("sin", "cos"),
    ("asin", "acos"),
    ("floor", "ceil"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("new_zeros", "new_ones"),
    ("argmin", "argmax"),
    ("minimum", "maximum"),
    ("clamp_min", "clamp_max"),
    ("var", "std"),
    ("exp", "expm1"),
    ("log", "log1p"),
    ("add_", "sub_"),
    ("mul_", "div_"),
)
SIBLINGS = {**dict(_PAIRS), **{b: a for a, b in _PAIRS}}
"""Functions that are taken for one another."""


def _changed(node: ast.expr, **fields: Any) -> str:
    """The text of a node with other fields; in brackets, so that it binds as it did."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return f"({ast.unparse(other)})"


def arithmetic(node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """Another sign, or an operand lost."""
    if isinstance(node, ast.AugAssign):
        for op in _ARITHMETIC.get(type(node.op), ()):
            other = ast.AugAssign(node.target, op(), node.value)
            yield "arithmetic", node, ast.unparse(ast.fix_missing_locations(other))
    if isinstance(node, ast.BinOp):
        for op in _ARITHMETIC.get(type(node.op), ()):
            yield "arithmetic", node, _changed(node, op=op())
        yield "operand lost", node, f"({ast.unparse(node.left)})"
        if not isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Pow):
            yield "operand lost", node, f"({ast.unparse(node.right)})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "minus lost", node, f"({ast.unparse(node.operand)})"


def logic(node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """Another comparison, `and` for `or`, a condition negated."""
    if isinstance(node, ast.Compare):
        for op in _COMPARISONS.get(type(node.ops[0]), ()):
            yield "comparison", node, _changed(node, ops=[op(), *node.ops[1:]])
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and for or", node, _changed(node, op=other)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield "not lost", node, f"({ast.unparse(node.operand)})"
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "condition negated", node.test, f"({ast.unparse(ast.UnaryOp(ast.Not(), node.test))})"


def constants(node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """Off by one, scaled, the other truth value."""
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield "constant", node, str(not node.value)
    elif isinstance(node.value, int):
        yield "constant", node, str(node.value + 1)
        yield "constant", node, f"({node.value - 1})"
    elif isinstance(node.value, float):
        yield "constant", node, repr(2 * node.value if node.value else 1.0)
        yield "constant", node, repr(0.9 * node.value if node.value else -1.0)


def calls(node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """Arguments swapped, a keyword lost, the call lost, a function taken for its sibling."""
    if isinstance(node, ast.Call):
        plain = not any(isinstance(a, ast.Starred) for a in node.args)
        for i in range(len(node.args) - 1 if plain else 0):
            swapped = [*node.args[:i], node.args[i + 1], node.args[i], *node.args[i + 2 :]]
            yield "arguments swapped", node, _changed(node, args=swapped)
        for keyword in node.keywords:
            if keyword.arg == "strict":  # it only refuses
                continue
            rest = [k for k in node.keywords if k is not keyword]
            yield "keyword lost", node, _changed(node, keywords=rest)
        alone = isinstance(parent, ast.Expr)
        if not alone and isinstance(node.func, ast.Attribute):
            of_module = isinstance(node.func.value, ast.Name) and node.func.value.id in _MODULES
            if not of_module:
                yield "call lost", node, f"({ast.unparse(node.func.value)})"
            elif node.args and plain:
                yield "call lost", node, f"({ast.unparse(node.args[0])})"
    called = parent.func if isinstance(parent, ast.Call) else None
    if isinstance(node, ast.Name) and node is called and node.id in SIBLINGS:
        yield "sibling", node, SIBLINGS[node.id]
    if isinstance(node, ast.Attribute) and node.attr in SIBLINGS:
        yield "sibling", node, _changed(node, attr=SIBLINGS[node.attr])


_MODULES = ("torch", "math", "np", "stats", "special", "measured", "ast")


def statements(node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """A statement left out, if what follows can still run."""
    call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if call or isinstance(node, ast.AugAssign | ast.Break | ast.Continue):
        yield "statement lost", node, "pass"  # type: ignore[misc]
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        used = {inner.id for inner in ast.walk(node.value) if isinstance(inner, ast.Name)}
        kept = isinstance(target, ast.Name) and target.id in used
        if kept or isinstance(target, ast.Attribute | ast.Subscript):
            yield "statement lost", node, "pass"


SLIPS: tuple[Operator, ...] = (arithmetic, logic, constants, calls, statements)
