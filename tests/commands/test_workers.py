"""`--workers` means the same to every command that has it: how many processes, at least one."""

from pathlib import Path

import pytest

from verifier.cli import main

COMMANDS = (["run", "E1"], ["falsify", "D2", "--budget", "1s"], ["reproduce", "--scale", "smoke"])


@pytest.mark.parametrize("workers", ["0", "-1"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_processes_are_refused_before_any_work(
    command: list[str],
    workers: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*command, f"--workers={workers}"]) == 2
    said = capsys.readouterr()
    assert f"--workers = {workers}: must be at least 1, and whole" in said.err
    assert said.out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_they_must_be_whole(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*command, "--workers=1.5"])
    assert "--workers: invalid int value: '1.5'" in capsys.readouterr().err
