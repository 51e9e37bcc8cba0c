"""Every command that a page shows in a block of its own is run, or excused with a reason.

Commands are read from the pages, and made small before they are run. Those of one page run in its
order, in one folder that holds what the pages talk of: a code, a finished run, a chapter.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.report.records import configuration
from tests.test_docs import code, done
from tests.test_docs import mine as example
from verifier import cli

ROOT = Path(__file__).parents[1]
NETWORK, CARD = "needs a network", "needs a card"
EXCUSED = {
    "source .venv/bin/activate": "of what make sets up",
    "pip install": NETWORK,
    "make verify": f"sets up .venv: {NETWORK}; what it starts is run in CI",
    "make test": f"sets up .venv: {NETWORK}; and this is a part of it",
    "make gpu-wheels": NETWORK,
    "make gpu": CARD,
    "make gpu SECONDS=240": CARD,
    "python panels.py PANEL PANEL ...": "needs submitit and a cluster",
}
"""Commands, whole ones or `pip install` with anything, that no test runs, and why."""

PANEL = "shifted-gauss-a-epochs-g"  # at smoke scale one clean network, trained in a second
SMALLER = (
    (r"PANEL PANEL \.\.\.", PANEL),
    (r"^verifier run(?! E)", "verifier run E1 --level quick"),
    (r"^verifier falsify.*", r"\g<0> --budget 1s"),
    (r"^verifier reproduce(?! --list).*", r"\g<0> --scale smoke --seeds 1"),
    (r"^verifier reproduce(?= --)(?! --list)", rf"\g<0> {PANEL}"),
    (r"^verifier reproduce \S+ cossim", "verifier reproduce shifted-gauss-a-epochs cossim-shifted"),
    (r"^pytest benchmarks.*", r"\g<0> -k 'test_train and cache and float32'"),
    (r"^make gpu DEVICE=cpu", r"\g<0> SECONDS=81"),
    (r"^python -m benchmarks.one_draw", r"\g<0> --page"),
    (r"^dask scheduler", r"\g<0> --host HOST --port 8786 --no-dashboard"),
    (r"^dask worker.*", r"\g<0> --nworkers 1 --no-dashboard"),
    (r"--baseline \S+", "--baseline $(ls -d .verifier/runs/2* | tail -1)"),
    (r"--start (\S+) --output \S+", rf"--start {ROOT}/\1 --output tightest.json"),
)
"""What is put in the place of what, one after another; of an option given twice the last counts."""

QUICK = r"verifier (init|audit|falsify(?!.*--executor)|check|reproduce --list)|cc "
"""Begin so: under two seconds, and so run by `make test` as well."""


def shown(page: str) -> list[str]:
    """The commands of a page: lines of its blocks for a shell, and indented ones.

    What another block shows, as what a run printed, is none of them.
    """
    whole = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"^```(?!(?:ba)?sh\n)\S+\n.*?^```\n", "", whole, flags=re.M | re.S)
    pattern = r"^```(?:ba)?sh\n(.*?)^```|^ {4}((?:verifier|make|pytest|python|pip) [^\n]*\n)"
    blocks = re.findall(pattern, text, re.M | re.S)
    lines = "".join(map("".join, blocks)).replace("\\\n", " ").splitlines()
    return [line.partition(" #")[0].strip() for line in lines if line.strip() and line[0] != "#"]


def key(line: str) -> str:
    return "pip install" if line.startswith("pip install ") else line


NAMES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
SHOWN = {page: found for page in NAMES if (found := shown(page))}
RUN = {page: [x for x in lines if key(x) not in EXCUSED] for page, lines in SHOWN.items()}
CHEAP = {page: [x for x in lines if re.match(QUICK, x)] for page, lines in RUN.items()}


def smaller(line: str) -> str:
    for found, instead in SMALLER:
        line = re.sub(found, instead, line)
    return line


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages talk of: codes, a chapter, a program, and a run that is over."""
    folder = tmp_path_factory.mktemp("docs")
    mine = example()
    (folder / "mine.py").write_text(mine, encoding="utf-8")
    (folder / "mylab").mkdir()
    (folder / "mylab/nets.py").write_text(mine.replace("Mine", "Trainer"), encoding="utf-8")
    (folder / "toy.py").write_text(code("docs/your-chapter.md"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as inside:
        inside.chdir(folder)
        found: dict[str, object] = {}
        exec(code("docs/audit.md"), found)
    before, after, data = (torch.load(folder / f"{x}.pt") for x in ("before", "after", "data"))
    run = {"W0": before["hidden.weight"], "b0": before["hidden.bias"], **data}
    run |= {"W": after["hidden.weight"], "b": after["hidden.bias"], "a": after["readout.weight"]}
    torch.save(run, folder / "run.pt")
    np.savez(folder / "run.npz", **{name: value.numpy() for name, value in run.items()})
    kept = folder / ".verifier/runs/TIME/counterexamples/E1.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps(configuration().to_json()), encoding="utf-8")
    if shutil.which("cc"):
        source = ROOT / "verifier/implementations/templates/train.c.txt"
        subprocess.run(["cc", "-o", "train", "-x", "c", source, "-lm"], cwd=folder, check=True)
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "there"))


