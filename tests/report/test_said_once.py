"""What the page says once, what it says first, and what it folds."""

from __future__ import annotations

import numpy as np

from tests.report.records import Balanced, evidence, whole_record
from tests.report.test_honest_page import broken, words
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.error_axis import error_ticks
from verifier.report.html import page


def card(record: Record, name: str) -> str:
    return page(gather(record)).partition(f'<div id="{name}"')[2].split("</article>")[0]


def test_the_card_of_the_first_finding_says_what_the_top_does_not() -> None:
    record = broken()
    record.causes["E4"] = "perturb: a cause"
    record.add(evidence("D1", error=9.0))
    for name, is_first in (("E4", True), ("D1", False)):
        told = card(record, name)
        assert ("cause, both sides and what to do: at the top" in told) is is_first
        for said in ("where:", "both sides:", "how often:", "verifier check"):
            assert (said in told) is not is_first
        assert "error in this smallest case:" in told
        assert "smallest:" in told


def test_what_is_refuted_is_counted_first() -> None:
    tally = page(gather(broken())).partition('<ul class="tally">')[2].split("</ul>")[0]
    assert " ".join(Balanced(tally).words.split()).startswith("✗ refuted 1 ✓ supported 1")


def test_bad_luck_is_folded_and_has_no_column_of_dashes() -> None:
    fold = '<details class="long shut"><summary>What can end a run red by bad luck'
    _, found, text = page(gather(whole_record())).partition(fold)
    assert found
    table = text.partition("<table")[2].split("</table>")[0]
    assert table.count("<td>At most 10⁻⁶: ") == 1
    assert "–</td>" not in table


def test_the_graph_is_folded_where_nothing_is_refuted() -> None:
    fold = "<summary>The graph</summary>"
    for record, is_folded in ((whole_record(), True), (broken(), False)):
        text = page(gather(record))
        assert (fold in text) is is_folded
        assert text.count('<svg class="graph"') == 1


def test_a_path_of_a_command_breaks_behind_a_slash() -> None:
    record = broken()
    record.causes["E4"] = "perturb: a cause"
    assert "counterexamples/<wbr>E4.json" in page(gather(record))
    assert "counterexamples/E4.json" in words(record)


def test_an_axis_says_how_far_the_errors_reach_that_are_drawn_at_its_end() -> None:
    ends = ((2e13, "10⁶ to 10¹³"), (np.inf, "10⁶ to ∞"), (1e6, "10⁶"))
    for largest, told in ends:
        assert error_ticks(np.asarray([0.2, largest]))[1][-1] == told
