"""Programs under test: by files, in C, and by lines; the protocol and its golden vectors."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.bad_input import P, X, Y, refused
from tests.implementations.starts import refuted
from verifier import cli
from verifier.errors import BadResult, InputError
from verifier.implementations import program, protocol
from verifier.implementations.contract import FUNCTIONS, Implementation, load, offered
from verifier.implementations.golden import is_right, names, vector
from verifier.implementations.program import Program, _ended, _Files, _Lines
from verifier.implementations.reference import Reference
from verifier.implementations.starting import STARTS
from verifier.model.attack import Attack
from verifier.model.classes import ClassRecipe
from verifier.model.deep import DeepRecipe
from verifier.model.losses import Logistic, Mixture
from verifier.model.recipe import Recipe

DOCS = Path(__file__).parents[2] / "docs"
LINES = f"{sys.executable} {Path(__file__).parent / 'line_program.py'}"


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The command of the program that `verifier init --program` writes, compiled."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler, cc, is installed")
    folder = tmp_path_factory.mktemp("in_c")
    start = STARTS["program"]
    (folder / "train.c").write_text(start.contents()["train.c"], encoding="utf-8")
    build = [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", "train", "train.c", "-lm"]
    subprocess.run(build, cwd=folder, check=True)
    return f"{folder / 'train'} {{in}} {{out}}"


def test_the_program_in_c_holds(in_c: str) -> None:
    code = load(f"$ {in_c}")
    assert offered(code) == {"train", "output", "input_gradient", "perturb"}
    assert not refuted(code, ("E0", "E1", "E2", "E4"))
    for loss in (Logistic(), Mixture(0.1, 0.6, 0.4, 1.5, 0.2)):
        recipe = Recipe((0.3, 0.2), loss, 0.3, 0.9)
        wanted = Reference().train(P, X, Y, recipe)
        for part, expected in zip(code.train(P, X, Y, recipe), wanted, strict=True):
            np.testing.assert_allclose(part, expected.numpy(), rtol=1e-12, atol=1e-14)


def test_a_fault_in_it_is_refuted(in_c: str, tmp_path: Path) -> None:
    text = STARTS["program"].contents()["train.c"]
    assert text.count("of_w[k] *= mu") == 1
    (tmp_path / "train.c").write_text(text.replace("of_w[k] *= mu", "of_w[k] *= mu / (1 + mu)"))
    subprocess.run(["cc", "-o", "train", "train.c", "-lm"], cwd=tmp_path, check=True)
    assert refuted(Program(f"{tmp_path / 'train'} {{in}} {{out}}"), ("E0",)) == {"E0"}


@pytest.mark.parametrize("name", names())
def test_golden_vectors_are_met_by_the_program_in_c(name: str, in_c: str) -> None:
    golden = vector(name)
    files = _Files(in_c.split())
    asked = {k: np.array(v) if isinstance(v, list) else v for k, v in golden["request"].items()}
    answer = files.ask(asked)
    assert is_right(golden, answer)
    for part in golden["answer"]:
        wrong = dict(answer)
        wrong[part] = answer[part] + 1e-9
        assert not is_right(golden, wrong)
    assert not is_right(golden, {})


def test_the_program_in_rust_meets_them_by_lines_and_holds(tmp_path: Path) -> None:
    compiler = shutil.which("rustc")
    if compiler is None:
        pytest.skip("no Rust compiler, rustc, is installed")
    build = [compiler, "-O", "--edition", "2021", "-D", "warnings", str(DOCS / "programs/train.rs")]
    subprocess.run(build, cwd=tmp_path, check=True)
    code = Program(str(tmp_path / "train"))
    lines = _Lines([str(tmp_path / "train")])
    asked = [vector(name) for name in names() if not name.startswith("perturb")]
    assert len(asked) > 10
    for golden in asked:
        assert is_right(golden, lines.ask(golden["request"]))
    assert offered(code) == {"train", "output", "input_gradient"}
    assert not refuted(code, ("E0", "E1", "E2"))


def same_request(kept: dict[str, Any], found: dict[str, Any]) -> None:
    """Equal, but for the last bits of trained weights, which are those of another machine."""
    assert kept.keys() == found.keys()
    for name, value in kept.items():
        if isinstance(value, list):
            np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-13, err_msg=name)
        else:
            assert found[name] == value, name


def test_golden_vectors_are_the_reference_s() -> None:
    spec = importlib.util.spec_from_file_location("update_golden", DOCS / "update_golden.py")
    assert spec is not None
    assert spec.loader is not None
    update_golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(update_golden)
    assert len(names()) == 4 * len(update_golden.SETTINGS)
    for setting, configuration in update_golden.SETTINGS.items():
        for name, found in update_golden.vectors(setting, configuration).items():
            kept = vector(name)
            same_request(kept["request"], found["request"])
            assert is_right(kept, found["answer"])


def test_the_protocol_has_every_function_of_the_contract() -> None:
    assert set(protocol.ARGUMENTS) == set(protocol.ANSWERS) == set(FUNCTIONS)
    for name, handed in protocol.ARGUMENTS.items():
        own = list(inspect.signature(getattr(Implementation, name)).parameters)[1:]
        assert list(handed) == own + (["loss"] if name == "perturb" else [])


BATCHES = torch.zeros(1, 2, dtype=torch.int64, device="cpu")
CALLS: dict[str, tuple[Any, ...]] = {
    "train": (P, X, Y, Recipe((0.1,))),
    "output": (P, X, 0.3),
    "input_gradient": (P, X, 0.3),
    "perturb": (P, X, Y, 1.0, 0.3, Mixture(1.0, 1.0, 1.0, 1.0, 0.0)),
    "initialise": (5, 3, 1),
    "kernel": (X, X, 0.3),
    "train_deep": (((P.W, P.b), (P.W[:1], P.b[:1])), X, Y, DeepRecipe((0.1,), BATCHES)),
    "perturb_by": (P, X, Y, 1.0, 0.3, Attack(float("inf"))),
    "perturb_in_steps": (P, X, Y, 1.0, 0.3, Attack(2.0, 1), (0.5, 0.5)),
    "train_batches": (P, X, Y, Recipe((0.1,)), BATCHES),
    "train_readout": (P, X, Y, Recipe((0.1,))),
    "train_classes": (P, X, Y, ClassRecipe((0.1,))),
    "perturb_classes": (P, X, Y, Y, 1.0, 0.3),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_request_holds_what_the_protocol_says(function: str) -> None:
    found = protocol.request(function, CALLS[function])
    own = {"protocol", "function", "dtype"}
    due = set(protocol.sent(function)) - {"..."}
    if function == "train_classes":
        due -= {"loss_constants"}
    assert set(found) - {"b2"} == own | due
    plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in found.items()}
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    known = ", ".join([*protocol.FIELDS, "b1"]).split(", ")
    assert set(found) - {"b2"} <= set(known)


def test_single_precision_is_said_and_sent_in_double() -> None:
    single = P.to("cpu", torch.float32)
    found = protocol.request("output", (single, X.float(), 0.3))
    assert found["dtype"] == "float32"
    assert found["W"].dtype == np.float64


def test_layers_are_answered_in_pairs() -> None:
    answer = {name: [1.0] for name in ("W1", "b1", "W2", "b2")}
    assert len(protocol.answered("train_deep", answer, 2)) == 2
    with pytest.raises(BadResult, match="without W3, b3"):
        protocol.answered("train_deep", answer, 3)


def test_a_program_by_lines_is_asked_again_and_again() -> None:
    code = Program(LINES)
    assert offered(code) == {"output"}
    for _ in range(3):
        found = code.output(P, X, 0.3)
        np.testing.assert_allclose(found, Reference().output(P, X, 0.3).numpy(), rtol=1e-13)
    assert not refuted(code, ("E2",))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("hangs", "no answer within 1 s"),
        ("exits", "program, output(...) = exit status 3: must answer: out of luck"),
        ("aborts", "program, output(...) = ended by SIGABRT: must answer: free(): invalid"),
        ("error", "the error 'no such thing'"),
        ("another answer", "without f: must answer with f"),
        ("text for numbers", "must be an array"),
        ("protocol 2", "protocol = 2: must be 1"),
        ("no JSON", "must answer"),
        ("a flood", "more than 4194304 bytes"),
    ],
)
def test_a_program_that_fails_is_an_error_of_that_code(
    how: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "LONGEST", 2**22)
    if how == "hangs":  # the others need time to start
        monkeypatch.setattr(program, "LIMIT", 1.0)
    code = Program(f"{LINES} '{how}'")
    for _ in range(2):  # a new process is asked after the first has failed
        with pytest.raises(BadResult, match=re.escape(words)):
            code.output(P, X, 0.3)


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        ("", "must be a command"),
        ("'", "must be a command: No closing quotation"),
        ("./train {in}", "must have both of {in} and {out}, or neither"),
        ("./nowhere", "must describe itself: program = ./nowhere: cannot start"),
        ("./nowhere {in} {out}", "must describe itself: program = ./nowhere: cannot be started"),
        ("false {in} {out}", "exit status 1: must answer: it says nothing of why"),
        ("sh -c 'kill -ABRT $$' {in} {out}", "ended by SIGABRT: must answer"),
        ("true {in} {out}", "must describe itself by functions among train"),
        (f"{LINES} 'says nonsense'", "must describe itself by functions among train"),
    ],
)
def test_a_command_that_is_none_is_bad_input(
    command: str, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(lambda: Program(command), "program", repr(command), rule)
    assert issubclass(BadResult, InputError)


def test_the_command_prints_the_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["protocol"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["protocol"] == 1
    assert set(told["functions"]) == set(FUNCTIONS)
    assert cli.main(["protocol", "--example"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert json.loads(first.removeprefix("request: "))["function"] == "train"
    assert cli.main(["protocol", "--example", "nothing"]) == 2
    assert "example = 'nothing': must be one of input_gradient-" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "exit status 0"),
        (3, "exit status 3"),
        (-6, "ended by SIGABRT"),
        (-35, "ended by signal 35"),
    ],
)
def test_how_a_program_ended_is_said(status: int, words: str) -> None:
    assert _ended(status) == words
