"""A finding is built once: pytest, the terminal, the page and `verifier check` say the same."""

import json
import math
from pathlib import Path

import pytest

from tests.report.records import Balanced, by_id, configuration, evidence, outcome
from verifier.cli import main
from verifier.data.distributions import FAMILIES, IMAGE_TASKS
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.finding import DATA_IN_WORDS, Finding, sides, told_apart
from verifier.report.html import page
from verifier.report.summary import LIMIT, summarise
from verifier.report.terminal import render
from verifier.report.told import by_cause
from verifier.report.verdicts import REFUTED
from verifier.statements import STATEMENTS, PathwiseStatement


def test_every_report_says_the_same_words() -> None:
    record = Record(about={"implementation": "mylab:Net", "run_seed": "7"})
    refuted = evidence("E1", error=3.5, lhs=0.25, difference=0.75, bound=1e-3)
    record.add(refuted)
    content = gather(record)
    words = by_id(content)["E1"]["finding"]["words"]
    order = ["where", "both sides", "error", "how often"]
    assert list(words) == [*order, "smallest", "reproduce", "source", "tested"]
    assert words["how often"] == "1 of 1 draws fail"
    assert words["tested"] == "mylab:Net"
    assert words["source"] == STATEMENTS["E1"].source
    assert words["error"] == "3.5 times what rounding allows: 0.75 apart, bound 0.001"
    told = render(content).splitlines()
    shown = Balanced(page(content)).words
    for name, text in words.items():
        assert any(line.split(maxsplit=len(name.split()))[-1:] == [text] for line in told), name
        assert text in shown
    for name, text in Finding(refuted).words.items():
        assert words[name] == text
        assert text in str(Finding(refuted))


def test_chance_is_told_from_rounding() -> None:
    test = {"conclusion": "a rate", "error": 2.0, "detects": 1.0, "wanted": 1.0, "alpha": 1e-9}
    for conclusion, allows in (("a rate", "chance"), ("an identity beside it", "rounding")):
        found = Finding(evidence("R1", tests=(test,), conclusion=conclusion))
        assert f"what {allows} allows" in found.words["error"]


def test_an_error_is_told_briefly_too() -> None:
    sides = {"index": (0, 0), "lhs": 0.13, "rhs": 0.26, "error": 5.2431e5, "bound": 1.674e-7}
    for difference, told in ((0.0876342, ""), (0.18754, "the vectors are ")):
        given = {"conclusion": "the gradient at a kink", "difference": difference, **sides}
        briefly = f"{told}{difference:.3g} apart; rounding allows 1.7e-07 (5e+05 times)"
        assert Finding(evidence("E0k", **given)).briefly == briefly


def test_points_that_the_smallest_case_lists_have_no_words() -> None:
    found = Finding(evidence("E1", conclusion="both sides", data="raw", index=(0, 2)))
    assert found.words["where"] == "both sides, at index [0, 2]"


def test_vectors_are_apart_by_more_than_the_coordinate_that_is_shown() -> None:
    sides = {"index": (0, 0), "lhs": 0.13, "rhs": 0.26, "error": 9.0}
    for conclusion, difference, told in (
        ("the gradient at a kink", 0.1875, ": the vectors are 0.1875 apart, bound"),
        ("the gradient at a kink", 0.13, ": 0.13 apart, bound"),
        ("a sign", 1.0, ": 1 apart, bound"),
    ):
        found = Finding(evidence("E0k", conclusion=conclusion, difference=difference, **sides))
        assert told in found.words["error"]


def test_data_and_place_are_said_in_words() -> None:
    found = Finding(evidence("E1", conclusion="both sides", data="gaussian", index=(0, 2)))
    assert found.words["where"] == "both sides, at index [0, 2]; Gaussian data"
    assert set(DATA_IN_WORDS) == {*FAMILIES, *IMAGE_TASKS, "raw"}


def test_zero_has_no_sign() -> None:
    assert Finding(evidence("D1", lhs=-0.0, rhs=-1.0)).words["both sides"] == "0  against  -1"


def test_sides_have_the_names_that_the_comparison_gives_them() -> None:
    named = {
        "|r_n| = eps where nabla f != 0": "your code gives |r_n| = 1, the theory eps = 2",
        "any loss with ell' > 0 gives the same r_n": "your code gives 1, the theory 2",
        "ytil_n r_n does not depend on ytil_n": "1  against  2",
        "C_n <= s tau_n/N, clamped to [0, 1]: the likely cause": "C_n = 1  against  s tau_n/N = 2",
        "0 <= C_n": "1  against  2",
        "attained at theta = 0.5": "1  against  2",
        "sgn f(z) = sgn g(z)": "1  against  2",
        "0 <= (2 1[y_n = c] - 1) C_nc": "1  against  2",
    }
    for conclusion, told in named.items():
        found = Finding(evidence("E4", conclusion=conclusion, lhs=1.0, rhs=2.0))
        assert found.words["both sides"] == told


def test_a_side_that_an_inequality_limits_is_the_codes() -> None:
    for name, conclusion, told in (
        ("E3", "gamma s tau_n/N <= recovered C", "your code gives 2, the theory at least 1"),
        ("E3", "recovered C <= s tau_n/N", "your code gives 1, the theory at most 2"),
        ("E3", "C <= s tau_n/N", "C = 1  against  s tau_n/N = 2"),
        (
            "O1",
            "gamma s tau_n/N <= y_n <x_n, h>/|x_n|^2",
            "your code gives 2, the theory at least 1",
        ),
        ("O2", "angle(h(z), v)", "your code gives 1, the theory at most 2"),
    ):
        found = Finding(evidence(name, conclusion=conclusion, lhs=1.0, rhs=2.0))
        assert found.words["both sides"] == told


