"""The pytest plugin in a user's own tests, and the suite beside other plugins."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.suite.running import QUICK, ROOT, by_statement
from verifier.evidence.record import Record

IS_INSTALLED = any(e.value == "pytest_verifier" for e in entry_points(group="pytest11"))
PLUGIN = () if IS_INSTALLED else ("-p", "pytest_verifier")

MINE = """
import hypothesis
import verifier
from tests.suite.diagnosis.faulty import NeverCleared, Plain

def test_right():
    assert verifier.pytest.check(Plain, "E2").holds
    assert hypothesis.settings().max_examples == 100

def test_wrong():
    verifier.pytest.check(NeverCleared(), "E0")
"""

OTHER = """
import pytest

def pytest_addoption(parser):
    parser.getgroup("other").addoption("--device", default="lamp")

def pytest_collection_modifyitems(config, items):
    assert config.getoption("--device") == "oven"
    items.reverse()

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    from _pytest.runner import runtestprotocol
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for count in range(2):  # as pytest-rerunfailures does
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        has_failed = any(report.failed for report in reports)
        for report in reports:
            if report.failed and count == 0:
                report.outcome = "rerun"
            item.ihook.pytest_runtest_logreport(report=report)
        if not has_failed:
            break
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""


def pytested(folder: Path, *arguments: str, where: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Pytest there, with modules of a folder at hand."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    found = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    return subprocess.run(
        command, cwd=where, env=found, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.long
@pytest.mark.slow
def test_one_line_in_a_user_s_test(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(MINE, encoding="utf-8")
    done = pytested(tmp_path, *PLUGIN, "--verifier-run-seed", "3", "test_mine.py", where=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    assert "likely cause  train: gradients add up from step to step" in done.stdout
    assert "Failing test case" not in done.stdout
    told = pytested(tmp_path, *PLUGIN, "--verifier-level", "all", "test_mine.py", where=tmp_path)
    assert told.returncode == 4
    assert "--verifier-level" in told.stderr


def test_the_plugin_is_declared_and_light() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"verifier": "pytest_verifier"}
    code = "import sys, pytest_verifier; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("processes", ["0", "2"])
def test_beside_a_plugin_with_the_same_option_in_any_order_and_with_reruns(
    processes: str, tmp_path: Path
) -> None:
    (tmp_path / "other.py").write_text(OTHER, encoding="utf-8")
    wanted = ("properties", *QUICK, "--statement", "E1", "--statement", "E4", "-k", "random")
    folder = tmp_path / "run"
    others = ("-p", "other", "--device", "oven", "-n", processes, "--evidence", str(folder))
    code = ("--implementation", "verifier.statements.broken_codes:SignLostInAttack")
    done = pytested(tmp_path, *others, *wanted, *code)
    assert done.returncode == 1, done.stdout + done.stderr
    verdicts = by_statement(folder)
    assert (verdicts["E1"], verdicts["E4"]) == ("supported", "refuted")
    assert Record.load(folder).about["device"] == "cpu"
