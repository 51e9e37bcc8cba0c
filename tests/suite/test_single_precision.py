"""Single precision is recognised, not accused; in float32 right codes pass and wrong ones fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.suite.default_linear import Casting, CastingBack, Refusing, Wrong
from tests.suite.running import by_statement, command_line
from verifier import Settings, check
from verifier.errors import NotComparable
from verifier.evidence.record import Record
from verifier.implementations.single_precision import in_single
from verifier.implementations.torch_nn import TorchNN
from verifier.report.verdicts import SUPPORTED
from verifier.statements import STATEMENTS

SAID = "computed in single precision: every error is about 6e-8 of its scale; run with --dtype"
GENERIC = torch.tensor([0.1, -1.7, 3.3], dtype=torch.float64)
CODES = pytest.mark.parametrize("code", [Refusing, Casting, CastingBack])


@pytest.mark.parametrize(
    ("answer", "handed", "expected"),
    [
        (GENERIC.float(), GENERIC, True),
        (GENERIC.float().double(), GENERIC, True),
        (GENERIC.half().double(), GENERIC, True),
        (GENERIC, GENERIC, False),
        (GENERIC.float().double(), GENERIC.float().double(), False),  # as it was handed
        (GENERIC.sign(), GENERIC, False),
        (torch.zeros_like(GENERIC), GENERIC, False),
        (torch.cat((GENERIC.float().double(), GENERIC)), GENERIC, False),
    ],
)
def test_single_precision_is_told_by_its_digits(
    answer: torch.Tensor, handed: torch.Tensor, expected: bool
) -> None:
    assert in_single(answer, handed) == expected


@CODES
@pytest.mark.parametrize("statement", ["E0", "E1", "E4"])
def test_a_code_in_single_precision_is_not_accused(code: type, statement: str) -> None:
    with pytest.raises(NotComparable, match=SAID):
        check(code, statement)


def test_what_rounding_does_not_decide_holds_all_the_same() -> None:
    assert check(Casting, "R3").holds


@pytest.mark.parametrize("code", [Refusing, CastingBack])
@pytest.mark.parametrize("run_seed", [0, 1])
@pytest.mark.parametrize("statement", ["E0", "E2", "E4", "E5", "S1", "D3"])
def test_it_is_right_in_float32(code: type, statement: str, run_seed: int) -> None:
    found = check(code, statement, settings=Settings(run_seed, dtype="float32"))
    assert found.holds
    assert found.configuration["dtype"] == "float32"


@pytest.mark.parametrize("settings", [Settings(), Settings(dtype="float32")])
def test_a_wrong_one_is_refuted_all_the_same(settings: Settings) -> None:
    found = check(Wrong, "E2", settings=settings)
    assert not found.holds
    assert found.configuration["dtype"] == "float32"


def test_an_initialisation_in_float32_is_no_answer_to_float64() -> None:
    """It is handed nothing: what is wrong with its law is told."""

    class Narrow(TorchNN):
        def initialise(self, *handed: Any) -> Any:
            return tuple(0.9 * part.float() for part in super().initialise(*handed))

    assert not check(Narrow, "P0").holds


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("run_seed", ["0", "1", "2"])
def test_torch_passes_every_search_in_float32(run_seed: str, tmp_path: Path) -> None:
    named = ("--implementation", "verifier.implementations.torch_nn:TorchNN")
    options = ("--dtype", "float32", "--level", "quick", "--")
    folder = tmp_path / "run"
    seed = ("--run-seed", run_seed, "--evidence", str(folder))
    done = command_line("run", *named, *options, *seed)
    assert done.returncode == 0, done.stdout
    verdicts = by_statement(folder)
    run = {e.statement for e in Record.load(folder).evidence}
    assert run <= set(STATEMENTS)
    assert {verdicts[name] for name in run} == {SUPPORTED}
    handed = [e for e in Record.load(folder).evidence if STATEMENTS[e.statement].needs]
    assert {e.configuration["dtype"] for e in handed} == {"float32"}
