"""The curves on the page of the figures are drawn from the numbers that are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.gpu import curves, drawn, for_readme
from docs.update_gpu import FIGURES
from tests.gpu.test_drawn import shown
from verifier.reproduction.gallery.pictures import legend_of

ROWS = for_readme.read(FIGURES / drawn.VALUES)
PICTURES = {one["name"]: one for one in shown()["pictures"]}


def picture(name: str) -> Figure:
    figure = curves.of_panel(PICTURES[name], ROWS)
    assert figure is not None
    return figure


def points(figure: Figure, label: str) -> list[dict[float, float]]:
    found: list[Any] = [one for one in figure.axes[0].get_lines() if one.get_label() == label]
    return [dict(zip(one.get_xdata(), one.get_ydata(), strict=True)) for one in found]


def test_a_panel_shows_its_rows_and_no_others() -> None:
    name = "gauss-a-epochs-g"
    of_g = [r for r in ROWS if (r["panel"], r["series"]) == (name, "perturbation")]
    assert points(picture(name), "perturbation") == [{r["x"]: r["mean"] for r in of_g}]
    published = {r["x"]: r["published"] for r in of_g if r["published"] is not None}
    assert published in points(picture(name), "published")


def test_published_values_have_the_mark_in_the_legend_that_they_have_in_the_picture() -> None:
    signs = legend_of(picture("gauss-a-epochs-g"))["published"]
    assert isinstance(signs, tuple)
    looks = [(sign.get_marker(), sign.get_color()) for sign in signs]  # type: ignore[attr-defined]
    lines = picture("gauss-a-epochs-g").axes[0].get_lines()
    plotted = [one for one in lines if one.get_label() == "published"]
    assert looks == [(one.get_marker(), one.get_color()) for one in plotted]


def test_the_claim_is_about_accuracies_alone() -> None:
    claim = curves.of_claim(ROWS)
    assert claim is not None
    assert claim.axes[0].get_ylabel() == "accuracy"
    assert len(points(claim, "published")) == 2
    assert curves.of_claim([row for row in ROWS if row["panel"] != "fmnist-a-eps"]) is None
    assert picture("fmnist-a-eps").axes[0].get_ylabel() == "accuracy, agreement"


def test_no_published_value_is_drawn_beside_a_panel_of_fewer_images() -> None:
    assert any(r["published"] is not None for r in ROWS if r["panel"] == "mnist-b-m-subset")
    assert not points(picture("mnist-b-m-subset"), "published")


def test_a_band_is_drawn_where_published_values_stand_beside_it() -> None:
    for name, banded in (("gauss-a-epochs-g", True), ("mnist-b-m-subset", False)):
        assert any("one more run" in label for label in legend_of(picture(name))) is banded


def test_panels_are_drawn_and_a_map_stays_as_it_was(tmp_path: Path) -> None:
    asked = [PICTURES["map-shifted-b"], PICTURES["fmnist-a-eps"]]
    curves.draw_all(asked, ROWS, tmp_path)
    drawn_now = {path.stem for path in tmp_path.iterdir()}
    assert drawn_now == {"overview", "overview-rest", "claim-fmnist-a-eps", "fmnist-a-eps"}


def test_what_is_kept_beside_the_page_is_drawn_from_the_numbers(tmp_path: Path) -> None:
    curves.draw_all([*PICTURES.values()], ROWS, tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FIGURES / path.name).read_bytes()
