"""The command itself: what it prints without a subcommand, and what its exit status says."""

import json
from pathlib import Path
from typing import Any

import pytest

from verifier import __version__, cli
from verifier.commands import table
from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration


def test_alone_it_says_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "run the suite" in capsys.readouterr().out


def test_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(["--version"])
    assert done.value.code == 0
    assert capsys.readouterr().out == f"verifier {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "E99"], ["statement", "'E99'", "must be one of", "did you mean", "E9"]),
        (["run", "--implementation", "nets"], ["'nets'", "must be 'package.module:NAME'"]),
        (["run", "E1", "--", "--device", "nosuch"], ["--device", "nosuch"]),
        (["run", "E1", "--", "-k", "nothing_such"], ["none of", "E1 -k nothing_such"]),
        (["run", "--", "--hypothesis-profile", "big"], ["'big'", "must be one of quick, pr"]),
        (["run", "--", "--evidence", __file__], ["evidence", "must be a folder"]),
        (["table", __file__], ["run", "must be the folder of a finished run"]),
        (["table", "--", "-x"], ["--", "-x", "only `verifier run`"]),
        (["run", "--run-seed", "1"], ["--run-seed", "no option of verifier run", "go after --"]),
        (["table", "--wode", "."], ["--wode", "no option of verifier table"]),
    ],
)
def test_bad_input(
    arguments: list[str], words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    told = "".join(capfd.readouterr())
    assert all(word in told for word in words), told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe{", b"[" * 100_000, b'{"width": ' + b"9" * 5000 + b"}", b"", b"{"],
    ids=["no UTF-8", "nested deeply", "a long number", "nothing", "cut"],
)
def test_a_damaged_file_is_bad_input(
    text: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "E1.json"
    path.write_bytes(text)
    assert cli.main(["check", "E1", str(path)]) == 2
    told = capfd.readouterr().err
    assert told.startswith(f"verifier: configuration = {path}: must be JSON: ")
    assert len(told) < 500


@pytest.mark.parametrize(
    ("raised", "status", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (RuntimeError("a fault of ours"), 70, "Traceback"),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_what_ends_a_command_is_told_by_its_status(
    raised: BaseException,
    status: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        raise raised

    monkeypatch.setattr(table, "latest_run", fail)
    monkeypatch.setattr(cli.os, "dup2", lambda *descriptors: None)
    assert cli.main(["table"]) == status
    assert words in capfd.readouterr().err


SMALL = Configuration(Data("gaussian", 3, 4), 20, 0.3, True, (0.1,), (0.1,), 0.5, "b")


@pytest.mark.parametrize(
    ("statement", "described", "words"),
    [
        ("E1", {**SMALL.to_json(), "width": 10**13}, ["more memory than there is"]),
        (
            "R1",
            {"name": "many", "configurations": [SMALL.to_json()], "replicates": 10**12},
            ["replicates = 1000000000000", "must be at most"],
        ),
    ],
)
def test_more_than_there_is_of_memory_or_time_is_bad_input(
    statement: str,
    described: dict[str, Any],
    words: list[str],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "much.json"
    path.write_text(json.dumps(described), encoding="utf-8")
    assert cli.main(["check", statement, str(path)]) == 2
    told = capfd.readouterr().err
    assert all(word in told for word in words), told
    assert told.count("\n") == 1
