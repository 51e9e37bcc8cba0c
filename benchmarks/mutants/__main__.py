"""Draw mutants, ask who notices, write what was found. Goes on where it was interrupted.

Status 0: every drawn mutant was noticed or is explained in equivalent.json; 1: there are holes;
130: interrupted, and what was found until then is written.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import hypothesis  # noqa: F401  # what is slow to import, children find imported
import scipy.stats  # noqa: F401
import torch

from benchmarks.mutants import coverage
from benchmarks.mutants.at_once import each
from benchmarks.mutants.equal import compared_calls
from benchmarks.mutants.families import FAMILIES, Family
from benchmarks.mutants.judging import SURVIVED, Verdict, judged, require_sane
from benchmarks.mutants.report import elements, reasons, summary
from benchmarks.mutants.results import Found, Kept
from benchmarks.mutants.syntax import Mutation
from benchmarks.mutants.tree import Tree, project_files

ROOT = Path(__file__).parents[2]
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """All of it."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="mutants of each family")
    parser.add_argument("--seed", type=int, default=0, help="which ones (default: 0)")
    names = [family.name for family in FAMILIES]
    parser.add_argument("--family", choices=names, action="append", help="only this one")
    parser.add_argument("--workers", type=int, default=1, help="how many at once (default: 1)")
    parser.add_argument("--output", type=Path, default=Path(".verifier/mutants"), help="folder")
    asked = parser.parse_args(arguments)
    if asked.workers < 1:
        parser.error(f"--workers is {asked.workers}: must be at least 1")
    # or else what runs in a shell's background, where Ctrl-C is ignored, could not be interrupted
    signal.signal(signal.SIGINT, signal.default_int_handler)
    torch.set_num_threads(1)  # children share the machine with whatever else runs there
    asked.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree.copied(ROOT, project_files(ROOT), Path(folder).resolve())
        session = Session(
            tree, FAMILIES, asked.seed, asked.count, asked.output.absolute(), asked.workers
        )
        return session.run(asked.family or names)


@dataclass
class Session:
    """`count` mutants of each family, drawn by `seed`; what is found is kept in `output`.

    `workers` mutants are asked about at a time.
    """

    tree: Tree
    families: Sequence[Family]
    seed: int
    count: int
    output: Path
    workers: int = 1

    def run(self, names: Sequence[str]) -> int:
        """Ask about the mutants of these families and write the report; returns `main`'s status."""
        kept = Kept(self.output / "mutants.jsonl")
        asked = [family for family in self.families if family.name in names]
        drawn = {f.name: f.drawn(self.tree, self.seed, self.count) for f in asked}
        stopped = False
        try:
            for family in asked:
                self._ask(family, drawn[family.name], kept)
        except KeyboardInterrupt:
            stopped = True
        why = reasons()
        pages = []
        holes = 0
        for family in asked:
            ids = [m.id(name, self.tree.source(name)) for name, m in drawn[family.name]]
            found = [kept.found[id] for id in ids if id in kept.found]
            holes += sum(not f.is_noticed and not f.is_equivalent(why) for f in found)
            pages.append(summary(family, found, why))
        everything = [pair for some in drawn.values() for pair in some]
        report = elements(self.tree, everything, kept.found, why)
        (self.output / "mutants.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
        page = "\n".join(pages)
        (self.output / "mutants.md").write_text(page, encoding="utf-8")
        print(f"\n{page}\n{self.output / 'mutants.md'}")
        return INTERRUPTED if stopped else int(holes > 0)

    def _ask(self, family: Family, drawn: list[tuple[str, Mutation]], kept: Kept) -> None:
        """Ask about every mutant that is not settled."""
        fingerprint = family.judge.fingerprint(self.tree)
        ids = [(name, m, m.id(name, self.tree.source(name))) for name, m in drawn]
        left = [entry for entry in ids if not kept.is_settled(entry[2], fingerprint)]
        print(f"{family.name}: {len(drawn)} drawn, {len(left)} to ask about", flush=True)
        if not left:
            return
        print(f"{family.name}: which test runs which statement", flush=True)
        known = coverage.made(self.tree, family.judge, self.families, self.output, self.workers)
        print(f"{family.name}: {len(known.tests)} tests", flush=True)
        require_sane(self.tree, family.judge, known, self.output / "last.log")

        explained = reasons()

        def ask(tree: Tree, log: Path, entry: tuple[str, Mutation, str]) -> Found:
            name, m, id = entry
            about = (tree, family.judge, known, name, m, log)
            found = (id, family.name, name, m)
            calls = compared_calls(*about) if id in explained else (0, 0)
            if calls[0] and not calls[1]:  # equivalent, whatever the judge would say
                return Found.of(*found, Verdict(SURVIVED, "", 0, 0.0), fingerprint, calls)
            verdict = judged(*about)
            if verdict.status == SURVIVED:
                calls = compared_calls(*about)
            return Found.of(*found, verdict, fingerprint, calls)

        started = time.monotonic()
        told = each(ask, left, self.tree, self.output / "last.log", self.workers)
        for i, (_, found) in enumerate(told, 1):
            kept.add(found)
            usual = (time.monotonic() - started) / i
            print(
                f"{family.name}: {i} of {len(left)}, {found.status.lower()} after "
                f"{found.seconds:.0f} s; {usual * (len(left) - i) / 60:.0f} min left: {found.id}",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
