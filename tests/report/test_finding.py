"""A finding is built once: pytest, the terminal, the page and `verifier check` say the same."""

import json
import math
from pathlib import Path

import pytest

from tests.report.records import Balanced, by_id, evidence
from verifier.cli import main
from verifier.data.distributions import FAMILIES, IMAGE_TASKS
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.finding import DATA_IN_WORDS, Finding, sides
from verifier.report.html import page
from verifier.report.summary import summarise
from verifier.report.terminal import render
from verifier.statements import STATEMENTS, PathwiseStatement


def test_every_report_says_the_same_words() -> None:
    record = Record(about={"implementation": "mylab:Net", "run_seed": "7"})
    refuted = evidence("E1", error=3.5, lhs=0.25, difference=0.75, bound=1e-3)
    record.add(refuted)
    content = gather(record)
    words = by_id(content)["E1"]["finding"]["words"]
    order = ["tested", "source", "where", "both sides", "error", "smallest", "reproduce"]
    assert list(words) == order
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


def test_data_and_place_are_said_in_words() -> None:
    found = Finding(evidence("E1", conclusion="both sides", data="gaussian", index=(0, 2)))
    assert found.words["where"] == "both sides, at index [0, 2]; Gaussian data"
    assert set(DATA_IN_WORDS) == {*FAMILIES, *IMAGE_TASKS, "raw"}


def test_zero_has_no_sign() -> None:
    assert Finding(evidence("E1", lhs=-0.0, rhs=-1.0)).words["both sides"] == "0  against  -1"


def test_sides_have_the_names_that_the_comparison_gives_them() -> None:
    named = {
        "|r_n| = eps where nabla f != 0": "|r_n| = 1  against  eps = 2",
        "C_n <= s tau_n/N, clamped to [0, 1]: the likely cause": "C_n = 1  against  s tau_n/N = 2",
        "0 <= C_n": "1  against  2",
        "attained at theta = 0.5": "1  against  2",
        "sgn f(z) = sgn g(z)": "1  against  2",
        "0 <= (2 1[y_n = c] - 1) C_nc": "1  against  2",
    }
    for conclusion, told in named.items():
        found = Finding(evidence("E4", conclusion=conclusion, lhs=1.0, rhs=2.0))
        assert found.words["both sides"] == told


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
    assert "FINDING  E0" in shown
    assert "FINDING  E4" in shown
    assert any("also refuted  E1, E2, which build on E0" in line for line in shown.splitlines())
    assert any(line.strip().endswith("E1, E2: as well, after E0") for line in shown.splitlines())
    assert shown.count("likely cause") == 2
    alone = Record(causes={"E1": "train: decay"})
    alone.add(evidence("E1", error=2.0))
    assert "FINDING  E1" in summarise(gather(alone))


def test_statements_of_one_likely_cause_are_told_together_where_not_every_one_is() -> None:
    known = dict.fromkeys(("E1", "E4"), "input_gradient: halved")
    record = Record(causes=known)
    for name in (*known, "D1"):
        record.add(evidence(name, error=2.0))
    content = gather(record)
    shown, every = (summarise(content, statements=whole) for whole in (False, True))
    assert "why  E1, E4, likely: input_gradient: halved\n     D1: cause not known" in shown
    assert [shown.count("FINDING"), every.count("FINDING")] == [2, 3]
    assert "  same cause    E4; its case is in verifier table and in the report\n" in shown
    assert "same cause" not in every


def test_statements_whose_cause_is_not_known_are_told_each_by_itself() -> None:
    record = Record()
    for name in ("E1", "E4"):
        record.add(evidence(name, error=2.0))
    shown = summarise(gather(record))
    assert shown.count("FINDING") == 2
    assert "same cause" not in shown
