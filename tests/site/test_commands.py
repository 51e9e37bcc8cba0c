"""Every command that a document shows exists, with every option that it is shown with."""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from verifier.cli import _parser

ROOT = Path(__file__).parents[2]
MADE_BY_RUNS = ROOT / "docs" / "newest-run.md"
PAGES = {ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")}


def shown() -> Iterator[tuple[str, str]]:
    """Page and command: of every block for a shell, and of code within the text."""
    for page in PAGES - {MADE_BY_RUNS}:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"```sh\n(.*?)```", text, re.S):
            for line in block.replace("\\\n", " ").splitlines():
                yield page.name, line.partition(" #")[0].strip()
        for code in re.findall(r"`((?:verifier|make|pytest|python|pip) [^`]+)`", text):
            yield page.name, code.replace("\n", " ")


COMMANDS = sorted(set(shown()))


def of(program: str) -> list[tuple[str, str]]:
    found = [(page, line) for page, line in COMMANDS if line.split()[:1] == [program]]
    assert len(found) > 2, program
    return found


def options(line: str) -> list[str]:
    return [word.partition("=")[0] for word in line.split() if re.match(r"--\w", word)]


def test_make_has_every_target() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for page, line in of("make"):
        names = {word for word in line.split()[1:] if word.islower() and "=" not in word}
        assert names <= targets, (page, line)


def test_the_command_has_every_subcommand_and_option() -> None:
    parser = _parser()
    (sub,) = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    for page, line in of("verifier"):
        own = line.partition(" -- ")[0]
        words = [word for word in own.split()[1:] if not word.startswith("-") and ":" not in word]
        assert words[0] in sub.choices, (page, line)
        known = {*parser._option_string_actions, *sub.choices[words[0]]._option_string_actions}
        assert set(options(own)) <= known, (page, line)


@pytest.mark.slow
def test_pytest_has_every_option() -> None:
    told = [sys.executable, "-m", "pytest", "properties", "benchmarks", "--help"]
    text = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"--[\w-]+", text))
    for page, line in of("pytest"):
        assert set(options(line)) <= known, (page, line)


def test_every_extra_that_is_installed_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for page, line in of("pip"):
        for extras in re.findall(r"\[([\w,]+)\]", line):
            assert set(extras.split(",")) <= set(project["optional-dependencies"]), (page, line)


def test_every_script_that_is_named_exists() -> None:
    for page, line in of("python"):
        name = line.split()[1]
        if name == "-m":
            module = line.split()[2].replace(".", "/")
            found = (ROOT / f"{module}.py").exists() or (ROOT / module).is_dir()
            assert found or line.split()[2] in ("pytest", "pip", "venv"), (page, line)
        elif page != "cluster.md":  # which shows a script to be written
            assert (ROOT / name).exists(), (page, line)
