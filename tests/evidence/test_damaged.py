"""Three hundred damaged runs: each is read or refused in a line, and none commands a terminal."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.records import evidence
from verifier.cli import main
from verifier.evidence.files import harmless
from verifier.evidence.record import Record

DAMAGE = (
    *(None, True, -1, 1e400, float("nan"), 10**30, "x", "9" * 50, "\x1b[31mred\x07"),
    *([], {}, [1], {"a": 1}, ["\x1b]0;title\x07"]),
)
COUNT = 300


def whole(folder: Path) -> tuple[Any, list[Any]]:
    """The summary and the evidence of a small run."""
    record = Record(about={"run_seed": "0", "implementation": "mylab:Net"}, wall=3.0)
    record.open(folder)
    for name in ("E1", "E2", "E4"):
        record.add(evidence(name))
    record.add(evidence("E4", error=3.0))
    record.causes["E4"] = "perturb: clamped"
    record.reject("E1", "diverged")
    record.search("E1", 3)
    record.spend("exact: random configurations", "E1", 1.0)
    record.control("E1", "adam", None)
    record.close()
    summary = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    lines = (folder / "evidence.jsonl").read_text(encoding="utf-8").splitlines()
    return summary, [json.loads(line) for line in lines]


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in nested data."""
    yield place
    entries = value.items() if isinstance(value, dict) else ()
    for key, part in enumerate(value) if isinstance(value, list) else entries:
        yield from places(part, (*place, key))


def put(value: Any, place: tuple[Any, ...], damage: Any) -> Any:
    """The same data with something else at a place."""
    if not place:
        return damage
    copy = json.loads(json.dumps(value))
    part = copy
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = damage
    return copy


def flipped(text: bytes, chance: random.Random) -> bytes:
    """One byte is another one."""
    found = bytearray(text)
    found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def damaged(summary: Any, lines: list[Any], chance: random.Random) -> tuple[bytes, bytes]:
    """The two files of a run that is damaged somewhere."""
    kind = chance.randrange(4)
    told, damage = list(lines), chance.choice(DAMAGE)
    if kind == 0:
        summary = put(summary, chance.choice(list(places(summary))), damage)
    if kind == 1:
        k = chance.randrange(len(told))
        told[k] = put(told[k], chance.choice(list(places(told[k]))), damage)
    files = json.dumps(summary).encode(), b"".join(json.dumps(x).encode() + b"\n" for x in told)
    if kind == 2:
        files = flipped(files[0], chance), files[1]
    if kind == 3:
        files = files[0], flipped(files[1], chance)
    return files


@pytest.mark.slow
def test_damaged_runs_are_read_or_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary, lines = whole(tmp_path / "whole")
    chance = random.Random(0)
    folder = tmp_path / "damaged"
    folder.mkdir()
    statuses = []
    for _ in range(COUNT):
        files = damaged(summary, lines, chance)
        for name, content in zip(("run.json", "evidence.jsonl"), files, strict=True):
            (folder / name).write_bytes(content)
        status = main(["table", str(folder)])
        said = "".join(capsys.readouterr())
        statuses.append(status)
        assert status in (0, 2), (files, said)
        commands = [c for c in said if (c < " " and c != "\n") or "\x7f" <= c < "\xa0"]
        assert not commands, (files, said)
        assert status == 0 or said.startswith("verifier: ")
    assert 50 < statuses.count(2) < 250


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\x00", "\x7f", "\x9b", "\r", "\b", "\x0c"])
@pytest.mark.parametrize("before", ["", "\\", '\\"', "u001b"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_what_commands_a_terminal_is_taken_out(
    character: str, before: str, ascii_only: bool
) -> None:
    text = json.dumps(f"{before}{character}[31m\n\té", ensure_ascii=ascii_only)
    assert json.loads(harmless(text)) == f"{before}\ufffd[31m\n\té"


def test_the_rest_stays() -> None:
    text = json.dumps({"a\\u001b": ["\\b", "\\\\r", 1.5, "\n"]})
    assert harmless(text) == text
