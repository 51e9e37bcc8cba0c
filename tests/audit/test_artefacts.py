"""What an audit reads: the kinds of files, their names, and what it refuses."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.audit.plain_run import named, plain_run
from verifier import cli
from verifier.audit.artefacts import read
from verifier.audit.audit import Audit
from verifier.audit.saved import Saved

RUN = plain_run(N=6, d=12, m=20, steps=10)
MAPPING = """
[names]
W0 = "before.hidden.weight"
b0 = "before.hidden.bias"
W = "checkpoint.model.hidden.weight"
b = "checkpoint.model.hidden.bias"
a = "checkpoint.model.readout.weight"
X = "data.X"
y = "data.y"

[run]
slope = 0.1
loss = "logistic"
momentum = 0.9
steps = [0.2, 0.2, 0.2, 0.2, 0.2, 0.02, 0.02, 0.02, 0.02, 0.02]
is_scaled = true  # the readout holds a/sqrt m
"""


def of_numpy(run: dict[str, Any]) -> dict[str, Any]:
    return {name: v.numpy() if isinstance(v, torch.Tensor) else v for name, v in run.items()}


def safetensors(path: Path, run: dict[str, Any]) -> None:
    """The format as its specification has it: a length, a header in JSON, the bytes."""
    header: dict[str, Any] = {"__metadata__": {"made by": "a test"}}
    data = b""
    for name, value in run.items():
        array = np.asarray(value)
        if array.dtype.kind in "fi":
            kind = {"float32": "F32", "float64": "F64", "int64": "I64"}[array.dtype.name]
            ends = [len(data), len(data) + array.nbytes]
            header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": ends}
            data += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def held(path: Path) -> set[str]:
    outcomes = Audit(Saved.load(path), path.name).outcomes()
    assert not any(outcome.is_refuted for outcome in outcomes)
    return {outcome.statement for outcome in outcomes if outcome.holds}


ALL = {"E1b", "E6", "D1", "E1", "E2", "E3", "D2", "D3", "E4", "E5"}
WITHOUT_TEXTS = {"E1b", "E6", "D1", "E4"}


def test_every_kind_of_file_says_the_same(tmp_path: Path) -> None:
    run = named(RUN)
    np.savez(tmp_path / "run.npz", **of_numpy(run))
    torch.save(run, tmp_path / "run.pt")
    assert held(tmp_path / "run.npz") == held(tmp_path / "run.pt") == ALL
    safetensors(tmp_path / "run.safetensors", of_numpy(run))
    assert held(tmp_path / "run.safetensors") == WITHOUT_TEXTS  # it holds no text: no loss
    found, wanted = read(tmp_path / "run.safetensors"), read(tmp_path / "run.npz")
    np.testing.assert_array_equal(found["W"], wanted["W"])


def test_safetensors_are_those_of_the_library(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    state = {name: v.contiguous() for name, v in RUN["after"].items()}
    library.save_file(state, tmp_path / "run.safetensors")
    found = read(tmp_path / "run.safetensors")
    for name, value in state.items():
        np.testing.assert_array_equal(found[name], value.numpy())


def folder_of_checkpoints(tmp_path: Path) -> Path:
    torch.save(RUN["before"], tmp_path / "before.pt")
    torch.save({"model": RUN["after"], "epoch": 10}, tmp_path / "checkpoint.pth")
    torch.save(RUN["data"], tmp_path / "data.pt")
    (tmp_path / "notes.txt").write_text("not read")
    return tmp_path


def test_a_folder_of_checkpoints_has_a_mapping(tmp_path: Path) -> None:
    folder = folder_of_checkpoints(tmp_path)
    (folder / "audit.toml").write_text(MAPPING)
    assert held(folder) == ALL - {"E4", "E5"}


def test_a_mapping_may_stand_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run").mkdir()
    folder = folder_of_checkpoints(tmp_path / "run")
    (tmp_path / "names.toml").write_text(MAPPING)
    assert cli.main(["audit", str(folder), "--names", str(tmp_path / "names.toml")]) == 0
    assert "held     E2   with the schedule" in capsys.readouterr().out


def test_the_weights_of_a_scaled_readout_are_not_rounded_away(tmp_path: Path) -> None:
    (folder_of_checkpoints(tmp_path) / "audit.toml").write_text(MAPPING)
    scaled, plain = Saved.load(tmp_path).network().a, named(RUN)["a"]
    torch.testing.assert_close(scaled, plain, rtol=1e-6, atol=0)


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["npz", "pt", "npy"])
def test_nothing_is_unpickled(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sprung, path = tmp_path / "sprung", tmp_path / f"run.{kind}"
    if kind == "pt":
        torch.save({"W": Trap(sprung)}, path)
    elif kind == "npz":
        np.savez(path, W=np.array([Trap(sprung)], dtype=object))
    else:
        path.write_bytes(pickle.dumps(Trap(sprung)))
    assert cli.main(["audit", str(path)]) == 2
    assert f"run = {path}: must be a whole .{kind} file of arrays alone" in capsys.readouterr().err
    assert not sprung.exists()


GOOD = of_numpy(named(RUN))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y": (1 + GOOD["y"]) / 2}, ["y = [0.0, 1.0]", "labels must be -1 or +1"]),
        ({"y": GOOD["y"][:, None]}, ["y.shape = (6, 1)", "must have the shape (N)"]),
        ({"W": GOOD["W"].T}, ["W.shape = (12, 20)", "m = 20, as the others have it"]),
        ({"W": GOOD["W"] * np.nan}, ["W = NaN or infinity", "must be finite"]),
        ({"W": GOOD["W"].astype(np.float16)}, ["W = torch.float16", "32 or 64 bits"]),
        ({"loss": "hinge"}, ["loss = 'hinge'", "must be one of identity"]),
        ({"slope": "steep"}, ["slope = ", "must be a number"]),
        ({"slope": 7.0}, ["slope = 7.0", "must lie in [0, 1]"]),
        ({"attack": "L0"}, ["norm = 0.0", "must be at least 1, or inf"]),
        ({"scenario": "c"}, ["scenario = 'c'", "must be 'a' or 'b'"]),
    ],
)
def test_a_run_that_cannot_be_is_bad_input(
    changes: dict[str, Any], words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "run.npz", **{**GOOD, **changes})
    assert cli.main(["audit", str(tmp_path / "run.npz")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert all(word in told for word in words), told


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("run.txt", b"", ["must end in one of .npz"]),
        ("run.npz", b"PK\x03\x04 cut", ["must be a whole .npz file"]),
        ("run.pt", b"", ["must be a whole .pt file"]),
        ("run.safetensors", b"\xff" * 40, ["must be a whole .safetensors file"]),
        ("run.safetensors", b"\x02\0\0\0\0\0\0\0[]", ["must be a whole .safetensors file"]),
        ("run.json", b"[" * 100_000, ["must be a whole .json file"]),
        ("run.json", b'{"loss_curve": 3}', ["holds loss_curve, none of W0", "audit.toml"]),
    ],
)
def test_a_damaged_file_is_bad_input(
    name: str, data: bytes, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(data)
    assert cli.main(["audit", str(tmp_path / name)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert all(word in told for word in words), told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[names", ["must be TOML"]),
        ("[paths]", ["'paths'", "must be the table names or run"]),
        ("[names]\nweights = 'data.X'", ["'weights'", "must be one of W0"]),
        ("[names]\nX = 'data.Z'", ["names.X = 'data.Z'", "must be one of before.hidden.weight"]),
        ("names = 3", ["must be tables"]),
        ("[run]\nis_scaled = 'no'", ["run.is_scaled = 'no'", "must be true or false"]),
    ],
)
def test_a_wrong_mapping_is_bad_input(
    text: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder_of_checkpoints(tmp_path) / "audit.toml").write_text(text)
    assert cli.main(["audit", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words), told


def test_an_empty_folder_is_bad_input(tmp_path: Path) -> None:
    assert cli.main(["audit", str(tmp_path)]) == 2
    assert cli.main(["audit", str(tmp_path / "nothing.npz")]) == 2
