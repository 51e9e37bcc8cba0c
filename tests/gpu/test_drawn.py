"""What a run has trained is drawn from its archive, kept, and shown with what does not fit."""

from __future__ import annotations

import gzip
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gpu import drawn, figures
from benchmarks.gpu.record import Record, pack
from docs import update_gpu, update_readme
from tests.gpu.records import ABOUT, STARTED
from verifier.reproduction.in_words import stable_of_g
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
    for module in (figures, drawn):
        monkeypatch.setattr(module, "chosen", lambda _: ([published_panels()[PANEL]], []))
    (reduced,) = make_plan([published_panels()[PANEL]], [], "smoke", 1, "cpu").panels
    monkeypatch.setattr(drawn, "PICTURES", ("no-such-panel", reduced.name))
    kept, folder = tmp_path / "kept", tmp_path / "figures"
    monkeypatch.setattr(update_gpu, "FIGURES", folder)
    assert figures.main(["--device", "cpu", "--scale", "smoke", str(kept)]) == 0
    record = Record("cpu", STARTED, ABOUT)
    record.figures = json.loads((kept / "figures.json").read_text(encoding="utf-8"))
    pack(tmp_path)
    update_gpu.draw(tmp_path, record)
    names = {path.name for path in folder.iterdir()}
    assert names == {"summary.json", "numbers.csv.gz", f"{reduced.name}.png"}
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


def test_what_does_not_fit_is_told_first() -> None:
    found = deepcopy(shown())
    found["summary"]["unjudged_of_g"] = {"gauss-a-m": [30, 0], "gauss-a-d": [10, 7]}
    text = drawn.told(found, "there")
    said = "Of g's 40 values for which ten seeds were never run, 7 would be off: gauss-a-d 7 of 10."
    order = [text.index(part) for part in ("**What does not fit", said, "| series |", "![")]
    assert order == sorted(order)
    assert "![" + found["pictures"][0]["alternative"] + "](there/" in text


def test_three_sentences_say_how_much_was_trained_fits_and_was_never_judged() -> None:
    found = deepcopy(shown()) | {"card": "Card", "run": 7, "points": 9}
    found["summary"]["unjudged_of_g"] = {"a": [5, 2]}
    said = drawn.in_three_sentences(found)
    assert said == (
        "On one Card, 7 of 9 points of the paper's figures were trained again at published size "
        "([all that it found](docs/gpu.md#the-figures)). "
        f"{stable_of_g(found['summary'])} "
        "Of g's 5 values for which ten seeds were never run, 2 would be off."
    )
    found["summary"]["unjudged_of_g"] = {}
    assert "never run" not in drawn.in_three_sentences(found)


def test_readme_has_these_sentences() -> None:
    text = update_readme.README.read_text(encoding="utf-8")
    (part,) = re.findall(r"<!-- figures: begin .*?-->\n(.*)\n<!-- figures: end -->", text)
    assert part == drawn.in_three_sentences(shown())


def test_what_is_kept_is_small_and_whole() -> None:
    pictures = {path.stem for path in update_gpu.FIGURES.glob("*.png")}
    assert pictures == {one["name"] for one in shown()["pictures"]} == set(drawn.PICTURES)
    assert sum(path.stat().st_size for path in update_gpu.FIGURES.iterdir()) < 1.1e6
    assert set(shown()["summary"]["unjudged_of_g"]) <= set(published_panels())
