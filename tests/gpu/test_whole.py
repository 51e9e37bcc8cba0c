"""A whole run with short stages: what fails stops nothing, and all that is found is written."""

from __future__ import annotations

import json
import math
import signal
import sys
from pathlib import Path

import pytest

from benchmarks.gpu import __main__ as gpu
from benchmarks.gpu import wheels
from benchmarks.gpu.record import Record
from benchmarks.gpu.stages import Stage
from tests.gpu.records import ABOUT, FIGURES


def stage(name: str, code: str, most: float = math.inf) -> Stage:
    return Stage(name, (sys.executable, "-c", code), most)


def started(
    monkeypatch: pytest.MonkeyPatch, output: Path, *found: Stage, device: str = "cuda"
) -> int:
    """The status of a run of these stages; every machine has every package."""
    monkeypatch.setattr(gpu, "environment", lambda *_: ABOUT)
    monkeypatch.setattr(gpu, "stages", lambda *_: found)
    monkeypatch.setattr(wheels, "missing", lambda _: [])
    return gpu.main(["--device", device, "--output", str(output)])


def test_what_fails_or_takes_too_long_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = f"import pathlib; pathlib.Path({str(tmp_path)!r}, 'kept/figures.json')"
    status = started(
        monkeypatch,
        tmp_path,
        stage("tests", "raise SystemExit(1)"),
        stage("properties", "import time; time.sleep(60)", most=1.0),
        stage("benchmarks", "no python at all"),
        stage("figures", f"{figures}.write_text({json.dumps(FIGURES)!r})"),
    )
    assert status == 1
    record = Record.read(tmp_path / "gpu.json")
    assert [one["outcome"].split(" after")[0] for one in record.stages.values()] == [
        *("failed", "interrupted", "failed", "passed")
    ]
    assert record.figures == FIGURES
    assert record.seconds < 30
    names = ("tests", "properties", "benchmarks", "figures")
    left = {"gpu.json", "gpu.md", "kept.tar.gz", *(f"{name}.txt" for name in names)}
    assert {path.name for path in tmp_path.iterdir()} == left  # no more, and no folder
    assert "SyntaxError" in (tmp_path / "benchmarks.txt").read_text(encoding="utf-8")
    assert "NVIDIA Example" in (tmp_path / "gpu.md").read_text(encoding="utf-8")
    assert "properties: interrupted after" in capsys.readouterr().out


def test_an_interruption_alone_is_no_failure_and_works_in_a_shell_s_background(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = stage("figures", "import time; time.sleep(60)", most=1.0)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which what is started there inherits
    try:
        assert started(monkeypatch, tmp_path, sleeper) == 0
    finally:
        signal.signal(signal.SIGINT, before)
    outcome = Record.read(tmp_path / "gpu.json").stages["figures"]["outcome"]
    assert outcome.startswith("interrupted")
    assert "killed" not in outcome


def test_without_the_device_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wheels, "missing", lambda _: [])
    assert gpu.main(["--device", "nosuch", "--output", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "nosuch cannot be used here" in said
    assert "make gpu DEVICE=cpu" in said
    assert not (tmp_path / "out").exists()


def test_without_a_package_and_without_wheels_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wheels, "missing", lambda _: ["rich"])
    monkeypatch.setattr(wheels, "FOLDER", tmp_path)  # absolute, and empty
    assert gpu.main(["--device", "cpu", "--output", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert "missing here: rich" in told.out
    assert "make gpu-wheels" in told.err


def test_where_it_was_run_is_told_by_a_process_of_its_own() -> None:
    variables = gpu.prepared(Path("nowhere"))
    about = gpu.environment("cpu", variables)
    assert about["modes"]["float32_matmul_precision"] == "highest"
    assert about["modes"]["cuda.matmul.allow_tf32"] is False
    assert about["modes"]["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert about["packages"]["pytest"] == pytest.__version__
    assert "card" not in about


@pytest.mark.parametrize("seconds", ["nan", "inf", "10", "-1"])
def test_a_time_in_which_nothing_can_be_run_is_refused(
    seconds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        gpu.main(["--device", "cpu", "--output", str(tmp_path), f"--seconds={seconds}"])
    assert f"--seconds {seconds}: must be" in capsys.readouterr().err


def test_stages_may_be_run_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [stage("trial", "pass"), stage("figures", "raise SystemExit(1)")]
    monkeypatch.setattr(gpu, "environment", lambda *_: ABOUT)
    monkeypatch.setattr(wheels, "missing", lambda _: [])
    monkeypatch.setattr(gpu, "stages", lambda *_: found)
    asked = ["--device", "cuda", "--output", str(tmp_path), "--stages", "trial"]
    assert gpu.main(asked) == 0
    assert list(Record.read(tmp_path / "gpu.json").stages) == ["trial"]
