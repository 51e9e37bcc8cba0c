"""The end of a run: what holds first, what does not in words, within 80 columns and 40 lines."""

from __future__ import annotations

import math
import re
from collections import Counter

from tests.report.records import configuration, evidence, outcome, whole_record
from verifier.evidence.folders import INTERRUPTED
from verifier.evidence.record import Record
from verifier.report.backing import OF_BASIS
from verifier.report.content import gather
from verifier.report.summary import NARROWEST, summarise
from verifier.report.untested import LACKING
from verifier.statements import EXACT as EXACT_BASIS
from verifier.statements import HEURISTIC, LIMIT, REGISTRY, STATEMENTS


def lines(record: Record, **options: bool) -> list[str]:
    return summarise(gather(record), **options).splitlines()


def test_a_good_run_fits_a_screen_and_says_so_first() -> None:
    shown = lines(whole_record())
    assert len(shown) <= 40
    assert max(map(len, shown)) <= 80
    assert shown[0].startswith("perturbation-verifier")
    everything = f"{len(STATEMENTS)} of {len(STATEMENTS)} statements supported"
    bases = Counter(s.basis for s in STATEMENTS.values())
    split = f"{bases[EXACT_BASIS]} exact, {bases[LIMIT]} limits, {bases[HEURISTIC]} heuristics"
    assert shown[1] == f"{everything}; one corrects the paper"
    told = " ".join(" ".join(shown[2:4]).split())
    assert told.startswith("what holds: ")
    assert re.sub(r" \([a-z ]+\)", "", told) == f"what holds: {split}"
    assert shown[4] == ""
    for heading in ("how sure:", "what does not fit:"):
        items = shown[shown.index(heading) + 1 :]
        items = items[: items.index("")]  # all below it, at one margin
        assert sum(not line.startswith(" " * 4) for line in items) >= 2
        assert all(line.startswith("  ") for line in items)
    assert shown[5] == "how sure:"
    narrow = summarise(gather(whole_record()), NARROWEST)
    listed = narrow.partition("what holds:\n")[2].partition("\n\nhow sure")[0].splitlines()
    assert listed == [
        f"  {kind}{gloss}" for kind, gloss in zip(split.split(", "), OF_BASIS.values(), strict=True)
    ]
    for chapter in REGISTRY.chapters:
        assert any(line.startswith(f"ok {chapter.title}") for line in shown)
    assert not any(" E1 " in line for line in shown)


def test_what_does_not_hold_is_said_in_words_with_its_finding() -> None:
    record = whole_record()
    record.evidence.append(evidence("E1", error=3.0, lhs=2.0))
    shown = lines(record)
    assert f"{len(STATEMENTS) - 1} of {len(STATEMENTS)} statements supported, 1 refuted" in shown[1]
    assert "corrects the paper" not in shown[1]  # what failed is the news
    begun = [line.strip().split("  ")[0] for line in shown]
    first = ["likely cause", "both sides", "how often", "next", "where"]
    assert [begun.index(name) for name in first] == sorted(begun.index(name) for name in first)
    at = shown.index("  NO E1")
    assert any(line.startswith("FINDING  E1 does not hold here") for line in shown[:at])
    assert any("verifier check E1" in line for line in shown[:at])
    said = f"E1 says {STATEMENTS['E1'].plain} in symbols {STATEMENTS['E1'].statement} how sure"
    assert said in " ".join(" ".join(shown).split())
    assert begun.index("both sides") < begun.index("E1 says")
    assert max(len(line) for line in shown if "counterexample" not in line) <= 80


def test_a_control_that_is_not_refuted_is_no_success() -> None:
    record = whole_record()
    record.control("E1", next(iter(record.controls["E1"])), None)
    text = "\n".join(lines(record))
    assert "NO Exact identities" in text
    assert "negative controls not refuted" in text
    record.add(evidence("E1", error=3.0))  # its finding does not say that
    assert "negative controls not refuted" in "\n".join(lines(record))


