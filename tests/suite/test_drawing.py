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
from verifier.suite.strategies import exact_configurations

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
