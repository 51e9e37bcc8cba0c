"""What mutants are: edits of the source that leave everything else as it was."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import pytest

from benchmarks.mutants.loosening import VERDICTS
from benchmarks.mutants.operators import SLIPS
from benchmarks.mutants.syntax import Operator, means_something, mutations


def mutants(source: str, operators: Iterable[Operator] = SLIPS, **options: bool) -> set[str]:
    return {m.applied(source) for m in mutations(source, operators, **options)}


@pytest.mark.parametrize(
    ("source", "mutant"),
    [
        ("x = a + b * c", "x = (a - b * c)"),
        ("x = a + b * c", "x = a + (b / c)"),
        ("x = a + b * c", "x = (a)"),
        ("x = (a + b) * c", "x = ((a - b)) * c"),
        ("x = -a", "x = (a)"),
        ("x += a", "x -= a"),
        ("x += a", "pass"),
        ("x = a < b", "x = (a <= b)"),
        ("x = a < b", "x = (a >= b)"),
        ("x = a and b", "x = (a or b)"),
        ("x = not a", "x = (a)"),
        ("x = 1 if a else b", "x = 1 if (not a) else b"),
        ("x = a[0]", "x = a[1]"),
        ("x = a[0]", "x = a[(-1)]"),
        ("x = 0.5", "x = 1.0"),
        ("x = 0.5", "x = 0.45"),
        ("x = True", "x = False"),
        ("x = f(a, b)", "x = (f(b, a))"),
        ("x = f(a, dim=b)", "x = (f(a))"),
        ("x = a.abs()", "x = (a)"),
        ("x = torch.exp(a)", "x = (a)"),
        ("x = a.sum()", "x = (a.mean)()"),
        ("x = max(a)", "x = min(a)"),
        ("a.mul_(b)", "pass"),
        ("x = x + a", "pass"),
    ],
)
def test_slips(source: str, mutant: str) -> None:
    assert mutant in mutants(source)


@pytest.mark.parametrize(
    ("source", "mutant"),
    [
        ("out.identity('=', a, b, bound)", "out.identity('=', a, b, (2 * bound))"),
        ("out.identity('=', a, b, bound)", "pass"),
        ("out.at_most('<', a, b, c, p)", "out.at_most('<', a, b, c, ((p) & False))"),
        ("rounding = a", "rounding = (2 * a)"),
        ("def its_bound(a):\n    return a", "def its_bound(a):\n    return (2 * a)"),
        ("MOST = 0.1", "MOST = (2 * 0.1)"),
        ("f(tolerance=a)", "f(tolerance=(2 * a))"),
        ("f(alpha=a)", "f(alpha=(0.001 * a))"),
        ("f(error=a)", "f(error=(0.5 * a))"),
        ("def f():\n  if a:\n    return", "def f():\n  if True:\n    return"),
        ("def f():\n  if a:\n    return b", "def f():\n  if False:\n    return b"),
        ("x = max(a)", "x = min(a)"),
        ("x = REFUTED", "x = SUPPORTED"),
        ("x = math.inf", "x = 0.0"),
        ("x = a > 1", "x = a > 10"),
        ("x = a <= 1", "x = a <= 10"),
    ],
)
def test_what_is_more_lenient(source: str, mutant: str) -> None:
    assert mutant in mutants(source, VERDICTS)


def test_what_does_no_work_is_left_alone() -> None:
    """Docstrings, annotations, decorators, text; refusals of bad input where that is asked."""
    quiet = 'def f(a: X[1]) -> Y[2]:\n    """1 + 1."""\n    return f"{a + 1}"'
    assert not mutants(f"@g(1)\n{quiet}")
    refusing = "def check_x(a):\n    b = a + 1\ndef g(a):\n    require(a > 0)\n    raise X(a + 1)"
    assert mutants(refusing)
    assert not mutants(refusing, refusals=False)
    strict = "check_x(a)\nb = zip(a, c, strict=True)"
    assert "check_x(a)\nb = zip(a, c, strict=False)" in mutants(strict)
    assert mutants(strict, refusals=False) == {"check_x(a)\nb = (zip(c, a, strict=True))"}


def test_an_edit_touches_nothing_else() -> None:
    source = "é = 'ü' + b  # 1\nif a:\n    x = (a +\n         b)\n    y = 1\n"
    found = mutations(source, SLIPS)
    assert "é = ('ü' - b)  # 1\n" in {m.applied(source).splitlines(keepends=True)[0] for m in found}
    (split,) = (m for m in found if m.after == "(a - b)")
    assert split.applied(source) == source.replace("a +\n         b", "(a - b)")
    assert (split.start, split.end, split.statement) == ((3, 9), (4, 10), 3)


def test_where_a_statement_runs() -> None:
    source = "a = 1\nclass C:\n    b = 2\n    def f(self, c=3):\n        return 4\n"
    found = {m.before: (m.statement, m.in_function) for m in mutations(source, SLIPS)}
    assert found == {"1": (1, False), "2": (3, False), "3": (4, False), "4": (5, True)}


def test_a_mutant_that_is_no_other_program_is_none() -> None:
    source = "x = (a)\ny = a + b\n"
    (same,) = (m for m in mutations("y = (1)", SLIPS) if m.after == "2")
    assert means_something(same, "y = (1)")
    sum_of = next(m for m in mutations(source, SLIPS) if m.after == "(a - b)")
    assert ast.unparse(ast.parse(sum_of.applied(source))) == "x = a\ny = a - b"


def test_ids_follow_from_the_source() -> None:
    source = "x = a + 1\n"
    ids = [m.id("f.py", source) for m in mutations(source, SLIPS)]
    assert len(set(ids)) == len(ids)
    assert ids == [m.id("f.py", source) for m in mutations(source, SLIPS)]
    assert not set(ids) & {m.id("f.py", source + "\n") for m in mutations(source + "\n", SLIPS)}