def test_every_statement_is_listed_where_it_is_asked_for() -> None:
    every = lines(whole_record(), statements=True)
    shown = "\n".join(every)
    assert all(f"ok {name}" in shown for name in STATEMENTS)
    said = [k for k, line in enumerate(every) if "statements supported" in line]
    assert said[0] < 3
    assert said[1] > len(every) - 6  # the first has scrolled away
    sure = [k for k, line in enumerate(every) if line == "how sure:"]
    assert [k > said[1] for k in sure] == [False, True]
    (more,) = [line for line in every if line.startswith("more: ")]
    assert more.startswith("more: verifier table --wide; verifier report")
    assert "verifier table (all)" in "\n".join(lines(whole_record()))


def test_a_run_that_tries_no_controls_is_not_blamed_for_what_it_cannot_cover() -> None:
    record = whole_record()
    assert "the paper: 9 of 9 results covered (1 corrected)" in lines(record)
    record.errors["R3"] = "stopped"
    assert not any("corrects" in line or "what holds" in line for line in lines(record))
    record.errors.clear()
    record.controls.clear()
    text = " ".join(" ".join(lines(record)).split())
    assert "its results are covered by a run that tries negative controls, too" in text


def test_another_code_is_told_that_it_disagrees() -> None:
    record = whole_record()
    record.evidence.append(evidence("E1", error=3.0))
    assert not any("your code disagrees" in line for line in lines(record))
    record.about["implementation"] = "mine:Code"
    total = len(STATEMENTS)
    assert lines(record)[1].startswith(f"your code disagrees with 1 of {total} statements, ")
    assert f"{total - 1} supported" in lines(record)[1]
    few = Record(evidence=[evidence("E1"), evidence("E2"), evidence("E4", error=3.0)])
    few.about["implementation"] = "mine:Code"
    part = Record(evidence=[evidence("E1", error=3.0)], about={"implementation": "mine:Code"})
    assert ", 2 supported (E1, E2); " in lines(few)[1]
    told = f"1 of 1 statements, 0 supported; {total - 1} of {total} not tested"
    assert told in " ".join(lines(part)[1:3])


def test_what_lies_behind_a_refutation_comes_first_and_the_finding_before_the_rest() -> None:
    record = whole_record()
    record.causes["E0"] = "train: decay"
    for name in ("E0", "E1"):  # E1 follows
        record.evidence.append(evidence(name, error=3.0))
    shown = lines(record)
    at = next(k for k, line in enumerate(shown) if line.startswith("FINDING  E0"))
    assert at < 7
    assert shown[at + 1].endswith(" train: decay")
    assert not any(line.startswith("why") for line in shown)  # one cause is told once
    assert at < shown.index(next(x for x in shown if x.startswith("ok ")))
    assert shown.index("", at) - at <= 24  # on one screen of even a small terminal
    also = "  also refuted   1 that builds on E0"
    assert shown[at + 2].startswith("  both sides     ")
    assert shown[at + 4] == '  next           correct train until this prints "E0 held":'
    last = " ".join("\n".join(shown).rpartition("\n\n")[2].split())
    assert last.startswith("refuted: E0 and 1 that builds on it; likely train: decay; ")
    assert also in shown[at:]
    assert "  NO E0, E1" in shown  # there, once
    record.causes.clear()
    assert also in lines(record)
    without = whole_record()
    without.evidence.append(evidence("E4", conclusion="r_n", error=3.0))
    assert any(line.endswith("likely cause   not known") for line in lines(without)[:8])
    without.evidence.append(evidence("E2", conclusion="f", error=3.0))
    assert lines(without)[2:4] == ["why  E4: cause not known", "     E2: cause not known"]


