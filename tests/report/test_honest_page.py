"""What the page says of one run, where another run's words would be false."""

from __future__ import annotations

from pathlib import Path

from tests.report.records import Balanced, configuration, evidence, outcome, whole_record
from verifier.evidence.record import Record
from verifier.report.columns import BRIEFLY
from verifier.report.content import gather
from verifier.report.corrections import AGAINST
from verifier.report.coverage import counted
from verifier.report.html import page
from verifier.report.misfit import Misfit
from verifier.report.written import number, powers
from verifier.statements import REGISTRY, STATEMENTS

REFUTES = "the same check, on the same kind of draws, refuted the broken codes"


def words(record: Record) -> str:
    return " ".join(Balanced(page(gather(record))).words.split())


def broken() -> Record:
    """A run of a broken code, without negative controls."""
    about = {"profile": "quick", "controls": "not run, for a reason", "implementation": "mine:Code"}
    about["false alarms"] = "at most 1e-06 a run: 268 statistical tests at 3.7e-09 each"
    record = Record(about=about)
    record.add(evidence("E1"))
    record.add(evidence("E4", error=7.29e5, configuration=configuration(dtype="float32").to_json()))
    wider = configuration(width=300, train_bias=False)
    record.add(evidence("E4", error=2.1e14, configuration=wider.to_json()))
    record.add(evidence("E4", configuration=configuration(width=60).to_json()))
    return record


def test_statements_of_one_likely_cause_stand_together() -> None:
    record = broken()
    record.add(evidence("E1", error=9.0))
    record.causes |= {"E1": "perturb: a cause", "E4": "perturb: a cause"}
    told = words(record)
    assert told.count("Likely cause: perturb: a cause") == 1  # the only one: at the top
    assert "Likely cause: perturb: a cause: E4, E1 do not hold" in told
    record.add(evidence("D1", error=9.0))
    assert "Likely cause: perturb: a cause (2 statements)" in words(record)
    assert "The cause of one is not known: D1 does not hold" in words(record)


def test_controls_that_were_not_run_refute_nothing() -> None:
    told = words(broken())
    assert REFUTES not in told
    assert "this run does not show: they were not run, for a reason. They are tried" in told
    assert "so chance refuted nothing; the risks of rounding are listed below" in told
    assert "The chance at the top" not in told
    assert "not tried on wrong codes here" in told.split("Findings")[0]  # in the header
    record = whole_record()
    assert REFUTES in words(record)
    record.about["controls"] = "218 of 582 this run"
    assert "listed as its negative controls (218 of 582 this run)" in words(record)


def test_the_worst_error_is_traced_to_its_comparison() -> None:
    record = whole_record()
    record.add(evidence("D2", error=0.75, conclusion="a coefficient"))
    said = "The largest, 0.75 of what rounding allows: D2, a coefficient"
    assert said in words(record).split("On this page")[1]
    assert (
        words(record).count("a coefficient, at index [0]; mean-shifted Gaussian data") == 2
    )  # and in D2's own part


def test_controls_of_another_run_are_told_apart() -> None:
    record = broken()
    assert "no full run of exactly this version is known, whose count would be quoted" in words(
        record
    )
    record.about["controls"] = "not run: the full run of 0.1.0 on 2026-11-27 refuted all 645"
    assert "would be quoted" not in words(record)
    assert "they were not run. The full run of 0.1.0 on 2026-11-27 refuted all 645." in words(
        record
    )


def test_what_a_run_does_not_cover_it_says_in_words() -> None:
    told = words(broken())
    left = len(STATEMENTS) - 2
    why = f"it tried no negative controls, {left} of the {len(STATEMENTS)} statements were not run."
    assert f"No result of the paper is covered by this run: {why}" in told
    record = whole_record()
    own, left_open = counted(gather(record)["coverage"])
    both = f"{own} results are covered by this run, one corrected by R3, {left_open} open questions"
    assert both in words(record)
    assert f"The {own[-1]} results, and {left_open[-1]} questions that the paper leaves" in told
    assert "◐ in part" in words(record)
    record.control("E5", next(iter(record.controls["E5"])), None)
    assert "what each lacks stands beside it." in words(record)


