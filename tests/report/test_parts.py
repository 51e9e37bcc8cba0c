"""What a report is made of: coverage of the paper, figures, formulas, and the command."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.records import (
    CELL,
    Balanced,
    evidence,
    whole_record,
)
from verifier.cli import main
from verifier.evidence.record import Record
from verifier.report import plots
from verifier.report.content import gather, reproduce
from verifier.report.coverage import (
    PAPER_CLAIMS,
    PaperClaim,
    coverage,
    covers_everything,
)
from verifier.report.html import mathematics, number, page
from verifier.report.terminal import render
from verifier.report.wall_time import REST, SLOWEST, timing
from verifier.statements import STATEMENTS

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


def test_each_statement_needs_its_own_draws_with_their_premise() -> None:
    record = whole_record()
    both = PaperClaim("scenarios", ("E5", "D5"), {"scenario": ("(a)", "(b)")})
    assert coverage(record, (both,))[0].covered
    in_b = [e for e in record.evidence if e.claim == "D5" and e.configuration["scenario"] == "b"]
    record.evidence = [replace(e, held=0) if e in in_b else e for e in record.evidence]
    assert coverage(record, (both,))[0].gaps == ("no draw with scenario (b)",)


def test_a_claim_is_not_covered_by_a_refuted_or_missing_statement() -> None:
    record = whole_record()
    record.add(evidence("E4", error=2.0))
    refuted, missing = coverage(record, (SOME[0], PaperClaim("none", ("E99",))))
    assert refuted.gaps == ("E4 is refuted",)
    assert missing.gaps == ("E99 is not in the registry",)


# --- times ----------------------------------------------------------------------------------------


def timed_record() -> Record:
    record = Record(wall=40.0)
    for k in range(2 * SLOWEST):
        record.spend("exact: random configurations", f"E{k}", 0.5)
    record.spend("negative controls: is refuted", "E1-adam", 12.0)
    record.spend("negative controls: is refuted", "E1-adam", 8.0)
    record.search("E1", 300)
    record.search("E2", 100)
    return record


def test_the_times_of_the_parts_add_up_to_the_run_s() -> None:
    found = timing(timed_record())
    assert found is not None
    assert [(p.name.split(":")[0], p.seconds, p.share, p.properties) for p in found.parts] == [
        ("negative controls", 20.0, 0.5, 1),
        ("exact", 10.0, 0.25, 2 * SLOWEST),
        (REST, 10.0, 0.25, 0),
    ]
    assert found.total == 40.0
    assert found.examples == 400
    assert timing(Record()) is None


def test_the_slowest_property_is_named_first() -> None:
    found = timing(timed_record())
    assert found is not None
    assert len(found.slowest) == SLOWEST
    assert found.slowest[0].name == "negative controls: is refuted [E1-adam]"
    assert (found.slowest[0].seconds, found.slowest[0].share) == (20.0, 0.5)


def test_times_are_kept_and_shown_by_every_report(tmp_path: Path) -> None:
    record = timed_record()
    record.open(tmp_path)
    record.close()
    record = Record.load(tmp_path)
    assert timing(record) == timing(timed_record())
    shown = render(record)
    assert "where 40 s went (400 examples in searches):" in shown
    assert "50%    20.0 s  negative controls: is refuted\n" in shown
    content = gather(record)
    assert [part["seconds"] for part in content["timing"]["parts"]] == [20.0, 10.0, 10.0]
    words = " ".join(Balanced(page(content)).words.split())
    assert "negative controls: is refuted [E1-adam] 20.0" in words
    assert gather(Record())["timing"] is None
    assert "Where the time went" not in page(gather(Record()))


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
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("no-gallery"))  # none to link to
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
