"""`verifier completion`: what bash makes of the script."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from verifier import cli
from verifier.statements import STATEMENTS

ASK = """
COMP_WORDS=({words})
COMP_CWORD={last}
_verifier
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(script: str, *words: str) -> set[str]:
    quoted = " ".join(f"'{word}'" for word in words)
    asked = script + ASK.format(words=quoted, last=len(words) - 1)
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash is installed")
def test_bash_completes_commands_ids_options_and_their_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    assert completed(script, "verifier", "re") == {"report", "reproduce"}
    assert completed(script, "verifier", "run", "E1") == {n for n in STATEMENTS if n[:2] == "E1"}
    assert completed(script, "verifier", "run", "E1", "--l") == {"--level"}
    assert completed(script, "verifier", "run", "--level", "") == {"quick", "pr", "full"}
    assert completed(script, "verifier", "init", "--to") == {"--torch"}
    assert completed(script, "verifier", "audit", "run.n") == set()  # a file: the shell's own


def test_zsh_loads_what_it_needs_of_bash(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", "zsh"]) == 0
    assert "bashcompinit" in capsys.readouterr().out


def test_another_shell_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(["completion", "csh"])
    assert done.value.code == 2
