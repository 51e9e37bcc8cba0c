"""The last lines of a run: its verdict, what limits it, and what lies behind a refutation."""

from __future__ import annotations

from tests.report.records import evidence, whole_record
from tests.report.test_summary import lines
from verifier.report.content import gather
from verifier.report.summary import LIMIT, summarise
from verifier.report.untested import LACKING
from verifier.statements import STATEMENTS


def test_a_run_ends_with_its_verdict_and_what_limits_it() -> None:
    record = whole_record()
    total = len(STATEMENTS)
    assert lines(record)[-1] == f"all supported; {LIMIT}"  # its first lines count them
    content = gather(record) | {"wall_time": {"wall": 61.2}}
    for every in (False, True):
        last = summarise(content, statements=every).splitlines()[-1]
        assert last == f"all supported in 61 s; {LIMIT}"
    some = whole_record()
    some.evidence = [e for e in some.evidence if e.statement != "K1"]
    assert lines(some)[-1] == f"{total - 1} of {total - 1} supported; {LIMIT}"
    record.evidence.append(evidence("E1", error=3.0))
    record.not_applicable["K1"] = f"{LACKING}kernel"
    record.evidence = [e for e in record.evidence if e.statement != "K1"]
    told = f"{total - 2} of {total - 1} supported; {LIMIT}"
    assert lines(record)[-2:] == [told, "refuted: E1; cause not known"]
    record.causes["E1"] = "output: it is too small by a factor of 2 (1/m, here)"
    assert lines(record)[-1] == "refuted: E1; likely output: it is too small by a factor of 2"
    record.evidence.append(evidence("E4", error=3.0))
    record.causes["E4"] = record.causes["E1"]
    assert lines(record)[-1].startswith("refuted: E4 and 1 more; likely output: it")