def test_the_projects_own_code_is_not_called_yours() -> None:
    refuted = evidence("E2", conclusion="f_T(z)", lhs=1.0, rhs=2.0, error=3.0)
    for about, named in (({}, "the reference"), ({"implementation": "mine:Code"}, "your code")):
        record = Record(about=about)
        record.add(refuted)
        told = by_id(gather(record))["E2"]["finding"]["words"]
        assert told["both sides"] == f"{named} gives 1, the theory 2"


def test_sides_of_a_test_are_an_estimate_and_what_is_claimed() -> None:
    test = outcome(error=2.0)
    found = Finding(evidence("R1", tests=(test,), conclusion=test["conclusion"], rhs=2.0))
    assert found.words["both sides"] == "estimate 1  against  2 claimed"


def test_numbers_have_the_digits_that_tell_them_apart() -> None:
    assert told_apart(1.0, 2.0) == ("1", "2")
    assert told_apart(0.123456789, 0.123456788) == ("0.123456789", "0.123456788")
    assert told_apart(1.0, 1.0 + 2**-52) == ("1", "1.0000000000000002")


def test_the_statement_most_of_whose_draws_fail_leads() -> None:
    causes = dict.fromkeys(("E0k", "E1", "E2", "E3"), "input_gradient: halved")
    record = Record(about={"implementation": "mine:Code"}, causes=causes)
    small = configuration(width=1).to_json()
    kept = {"E0k": (3, 0), "E1": (28, 4), "E2": (28, 4), "E3": (50, 100)}  # E0k: every one of few
    for name, (fail, hold) in kept.items():
        described = small if name == "E2" else configuration().to_json()
        for k in range(fail + hold):
            error = 3.0 if k < fail else 0.5
            record.add(evidence(name, error=error, configuration=described))
    content = gather(record)
    ids = [s["id"] for (group) in by_cause(statements_of(content), {REFUTED}) for s in group]
    assert ids == ["E2", "E0k", "E1", "E3"]  # the plainest, then as the theory orders them
    shown = summarise(content)
    assert "  likely cause   input_gradient: halved\n" in shown
    assert "  NO E2, E0k, E1, E3\n" in shown
    assert 'next           correct input_gradient until this prints "E2 held":' in shown
    assert "how often      28 of 32 draws fail" in shown
    told = page(content)
    assert told.index("✗ E2 does not") < told.index("✗ E1 does not")
    findings = told[told.index('<section id="findings"') : told.index('<section id="holds"')]
    assert "<details open>" not in findings  # the first is told above it


def test_a_side_that_is_no_number_is_reported() -> None:
    record = Record()
    record.add(evidence("E1", lhs=math.nan, error=1e300))
    content = gather(record)
    assert by_id(content)["E1"]["finding"]["lhs"] is None
    assert "nan  against  1" in render(content)
    assert "nan  against  1" in Balanced(page(content)).words


def test_check_tells_the_tightest_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: Evidence = evidence("D1", tightness=0.75)
    monkeypatch.setattr(PathwiseStatement, "check_described", lambda *_: found)
    file = tmp_path / "D1.json"
    file.write_text(json.dumps(found.configuration), encoding="utf-8")
    assert main(["check", "D1", str(file)]) == 0
    assert "tightness    0.75, lhs/rhs in the tightest comparison" in capsys.readouterr().out


def test_what_held_is_not_called_refuted() -> None:
    held = "\n".join(sides(evidence("D1")))
    assert held.startswith("D1 held")
    assert "REFUTED" not in held
    assert "tightness" not in held
    assert "\n".join(sides(evidence("D1", error=2.0))).startswith("D1 REFUTED")


def test_what_follows_from_a_wrong_training_is_told_under_it_and_once() -> None:
    record = Record(causes={"E0": "train: decay", "E1": "train: decay", "E4": "perturb: clamped"})
    for name in ("E0", "E1", "E2", "E4"):
        record.add(evidence(name, error=2.0))
    shown = summarise(gather(record))
    assert shown.count("FINDING") == 2
    assert "FINDING 1 of 2  E0" in shown
    assert "FINDING 2 of 2  E4" in shown
    assert "  also refuted   2 that build on E0\n" in shown
    assert "  NO E0, E4, E1, E2\n" in shown  # what leads first
    assert shown.index("FINDING 2 of 2") < shown.index("  NO E0")  # the causes before the chapters
    assert shown.count("likely cause") == 2
    alone = Record(causes={"E1": "train: decay"})
    alone.add(evidence("E1", error=2.0))
    end = f"\nrefuted: 4; 0 of 4 supported ({LIMIT}); see the findings\n"
    assert shown.endswith(end)  # several causes stand at the top
    assert "FINDING  E1" in summarise(gather(alone))


def test_statements_of_one_likely_cause_are_told_together_where_not_every_one_is() -> None:
    known = dict.fromkeys(("E1", "E4"), "input_gradient: halved")
    record = Record(causes=known)
    for name in (*known, "D1"):
        record.add(evidence(name, error=2.0))
    content = gather(record)
    shown, every = (summarise(content, statements=whole) for whole in (False, True))
    assert "why  likely input_gradient: halved; so E1, E4 fail\n     D1: cause not known" in shown
    assert [shown.count("FINDING"), every.count("FINDING")] == [2, 3]
    assert "  same cause     E4\n" in shown
    assert "same cause" not in every


def test_statements_whose_cause_is_not_known_are_told_each_by_itself() -> None:
    record = Record()
    for name in ("E1", "E4"):
        record.add(evidence(name, error=2.0))
    shown = summarise(gather(record))
    assert shown.count("FINDING") == 2
    assert "same cause" not in shown
