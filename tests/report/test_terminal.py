"""What the terminal says of a run: its sum, a part of it, typical tightness, premises."""

from __future__ import annotations

import pytest

from tests.report.records import configuration, evidence, whole_record
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.facts import facts
from verifier.report.terminal import WIDTH, render, wide_enough
from verifier.report.verdicts import rows
from verifier.statements import STATEMENTS


def test_one_line_sums_a_run_up() -> None:
    record = whole_record()
    found = rows(record)
    record.control("E1", next(iter(record.controls["E1"])), None)  # one that was not refuted
    tried = sum(row.controls for row in found)
    refuted = tried - 1
    everything = f"{len(found)} of {len(STATEMENTS)} statements supported, {refuted} of {tried} "
    assert everything in render(gather(record))
    record.evidence.append(evidence("E2", error=3.0))
    assert f"{len(found) - 1} of {len(STATEMENTS)} statements supported" in render(gather(record))


def test_a_part_of_the_suite_says_so_and_lists_what_was_not_run_once() -> None:
    assert "not run" not in render(gather(whole_record()))
    shown = render(gather(Record(evidence=[evidence("E1"), evidence("E2")])))
    line = next(line for line in shown.splitlines() if "a part of the suite; not run: " in line)
    assert line.split(": ")[1].split(", ") == [c for c in STATEMENTS if c not in ("E1", "E2")]
    assert "2 of 2 statements supported" in shown
    assert shown.count("not run") == 1


def test_typical_is_the_median_of_the_draws_and_of_inequalities_only() -> None:
    ratios = (0.1, 0.3, 1.0)
    record = Record(
        evidence=[evidence(c, tightness=t) for c in ("D1", "E1") for t in ratios]  # E1: identity
    )
    found = {row.id: row for row in rows(record)}
    assert (found["D1"].tightness, found["D1"].typical) == (1.0, 0.3)
    assert (found["E1"].tightness, found["E1"].typical) == (None, None)
    header, row = (
        next(line for line in render(gather(record)).splitlines() if line.strip().startswith(start))
        for start in ("id ", "D1 ")
    )
    end = header.index("typical") + len("typical")
    assert row[:end].split()[-2:] == ["1", "0.3"]


def test_premises_stand_below_what_they_are_for() -> None:
    record = Record()
    counts = {"kept": {"failures": 1, "draws": 8}, "removed": {"failures": 7, "draws": 9}}
    for premise, conclusion in (
        ("wide", "f and g agree"),
        ("convex", "g is f"),
        ("long", "f and g agree"),
    ):
        about = {"premise": premise, "conclusion": conclusion, "verdict": "necessary"}
        record.necessity.append({**about, **counts})
    lines = render(gather(record)).splitlines()
    start = next(i for i, line in enumerate(lines) if "without each premise" in line)
    shown = [" ".join(line.split()) for line in lines[start + 1 : start + 6]]
    said = "1 of 8 with it, 7 of 9 without: necessary"
    assert shown == [
        "f and g agree fails",
        f"wide {said}",
        f"long {said}",
        "g is f fails",
        f"convex {said}",
    ]


def test_no_column_vanishes_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, expected in (("80", WIDTH), ("200", 200)):
        monkeypatch.setenv("COLUMNS", columns)
        assert wide_enough() == expected


def hiding_record() -> Record:
    """E1 with draws that were not comparable, one without kinks; E2 with one that diverged."""
    without = {**configuration().to_json(), "kink_free": True}
    kept = [evidence("E1"), evidence("E1", configuration=without), evidence("E2")]
    record = Record(evidence=kept)
    for reason in ("not comparable", "not comparable", "diverged"):
        record.reject("E1", reason)
    record.reject("E2", "diverged")
    return record


def test_what_a_fault_could_hide_in_is_said() -> None:
    record = hiding_record()
    (line,) = [s for s in render(gather(record)).splitlines() if "could hide in" in s]
    assert line.endswith(": 2 of E1 (compared: 2, 1 of them without kinks)")
    del record.rejected["E1"]["not comparable"]
    assert "could hide in" not in render(gather(record))


def test_what_the_code_takes_at_the_kink_is_one_line() -> None:
    notes = [
        {"phi'(0) in train: gamma": 4, "phi'(0) in perturb: gamma": 1},
        {"phi'(0) in train: gamma": 2, "phi'(0) in perturb: 1": 1, "zero perturbations": 3},
    ]
    record = Record(evidence=[evidence("E0k", notes=n) for n in notes])
    content = gather(record)
    told = facts(content, statements_of(content))["at a kink"]
    assert told.endswith("Slopes used here: gamma in train, 1 or gamma in perturb")
    shown = render(content)
    assert "phi'(0), read where u = 0 exactly: train gamma, perturb 1 or gamma\n" in shown
    assert shown.count("phi'(0) in train") == 0
    assert "zero perturbations: 3" in shown
    assert "read where u = 0" not in render(gather(whole_record()))
