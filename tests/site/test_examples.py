"""Every example of the documentation runs, and makes its picture."""

import re
import runpy
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.very_slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_runs_and_draws(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    plt.close("all")
    drawn: list[int] = []
    monkeypatch.setattr(plt, "show", lambda: drawn.extend(plt.get_fignums()))
    runpy.run_path(str(path))
    assert drawn
    assert capsys.readouterr().out
    plt.close("all")


def test_there_is_an_example_for_each_task() -> None:
    assert len(EXAMPLES) >= 7
    for path in EXAMPLES:
        _, title, line = path.read_text(encoding="utf-8").split("\n")[:3]
        assert re.sub(r"\W", "_", title).lower() == path.stem[2:]  # after its place in the gallery
        assert line == "=" * len(title)
