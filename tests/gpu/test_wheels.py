"""Packages that are missing come from wheels, all of them together."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from benchmarks.gpu.wheels import install, missing, needed

ABOUT = {
    "METADATA": "Metadata-Version: 2.1\nName: Tiny.Package\nVersion: 1.0\n",
    "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}


def test_what_is_needed_is_here_and_its_names_are_compared_as_pip_does() -> None:
    assert {"pytest", "hypothesis", "rich"} <= set(needed())
    assert missing(needed()) == []
    assert missing(["PyTest_Benchmark", "no-such.package"]) == ["no-such.package"]


@pytest.mark.slow
def test_wheels_are_installed_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "tiny_package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tiny_package.py", "NUMBER = 17\n")
        for name, text in ABOUT.items():
            file.writestr(f"tiny_package-1.0.dist-info/{name}", text)
    install(tmp_path, tmp_path / "site")
    code = "import tiny_package; print(tiny_package.NUMBER)"
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "17"
    wheel.write_bytes(b"no wheel")
    with pytest.raises(OSError, match="pip: "):
        install(tmp_path, tmp_path / "other")