def test_of_a_chapter_s_refuted_statements_those_with_a_finding_of_their_own_are_first() -> None:
    record = whole_record()
    for name, error in (("E1", 2.0), ("E2", 3.0), ("E4", 9.0)):
        record.add(evidence(name, error=error))
    record.causes |= dict.fromkeys(("E2", "E4"), "perturb: a cause")  # E4 is farther off
    assert "  NO E1, E4, E2" in lines(record)


def test_a_number_is_on_the_line_of_its_name() -> None:
    record = whole_record()
    record.about["run_seed"] = "0"
    for width in range(NARROWEST, 90):
        first = summarise(gather(record), width).split("\n\n")[0]
        assert "seed 0" in first


def test_a_refutation_with_a_reason_says_it() -> None:
    record = whole_record()
    record.evidence.append(evidence("E4", error=3.0))
    assert not any(line.strip() == "refuted" for line in lines(record))
    content = gather(record)
    for chapter in content["chapters"]:
        for s in chapter["statements"]:
            if s["id"] == "E4":
                s["reason"] = "for a reason"
    assert "refuted: for a reason" in summarise(content)


def test_many_causes_are_counted() -> None:
    record = whole_record()
    for name in ("E4", "K1", "K2", "S1", "D1"):
        record.evidence.append(evidence(name, error=3.0))
        record.causes[name] = f"the cause of {name}"
    shown = lines(record)
    assert "     and 2 more, below" in shown
    causes = "\n".join(shown[: shown.index("")])
    assert sum(f"the cause of {name}" in causes for name in ("E4", "K1", "K2", "S1", "D1")) == 3


def test_what_an_error_stopped_is_told_once_for_each_error() -> None:
    record = Record(evidence=[evidence("E4")])
    record.errors |= dict.fromkeys(["E1", "E2"], "AttributeError: no zero_grads")
    shown = lines(record)
    assert "1 of 3 statements supported, 2 stopped by an error" in shown[1]
    assert shown[2] == "why  E1, E2: AttributeError: no zero_grads"
    assert "\n".join(shown).count("AttributeError") == 1


def test_columns_and_marks_are_explained_below_the_table() -> None:
    shown = lines(whole_record())
    at = next(k for k, line in enumerate(shown) if line.startswith("error: "))
    assert shown[at - 1].startswith("ok ")
    assert "supported, " not in shown[at + 1]  # all marks are alike
    told = " ".join(" ".join(shown).split())
    assert "codes and formulas wrong on purpose (controls) refuted" in told
    some = whole_record()
    some.add(evidence("E4", error=3.0))
    some.evidence = [e for e in some.evidence if not e.statement.startswith("R")]
    some.controls.clear()
    some.not_applicable |= dict.fromkeys(["E6", "E6s"], f"{LACKING}train_deep")
    some.evidence = [e for e in some.evidence if e.statement not in ("E6", "E6s")]
    assert "ok supported (all that ran), NO refuted, .. not run" in lines(some)
    some.errors["E1"] = "stopped"
    some.evidence = [e for e in some.evidence if e.statement != "E1"]
    assert any("NO not supported, " in line for line in lines(some))  # one was not refuted
    missed = whole_record()
    missed.control("E1", next(iter(missed.controls["E1"])), None)
    assert "ok supported, NO controls not refuted" in lines(missed)
    alone = lines(Record(evidence=[evidence("E4", error=3.0)]))
    assert any(line.split() == ["refuted", "error", "not", "tested"] for line in alone)
    assert any(line.split() == ["NO", "Exact", "identities", "1/1", "3", "11"] for line in alone)
    far = lines(Record(evidence=[evidence("E4", error=math.inf)]))
    assert any(line.split() == ["NO", "Exact", "identities", "1/1", "inf", "11"] for line in far)
    none = lines(Record(errors={"E4": "stopped"}))
    assert not any(line.startswith("error: ") for line in none)
    assert any(line.split()[:4] == ["NO", "Exact", "identities", "0/1"] for line in none)


