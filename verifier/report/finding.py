"""One refutation: what was compared, where, and how far the two sides are apart."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifier.errors import BadResult
from verifier.evidence.evidence import Evidence
from verifier.report.known import LEAST, known, place
from verifier.report.pasteable import pasteable

_NAMED = re.compile(r"(.*?), (.*)[:,] the likely cause")
"""A conclusion that names the likely cause of its failure."""
DATA_IN_WORDS = {
    "gaussian": "Gaussian data",
    "shifted": "mean-shifted Gaussian data",
    "mixture": "data of a Gaussian mixture",
    "student": "heavy-tailed data (Student's t)",
    "hypercube": "corners of a hypercube as data",
    "sparse": "sparse data",
    "orthonormal": "orthonormal data",
    "zero": "data that are all zero",
    "raw": "points written out as data",
    "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST",
}
"""What a reader is told for the name of a distribution or an image task."""
WRITTEN_OUT = "raw"
"""Of points that a smallest case lists: words would say no more."""
YOURS = "your code"
"""What the code under test is called, but for the project's own."""
LARGE = 1000
"""From here on an error's size says enough."""
_DIGITS = (4, 8, 12)
_RELATION = re.compile(r"(?!\d)([^,:=]+?) <?= (?![-\d])([^,:=]+?)(?: where .*)?")
"""A conclusion that is one equation or inequality, whose sides are no plain numbers."""


@dataclass(frozen=True)
class Finding:
    """The worst comparison in evidence: a refutation where the statement does not hold.

    `diagnosis`: the likely cause, where one is known. `tested`: what the code under test is called.
    """

    evidence: Evidence
    diagnosis: str = ""
    tested: str = YOURS

    @property
    def cause(self) -> str:
        """The likely cause: of the diagnosis, or the one that the comparison itself shows."""
        named = _NAMED.fullmatch(self.evidence.conclusion)
        return self.diagnosis or (named[2] if named else "")

    @property
    def allows(self) -> str:
        """What the error is measured by: chance, of a statistical test, else rounding."""
        return "chance" if self._is_test else "rounding"

    @property
    def _is_test(self) -> bool:
        return self.evidence.conclusion in {test["conclusion"] for test in self.evidence.tests}

    @property
    def words(self) -> dict[str, str]:
        """What every report says of it, in its order; the same words everywhere."""
        e = self.evidence
        conclusion = self._conclusion
        of = known(e.statement, conclusion)
        compared = ", ".join(filter(None, [of.told or conclusion, place(of.axes, e.index)]))
        cause = {"likely cause": self.cause} if self.cause else {}
        data = "" if e.data == WRITTEN_OUT else data_in_words(e.data)  # the smallest case shows it
        return {
            **cause,
            "where": "; ".join(filter(None, [compared, data])),
            "both sides": self._sides(conclusion),
            "error": f"{e.error:.3g} times what {self.allows} allows: {self._apart('.6g')}, "
            f"bound {e.bound:.3g}",
            "smallest": pasteable(e.statement, e.configuration),
        }

    @property
    def briefly(self) -> str:
        """Its error in few words and digits."""
        e = self.evidence
        allowed = f"{self.allows} allows {e.bound:.2g} ({in_size(e.error)} times)"
        return f"{self._apart('.3g')}; {allowed}"

    def _apart(self, digits: str) -> str:
        """How far; the sides are one coordinate, and of vectors the length between them counts."""
        e = self.evidence
        is_vector = known(e.statement, self._conclusion).axes[-1:] == ("coordinate",)
        is_longer = e.difference > 1.001 * abs(e.lhs - e.rhs)
        vectors = "the vectors are " if is_vector and is_longer else ""
        return f"{vectors}{e.difference:{digits}} apart"

    @property
    def _conclusion(self) -> str:
        """Without the likely cause that it names."""
        named = _NAMED.fullmatch(self.evidence.conclusion)
        return named[1] if named else self.evidence.conclusion

    def _sides(self, conclusion: str) -> str:
        """Both values, each with whose it is, or with the name that the conclusion has for it."""
        e = self.evidence
        lhs, rhs = told_apart(e.lhs, e.rhs)
        of = known(e.statement, conclusion)
        if self._is_test:
            return f"estimate {lhs}  against  {rhs} claimed"
        if of.limit:
            code, theory = (rhs, lhs) if of.limit == LEAST else (lhs, rhs)
            return f"{self.tested} gives {code}, the theory {of.limit} {theory}"
        relation = _RELATION.fullmatch(conclusion)
        if relation and "sgn" not in conclusion:  # signs are claimed, their numbers compared
            lhs, rhs = f"{relation[1]} = {lhs}", f"{relation[2]} = {rhs}"
        if of.of_code:
            return f"{self.tested} gives {lhs}, the theory {rhs}"
        return f"{lhs}  against  {rhs}"

    def __str__(self) -> str:
        return "\n".join([f"{self.evidence.statement} refuted", *aligned(self.words)])

    @property
    def brief(self) -> str:
        """The cause and the size of it, where the rest stands in the run's summary."""
        words = {n: text for n, text in self.words.items() if n in ("likely cause", "error")}
        return "\n".join([f"{self.evidence.statement} refuted", *_wrapped(words)])

    def to_json(self) -> dict[str, Any]:
        """Plain data: the comparison, and the words for it."""
        e = self.evidence
        names = ("statement", "conclusion", "data", "lhs", "rhs", "difference", "bound", "error")
        compared = {name: getattr(e, name) for name in names}
        where = {"index": list(e.index), "configuration": dict(e.configuration)}
        told = {"cause": self.cause, "briefly": self.briefly, "words": self.words}
        return {**compared, **where, **told}


