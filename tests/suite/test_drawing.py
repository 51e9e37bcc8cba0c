"""What the suite draws depends on its seed and its strategies, not on the text of any code."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from verifier.statements import DEFAULT, NIGHTLY
from verifier.suite.drawing import EXAMPLES, STEERING, drawn, size_of
from verifier.suite.ingredients import typical_kernel
from verifier.suite.strategies import exact_configurations
from verifier.trial.supports import Supports

NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=3)


def by_hypothesis_alone() -> list[Any]:
    found: list[Any] = []

    @seed(0)
    @settings(max_examples=100, phases=[Phase.generate])
    @given(NUMBERS)
    def keep(numbers: list[float]) -> None:
        found.append(numbers)

    keep()
    return found


def test_draws_do_not_depend_on_code_that_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategies = (NUMBERS, exact_configurations())
    before, alone = [drawn(s, 100, run_seed=0) for s in strategies], by_hypothesis_alone()
    path = tmp_path / "literals.py"  # as an adapter or an edited file would hold them
    path.write_text(f"FOUND = {[k + 0.123 for k in range(1000, 1400)]}\n")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    monkeypatch.setitem(sys.modules, path.stem, importlib.util.module_from_spec(spec))
    assert [drawn(s, 100, run_seed=0) for s in strategies] == before
    assert by_hypothesis_alone() != alone  # so the module would have been seen


def test_only_the_nightly_profile_runs_the_large_experiments() -> None:
    assert {size_of(name) for name in (None, *EXAMPLES) if name != "nightly"} == {DEFAULT}
    assert size_of("nightly") == NIGHTLY
    assert set(STEERING) <= set(EXAMPLES)


def test_in_float32_alone_the_exponential_loss_meets_short_samples_only() -> None:
    """And elsewhere long ones too; a code of no other loss is drawn for all the same."""
    single = {"dtypes": ("float32",)}
    for supports, is_near in (
        (Supports(**single), True),
        (Supports(), False),
        (Supports(("exponential",), **single), False),
    ):
        every = drawn(exact_configurations(supports), 400, run_seed=0)
        wild = [c for c in every if c.loss == "exponential"]
        assert len(wild) > 20
        assert all(typical_kernel(c.data) <= 100 for c in wild) == is_near
        assert all(c.eps <= 10 for c in wild) == (supports != Supports())
