"""What `verifier run` leaves for CI, and its exit status where something got worse."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.suite.running import ROOT, command_line
from verifier.cli import main
from verifier.data.distributions import Data
from verifier.evidence.record import Record
from verifier.statements import PATHWISE
from verifier.suite.kit import Kit
from verifier.trial.configuration import Configuration

HELD = Configuration(Data("gaussian", 3, 4), 20, 0.3, True, (0.1,), (0.1,), 0.5, "b")


def kept(folder: Path, error: float | None = None) -> Record:
    from dataclasses import replace

    record = Record()
    record.open(folder)
    found = PATHWISE["E4"].check(HELD)
    record.add(found if error is None else replace(found, error=error))
    record.close()
    return record


def test_all_of_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(tmp_path / "old")
    now = kept(tmp_path / "new", error=7.0)
    step = tmp_path / "summary.md"
    step.write_text("of another step\n")
    kit = Kit(step, tmp_path / "in" / "badge.json", tmp_path / "old")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    kit.require_usable()
    assert not kit.leave(now)
    said = capsys.readouterr().out
    assert "E4: refuted, was supported" in said
    assert "::error title=E4 refuted::" in said
    assert step.read_text().startswith("of another step\n## Perturbation verifier")
    assert json.loads((tmp_path / "in" / "badge.json").read_text())["color"] == "red"
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert Kit(baseline=tmp_path / "old").leave(kept(tmp_path / "again"))
    assert "nothing worse" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--summary", "--badge", "--baseline"])
def test_what_cannot_be_used_is_bad_input_before_anything_runs(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert main(["run", "E4", "--level", "quick", option, str(file / "below")]) == 2
    err = capsys.readouterr().err
    assert option.removeprefix("--").replace("baseline", "run") in err
    assert err.count("\n") == 1


def test_the_action_uses_options_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert "using: composite" in text
    run = text[text.index("python -m verifier run") :]
    run = run[: run.index("- if:")]
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    known = capsys.readouterr().out
    before, after = run.split("-- ", 1)[0], "-- "
    for option in re.findall(r"(?<![\w-])--[a-z]+", before):
        assert option in known, option
    assert after


@pytest.mark.slow
def test_junit_has_claim_and_verdict(tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    summary = tmp_path / "summary.md"
    code = "verifier.statements.broken_codes:SignLostInAttack"
    done = command_line(
        *("run", "E1", "E4", "--level", "quick", "--implementation", code),
        *("--summary", str(summary), "--", "--junitxml", str(file)),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 of 2 statements supported, 1 refuted" in summary.read_text()
    found = {
        p.get("value"): [q.get("value") for q in case.iter("property")]
        for case in ElementTree.parse(file).iter("testcase")
        for p in case.iter("property")
        if p.get("name") == "claim"
    }
    assert found == {"E1": ["E1", "supported"], "E4": ["E4", "refuted"]}