def test_what_does_not_fit_is_said_where_nothing_is_refuted() -> None:
    whole = words(whole_record())
    against = f"no statement refuted; R3 corrects the paper: {AGAINST['R3']}."
    earlier = "Earlier, not in this run: the paper's figures; how they "
    assert f"What does not fit In this run: {against} {earlier}" in whole
    assert f"{len(STATEMENTS)} statements supported; paper's direction corrected" in whole
    assert f"R3 limit {STATEMENTS['R3'].plain} It corrects the paper." in whole
    assert set(AGAINST) == {"R3"}  # the page says of all of them that they correct a direction
    assert whole.count("◐ its direction is corrected by R3") == 1
    assert (
        "◐ Result 1, its direction corrected by R3: A perturbation is parallel" in whole
    )  # on a phone
    without = whole_record()
    without.evidence = [e for e in without.evidence if e.statement != "R3"]
    assert "corrects the" not in words(without)
    assert "statements supported, none refuted" in words(without)
    assert "corrected by" not in words(without)
    found = [
        Misfit("values of g above", "7 of 9", "chance", "one.md"),
        Misfit("b off", "1 of 2", "long", "two.md", "agreement"),
        Misfit("b off", "3 of 4", "long", "three.md", "cosine"),
        Misfit("d", "5 of 6", "unclear"),
    ]
    there = page(gather(whole_record()), docs="../docs", misfits=found, weak="many fit")
    told = (
        "figures, a weak test. What is off, and why Many fit. f is trained on "
        "clean data, g on perturbations alone; how they were trained, on a GPU. What is off "
        "At so many Why Values of g above 7 of 9 likely: chance B off agreement 1 of 2 likely: "
        "long cosine 3 of 4 likely: long D 5 of 6 why: unclear On"
    )
    assert told in " ".join(Balanced(there).words.split())
    assert '<a href="../docs/gpu.md">how they were trained, on a GPU</a>' in there
    answers = there.partition("told answer")[2].partition("</dl>")[0]
    assert answers.count("<details><summary>What is off, and why") == answers.count("<details") == 1
    assert '<a href="../docs/one.md">likely: chance</a>' in there
    for end in (' class="again"><a href="../docs/two', '><a href="../docs/three'):  # seen once
        assert f'</td>\n<td{end}.md">likely: long</a></td>' in there
    assert "<td>likely: chance</td>" in page(gather(whole_record()), misfits=found)
    assert "oes not fit" not in words(broken())


def test_the_first_lines_say_what_is_wrong_where_how_sure_and_what_to_do() -> None:
    record = broken()
    record.causes["E4"] = "perturb: a cause"
    record.not_applicable["K1"] = "the implementation does not offer kernel"
    told = words(record).partition("On this page")[0]
    for said in (
        "What is wrong Likely cause: perturb: a cause: E4 does not hold.",
        f"Where perturb of mine:Code. E4 says: {STATEMENTS['E4'].plain}",
        "How sure That E4 does not hold here: certain; the cause: likely. 2 of 3 draws fail. The "
        "error is 7.29 · 10⁵ times what rounding allows, in the smallest case (float32). Supported",
        "Next Correct it until this prints “E4 held”: verifier check E4 ",
        f"Not tested {len(STATEMENTS) - 2} of {len(STATEMENTS)} statements: 1 need what the code "
        f"does not offer (kernel), {len(STATEMENTS) - 3} were not run; to run them: verifier run "
        "--level pr --implementation mine:Code",
    ):
        assert said in told


def test_chapters_of_which_nothing_was_run_stand_in_one_row_and_one_fold() -> None:
    table = page(gather(broken())).partition('<table class="cards holds">')[2].split("</table>")[0]
    rest = len(REGISTRY.chapters) - 1  # all but E1's
    assert table.count('<th scope="row">') == 2
    assert f'<th scope="row">{rest} further chapters</th>' in table
    assert table.count('<a href="#chapter-') == rest + 1
    assert table.count("○</span> nothing run</td>") == 1
    first = len(REGISTRY.chapter_of("E1").statements)
    assert f">{first - 2} not run</td>" in table
    assert f">{len(STATEMENTS) - first} not run</td>" in table
    fold = f"<summary>{rest} further chapters: nothing run</summary>"
    assert page(gather(broken())).partition(fold)[2].count('class="chapter">') == rest
    assert "chapters: nothing run" not in page(gather(whole_record()))
    assert "Controls refuted" not in table  # none was tried
    assert "Not tested" not in page(gather(whole_record()))


def test_one_number_says_how_often_chance_refutes() -> None:
    told = words(whole_record())
    (budget, spent) = (gather(whole_record())["false_alarms"][k] for k in ("budget", "spent"))
    assert spent < budget
    top, _, rest = told.partition("On this page")
    assert "statistical tests: at most one in a million (other risks)." in top
    assert '<ul class="tally">' not in page(gather(whole_record()))  # the rows say it
    assert top.count("✓") == 2  # what is no success has no mark
    assert "refutes a true statement is at most 10⁻⁶." in rest
    assert f"at most {number(spent)}" not in told


