"""`verifier bench`: ratios of medians from a benchmark file, and what it says of any other file."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from verifier.cli import main
from verifier.evidence.extras import install
from verifier.report.benchmark import Timing, read, show
from verifier.report.benchmark_plot import picture

PNG = b"\x89PNG\r\n\x1a\n"


def entry(group: Any, contestant: Any, median: float, **more: float) -> dict[str, Any]:
    about = {"contestant": contestant, **more}
    return {"group": group, "stats": {"median": median}, "extra_info": about}


def contests(library: float = 0.25) -> dict[str, Any]:
    return {
        "benchmarks": [
            entry("train [a]", "library", library, error=2e-7),
            entry("train [a]", "limit", 0.2),
            entry("train [a]", "baseline", 0.5, error=1e-7),
            entry("train [a]", "yours", 1.0, error=3e-3),
            entry("alone", "library", 1.0),
            {"group": None, "stats": {"median": 1.0}, "extra_info": {}},  # no contest
        ]
    }


def write(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_the_table_shows_ratios_of_medians_and_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    file = write(tmp_path / "bench.json", contests())
    assert main(["bench", str(file)]) == 0
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if "train" in line)
    words = ["train", "[a]", "0.25", "s", "1.25", "0.50", "2.0e-07", "yours", "0.25", "3.0e-03"]
    assert row.split() == words
    assert next(line for line in printed.splitlines() if "alone" in line).split() == [
        "alone",
        "1",
        "s",
    ]
    assert str(file.with_suffix(".png")) in printed.replace("\n", "")
    assert file.with_suffix(".png").read_bytes().startswith(PNG)


def test_only_contests_of_the_library_are_read(tmp_path: Path) -> None:
    content = contests()
    content["benchmarks"].append(entry("no library", "limit", 1.0))
    found = read(write(tmp_path / "bench.json", content))
    assert list(found.groups) == ["train [a]", "alone"]
    assert found.groups["train [a]"]["limit"] == Timing(0.2, None)
    assert found.growth == {}


def growing(exponent: float = 0.9) -> dict[str, Any]:
    about = {"size": "m", "medians": {"8": 0.1, "16": 0.2}, "exponent": exponent}
    return {"group": "growth with m", "stats": {"median": 1.0}, "extra_info": about}


def test_growth_is_told_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "bench.json", {"benchmarks": [growing()]})
    assert read(file).growth == {"m": ({8: 0.1, 16: 0.2}, 0.9)}
    assert main(["bench", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "grows as m^0.90" in printed
    assert "library" not in printed
    assert file.with_suffix(".png").read_bytes().startswith(PNG)


def test_the_library_alone_is_shown_without_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = {"benchmarks": [entry("train", "library", 1.0)]}
    file = write(tmp_path / "bench.json", content)
    assert main(["bench", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "1 s" in printed
    assert "no picture" in printed
    assert not file.with_suffix(".png").exists()


def test_the_newest_file_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    old = write(tmp_path / ".verifier" / "bench.json", contests())
    os.utime(old, (0, 0))
    write(tmp_path / ".benchmarks" / "here" / "0001.json", contests(library=0.1))
    assert main(["bench", "--output", "plot.png"]) == 0
    assert "0.1 s" in capsys.readouterr().out
    assert Path("plot.png").exists()


def test_no_file_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bench"]) == 2
    problem = capsys.readouterr().err
    assert "file = .verifier" in problem
    assert "make benchmark" in problem


def test_the_picture_shows_each_ratio_from_one_and_each_growth_from_its_least() -> None:
    ratios = [("train", "limit", 4.0), ("train", "baseline", 0.25), ("$x{", "yours", 2.0)]
    figure = picture(ratios, {"m": ({8: 0.1, 16: 0.3}, 1.58)})
    bars, lines = figure.axes
    spans = [(p.get_x(), p.get_x() + p.get_width()) for p in bars.patches]
    assert spans == [(1, 4.0), (1, 0.25), (1, 2.0)]
    heights = [p.get_y() + p.get_height() / 2 for p in bars.patches]
    labels = {t.get_position()[1]: t.get_text() for t in bars.get_yticklabels()}
    assert [labels[round(h)] for h in heights] == [
        "train: /limit",
        "train: /baseline",
        "$x{: /yours",
    ]
    assert bars.yaxis_inverted()
    colours = [p.get_facecolor() for p in bars.patches]
    assert len(set(colours)) == 3
    x, y = lines.lines[0].get_data()
    assert list(x) == [1, 2]
    assert list(y) == pytest.approx([1, 3])
    assert "1.58" in lines.get_legend().get_texts()[0].get_text()
    figure.canvas.draw()


def test_the_file_that_is_read_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "bench.png", contests())
    assert main(["bench", str(file)]) == 2
    assert "must not be the file that is read" in capsys.readouterr().err
    assert json.loads(file.read_text(encoding="utf-8"))


def test_ratios_keep_digits() -> None:
    assert [show(r) for r in (0.001234, 0.5, 1.239, 1234.5)] == [
        "0.0012",
        "0.50",
        "1.24",
        "1234",
    ]


def test_a_missing_file_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(tmp_path / "none.json")]) == 2
    assert f"file = {tmp_path / 'none.json'}: must be readable" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ([], "--benchmark-json"),
        ({"about": {}}, "--benchmark-json"),
        ({"benchmarks": [{"group": "g"}]}, "--benchmark-json"),
        ({"benchmarks": 3}, "--benchmark-json"),
        (contests(library=0.0), "a median of 0.0 s"),
        (contests(library=float("nan")), "a median of nan s"),
        ({"benchmarks": []}, "no timing of the library"),
        ({"benchmarks": [entry("alone", "limit", 1.0)]}, "no timing of the library"),
        ({"benchmarks": [{**growing(), "extra_info": {"exponent": 1.0}}]}, "--benchmark-json"),
        ({"benchmarks": [growing("steep")]}, "--benchmark-json"),
        ({"benchmarks": [growing(float("nan"))]}, "exponent nan from 2 sizes"),
        (contests(library=float("inf")), "a median of inf s"),
        ({"benchmarks": [entry(None, "library", 1.0)]}, "a name None"),
        ({"benchmarks": [entry("train", 5, 1.0)]}, "a name 5"),
        ({"benchmarks": [entry("train", "library", 10**400)]}, "--benchmark-json"),
    ],
)
def test_another_file_is_bad_input(
    content: object, rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "other.json", content)
    assert main(["bench", str(file)]) == 2
    problem = capsys.readouterr().err
    assert f"file = {file}:" in problem
    assert rule in problem
    assert not file.with_suffix(".png").exists()


def test_no_json_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bench.json"
    file.write_bytes(b"\xff\x00 no JSON")
    assert main(["bench", str(file)]) == 2
    assert "--benchmark-json" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["no/plot.png", "plot.unknown"])
def test_a_plot_that_cannot_be_written_is_bad_input(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "bench.json", contests())
    assert main(["bench", str(file), "--output", str(tmp_path / name)]) == 2
    assert f"output = {tmp_path / name}" in capsys.readouterr().err


def test_a_missing_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "bench.json", contests())
    monkeypatch.delitem(sys.modules, "verifier.report.benchmark_plot")
    monkeypatch.delattr("verifier.report.benchmark_plot")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["bench", str(file)]) == 2
    told = capsys.readouterr()
    assert "train [a]" in told.out  # the table needs no picture
    assert "package = matplotlib" in told.err
    assert f"the plot needs {install('report')}" in told.err
