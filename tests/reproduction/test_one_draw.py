"""What one draw decides, in words, and how it is read from its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from verifier.reproduction import one_draw
from verifier.reproduction.one_draw import OneDraw

HIGH = OneDraw("High", 6, 2, True, "targets", {"targets": 0.2})
LOW = OneDraw("Low", 6, 1, False, "g", {"g": 0.2})


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the packaged file is looked for; nothing there yet."""
    path = tmp_path / "one_draw.json"
    monkeypatch.setattr(one_draw, "PATH", path)
    one_draw.draws.cache_clear()
    yield path
    one_draw.draws.cache_clear()


def test_what_was_found_is_read_from_its_file(file: Path) -> None:
    file.write_text(json.dumps([asdict(HIGH), asdict(LOW)]), encoding="utf-8")
    assert one_draw.draws() == {"High": HIGH, "Low": LOW}


def test_without_a_file_nothing_was_found(file: Path) -> None:
    assert one_draw.draws() == {}


def test_of_a_gallery_only_figures_count_in_which_g_scatters(file: Path) -> None:
    file.write_text(json.dumps([asdict(HIGH), asdict(LOW)]), encoding="utf-8")
    counts = {"Low": 3, "High": 0, "Other": 5}
    figures = [{"title": title, "g": {"chaotic": count}} for title, count in counts.items()]
    assert one_draw.of_figures({"figures": figures}) == [LOW]


def test_each_figure_is_told_with_its_side_and_what_decides() -> None:
    assert one_draw.how_usual([HIGH, LOW]) == (
        "2 of our 6 draws are as high in High, decided by the random targets, 1 of our 6 draws "
        "is as low in Low, decided by the initial weights of g"
    )