def clone(folder: Path) -> None:
    """Make a clone of the folder, by links, for what runs in one only."""
    for name in ("Makefile", "pyproject.toml", "benchmarks", "properties", "tests", "verifier"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)


@pytest.mark.parametrize("page", [page for page, lines in CHEAP.items() if lines])
def test_the_quick_commands_of_a_page_run(
    page: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for line in map(smaller, CHEAP[page]):
        program, *words = shlex.split(line)
        if program == "verifier":
            assert cli.main(words) == 0, line
        elif shutil.which(program):
            subprocess.run([program, *words], check=True)


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[[str], None]]:
    """Starts a command that does not end, waits till it is ready, and ends it after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(line: str) -> None:
        log = folder / f"{len(started)}.log"
        with log.open("wb") as said:
            program = Path(sys.executable).parent / shlex.split(line)[0]
            command, paths = [program, *shlex.split(line)[1:]], {"PYTHONPATH": str(ROOT)}
            started.append(
                subprocess.Popen(command, cwd=folder, env=os.environ | paths, stderr=said)
            )
        until = time.monotonic() + 60
        while not re.search(r"(Scheduler at|Registered to): +tcp", log.read_text("utf-8")):
            assert time.monotonic() < until, log.read_text("utf-8")
            time.sleep(0.1)

    yield start
    for process in reversed(started):
        process.terminate()
        process.wait(timeout=60)


@pytest.mark.very_slow
@pytest.mark.parametrize("page", [page for page, lines in RUN.items() if lines])
def test_the_commands_of_a_page_run(
    page: str, folder: Path, serve: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("cc") is None and any(line.startswith("cc ") for line in RUN[page]):
        pytest.skip("no C compiler, cc, is installed")
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)  # in a worker of pytest-xdist nothing is timed
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    for line in RUN[page]:
        small = smaller(line).replace("HOST", "127.0.0.1").replace("8786", port)
        if line.startswith("dask "):
            serve(small)
            continue
        if line.startswith(("make", "pytest")):
            clone(folder)
        ended = done(small, folder)
        assert ended.returncode == 0, f"{small}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}"


def test_what_is_excused_is_shown_and_understood() -> None:
    """Of `make` by what it would do, of a script by its page; of pip in tests/site."""
    every = [(page, line) for page, lines in SHOWN.items() for line in lines]
    assert {*EXCUSED} <= {key(line) for _, line in every}
    for page, line in every:
        if key(line) not in EXCUSED:
            continue
        program, *words = shlex.split(line)
        if program == "make":
            subprocess.run(["make", "-n", *words], cwd=ROOT, check=True, capture_output=True)
        elif program == "python":
            assert f"# {words[0]}: " in code(page)
        else:
            assert program in ("pip", "source")
