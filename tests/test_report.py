"""The HTML and JSON report of a run: complete, self-contained, escaped, and honest."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from verifier.claims import CLAIMS, STATEMENTS, StatisticalClaim
from verifier.claims.base import RATE
from verifier.cli import main
from verifier.configuration import Configuration
from verifier.distributions import Data
from verifier.evidence import Evidence
from verifier.mutants import killers_of
from verifier.record import Record
from verifier.report import plots
from verifier.report.content import FAMILIES, SCHEMA, VERSION, gather, reproduce
from verifier.report.coverage import PAPER_CLAIMS, PaperClaim, coverage, covers_everything
from verifier.report.html import mathematics, number, page
from verifier.report.summary import REFUTED, VACUOUS, rows
from verifier.statistics import Outcome
from verifier.study import Experiment

HOSTILE = '<script src="http://evil.example/x.js">alert(1)</script>&"\'{{ 7*7 }}'
VOID = {"meta", "br", "img", "hr", "input", "link"}
SIZES = [100.0, 1000.0, 10000.0]
CELL = {"measured": 0.8, "standard_error": 0.01, "predicted": 0.81, "predicted_unconditional": None}


def configuration(**changes: Any) -> Configuration:
    fields: dict[str, Any] = {
        "data": Data("shifted", dimension=4, samples=6),
        "width": 30,
        "slope": 0.0,
        "train_bias": True,
        "f_steps": (1.0,),
        "g_steps": (1.0,),
        "eps": 1.0,
        "scenario": "a",
    }
    return Configuration(**(fields | changes))


def evidence(claim: str, **changes: Any) -> Evidence:
    fields: dict[str, Any] = {
        "claim": claim,
        "configuration": configuration().to_json(),
        "data": "shifted",
        "conclusion": "both sides",
        "index": (0,),
        "lhs": 1.0,
        "rhs": 1.0,
        "difference": 1e-17,
        "bound": 1e-16,
        "error": 0.1,
        "tightness": None,
        "cases": 10,
        "held": 10,
    }
    return Evidence(**(fields | changes))


def outcome(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "conclusion": "the exponent is -1/2",
        "test": "slope (symmetric)",
        "estimate": -0.5,
        "claimed": -0.5,
        "allowance": 0.05,
        "error": 0.2,
        "samples": 24,
        "alpha": 1e-9,
        "detects": 0.1,
        "wanted": 0.2,
    }
    return Outcome(**(fields | changes)).to_json()


def whole_record() -> Record:
    """Every claim supported, every control refuted, everything drawn."""
    record = Record(about={"implementation": "reference", "run_seed": "0", "profile": "default"})
    for claim in STATEMENTS.values():
        tests = () if claim.id in CLAIMS else (outcome(),)
        record.add(evidence(claim.id, tests=tests))
        for paper in PAPER_CLAIMS:
            if claim.id in paper.statements:
                for drawn in everything_of(paper):
                    record.add(evidence(claim.id, configuration=drawn, error=0.03))
        for mutant in killers_of(claim.id):
            record.control(claim.id, mutant.name, 3)
    return record


def everything_of(paper: PaperClaim) -> list[dict[str, Any]]:
    first, second = configuration(), configuration(scenario="b", slope=0.3, train_bias=False)
    found = [first.to_json(), second.to_json()]
    found += [
        {**first.to_json(), "data": {"family": family}} for family in paper.drawn.get("data", ())
    ]
    return found + [{**second.to_json(), "loss": loss} for loss in paper.drawn.get("loss", ())]


@pytest.fixture
def rate_claim(monkeypatch: pytest.MonkeyPatch) -> StatisticalClaim:
    """A claim with a rate, a phase diagram, quantiles and a test in each of two experiments."""
    claim = StatisticalClaim(
        id="R99",
        statement="the error is O(m^{-1/2}) " + HOSTILE,
        kind=RATE,
        source="theory R1",
        needs=("train",),
        compare=lambda study, out: None,
        tests=2,
        latex=r"\|f_T - f_0\| = O(m^{-1/2})",
    )
    monkeypatch.setitem(STATEMENTS, claim.id, claim)
    return claim


def statistical_evidence(claim: str) -> list[Evidence]:
    values = [[0.1 * (1 + k / 10), 0.03, 0.01] for k in range(5)]
    rate = {"sizes": SIZES, "values": values, "exponent": -0.5, "interval": [-0.55, -0.45]}
    series: list[dict[str, Any]] = [
        rate,
        {"cells": [CELL, {**CELL, "measured": 0.6}]},
        {"ratio": {"quantiles": [0.5, 1.0], "values": [0.2, 0.7]}, "again": rate},
    ]
    return [
        evidence(
            claim,
            configuration=Experiment(f"leaky {k}", (configuration(),), 24).to_json(),
            tests=(outcome(),),
            series=one,
        )
        for k, one in enumerate(series)
    ]


class Balanced(HTMLParser):
    """Checks that every element is closed in order, and gathers ids, links, tags and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: set[str] = set()
        self.words = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words += data


