"""What a run has trained is drawn from its archive, kept, and shown with what does not fit."""

from __future__ import annotations

import gzip
import json
import os
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gpu import archived, curves, drawn, figures, for_readme, overview
from benchmarks.gpu.record import Record, pack
from docs import update_gpu, update_readme
from tests.gpu.records import ABOUT, STARTED
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.chaos import seeds_of_deviations
from verifier.reproduction.panels import published_panels
from verifier.reproduction.plan import make_plan
from verifier.reproduction.runner import store

PANEL = "shifted-gauss-a-epochs-g"


def shown() -> dict[str, Any]:
    """What is kept of the newest run that was drawn."""
    found = drawn.kept(update_gpu.FIGURES)
    assert found is not None
    return found


@pytest.mark.slow
def test_what_an_archive_holds_is_drawn_and_stays_if_another_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (figures, archived):
        monkeypatch.setattr(module, "chosen", lambda _: ([published_panels()[PANEL]], []))
    (reduced,) = make_plan([published_panels()[PANEL]], [], "smoke", 1, "cpu").panels
    monkeypatch.setattr(archived, "PICTURES", ("no-such-panel", reduced.name))
    kept, folder = tmp_path / "kept", tmp_path / "figures"
    monkeypatch.setattr(update_gpu, "FIGURES", folder)
    assert figures.main(["--device", "cpu", "--scale", "smoke", str(kept)]) == 0
    record = Record("cpu", STARTED, ABOUT)
    record.figures = json.loads((kept / "figures.json").read_text(encoding="utf-8"))
    pack(tmp_path)
    update_gpu.draw(tmp_path, record)
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("summary.json", "numbers.csv.gz", "overview.png", "overview-rest.png"),
        f"{reduced.name}.png",
    }
    (picture,) = drawn.kept(folder)["pictures"]  # type: ignore[index]
    assert picture["alternative"].startswith("Mean-shifted Gaussian (a), against epochs of g: ")
    assert gzip.decompress((folder / "numbers.csv.gz").read_bytes()).startswith(b"panel,figure,")
    before = (folder / "summary.json").read_bytes()

    monkeypatch.setattr(store, "code_version", lambda: "another code's")
    update_gpu.draw(tmp_path, record)
    said = capsys.readouterr().out
    assert "0 of its 4 results can be read: the others were trained by other code" in said
    assert f"{folder} is as it was" in said
    (tmp_path / "kept.tar.gz").unlink()
    update_gpu.draw(tmp_path, record)
    assert "has no trained points" in capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} == names
    assert (folder / "summary.json").read_bytes() == before


def test_what_does_not_fit_is_told_before_the_tables_if_not_on_the_first_screen() -> None:
    found = deepcopy(shown())
    said = "stable from seed to seed: Gaussian (a), by input dimension d, 7 of 10."
    found["summary"]["unjudged_of_g"] = {"gauss-a-m": [30, 0], "gauss-a-d": [10, 7]}
    assert drawn.misfits(found, rows())  # and so on the first screen
    assert said not in drawn.told(found, "there")
    found["summary"]["g"] |= {"chaotic": 0}
    text = drawn.told(found, "there")
    order = [text.index(part) for part in ("**What does not fit", said, "| series |", "![")]
    assert order == sorted(order)
    assert "![" + found["pictures"][1]["alternative"] + "](there/" in text


def test_readme_says_how_much_was_trained() -> None:
    found = shown() | {"card": "Card", "run": 7, "points": 9, "started": "2026-11-27T14"}
    assert drawn.trained(found | {"run_reduced": 2}) == (
        "Trained: [9 of 9 points](docs/gpu.md#the-figures), 7 at published size, on one Card, "
        "2026-11-27. A gallery of your own run, by `verifier reproduce`, has counts of its own."
    )


def rows() -> list[for_readme.Row]:
    """Agreement of f and g at four points: predicted by a half, and trained."""
    both = {"panel": "one", "series": "agreement", "predicted": 0.5}
    return [both | {"mean": mean} for mean in (0.4, 0.48, 0.52, 0.6)]


