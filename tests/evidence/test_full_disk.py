"""A full disk, or a folder that cannot be written: said by name, early, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.report.records import evidence
from tests.suite.running import ROOT
from verifier.cli import main
from verifier.errors import InputError
from verifier.evidence.evidence import Evidence
from verifier.evidence.files import require_writable, write_whole
from verifier.evidence.folders import INTERRUPTED
from verifier.evidence.record import Record
from verifier.suite.gathering import Gathering
from verifier.trial.case import Case

NO_ROOM = os.strerror(errno.ENOSPC)


def full(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, NO_ROOM)


def report(place: int, statement: str) -> Any:
    """What a test reports that has found evidence."""
    found: Evidence = evidence(statement)
    return SimpleNamespace(found=json.dumps([place, Record().summary(), [found.to_json()]]))


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    write_whole(path, b"old")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match=NO_ROOM):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["report.json"]


def test_what_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / "not" / "there" / "yet"
    require_writable("evidence", deep)
    assert not deep.parent.exists()
    file = tmp_path / "file"
    file.touch()
    require_writable("output", file)
    with pytest.raises(InputError, match=rf"evidence = {file}/run: must be writable: .* is a file"):
        require_writable("evidence", file / "run")
    with monkeypatch.context() as patched:  # whoever runs this may be root, who may write anywhere
        patched.setattr(os, "access", lambda path, mode: path != tmp_path)
        with pytest.raises(InputError, match=rf"evidence = {deep}: .*: {tmp_path} is not$"):
            require_writable("evidence", deep)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=17))
    with pytest.raises(InputError, match=r"17 bytes are left on its disk"):
        require_writable("evidence", deep)


@pytest.mark.parametrize("is_full_to_the_end", [False, True])
def test_a_disk_that_fills_stops_the_run_and_keeps_what_was_there(
    is_full_to_the_end: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    gathering = Gathering(folder)
    gathering.pytest_runtest_logreport(report(0, "E1"))
    with monkeypatch.context() as patched:
        patched.setattr(Record, "add", full)
        with pytest.raises(pytest.exit.Exception, match=f"evidence = {folder}: .*{NO_ROOM}"):
            gathering.pytest_runtest_logreport(report(1, "E2"))
    with monkeypatch.context() as patched:
        if is_full_to_the_end:
            patched.setattr(Path, "write_bytes", full)
        gathering.close(INTERRUPTED)
    assert [e.statement for e in gathering.record.evidence] == ["E1", "E2"]
    assert NO_ROOM in str(gathering.problem)
    found = Record.load(folder)
    assert found.state == INTERRUPTED
    assert [e.statement for e in found.evidence] == ["E1", "E2"][: 1 + (not is_full_to_the_end)]


def test_a_witness_that_cannot_be_kept_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("verifier.trial.case.write_whole", full)
    options = ["--budget", "0.1s", "--width", "2", "--output", str(tmp_path / "D1.json")]
    assert main(["falsify", "D1", *options]) == 2
    told = capsys.readouterr()
    assert f"case = {tmp_path / 'D1.json'}: must be writable: {NO_ROOM}" in told.err
    assert Case.from_json(json.loads(told.out.splitlines()[-1])).found is not None


def test_a_hunt_does_not_begin_where_its_witness_cannot_be_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["falsify", "D1", "--budget", "10m", "--output", "/dev/null/D1.json"]) == 2
    assert "--output = /dev/null/D1.json: must be writable" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_whose_disk_is_full_says_so_and_is_readable(tmp_path: Path) -> None:
    """No file of it may be larger than 16 KiB, which a write beyond notices as it does ENOSPC."""
    folder = tmp_path / "run"
    run = f"{sys.executable} -m verifier run E4 --level quick -- -n0 --evidence {folder}"
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 16; {run}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"verifier: evidence = {folder}: must be writable: File too large" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    found = Record.load(folder)
    assert found.state == INTERRUPTED
    assert {e.statement for e in found.evidence} == {"E4"}