def claims_of(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {claim["id"]: claim for family in content["families"] for claim in family["claims"]}


def test_the_page_is_well_formed_and_has_every_claim(rate_claim: StatisticalClaim) -> None:
    record = whole_record()
    for found in statistical_evidence(rate_claim.id):
        record.add(found)
    parsed = Balanced(page(gather(record)))
    assert len(parsed.ids) == len(set(parsed.ids))
    assert set(STATEMENTS) <= set(parsed.ids)
    for claim in STATEMENTS.values():
        assert claim.statement in parsed.words
    assert {"h1", "main", "figcaption", "svg", "math"} <= parsed.tags
    links = [value for tag, name, value in parsed.attributes if (tag, name) == ("a", "href")]
    assert all(link.removeprefix("#") in parsed.ids for link in links)


def test_the_page_loads_nothing(rate_claim: StatisticalClaim) -> None:
    record = Record()
    for found in (evidence("E1"), evidence("E1"), *statistical_evidence(rate_claim.id)):
        record.add(found)
    text = page(gather(record))
    parsed = Balanced(text)
    assert not parsed.tags & {"script", "link", "img", "iframe", "object", "embed"}
    for _, name, value in parsed.attributes:
        assert name != "src"
        assert not name.startswith("on")
        if name.endswith("href"):
            assert value.startswith("#")
    assert "@import" not in text
    assert all(target.startswith("#") for target in re.findall(r"url\((.*?)\)", text))


def test_all_text_is_escaped(rate_claim: StatisticalClaim) -> None:
    record = Record(about={"implementation": HOSTILE, "run_seed": "0"})
    record.add(evidence("E1", conclusion=HOSTILE, data=HOSTILE, error=3.0))
    record.add(statistical_evidence(rate_claim.id)[0])
    record.control("E1", HOSTILE, None)
    record.errors["E2"] = HOSTILE
    text = page(gather(record))
    assert "<script" not in text
    assert Balanced(text).words.count(HOSTILE) >= 5
    assert mathematics(r"\text{" + HOSTILE + "}").count("<script") == 0


def test_the_json_round_trips_and_is_all_the_page_needs(rate_claim: StatisticalClaim) -> None:
    record = Record()
    for found in statistical_evidence(rate_claim.id):
        record.add(found)
    content = gather(record)
    text = json.dumps(content, allow_nan=False)
    assert json.loads(text) == content
    assert page(json.loads(text)) == page(content)
    assert (content["schema"], content["version"]) == (SCHEMA, VERSION)
    assert {row.claim: row.verdict for row in rows(record)} == {
        name: claim["verdict"] for name, claim in claims_of(content).items()
    }


def ids(family: dict[str, Any]) -> list[str]:
    return [claim["id"] for claim in family["claims"]]


def test_families_hold_each_claim_once_in_the_theory_s_order() -> None:
    content = gather(whole_record())
    names = [family["name"] for family in content["families"]]
    assert names == [f.name for f in FAMILIES if f.name in names]
    assert "Other statements" not in names
    order = list(STATEMENTS)
    for family in content["families"]:
        assert ids(family) == sorted(ids(family), key=order.index)
    assert sorted(claims_of(content)) == sorted(STATEMENTS)


def test_a_refuted_run_says_so_with_a_counterexample_to_repeat(tmp_path: Path) -> None:
    record = Record()
    record.about = {"implementation": "my lab:Trainer", "run_seed": "7", "profile": "deep"}
    record.folder = tmp_path
    record.add(evidence("E1", conclusion="nabla f", error=12.5, lhs=0.25))
    content = gather(record)
    claim = claims_of(content)["E1"]
    assert claim["verdict"] == REFUTED
    assert claim["finding"]["configuration"] == configuration().to_json()
    options = "--implementation 'my lab:Trainer' --run-seed 7"
    file = tmp_path / "counterexamples" / "E1.json"
    assert claim["finding"]["reproduce"] == f"verifier check E1 {file} {options}"
    assert claim["reproduce"] == (
        f"pytest properties/ -k 'E1 and not E1b' --hypothesis-profile deep {options}"
    )
    assert not content["settled"]
    text = Balanced(page(content)).words
    assert "1 refuted" in " ".join(text.split())
    assert "Finding: nabla f" in text
    assert "12.5 times" in text
    assert "✗" in text  # never by colour alone


def test_vacuous_underpowered_missed_and_stopped_claims_are_shown(
    rate_claim: StatisticalClaim,
) -> None:
    record = Record()
    record.add(evidence("D4", cases=10_000, held=0))
    weak = {**outcome(), "detects": None}
    record.add(evidence(rate_claim.id, tests=(weak,)))
    record.control("E4", "harmless", None)
    record.errors["E5"] = "ValueError: no output"
    record.not_applicable["E0"] = "offers no train"
    content = gather(record)
    found = claims_of(content)
    assert found["D4"]["verdict"] == VACUOUS
    assert found[rate_claim.id]["verdict"] == "underpowered"
    assert found["E5"]["verdict"] == "error"
    text = Balanced(page(content)).words
    for reason in ("the premise never held", "may be missed", "no output", "offers no train"):
        assert reason in text
    assert "Controls that this check did not refute" in text
    assert "harmless" in text
    assert "∞" in text  # what an underpowered test detects


def test_an_empty_run_is_all_not_run() -> None:
    content = gather(Record())
    assert content["counts"] == {"not run": len(STATEMENTS)}
    assert f"0 of {len(STATEMENTS)} statements supported" in Balanced(page(content)).words


def test_false_alarms_add_up(rate_claim: StatisticalClaim) -> None:
    record = Record()
    record.add(evidence(rate_claim.id, tests=(outcome(), outcome(alpha=3e-9))))
    ledger = gather(record)["false_alarms"]
    assert ledger["tests"] == 2
    assert ledger["spent"] == pytest.approx(4e-9)
    assert "4 · 10⁻⁹" in page(gather(record))


def test_necessity_is_reported() -> None:
    record = Record()
    record.necessity.append(
        {
            "premise": "orthogonal samples",
            "conclusion": "O1",
            "kept": {"failures": 0, "cases": 50},
            "removed": {"failures": 12, "cases": 50},
            "verdict": "needed",
        }
    )
    assert "12 of 50" in Balanced(page(gather(record))).words


# --- coverage -------------------------------------------------------------------------------------


SOME = (
    PaperClaim("gradient", ("E4",)),
    PaperClaim("scenarios", ("E5", "E4"), {"scenario": ("(a)", "(b)")}),
)


def test_a_whole_run_covers_what_is_checked() -> None:
    found = coverage(whole_record(), tuple(p for p in PAPER_CLAIMS if carried(p)))
    assert found
    assert covers_everything(found), [claim.gaps for claim in found]


def carried(paper: PaperClaim) -> bool:
    return set(paper.statements) <= set(STATEMENTS)


def test_every_gap_is_named() -> None:
    record = whole_record()
    assert covers_everything(coverage(record, SOME))
    record.controls["E5"] = {"one": 3}
    record.control("E4", "harmless", None)
    record.evidence = [e for e in record.evidence if e.configuration["scenario"] == "a"]
    gradient, scenarios = coverage(record, SOME)
    assert gradient.gaps == ("E4 did not refute 1 of its controls",)
    assert "E5 refuted 1 controls, 2 are needed" in scenarios.gaps
    assert "no draw with scenario (b)" in scenarios.gaps
    assert not covers_everything([gradient, scenarios])


def test_a_claim_is_not_covered_by_a_refuted_or_missing_statement() -> None:
    record = whole_record()
    record.add(evidence("E4", error=2.0))
    refuted, missing = coverage(record, (SOME[0], PaperClaim("none", ("E99",))))
    assert refuted.gaps == ("E4 is refuted",)
    assert missing.gaps == ("E99 is not in the registry",)


# --- pieces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.5, "−0.5"), (1e-6, "10⁻⁶"), (2.5e-17, "2.5 · 10⁻¹⁷"), (None, "∞")],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


def test_every_formula_of_the_registry_converts() -> None:
    for claim in STATEMENTS.values():
        if claim.latex:
            Balanced(mathematics(claim.latex))
            assert "<math" in mathematics(claim.latex), claim.id
    assert mathematics(r"\frac{") == ""  # the statement in words remains


def test_figures_are_valid_svg_with_a_description_and_ids_of_their_own() -> None:
    drawn = [
        plots.slack("a", "error", [0.0, 0.2, 300.0], "draws", log=True),
        plots.slack("b", "lhs / rhs", [0.1, 1.0, 1.5], "draws", log=False),
        plots.phase("c", [CELL]),
        plots.quantiles("d", [("one", [0.5, 1.0], [0.1, 0.9])]),
    ]
    for svg in drawn:
        name = re.sub(r"\W", "", svg[svg.index(' id="') + 5 :][:1])
        parsed = Balanced(svg)
        assert all(found.startswith(f"{name}-") for found in parsed.ids)
        assert any(n == "aria-label" and v for _, n, v in parsed.attributes)
        assert "currentColor" in svg
    assert "1 beyond" in drawn[0]


def test_the_selection_of_a_claim_excludes_longer_ids() -> None:
    record = Record()
    assert reproduce(record, "E1") == "pytest properties/ -k 'E1 and not E1b'"
    assert reproduce(record, "E1b") == "pytest properties/ -k E1b"


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    record = Record(about={"implementation": "reference"})
    record.open(tmp_path / "run")
    record.add(evidence("E1"))
    record.close()
    return tmp_path / "run"


def test_the_command_writes_both_files(
    run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(run_folder)]) == 0
    content = json.loads((run_folder / "report.json").read_text(encoding="utf-8"))
    assert (run_folder / "report.html").read_text(encoding="utf-8") == page(content)
    printed = capsys.readouterr().out
    assert str(run_folder / "report.html") in printed
    assert "not covered" in printed


def test_the_command_takes_other_paths(run_folder: Path, tmp_path: Path) -> None:
    html, data = tmp_path / "a.html", tmp_path / "a.json"
    assert main(["report", str(run_folder), "--output", str(html), "--json", str(data)]) == 0
    assert html.exists()
    assert data.exists()
    assert not (run_folder / "report.html").exists()


def test_bad_paths_are_bad_input(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(tmp_path / "none")]) == 2
    assert "finished run" in capsys.readouterr().err
    assert main(["report", str(run_folder), "--output", str(tmp_path / "no" / "a.html")]) == 2
    assert "must be writable" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["jinja2", "matplotlib", "latex2mathml"])
def test_a_missing_package_names_the_extra(
    package: str,
    run_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in list(sys.modules):
        if name.split(".")[0] == package or name in (
            "verifier.report.html",
            "verifier.report.plots",
        ):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delattr("verifier.report.plots")
    assert main(["report", str(run_folder)]) == 2
    error = capsys.readouterr().err
    assert package in error
    assert "perturbation-verifier[report]" in error
    assert (run_folder / "report.json").exists()