def test_columns_are_explained_above_the_table_and_empty_ones_left_out() -> None:
    text = page(gather(broken()))
    table = text.index('<table class="cards overview"')
    assert text.index(BRIEFLY["error"]) < table
    assert BRIEFLY["detects"] not in text
    head = text[text.index('<table class="cards overview"') :].split("</thead>")[0]
    assert ">error</th>" in head
    assert ">detects</th>" not in head  # no test was made


def test_controls_of_some_statements_vouch_for_those_alone() -> None:
    record = Record(evidence=[evidence("E1"), evidence("E2")])
    record.control("E1", "one", 3)
    assert "Of 1 of the 2 supported ones, the same check" in words(record)
    record.control("E1", "two", None)
    told = words(record)
    assert "Of no supported one did its check refute all of its negative controls" in told
    assert REFUTES not in told


def test_where_a_refuted_statement_held_is_not_in_its_card() -> None:
    assert "Supported at samples N" in words(broken())  # E1
    assert "Held at" not in words(broken())
    assert "2 of 3 draws fail" in words(broken())


def test_draws_without_a_perturbation_are_told_from_those_that_hold() -> None:
    record = broken()
    assert "no perturbation other than 0" not in words(record)
    nothing = configuration(width=60).to_json()
    zero = {"zero perturbations": nothing["data"]["samples"]}
    record.add(evidence("E4", configuration=nothing, notes=zero))
    record.add(evidence("E4", configuration=nothing, notes=zero, error=3.0))  # no other: it fails
    told = "3 of 5 draws fail (of the others 1 had no perturbation other than 0)"
    assert told in words(record)


def test_what_was_tested_is_named_so_that_a_stranger_knows_it() -> None:
    head = "reference (this project's own code) · default profile"
    assert head in words(whole_record())
    assert "mine:Code · quick profile" in words(broken())


def test_the_worst_error_is_named_beside_that_of_the_smallest_case() -> None:
    told = words(broken())
    assert "in the smallest case (float32)" in told
    assert "2.1 · 10¹⁴" not in told.partition("On this page")[0]  # one size of one error
    # in its own part, by its own name
    assert "2.1 · 10¹⁴ times what rounding allows (worst of its draws, float64)" in told
    assert page(gather(broken())).count("<dt>worst error</dt>") == 1  # not that of what holds
    held = Record(evidence=[evidence("E1"), evidence("E2")])
    assert "Smallest error noticed" in words(held)
    assert "Smallest error noticed" not in words(Record(evidence=[evidence("E1", error=3.0)]))
    held.add(evidence("E4", error=3.0))
    assert '<td class="n" data-label="worst error">3</td>' in page(gather(held))


def test_numbers_are_written_in_one_way() -> None:
    told = words(broken())
    assert "2.1 · 10¹⁴" in told
    assert "2.1e+14" not in told
    written = powers("7.29e+05 of x1e-06, -2e-06").replace("\N{NO-BREAK SPACE}", " ")
    assert written == "7.29 · 10⁵ of x1e-06, −2 · 10⁻⁶"


def test_planned_and_made_tests_are_told_apart() -> None:
    assert "268 statistical tests at 3.7 · 10⁻⁹ each 0 of these were made here" in words(broken())
    record = whole_record()
    record.about["false alarms"] = "some"
    tests = sum(len(e.tests) for e in record.evidence)
    assert f"some {tests} of these were made here" in words(record)


def test_what_was_not_run_takes_no_room_in_the_list_for_phones() -> None:
    told = words(broken())
    assert f"Not run, and not shown: {len(STATEMENTS) - 2} of the {len(STATEMENTS)}" in told
    listed = page(gather(broken())).split('<ul class="uses">')
    assert sum(part.split("</ul>")[0].count("<li>") for part in listed[1:]) == 2


def test_how_often_a_setting_was_drawn_is_counted_over_all_statements() -> None:
    content = gather(whole_record())
    result = next(r for r in content["coverage"] if "scenario" in r["drawn"])
    counts = result["met"]["scenario"]
    assert counts["(a)"] > result["drawn"]["scenario"]["(a)"]
    told = words(whole_record())
    assert f"with its premise: (a) {counts['(a)']}, (b) {counts['(b)']}" in told


def test_nothing_floats_above_the_text() -> None:
    assert "position: sticky" not in page(gather(broken()))


def test_runs_of_several_commits_are_not_called_the_same_code(tmp_path: Path) -> None:
    record = Record(about={"commit": "new"}, folder=tmp_path / "2")
    record.add(evidence("P1", tests=(outcome(),)))
    content = gather(record)
    earlier = {**content["history"][0], "commit": "old", "started": "2026"}
    content["history"] = [earlier, *content["history"]]
    told = " ".join(Balanced(page(content)).words.split())
    assert "they are of 2 commits of this suite" in told
    assert f"1/{len(STATEMENTS)}" in told
