"""The last lines of a run: its verdict, what limits it, and what lies behind a refutation."""

from __future__ import annotations

from pathlib import Path

from tests.report.records import evidence, whole_record
from tests.report.test_summary import lines
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.summary import LIMIT, summarise
from verifier.report.untested import LACKING
from verifier.statements import STATEMENTS


def end(record: Record) -> str:
    """The last lines as one."""
    return " ".join(summarise(gather(record)).strip().rpartition("\n\n")[2].split())


def test_a_run_ends_with_its_verdict_and_what_limits_it() -> None:
    record = whole_record()
    total = len(STATEMENTS)
    held = f"{total} of {total} supported, R3 corrects the paper"
    assert lines(record)[-1] == f"{held} ({LIMIT})"
    content = gather(record) | {"wall_time": {"wall": 61.2}}
    for every in (False, True):
        last = summarise(content, statements=every).splitlines()[-1]
        assert last == f"{held} ({LIMIT}; 61 s)"
    some = whole_record()
    some.evidence = [e for e in some.evidence if e.statement != "K1"]
    some.errors["R3"] = "stopped"
    assert lines(some)[-1] == f"{total - 2} of {total - 1} supported ({LIMIT})"
    record.evidence.append(evidence("E1", error=3.0))
    record.not_applicable["K1"] = f"{LACKING}kernel"
    record.evidence = [e for e in record.evidence if e.statement != "K1"]
    assert lines(record)[1].startswith(
        f"{total - 2} of {total - 1} statements supported, 1 refuted"
    )
    again = "next: verifier check E1 counterexamples/E1.json"
    rest = f"{total - 2} of {total - 1} supported ({LIMIT}) {again}"
    assert end(record) == f"refuted: E1; cause not known; {rest}"
    assert any(line.startswith("  next ") for line in lines(record))
    record.causes["E1"] = "output: it is too small by a factor of 2 (1/m, here)"
    assert end(record) == f"refuted: E1; likely output: it is too small by a factor of 2; {rest}"
    record.evidence.append(evidence("E4", error=3.0))
    record.causes["E4"] = record.causes["E1"]
    assert end(record).startswith("refuted: E4 and 1 more; likely output: it")
    mixed = whole_record()
    for name in ("E0", "E1", "K1"):  # E1 builds on E0, K1 does not
        mixed.evidence.append(evidence(name, error=3.0))
    mixed.causes |= dict.fromkeys(("E0", "K1"), "train: decay")
    content = gather(mixed)
    (first,) = (s for s in statements_of(content) if s["id"] == "E0")
    first["finding"]["draws"] |= {"fail": 99, "of": 99}  # so that it leads
    assert "\nrefuted: E0 and 2 more; likely train: decay; " in summarise(content)
    record.folder = Path("a" * 60, "b" * 60)  # a command of more lines than two is told above alone
    assert end(record).endswith(f"({LIMIT}); see `next`")
