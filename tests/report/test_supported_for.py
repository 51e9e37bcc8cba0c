"""What the newest run's page says of sizes and of the smallest errors that are noticed."""

from __future__ import annotations

from typing import Any

from verifier.report.supported_for import FEW, errors, sizes


def statement(name: str, noticed: list[tuple[str, float]], **ranges: tuple[float, float]) -> Any:
    return {
        "id": name,
        "tightness": 0.5 if name == "D1" else None,
        "ranges": [
            {"name": name.replace("_", " "), "least": low, "greatest": high}
            for name, (low, high) in ranges.items()
        ],
        "noticed": [{"what": what, "error": e, "unit": "in the mean"} for what, e in noticed],
    }


def test_sizes_are_written_out_where_they_are_short() -> None:
    shown = sizes([statement("E1", [], samples_N=(1, 4097), width_m=(1, 1e6), momentum=(0, 0.999))])
    first, second = shown.split("\n\n")
    assert first.splitlines()[-1] == "| E1 | 1 – 4097 |  | 1 – 10⁶ |  |"
    assert second.splitlines()[-1] == "| E1 | 0 – 0.999 |  |  |  |"
    assert sizes([statement("E1", [], steps_K=(3, 3))]).splitlines()[2] == "| E1 |  |  |  | 3 |"


def test_few_errors_stand_in_the_row_and_many_in_a_table_of_their_own() -> None:
    few = statement("D1", [("a | b", 1e-3)])
    many = statement("P6", [(f"point {k}", 0.1 * (k + 1)) for k in range(FEW + 1)])
    shown = errors([few, many])
    assert r"| D1 | a \| b: 0.001 in the mean; largest lhs/rhs: 0.5 |" in shown
    assert f"| P6 | 0.1 to 0.5, of {FEW + 1} comparisons: below |" in shown
    table, _, folded = shown.partition("<details>")
    assert "point" not in table
    assert folded.startswith(f"<summary>P6: each of {FEW + 1} comparisons</summary>\n\n|")
    assert "| point 4 | 0.5 in the mean |" in folded
