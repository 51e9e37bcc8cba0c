"""Which published values do not fit is read from the newest gallery, where there is one."""

from __future__ import annotations

import json
import os
from pathlib import Path

from verifier.report.misfit import misfit


def write(root: Path, text: str, scale: str = "laptop") -> None:
    folder = root / scale
    folder.mkdir(exist_ok=True)
    (folder / "gallery.json").write_text(text, encoding="utf-8")


def test_the_panel_that_leans_most_is_told(tmp_path: Path) -> None:
    counts = (("Gaussian (a)", 4, 10), ("Shifted (a)", 197, 232), ("Empty", 0, 0))
    figures = [{"title": t, "g": {"above": a, "chaotic": of}} for t, a, of in counts]
    write(tmp_path, json.dumps({"figures": figures}))
    told = "published g is above ours at 197 of 232 points of Shifted (a) (by chance about half)"
    assert misfit(tmp_path) == told


def test_a_side_is_told_from_half_and_the_newest_gallery_counts(tmp_path: Path) -> None:
    counts = (("Most above", 9, 10), ("Most below, nearer to half", 3, 8))
    figures = [{"title": t, "g": {"above": a, "chaotic": of}} for t, a, of in counts]
    write(tmp_path, json.dumps({"figures": figures}), "laptop")
    write(tmp_path, json.dumps({"figures": figures[1:]}), "smoke")
    for newest, said in (("laptop", "9 of 10 points of Most above"), ("smoke", "3 of 8 points")):
        for scale in ("laptop", "smoke"):
            time = 2000 if scale == newest else 1000
            os.utime(tmp_path / scale / "gallery.json", (time, time))
        assert said in misfit(tmp_path)


def test_without_one_nothing_is_told(tmp_path: Path) -> None:
    assert misfit(tmp_path) == ""
    for text in ("no JSON", "[]", '{"figures": []}', '{"figures": [{"title": "a"}]}'):
        write(tmp_path, text)
        assert misfit(tmp_path) == ""
