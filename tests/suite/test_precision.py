"""The suite multiplies float32 as float32, whatever was set before, and leaves that as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.suite.running import QUICK, by_statement, run
from verifier.report.verdicts import SUPPORTED
from verifier.suite.precision import FULL, TF32, float32_products

ON_TF32 = """
import torch
from verifier.implementations.reference import Reference

torch.set_float32_matmul_precision("high")  # as code that trains fast does, when it is imported


class Mine(Reference):
    def train(self, *arguments, **options):
        assert torch.get_float32_matmul_precision() == "highest"
        assert not torch.backends.cuda.matmul.allow_tf32
        return super().train(*arguments, **options)
"""


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize("before", [FULL, TF32, "medium"])
def test_a_precision_holds_within_and_the_one_before_comes_back(before: str) -> None:
    torch.set_float32_matmul_precision(before)
    with float32_products(FULL):
        assert not torch.backends.cuda.matmul.allow_tf32
    assert torch.get_float32_matmul_precision() == before
    with float32_products(TF32):
        assert torch.backends.cuda.matmul.allow_tf32
    assert torch.backends.cuda.matmul.allow_tf32 is (before != FULL)


def test_torch_s_newer_name_for_it_is_overruled_too() -> None:
    matmul = torch.backends.cuda.matmul
    if not hasattr(matmul, "fp32_precision"):
        pytest.skip("this torch has the older name only")
    matmul.fp32_precision = "tf32"
    with float32_products(FULL):
        assert matmul.fp32_precision == "ieee"
    assert matmul.fp32_precision == "tf32"


@pytest.mark.slow
def test_a_run_is_in_full_precision_whatever_the_code_has_set(tmp_path: Path) -> None:
    (tmp_path / "on_tf32.py").write_text(ON_TF32, encoding="utf-8")
    options = ("--implementation", "on_tf32:Mine", "--statement", "E2", "-k", "random", *QUICK)
    done = run(*options, folder=tmp_path / "run", path=tmp_path)
    assert done.returncode == 0, done.stdout
    assert by_statement(tmp_path / "run")["E2"] == SUPPORTED