def stopped(statement: str, problem: BadResult, described: Mapping[str, Any]) -> str:
    """A call that stopped a check: which function, what became of it, and on what."""
    words = {
        "where": problem.argument,
        "error": f"{problem.value}: {problem.rule}",
        "smallest": pasteable(statement, described),
    }
    return "\n".join([f"{statement} stopped by your code", *aligned(words)])


def data_in_words(name: str) -> str:
    """What a reader is told for the name of a distribution or an image task.

    >>> data_in_words("gaussian"), data_in_words("mine")
    ('Gaussian data', 'data "mine"')
    """
    return DATA_IN_WORDS.get(name, f'data "{name}"')


def told_apart(lhs: float, rhs: float) -> tuple[str, str]:
    """Both numbers, with as many digits as it takes to see that they differ.

    >>> told_apart(0.132582521472, 0.265165042945), told_apart(1.0, 1.0000001)
    (('0.1326', '0.2652'), ('1', '1.0000001'))
    """
    largest = max(abs(lhs), abs(rhs))
    digits = next((d for d in _DIGITS if abs(lhs - rhs) > 10.0 ** (2 - d) * largest), 17)
    return f"{lhs:z.{digits}g}", f"{rhs:z.{digits}g}"


def in_size(error: float) -> str:
    """In few digits; a large one's size says enough.

    >>> in_size(0.2512), in_size(3.22e13)
    ('0.25', '3e+13')
    """
    return f"{error:.{1 if error >= LARGE else 2}g}"


def aligned(words: Mapping[str, str]) -> list[str]:
    """A line for each of them, its name first."""
    width = max(map(len, words), default=0)
    return [f"  {name:<{width}}  {text}" for name, text in words.items()]


def _wrapped(words: Mapping[str, str]) -> list[str]:
    """`aligned`, within 80 columns: what is longer goes on below its text."""
    blank = " " * (max(map(len, words)) + 4)
    return [
        textwrap.fill(line, 80, subsequent_indent=blank, break_on_hyphens=False)
        for line in aligned(words)
    ]


def sides(evidence: Evidence, diagnosis: str = "", tested: str = YOURS) -> list[str]:
    """What one check found, in a few lines: its verdict, both sides, and how far apart they are."""
    found = Finding(evidence, diagnosis, tested).words
    shown = ("likely cause", "where", "both sides")
    words: dict[str, str] = {name: found[name] for name in shown if name in found}
    if evidence.tightness is not None:
        words["tightness"] = f"{evidence.tightness:.10g}, lhs/rhs in the tightest comparison"
    words["error"] = found["error"]
    words["comparisons"] = f"{evidence.comparisons}, premise held in {evidence.held}"
    verdict = "held" if evidence.holds else "REFUTED"
    return [f"{evidence.statement} {verdict}", *_wrapped(words)]