def test_the_smallest_case_is_told_alone_and_briefly() -> None:
    record = whole_record()
    record.evidence.append(evidence("E1", error=8.2e5, configuration=configuration().to_json()))
    small = configuration(width=1, dtype="float32").to_json()
    record.evidence.append(evidence("E1", error=7.29e5, configuration=small))
    text = " ".join(" ".join(lines(record)).split())
    assert "error 1e-17 apart; rounding allows 1e-16 (7e+05 times)" in text
    assert "8.2e+05" not in text  # of the worst draw one digit stands, in its chapter
    assert re.search(r"NO Exact identities +\d+/\d+ +8e\+05 ", text)
    assert "what rounding or chance allows; above 1 refutes ok supported, NO refuted" in text
    assert "how sure: that E1 does not hold here: certain 645 of 645" in text
    record.causes["E1"] = "train: decay"
    sure = " ".join(" ".join(lines(record)).split())
    assert "how sure: that E1 does not hold here: certain; the cause: likely 645 of 645" in sure
    assert "error: worst difference / " in text
    assert "the smallest case found, in float32:" in text
    data = configuration().data
    sizes = f"d {data.dimension}, N {data.samples}, width 1, "
    assert f"smallest case {sizes}" in text
    assert "ReLU error " in text  # without momentum that is not told
    fast = configuration(width=1, momentum=0.25).to_json()
    told = lines(Record(evidence=[evidence("E1", error=3.0, configuration=fast)]))
    assert "ReLU, momentum 0.25 error" in " ".join(" ".join(told).split())


def test_what_a_statistical_test_refutes_is_not_quite_certain() -> None:
    record = whole_record()
    told = outcome(error=3.0)
    record.add(evidence("P1", error=3.0, tests=(told,), conclusion=told["conclusion"]))
    shown = "\n".join(lines(record))
    assert "how sure:\n  that P1 does not hold here: almost certain\n  645 of 645 codes" in shown


def test_symbols_and_colour_are_for_terminals() -> None:
    assert not any("\x1b" in line or "✓" in line for line in lines(whole_record()))
    assert any("\x1b[1;32m" in line for line in lines(whole_record(), color=True))
    assert any(line.startswith("✓ Exact identities") for line in lines(whole_record(), color=True))


def test_every_statement_has_a_sentence_without_symbols() -> None:
    for statement in STATEMENTS.values():
        assert statement.plain.endswith("."), statement.id
        assert not set("_^=<>|{}") & set(statement.plain), statement.id
        assert len(statement.plain) <= 90, statement.id


def test_what_is_not_all_well_is_not_green() -> None:
    record = whole_record()
    assert lines(record, color=True)[1].startswith("\x1b[1;32m")
    record.control("E1", next(iter(record.controls["E1"])), None)
    assert "\x1b[1;32m" not in lines(record, color=True)[1]
    for one, is_red in ((whole_record(), False), (record, True)):
        shown = lines(one, color=True)
        lines_of = shown[shown.index("how sure:") + 1 :]
        reds = [line.startswith("\x1b[1;31m") for line in lines_of[: lines_of.index("")]]
        assert reds == [is_red, *[False] * (len(reds) - 1)]


def test_an_interrupted_run_says_so_first_and_supports_nothing() -> None:
    record = whole_record()
    record.state = INTERRUPTED
    shown = lines(record)
    assert shown[1].startswith("INTERRUPTED")
    assert any(line.startswith(f"0 of {len(STATEMENTS)} statements supported") for line in shown)


def test_the_finding_comes_before_how_sure_the_run_is() -> None:
    record = whole_record()
    record.evidence.append(evidence("E1", error=3.0))
    shown = lines(record)
    found = [k for k, x in enumerate(shown) if x.startswith(("FINDING", "how sure", "ok Depth"))]
    assert [shown[k].split()[0] for k in found] == ["FINDING", "how", "ok"]
    assert shown[found[0] - 1] == shown[found[1] - 1] == ""
