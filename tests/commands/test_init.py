"""`verifier init`, and the settings of a project that it writes."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from verifier import cli
from verifier.commands import run
from verifier.evidence.extras import PUBLISHED, install_from
from verifier.evidence.project import settings_of_runs
from verifier.implementations.contract import load
from verifier.implementations.starting import STARTS

WORKFLOW = ".github/workflows/verifier.yml"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "adapter", raising=False)
    return tmp_path


@pytest.mark.parametrize("kind", STARTS)
def test_it_writes_a_code_its_settings_and_a_workflow(
    kind: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", f"--{kind}"]) == 0
    assert "verifier run --level quick" in capsys.readouterr().out
    assert (here / STARTS[kind].file).stat().st_size > 1000
    (code, level) = tomllib.loads((here / "verifier.toml").read_text())["run"].items()
    assert level == ("level", "pr")
    assert code[0] == ("program" if kind == "program" else "implementation")
    workflow = (here / WORKFLOW).read_text()
    assert "- run: verifier run\n" in workflow
    extra = "suite,jax" if kind == "jax" else "suite"
    assert f"- run: {install_from(PUBLISHED, extra)}" in workflow
    assert "{" not in workflow


def test_nothing_is_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "verifier.toml").write_text("# mine\n")
    assert cli.main(["init", "--numpy"]) == 2
    told = capsys.readouterr().err
    assert told == "verifier: init = verifier.toml: exists already, and is not overwritten\n"
    assert [path.name for path in here.iterdir()] == ["verifier.toml"]


def test_where_nothing_can_be_written_it_says_so(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / ".github").write_text("a file")
    assert cli.main(["init", "--numpy"]) == 2
    assert "must be a folder to write to" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["torch", "numpy"])
def test_a_run_takes_the_code_from_the_settings(
    kind: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["init", f"--{kind}"]) == 0
    asked: list[tuple[list[str], str, list[str]]] = []
    monkeypatch.setattr("verifier.suite.launch.run", lambda *told: asked.append(told[:3]) or 0)
    assert cli.main(["run", "E1"]) == 0
    assert cli.main(["run", "--level", "quick", "--implementation", "other:Code"]) == 0
    assert cli.main(["run", "--program", "./train", "--dtype", "float32"]) == 0
    expected = "--verifier-expected=verifier.toml"
    assert asked == [
        (["E1"], "pr", ["--verifier-implementation=adapter:Trainer", expected]),
        ([], "quick", ["--verifier-implementation=other:Code", expected]),
        ([], "pr", ["--verifier-dtype=float32", "--verifier-implementation=$ ./train", expected]),
    ]
    assert type(load("adapter:Trainer")).__name__ == "Trainer"


def test_without_settings_it_is_the_library_at_the_usual_level(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[list[str], str, list[str]]] = []
    monkeypatch.setattr("verifier.suite.launch.run", lambda *told: asked.append(told[:3]) or 0)
    assert cli.main(["run"]) == 0
    assert asked == [([], run.USUAL, [])]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[run", ["verifier.toml", "must be TOML"]),
        (b"\xff", ["verifier.toml", "must be TOML"]),
        (b"[runs]", ["'runs'", "is no table"]),
        (b"run = 3", ["run", "3", "must be a table"]),
        (b"[run]\nlevels = 'pr'", ["'levels'", "is no key of the table run"]),
        (b"[run]\nlevel = 3", ["run.level", "3", "must be text"]),
        (b"[run]\nlevel = 'thorough'", ["level", "'thorough'", "must be one of quick, pr, full"]),
        (b"[run]\nprogram = './a'\nimplementation = 'a:B'", ["run", "must be one of them"]),
    ],
)
def test_wrong_settings_are_bad_input(
    text: bytes, words: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "verifier.toml").write_bytes(text)
    assert cli.main(["run", "E1"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert all(word in told for word in words), told


def test_a_folder_without_settings_has_none(tmp_path: Path) -> None:
    assert settings_of_runs(tmp_path) == {}
