"""How a check ends other than well: by a finding, or by an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from verifier.errors import Died
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.report.finding import Finding
from verifier.statements import Statement


class Refuted(AssertionError):
    """A statement's check found a counterexample: the `finding`.

    `left_out`: configurations that a search meets before this one, unless it begins with it.
    """

    def __init__(self, finding: Finding, further: str = "") -> None:
        super().__init__("\n".join(filter(None, (str(finding), further))))
        self.finding = finding
        self.left_out = 0


class Excused(AssertionError):
    """A draw was rejected that has no kinks: a fault of the suite, and no excuse for a code."""


class Ended(BaseException):
    """A call did not come back: no search goes on from there, and Hypothesis lets it pass."""

    def __init__(self, problem: Died) -> None:
        super().__init__(str(problem))
        self.problem = problem


@contextmanager
def told_once(
    record: Record, statement: Statement, refuted: Callable[[Evidence], Refuted]
) -> Iterator[None]:
    """The smallest counterexample in the place of what a search raises, once it has shrunk.

    A search that ends in another way has stopped the check, whatever it had found.
    """
    try:
        yield
    except Ended as end:
        raise end.problem from None
    except Exception as problem:
        found = record.minimal_counterexample(statement.id)
        if found is None or statement.id in record.errors:
            record.errors.setdefault(statement.id, f"{type(problem).__name__}: {problem}")
            raise
    else:
        return
    raise refuted(found) from None
