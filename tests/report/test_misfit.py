"""What does not fit in the figures is read from what docs keep, else from the newest gallery."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from verifier.report.misfit import (
    ABOVE,
    AGREEMENT,
    DRAWN_ONCE,
    NOT_KNOWN,
    NUMBERS,
    ONE_DRAW,
    PAGE,
    STUDIED,
    TOO_LONG,
    Misfit,
    alike,
    is_known,
    misfits,
    weakness,
)
from verifier.reproduction.conclusion import leans_in

ROOT = Path(__file__).parents[2]
NOWHERE = Path("none.json")
WRONG = "or more of wrong ones would"
Counts = tuple[str, int, int]


def content(*counts: Counts) -> dict[str, Any]:
    figures = [{"title": t, "g": {"above": a, "chaotic": of}} for t, a, of in counts]
    return {"figures": figures, "rules": {"near": 0.03, "scatter": 0.03}}


def write(root: Path, found: Any, scale: str = "laptop") -> Path:
    folder = root / scale
    folder.mkdir(exist_ok=True)
    (folder / "gallery.json").write_text(json.dumps(found), encoding="utf-8")
    return folder / "gallery.json"


def told(root: Path, kept: Path = NOWHERE, page: Path = NOWHERE) -> list[str]:
    return [f"{m.at} in {m.of}" for m in misfits(root, kept, page) if m.what == ABOVE]


def test_the_panels_that_lean_are_told_on_either_side(tmp_path: Path) -> None:
    write(tmp_path, content(("Even", 4, 10), ("Low", 0, 33), ("High", 197, 232), ("Empty", 0, 0)))
    assert told(tmp_path) == ["197 of 232 above in High", "0 of 33 above in Low"]
    write(tmp_path, content(("High", 24, 32), ("Low", 0, 20)))  # most leaning first, not of most
    assert told(tmp_path) == ["0 of 20 above in Low", "24 of 32 above in High"]


@pytest.mark.parametrize(("above", "of"), [(7, 10), (5, 5), (0, 5), (3, 8)])
def test_values_that_chance_puts_so_do_not_lean(tmp_path: Path, above: int, of: int) -> None:
    _leans(tmp_path, above, of, is_told=False)


@pytest.mark.parametrize(("above", "of"), [(8, 10), (6, 6), (0, 6), (2, 8)])
def test_three_out_of_four_on_one_side_lean(tmp_path: Path, above: int, of: int) -> None:
    _leans(tmp_path, above, of, is_told=True)


def _leans(root: Path, above: int, of: int, is_told: bool) -> None:
    """In a run's end and in a gallery alike."""
    found = content(("One", above, of))
    write(root, found)
    assert bool(told(root)) is is_told
    assert any(map(leans_in, found["figures"])) is is_told


def test_the_newest_gallery_counts(tmp_path: Path) -> None:
    write(tmp_path, content(("First", 9, 10)), "laptop")
    write(tmp_path, content(("Second", 1, 8)), "smoke")
    for newest, said in (("laptop", "9 of 10 above in First"), ("smoke", "1 of 8 above in Second")):
        for scale in ("laptop", "smoke"):
            time = 2000 if scale == newest else 1000
            os.utime(tmp_path / scale / "gallery.json", (time, time))
        assert said in told(tmp_path)[0]


def test_what_is_kept_is_told_as_in_readme_and_a_gallery_only_without_it(tmp_path: Path) -> None:
    kept = tmp_path / "summary.json"
    kept.write_text(json.dumps(content(("Kept (a)", 10, 10))), encoding="utf-8")
    write(tmp_path, content(("Drawn (a)", 0, 9)))
    assert "10 of 10 above in Kept" in told(tmp_path, kept)[0]
    assert "0 of 9 above in Drawn" in told(tmp_path)[0]
    for found in ("no figures", [], content(), {"figures": [{"title": "a"}]}):
        write(tmp_path, found)
        assert told(tmp_path) == []
        assert "10 of 10 above in Kept" in told(tmp_path, kept)[0]
    assert misfits(None, NOWHERE) == []


def test_a_cause_of_g_is_told_where_the_docs_begin_with_one(tmp_path: Path) -> None:
    write(tmp_path, content(("High", 9, 10)))
    page = tmp_path / "gpu.md"
    for text, known in (
        ("", False),
        ("# A\n\n**No.**\n\n## The figures\n\nNothing.\n", False),
        ("# A\n\n**No.**\n\n## The figures\n\n**By [g](a.md#b) and\nf.** More.\n", True),
    ):
        page.write_text(text, encoding="utf-8")
        (of_g,) = misfits(tmp_path, NOWHERE, page)
        assert is_known(page) == known
        assert (of_g.why, of_g.page) == ((DRAWN_ONCE, ONE_DRAW) if known else (NOT_KNOWN, ""))


