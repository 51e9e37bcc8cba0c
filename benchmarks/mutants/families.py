"""What is mutated, how, and who has to notice."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import islice

from benchmarks.mutants.loosening import CHECKS, VERDICTS
from benchmarks.mutants.operators import SLIPS
from benchmarks.mutants.syntax import Mutation, Operator, means_something, mutations
from benchmarks.mutants.tree import Tree


@dataclass(frozen=True)
class Judge:
    """Tests of one pytest command, `arguments`, which collects them within `start` seconds.

    Of them those that run the mutated statement are run. `whole`: a survivor is put to this
    command, too, and to all its tests, as a user runs them: a run as a whole can fail where no
    test does.
    """

    name: str
    arguments: tuple[str, ...]
    whole: tuple[str, ...] = ()
    start: float = 30.0

    def fingerprint(self, tree: Tree) -> str:
        """Of the library, and of these tests."""
        return tree.fingerprint(("verifier", "pyproject.toml", *self.arguments))


@dataclass(frozen=True)
class Family:
    """Mutants of one kind: of which `sources` (patterns), by which operators, before which judge.

    `refusals`: whether what refuses bad input is mutated too.
    """

    name: str
    operations: tuple[tuple[tuple[str, ...], tuple[Operator, ...]], ...]
    judge: Judge
    refusals: bool = True

    @property
    def sources(self) -> tuple[str, ...]:
        """All patterns."""
        return tuple(pattern for patterns, _ in self.operations for pattern in patterns)

    def drawn(self, tree: Tree, seed: int, count: int) -> list[tuple[str, Mutation]]:
        """`count` mutants: sites uniformly, then one of the edits of each, uniformly.

        A larger count draws the same ones first; a change of one file leaves those of the others.
        """
        sites: dict[tuple[str, tuple[int, int], tuple[int, int]], list[Mutation]] = {}
        for patterns, operators in self.operations:
            for name in tree.matching(patterns):
                for m in mutations(tree.source(name), operators, refusals=self.refusals):
                    sites.setdefault((name, m.start, m.end), []).append(m)
        chances = {site: random.Random(f"{seed} {self.name} {site}") for site in sites}
        order = sorted(sites, key=lambda site: chances[site].random())
        edits = ((site[0], chances[site].choice(sites[site])) for site in order)
        able = ((name, m) for name, m in edits if means_something(m, tree.source(name)))
        return list(islice(able, count))


PROPERTIES = Judge(
    "properties", ("properties", "--hypothesis-profile", "quick"), whole=("properties",)
)
"""The default run; before it 25 examples of a search instead of 400."""

TESTS = Judge(
    "tests",
    (
        *(
            f"tests/{room}"
            for room in (
                "evidence",
                "necessity",
                "report",
                "statements",
                "statistics",
                "suite",
                "trial",
            )
        ),
        "tests/test_registry.py",
        "tests/statements/test_registry.py",
        "properties/test_negative_controls.py",
        "--controls",
        "all",
    ),
)
"""What `make test` runs, less the rooms that neither judge nor report."""

_CHAPTERS = "verifier/statements/*/"
_CODE = (
    *(
        f"verifier/model/{name}.py"
        for name in (
            "attack",
            "batches",
            "deep",
            "descent",
            "flow",
            "forms",
            "losses",
            "network",
            "plain_descent",
            "readout",
            "recipe",
            "training",
            "vectors",
        )
    ),
    "verifier/kernel/*.py",
    "verifier/trial/draw.py",
    "verifier/trial/learning.py",
    "verifier/trial/replay.py",
    "verifier/trial/trained.py",
    f"{_CHAPTERS}formulas.py",
    f"{_CHAPTERS}measured.py",
    f"{_CHAPTERS}kernel_law.py",
    "verifier/statements/beyond/batches.py",
    "verifier/statements/beyond/readout.py",
)
_BEYOND = (
    *(
        f"verifier/statements/{room}.py"
        for room in (
            "agreement/accuracy",
            "agreement/finite_width",
            "agreement/neurons",
            "agreement/own_moments",
            "agreement/pools",
            "agreement/transfer",
            "beyond/classes",
            "beyond/margins",
            "certificates/feedback",
            "limits/constants",
            "limits/feedback",
            "limits/flips",
            "limits/kernel_fluctuation",
            "limits/kinks",
            "limits/neurons",
            "probability/target_law",
        )
    ),
    "verifier/statements/beyond/formulas.py",
    "verifier/statements/beyond/batches.py",
    "verifier/statements/beyond/readout.py",
    f"{_CHAPTERS}kernel_law.py",
)
_JUDGING = (
    "verifier/statistics/*.py",
    "verifier/evidence/comparisons.py",
    "verifier/evidence/evidence.py",
    "verifier/report/verdicts.py",
    "verifier/report/coverage.py",
    "verifier/report/ranges.py",
)
_CHECKS = (
    f"{_CHAPTERS}[a-z][0-9]*_*.py",
    f"{_CHAPTERS}judging.py",
    f"{_CHAPTERS}margins.py",
    f"{_CHAPTERS}rates.py",
    f"{_CHAPTERS}one_step.py",
    f"{_CHAPTERS}trial.py",
    "verifier/trial/rounding.py",
)

FAMILIES = (
    Family("code", ((_CODE, SLIPS),), PROPERTIES, refusals=False),
    Family("beyond", ((_BEYOND, SLIPS),), PROPERTIES, refusals=False),
    Family("judging", ((_JUDGING, SLIPS),), TESTS),
    Family("loosened", ((_CHECKS, CHECKS), (_JUDGING, VERDICTS)), TESTS),
)
