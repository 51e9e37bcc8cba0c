"""Which statements notice a mutant, each asked by itself; and so, which ones it alone notices.

`python -m benchmarks.mutants.claims`: each mutant that `make mutants` draws with these arguments is
put to all tests of statements and of their controls that run it, none of which stops the others.
Goes on where it was interrupted. A mutant that no statement notices, at which a test hangs, or the
process dies, is left out of the table: nobody can say who else would have noticed.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import hypothesis  # noqa: F401  # what is slow to import, children find imported
import pytest
import scipy.stats  # noqa: F401
import torch

from benchmarks.mutants import coverage, lines
from benchmarks.mutants.asking import go_on_for, in_child, run_pytest
from benchmarks.mutants.at_once import each
from benchmarks.mutants.families import FAMILIES, PROPERTIES
from benchmarks.mutants.judging import PATIENCE, tests_for
from benchmarks.mutants.syntax import Mutation
from benchmarks.mutants.tree import Tree, project_files

ROOT = Path(__file__).parents[2]
OF_PROPERTIES = {family.name: family for family in FAMILIES if family.judge == PROPERTIES}
_STATEMENT = re.compile(r"\[([A-Z]\d\w*)")


def statement_of(test: str) -> str | None:
    """The statement whose test or control this is, by its id."""
    found = _STATEMENT.search(test)
    return found.group(1) if found else None


class Everyone:
    """A pytest plugin: these tests and no others, all of them; remembers who failed."""

    def __init__(self, limits: dict[str, float]) -> None:
        self.limits = limits
        self.noticed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Pass over the others: deselected, a statement without a test would be an error."""
        if item.nodeid not in self.limits:
            return True
        go_on_for(self.limits[item.nodeid])
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure is its statement's."""
        statement = statement_of(report.nodeid)
        if report.failed and statement:
            self.noticed.add(statement)


def table(told: Sequence[Sequence[str]]) -> str:
    """How many mutants each statement notices, and how many it alone does, in Markdown."""
    notices = Counter(statement for some in told for statement in some)
    alone = Counter(some[0] for some in told if len(some) == 1)
    order = sorted(notices, key=lambda id: (-alone[id], -notices[id]))
    return "\n".join(
        [
            f"{len(told)} mutants, each put to every statement whose tests run it.",
            "",
            "| statement | notices | it alone |",
            "| --- | ---: | ---: |",
            *(
                f"| {statement} | {notices[statement]} | {alone[statement]} |"
                for statement in order
            ),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants.claims")
    parser.add_argument("--count", type=int, default=100, help="mutants (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="which ones (default: 0)")
    parser.add_argument("--family", choices=OF_PROPERTIES, default="code", help="default: code")
    parser.add_argument("--workers", type=int, default=1, help="how many at once (default: 1)")
    parser.add_argument("--output", type=Path, default=Path(".verifier/mutants"), help="folder")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    output = asked.output.absolute()
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree.copied(ROOT, project_files(ROOT), Path(folder).resolve())
        known = coverage.made(tree, PROPERTIES, FAMILIES, output, asked.workers)
        file = output / f"claims-{PROPERTIES.fingerprint(tree)}.jsonl"
        told = {line["id"]: line["noticed"] for line in lines.read(file)}
        drawn = [
            (name, m, m.id(name, tree.source(name)))
            for name, m in OF_PROPERTIES[asked.family].drawn(tree, asked.seed, asked.count)
        ]

        def ask(tree: Tree, log: Path, entry: tuple[str, Mutation, str]) -> list[str] | None:
            name, m, _ = entry
            tests = [test for test in tests_for(tree, known, name, m) if statement_of(test)]
            limits = {test: PROPERTIES.start + PATIENCE * known.tests[test] for test in tests}
            everyone = Everyone(limits)

            def all_of_them() -> list[str]:
                run_pytest(PROPERTIES.arguments, everyone)
                return sorted(everyone.noticed)

            with tree.changed({name: m.applied(tree.source(name))}):
                answer = in_child(all_of_them, tree.root, sum(limits.values()), log)
            found: list[str] | None = answer.told
            return found

        left = [entry for entry in drawn if entry[2] not in told]
        for i, (entry, found) in enumerate(
            each(ask, left, tree, output / "last.log", asked.workers), 1
        ):
            told[entry[2]] = found
            lines.add(file, {"id": entry[2], "noticed": found})
            print(f"{i} of {len(left)}: {entry[2]}: {found}", flush=True)
    page = table([told[id] for _, _, id in drawn if told[id]])
    (output / f"claims-{asked.family}-{asked.seed}.md").write_text(page + "\n", encoding="utf-8")
    print(f"\n{page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