def test_each_misfit_has_its_counts_and_whether_its_cause_is_known() -> None:
    found = deepcopy(shown())
    leaning, scattered, theory = drawn.misfits(found, rows())
    g = found["summary"]["g"]
    assert f" (a)*. Likely cause: [{one_draw.WHY}](one-draw" in leaning
    above = re.findall(r"(\d+) of (\d+) points of", leaning)
    assert sum(int(of) for _, of in above) == g["chaotic"]  # so it may say "these"
    assert scattered.startswith(f"At these {g['chaotic']} of {g['chaotic'] + g['stable']} points")
    for one in one_draw.of_figures(found):
        assert f"{one.as_far} of our {one.seeds} draws " in leaning
    assert " is more than 0.03 off at 2 of the 4 trained points that have one (0 of " in theory
    assert (
        "Likely cause: [training too long for the width](agreement.md#where-they-fail); how"
        in theory
    )
    page = (update_gpu.ROOT / "docs" / "agreement.md").read_text(encoding="utf-8")
    assert "\n## Where they fail\n" in page


def test_that_no_cause_is_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    assert drawn.misfits(shown(), rows())[0].endswith("Cause: not known.")


def test_a_prediction_fails_by_long_training_where_shorter_ones_are_near_it() -> None:
    short, long = (
        [row | {"panel": panel, "mean": mean} for row in rows() for mean in (0.49, near)]
        for panel, near in ((drawn.BY_TIME, 0.51), (drawn.BY_WIDTH, 0.9))
    )
    theory = drawn.misfits(shown(), [*short, *long])[2]
    assert theory.endswith(
        "(agreement.md#where-they-fail): in *Mean-shifted Gaussian (a)* 8 of 8 agreements "
        "are near where g trains for 100 epochs or fewer, and 4 of 8 agreements where for 1,000, "
        "at widths up to 1,000."
    )


def test_accuracies_are_counted_beside_agreements() -> None:
    both = [row | {"panel": panel} for row in rows() for panel in (drawn.BY_TIME, drawn.BY_WIDTH)]
    of_g = [row | {"series": "perturbation", "mean": 0.5} for row in both]
    told = drawn.by_training([*both, *of_g])
    assert "2 of 4 agreements and 4 of 4 accuracies are near where g trains for 100" in told
    assert ", and 2 of 4 agreements and 4 of 4 accuracies where for 1,000" in told


def test_wrong_values_that_fit_as_well_are_told_of_beside_those_that_fit() -> None:
    scattered = drawn.misfits(shown(), rows())[1]
    stable = shown()["summary"]["g"]["stable"]
    assert f"The other {stable} all fit, and so would 96% to 100% of wrong values" in scattered
    assert scattered.endswith("this comparison shows nothing about g.")
    none = deepcopy(shown())
    none["summary"]["g"] |= {"stable": 0, "matched": 0}
    assert drawn.misfits(none, rows())[1].endswith("of a single seed, says little.")


def test_readme_has_these_sentences() -> None:
    text = update_readme.README.read_text(encoding="utf-8")
    (marks,) = re.findall(r"<!-- marks: begin .*?-->\n(.*)\n<!-- marks: end -->", text, re.S)
    assert text.index("predicted.png") < text.index("<!-- marks: begin")
    assert marks == f"{for_readme.caption(shown())} {drawn.trained(shown())}"


def test_readme_s_pictures_count_what_is_above_and_what_is_near() -> None:
    g = {"panel": for_readme.PANEL, "series": "perturbation", "mean": 0.5}
    above = [g | {"published": value} for value in (0.4, 0.6, 0.7, None, 0.5)]  # ours is 0.5, too
    assert for_readme.side(above, for_readme.PANEL) == "above ours at 2 of 4"
    assert for_readme.side([above[0], above[3]], for_readme.PANEL) == "below ours at 1 of 1"
    assert for_readme.near(for_readme.pairs(rows())) == 2
    assert for_readme.off(rows()) == "2 of 4"
    assert for_readme.off(rows(), "perturbation") == "0 of 0"
    marks = for_readme.caption({"seeds": ["3"]})
    scatter = f"standard deviation of {seeds_of_deviations()}"
    at_zero = "At ε = 0 g learns from zeros: what it gets right is by chance."
    assert marks == f"*Means of 3 seeds here; whiskers: {scatter}. {at_zero}*"


