"""The wheel alone: what it holds, and the suite from it in an empty folder."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.suite.running import ROOT
from verifier.evidence.source import source_hash

pytestmark = pytest.mark.slow

SOURCES = (
    *("verifier", "properties", "pytest_verifier.py"),
    *("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"),
)

MINE = """
from verifier.implementations.torch_nn import TorchNN


class Broken(TorchNN):
    def input_gradient(self, *arguments):
        return -super().input_gradient(*arguments)
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is packed, and a test, which is not."""
    pytest.importorskip("setuptools", minversion="77", reason="the wheel is built by setuptools")
    copy = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, copy)
    (copy / "tests").mkdir()
    shutil.copy(ROOT / "tests/test_house.py", copy / "tests")
    return copy


def built(kind: str, source: Path) -> Path:
    """What setuptools makes of the source: an `sdist`, or a `wheel`."""
    code = f"from setuptools import build_meta; print(build_meta.build_{kind}('.'))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=True)
    return source / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def site(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs, and nothing else."""
    found = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(built("wheel", source)) as wheel:
        wheel.extractall(found)
    return found


def test_the_sdist_holds_no_part_of_the_tests(source: Path) -> None:
    with tarfile.open(built("sdist", source)) as packed:
        names = {name.split("/")[1] for name in packed.getnames() if "/" in name}
    metadata = {"PKG-INFO", "setup.cfg", "perturbation_verifier.egg-info"}
    assert names == {*SOURCES} | metadata


Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def verifier(site: Path, tmp_path: Path) -> Command:
    """The installed command, in an empty folder."""
    (tmp_path / "mylab").mkdir()
    (tmp_path / "mylab" / "nets.py").write_text(MINE, encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "verifier", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


def test_it_holds_the_suite_and_nothing_beside_the_package(site: Path) -> None:
    names = {path.name for path in site.iterdir()}
    assert names == {
        "verifier",
        "pytest_verifier.py",
        "perturbation_verifier-0.1.0.dist-info",
    }
    there = site / "verifier" / "suite" / "properties"
    for path in (ROOT / "properties").glob("*.py"):
        assert (there / path.name).read_bytes() == path.read_bytes()
    for folder in ("templates", "golden"):  # of `verifier init`, and of `verifier protocol`
        installed = site / "verifier" / "implementations" / folder
        own = ROOT / "verifier" / "implementations" / folder
        assert {p.name for p in installed.iterdir()} == {p.name for p in own.iterdir()}


def test_it_has_the_source_hash_of_the_clone(site: Path) -> None:
    code = "from verifier.evidence.source import source_hash; print(source_hash())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=site,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == source_hash()


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        ("verifier.implementations.torch_nn:TorchNN", 0, "supported"),
        ("mylab.nets:Broken", 1, "refuted"),
    ],
)
def test_it_checks_a_code_in_an_empty_folder(
    verifier: Command, tmp_path: Path, code: str, status: int, verdict: str
) -> None:
    done = verifier("run", "e1", "--implementation", code, "--level", "quick")
    assert done.returncode == status, done.stdout + done.stderr
    (folder,) = (tmp_path / ".verifier" / "runs").iterdir()
    again = verifier("table", str(folder), "--json")
    found = {row["id"]: row["verdict"] for row in json.loads(again.stdout)}
    assert found["E1"] == verdict
    assert (folder / "counterexamples" / "E1.json").exists() == (status == 1)
    assert verifier("report", str(folder)).returncode == 0
