"""What backs the statements that held, and where the axis of errors ends."""

from __future__ import annotations

import numpy as np
import pytest

from verifier.report.backing import backing
from verifier.report.error_axis import error_ticks, on_axis


@pytest.mark.parametrize(
    ("bases", "said"),
    [
        (("exact", "heuristic"), "1 exact, 1 heuristic (tests)"),
        (("exact", "limit"), "1 exact, 1 limit"),
        (("limit", "limit"), "2 limits"),
    ],
)
def test_what_a_heuristic_is_is_said_where_there_is_one(bases: tuple[str, ...], said: str) -> None:
    held = [{"verdict": "supported", "basis": basis} for basis in bases]
    refuted = {"verdict": "refuted", "basis": "heuristic"}
    assert backing([*held, refuted], {"heuristic": " (tests)"}) == said


def test_the_axis_ends_where_its_last_label_is() -> None:
    errors = np.asarray([0.2, 1e14])
    assert on_axis(errors)[-1] == error_ticks(errors)[0][-1]