def test_a_mean_is_not_told_from_chance_where_its_interval_has_it() -> None:
    row = {"seeds": "3", "mean": 0.6, "low": 0.2, "high": 1.0}
    assert for_readme.chance_within(row) == pytest.approx((0.4, 0.8))
    for low in (0.5, None):
        assert for_readme.chance_within(row | {"low": low, "high": 0.7}) is None


def test_readme_s_pictures_are_legible_on_a_phone_and_show_the_kept_values(tmp_path: Path) -> None:
    rows = for_readme.read(update_gpu.FIGURES / drawn.VALUES)
    pictures = [for_readme.accuracy(rows, name) for name in (for_readme.SIZE, for_readme.PANEL)]
    assert [one.get_suptitle() for one in pictures] == [
        "Fashion-MNIST 0 vs 9:\npublished g below ours at 11 of 11",
        "Mean-shifted Gaussian:\npublished g above ours at 10 of 10",
    ]
    assert for_readme.farthest(rows) == published_panels()[for_readme.PANEL].figure
    agree = for_readme.predicted(rows).get_suptitle()
    assert agree.endswith(":\n353 of 453 predictions within 0.03")
    for figure in (*pictures, for_readme.predicted(rows)):
        (axes,) = figure.axes
        words = [axes.xaxis.label, axes.yaxis.label, *axes.texts, *axes.get_xticklabels()]
        words += axes.get_legend().get_texts()
        assert min(text.get_fontsize() for text in words) >= for_readme.TYPE
    legends = [
        [text.get_text() for text in one.axes[0].get_legend().get_texts()] for one in pictures
    ]
    assert legends == 2 * [["here", "published", "predicted"]]
    (points,) = [line for line in axes.get_lines() if len(line.get_xdata()) > 2]
    dotted = [line.get_xy1() for line in axes.get_lines() if line.get_linestyle() == ":"]
    assert [y - x for x, y in dotted] == pytest.approx([-0.03, 0.03])
    values = zip(points.get_xdata(), points.get_ydata(), strict=True)
    assert sorted(values) == sorted(for_readme.pairs(rows))
    for_readme.draw(rows, tmp_path)
    names = ("accuracy-by-eps.png", "accuracy-by-d.png", "predicted.png")
    assert {path.name for path in tmp_path.iterdir()} == set(names)
    text = update_readme.README.read_text(encoding="utf-8")
    assert all(f'src="docs/pictures/{name}"' in text for name in names)
    assert {path.name for path in tmp_path.iterdir()} < set(os.listdir(update_readme.PICTURES))


def test_the_figure_that_fits_worst_is_the_one_farthest_from_ours_on_average() -> None:
    g = {"panel": for_readme.PANEL, "series": "perturbation", "figure": "near", "mean": 0.5}
    near = [g | {"published": value} for value in (0.1, 0.5, 0.5, None)]
    far = [g | {"figure": "far", "published": 0.8}]
    reduced = [g | {"panel": "mnist-a-eps-subset", "figure": "part", "published": 1.0}]
    assert for_readme.farthest([*near, *far, *reduced]) == "far"


def test_no_whisker_of_readme_s_picture_goes_past_an_accuracy_of_1() -> None:
    rows = for_readme.read(update_gpu.FIGURES / drawn.VALUES)
    (axes,) = for_readme.accuracy(rows, for_readme.PANEL).axes
    ends = [end for lines in axes.collections for line in lines.get_segments() for end in line]
    assert max(y for _, y in ends) == 1
    assert min(y for _, y in ends) < 0.4


def test_what_is_kept_is_small_and_whole() -> None:
    pictures = {path.stem for path in update_gpu.FIGURES.glob("*.png")}
    others = [one["name"] for one in shown()["pictures"]]
    assert pictures == {overview.NAME, overview.REST, curves.CLAIM_NAME, *others}
    assert tuple(others) == archived.PICTURES
    assert sum(path.stat().st_size for path in update_gpu.FIGURES.iterdir()) < 1.1e6
    assert set(shown()["summary"]["unjudged_of_g"]) <= set(published_panels())
