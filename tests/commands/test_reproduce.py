"""`verifier reproduce`: from the command line to the gallery, interrupted, resumed, misused."""

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.reproduction.runner.toy_works import wait_until
from verifier.cli import main
from verifier.evidence.extras import install
from verifier.reproduction.runner.store import Store

PANEL = "shifted-gauss-a-epochs-g"  # at smoke scale one clean network, trained in a second
SMOKE = ["reproduce", "--scale", "smoke", "--workers", "1"]
ROOT = Path(__file__).parents[2]


def reproduce(folder: Path, *more: str) -> int:
    return main([*SMOKE, "--output", str(folder), *more])


def entries(folder: Path) -> dict[Path, float]:
    return {path: path.stat().st_mtime for path in (folder / "cache/results").rglob("*.json")}


@pytest.mark.long
@pytest.mark.slow
def test_a_panel_is_run_drawn_and_not_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reproduce(tmp_path, PANEL) == 0
    said = capsys.readouterr().out
    assert "seeds: 1" in said
    assert "estimate" in said
    assert "4 of 4, 4 new" in said
    page = tmp_path / "smoke/gallery.html"
    assert f"gallery      {page}" in said
    assert f'id="{PANEL}-reduced"' in page.read_text(encoding="utf-8")
    for kind in ("svg", "png"):
        assert (tmp_path / f"smoke/pictures/{PANEL}-reduced.{kind}").stat().st_size > 1000
    gallery = json.loads((tmp_path / "smoke/gallery.json").read_text(encoding="utf-8"))
    assert (gallery["run"], gallery["run_reduced"], gallery["seeds"]) == (0, 2, [1, 1])
    assert gallery["not_run"] == []
    assert gallery["summary"]["stable"] == 0  # nothing of reduced size is compared

    before = entries(tmp_path)
    assert len(before) == 4  # two points, two recipes
    assert reproduce(tmp_path, PANEL, "--seeds", "2") == 0
    assert "8 from 4 clean networks; 4 are there already" in capsys.readouterr().out
    after = entries(tmp_path)
    assert len(after) == 8
    assert before.items() <= after.items()


@pytest.mark.long
@pytest.mark.slow
def test_a_corrupt_point_is_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reproduce(tmp_path, PANEL) == 0
    gallery = (tmp_path / "smoke/gallery.json").read_bytes()
    path = sorted(entries(tmp_path))[0]
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[: len(whole) // 2], encoding="utf-8")
    with pytest.warns(UserWarning, match="truncated or altered"):
        assert reproduce(tmp_path, PANEL) == 0
    result, again = json.loads(whole)["result"], json.loads(path.read_text())["result"]
    assert {**result, "seconds": 0} == {**again, "seconds": 0}
    assert (tmp_path / "smoke/gallery.json").read_bytes() == gallery


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, stop: signal.Signals) -> None:
    panels = ["shifted-gauss-a-m", "shifted-gauss-a-gamma"]
    command = [sys.executable, "-m", "verifier.cli", *SMOKE, "--output", str(tmp_path), *panels]
    running = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: entries(tmp_path))
    os.kill(running.pid, stop)
    said, _ = running.communicate(timeout=120)
    kept = entries(tmp_path)
    if stop is not signal.SIGKILL:
        assert running.returncode == 130
        assert "interrupted; all that was finished is kept: the same command goes on" in said
        assert "gallery.html" in said
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"{len(kept)} are there already" in done.stdout
    after = entries(tmp_path)
    assert kept.items() <= after.items()
    assert len(after) == 8


def test_a_run_that_is_stopped_while_it_draws_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("verifier.commands.reproduce.reproduce", stopped)
    assert reproduce(tmp_path, PANEL) == 130
    assert "the same command goes on" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_list_says_what_each_panel_takes_and_runs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", "--list", "--output", str(tmp_path / "none")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:3] == ["shifted-gauss-a-N", "32", "32"] for line in lines)
    beyond = [line for line in lines if line.startswith("gauss-b-m ")]
    assert "--scale paper" in beyond[0]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gauss-c"], "PANEL = 'gauss-c': must begin the name of a panel"),
        (["shifted-gaus-a"], "--list shows them; did you mean shifted-gauss-a"),
        (["--scale", "big"], "--scale = 'big': must be one of smoke, laptop, paper"),
        (["--seeds", "0"], "--seeds = 0: must be at least 1"),
        (["--workers", "0"], "--workers = 0: must be at least 1"),
        (["--device", "abacus"], "--device = abacus"),
        (["--images", "/nowhere"], "--images = /nowhere: must be an existing directory"),
        (["--workers", "2", "--executor", "tcp://x:1"], "is for local processes"),
        (
            ["--output", "/dev/null/x"],
            "--output = /dev/null/x/cache: must be a folder that can be written",
        ),
    ],
)
def test_bad_input_is_refused_before_any_work(
    tmp_path: Path,
    arguments: Sequence[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "none"
    assert main(["reproduce", "--output", str(output), *arguments]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert not said.out
    assert not output.exists()


def test_a_missing_package_is_named_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [n for n in sys.modules if n.startswith("verifier.reproduction.")]:
        if name.rsplit(".")[-1] in ("page", "curves", "maps"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    importlib.invalidate_caches()
    assert reproduce(tmp_path / "none", PANEL) == 2
    assert install("report") in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_a_failure_is_told_and_the_rest_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(self: Store, *_: object) -> None:
        raise OSError(28, "No space left on device")

    assert reproduce(tmp_path, PANEL) == 0
    monkeypatch.setattr("verifier.reproduction.gallery.pictures.write_whole", broken)
    monkeypatch.setattr("verifier.reproduction.gallery.page.write_whole", broken)
    assert reproduce(tmp_path, PANEL) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert len(entries(tmp_path)) == 4
