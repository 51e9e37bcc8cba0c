"""What docs/ci.md shows runs, and does what the page says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.suite.test_plugin import PLUGIN
from tests.test_docs import mine as example
from verifier.cli import _parsed
from verifier.evidence.expected import expected_in
from verifier.implementations import isolated
from verifier.statements import STATEMENTS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_the_commands_are_understood() -> None:
    commands = [line for block in blocks("sh") for line in block.replace("\\\n", "").splitlines()]
    assert len(commands) == 3
    for command in commands:
        name, *arguments = shlex.split(command)
        assert name == "verifier"
        assert _parsed(arguments).command == "run"


def test_the_expected_deviation_is_one(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    (tmp_path / "verifier.toml").write_text(text, encoding="utf-8")
    (found,) = expected_in(tmp_path / "verifier.toml", STATEMENTS)
    assert (found.statement, found.until) == ("E4", "2027-12-31")


def test_the_limits_are_those_of_the_code() -> None:
    limits = isolated.LEAST_SECONDS, isolated.TIMES_REFERENCE, isolated.MOST_MEMORY >> 30
    assert "larger of {:g} s and {:g} times what the library takes, {} GiB".format(*limits) in PAGE
    assert f"and {isolated.MOST_PROCESSES} processes" in PAGE


def test_the_workflow_uses_inputs_that_the_action_has() -> None:
    (workflow,) = blocks("yaml")
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    inputs = re.findall(r"^          ([a-z-]+):", workflow, re.MULTILINE)
    assert len(inputs) == 3
    for name in inputs:
        assert f"\n  {name}:\n" in action


@pytest.mark.long
@pytest.mark.slow
def test_the_test_of_one_s_own_passes_and_fails(tmp_path: Path) -> None:
    mine = example()
    (tmp_path / "test_own.py").write_text(blocks("python")[0], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", *PLUGIN, "-p", "no:cacheprovider"]
    env = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    for text, status in ((mine, 0), (mine.replace("return W.detach()", "return 0 * W"), 1)):
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
