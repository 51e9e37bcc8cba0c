"""`verifier report`: which files it writes, and what it says of those that it cannot write."""

import json
import sys
from pathlib import Path

import pytest

from tests.report.records import evidence
from verifier.cli import main
from verifier.evidence.extras import install
from verifier.evidence.record import Record
from verifier.report.html import page


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
    text = html.read_text(encoding="utf-8")
    assert "figures, a weak test.<br> Published values of g (trained on" in text  # of docs
    assert "All 26 values of g that can be judged fit, as " in text
    assert data.exists()
    assert not (run_folder / "report.html").exists()


def test_bad_paths_are_bad_input(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(tmp_path / "none")]) == 2
    assert "finished run" in capsys.readouterr().err
    assert (
        main(["report", str(run_folder), "--output", str(run_folder / "run.json" / "a.html")]) == 2
    )
    assert "must be writable" in capsys.readouterr().err


def test_folders_that_are_not_there_are_made(run_folder: Path, tmp_path: Path) -> None:
    page_file = tmp_path / "new" / "deep" / "a.html"
    assert main(["report", str(run_folder), "--output", str(page_file)]) == 0
    assert page_file.exists()


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
            "verifier.report.formula",
            "verifier.report.plots",
        ):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delattr("verifier.report.plots")
    assert main(["report", str(run_folder)]) == 2
    error = capsys.readouterr().err
    assert package in error
    assert install("report") in error
    assert (run_folder / "report.json").exists()