@pytest.mark.parametrize("packed", [False, True])
def test_predictions_that_are_off_are_counted(tmp_path: Path, packed: bool) -> None:
    row = {"series": "cossim", "far": 2, "stable": 9}
    path = write(tmp_path, content(("High", 9, 10)) | {"summary": {"predicted": [row]}})
    rows = ["agreement,published,0.9,0.95", "agreement,published,0.9,0.91"]
    rows += ["agreement,published,,0.1", "agreement,other,0.9,0.1", "standard,published,0.9,0.1"]
    rows += ["perturbation,published,0.9,0.5", "perturbation,published,0.9,0.9"] * 2
    rows += [f"cossim,published,0.9,0.8,{STUDIED},0.7,0.01"] * 2
    text = "\n".join(["series,recipe,predicted,mean,panel,published,deviation", *rows]).encode()
    name, data = (f"{NUMBERS}.gz", gzip.compress(text)) if packed else (NUMBERS, text)
    (path.parent / name).write_bytes(data)
    _, agreement, accuracy, cosines = misfits(tmp_path, NOWHERE)
    assert (agreement.at, agreement.why) == ("1 of 2", TOO_LONG)
    assert (cosines.at, cosines.why) == ("2 of 9", TOO_LONG)
    assert agreement.what == cosines.what == "predictions off by over 0.03"
    assert (accuracy.of, accuracy.at) == ("accuracy of g", "2 of 4")
    assert (accuracy.why, accuracy.page) == (agreement.why, agreement.page)
    assert accuracy.what == agreement.what
    assert (agreement.of, cosines.of) == (AGREEMENT, "cosine of perturbations")
    assert agreement.because == cosines.because == f"likely: {TOO_LONG}"
    other = Misfit("b", "1", TOO_LONG)
    assert alike([agreement, accuracy, other]) == [[agreement, accuracy], [other]]
    counts = {"a": [9, 4], "b": [3, 1]}
    write(
        tmp_path,
        content(("High", 9, 10)) | {"summary": {"predicted": [row], "unjudged_of_g": counts}},
    )
    *_, unjudged = misfits(tmp_path, NOWHERE)
    assert (unjudged.what, unjudged.of) == ("values of g off that too few seeds judge", "")
    assert (unjudged.at, unjudged.because) == ("5 of 12", f"why: {NOT_KNOWN}")
    summary = {"predicted": [row], "unjudged_of_g": {"a": [9, 0]}}
    write(tmp_path, content(("High", 9, 10)) | {"summary": summary})
    assert len(misfits(tmp_path, NOWHERE)) == 4
    row["far"] = 0
    write(tmp_path, content(("High", 9, 10)) | {"summary": {"predicted": [row]}})
    assert len(misfits(tmp_path, NOWHERE)) == 3


@pytest.mark.parametrize(
    ("some", "why"), [(0, NOT_KNOWN), (1, "the same, at 1; at 1 not known"), (2, TOO_LONG)]
)
def test_of_cosines_a_cause_is_told_of_as_many_as_were_studied(
    tmp_path: Path, some: int, why: str
) -> None:
    row = {"series": "cossim", "far": 2, "stable": 9}
    path = write(tmp_path, content(("High", 9, 10)) | {"summary": {"predicted": [row]}})
    cosine = {"series": "cossim", "recipe": "published", "predicted": 0.9, "mean": 0.8}
    cosine |= {"panel": STUDIED, "published": 0.7, "deviation": 0.01}
    no = [{"panel": "other"}, {"series": "standard"}, {"recipe": "theory"}, {"mean": 0.88}]
    no += [{"deviation": 0.04}, {"published": ""}, {"deviation": ""}, {"predicted": ""}]
    rows = [cosine] * some + [cosine | changed for changed in no]
    text = "\n".join([",".join(cosine), *(",".join(map(str, r.values())) for r in rows)])
    (path.parent / NUMBERS).write_text(text, encoding="utf-8")
    *_, found = misfits(tmp_path, NOWHERE)
    assert found.why == why
    assert bool(found.page) == bool(some)


def test_this_project_s_own_are_those_of_readme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their numbers are: words differ."""
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8").replace("&nbsp;", " ")
    found = misfits(None)
    assert len(found) == 6
    together = []  # README tells predictions of g as one count
    for one in found:
        n, of = map(int, re.findall(r"\d+", one.at))
        if one.page.endswith("#where-they-fail"):
            together.append((n, of))
            continue
        told = [int(k) for k in re.findall(rf"\*\*(\d+) of {of}\*\*", readme)]
        below = [of - k for k in told if one.at.endswith("above")]
        assert n in (*told, *below, sum(told))  # as below, or by cause, where README tells it so
        assert not one.page or is_there(one)
    n, of = (sum(both) for both in zip(*together, strict=True))
    assert f"**{n} of {of}**" in readme
    assert is_known(PAGE)


def is_there(found: Misfit) -> bool:
    """Whether the docs have the page, and on it the heading."""
    page, _, anchor = found.page.partition("#")
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").lower()
    return f"## {anchor.replace('-', ' ')}" in text if anchor else bool(text)


def test_fits_are_weak_evidence_where_wrong_values_of_g_fit_too(tmp_path: Path) -> None:
    kept = tmp_path / "summary.json"
    for shares, said in (
        ([[0.969, 0.1], [1.0, None]], f"all 9 values of g that can be judged fit, as 96% {WRONG}"),
        ([[0.9, 0.9], [0.49, 0.9]], ""),
        ([[None, 0.9]], ""),
        ([], ""),
    ):
        of_g = {"matched": 9, "stable": 9}
        summary = {"controls": [{"shares": one} for one in shares], "g": of_g}
        kept.write_text(json.dumps({"summary": summary}), encoding="utf-8")
        assert weakness(kept=kept) == said
    few = {"matched": 7, "stable": 9}
    write(tmp_path, {"summary": {"controls": [{"shares": [0.75, 0.1]}], "g": few}})
    told = weakness(tmp_path, NOWHERE)
    assert told == f"7 of 9 values of g that can be judged fit, as 75% {WRONG}"
    assert weakness(kept=NOWHERE) == ""
