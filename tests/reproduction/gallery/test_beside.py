"""A gallery's counts stand beside those that README quotes, where these are of another run."""

import json
from pathlib import Path
from typing import Any

import pytest

from docs import update_gpu
from verifier.report.misfit import misfits
from verifier.reproduction.conclusion import from_to
from verifier.reproduction.gallery import beside
from verifier.reproduction.gallery.beside import beside_readme
from verifier.reproduction.gallery.page import page

KEPT = update_gpu.FIGURES / "summary.json"


@pytest.fixture(name="content")
def of_a_cpu(content: dict[str, Any]) -> dict[str, Any]:
    return {**content, "about": {**content["about"], "device": "cpu"}}


def test_both_runs_are_counted_alike(content: dict[str, Any]) -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    off = {m.of: m.at for m in misfits(None, KEPT)}
    summary = content["summary"]
    cosines = [r for r in summary["predicted"] if r["series"] == "cossim"]
    apart = [f["off_g"] for f in content["figures"]]
    counts = {
        name: [sum(one[name][k] for one in apart) for k in (0, 1)]
        for name in ("accuracy", "agreement")
    }
    rows = {what: (ours, theirs) for what, ours, theirs in beside_readme(content, KEPT)}
    assert rows.pop("points run at published size") == (
        f"{content['run']} of {content['points']}",
        f"{kept['run']} of {kept['points']}",
    )
    g, theirs = summary["g"], kept["summary"]["g"]
    assert rows.pop("stable values of g that fit") == (
        f"{g['matched']} of {g['stable']}",
        f"{theirs['matched']} of {theirs['stable']}",
    )
    found = [
        [c["matched"][0] / c["stable"][0] for c in run["controls"] if c["stable"][0]]
        for run in (summary, kept["summary"])
    ]
    told = rows.pop("deliberately wrong ones that fit, too")
    assert told == tuple(from_to(tried) if tried else "–" for tried in found)
    pairs = [
        [sum(pair[k] for pair in run["unjudged_of_g"].values()) for k in (1, 0)]
        for run in (summary, kept["summary"])
    ]
    told = rows.pop("of g, too few seeds to judge: look off")
    assert told == tuple("{} of {}".format(*pair) for pair in pairs)
    expected = {
        "accuracy of g": "{} of {}".format(*counts["accuracy"]),
        "agreement of f and g": "{} of {}".format(*counts["agreement"]),
    }
    for r in cosines:
        expected["cosine of perturbations"] = f"{r['far']} of {r['stable']}"
    assert rows == {f"off its prediction: {of}": (n, off[of]) for of, n in expected.items()}


def test_a_run_on_a_gpu_stands_beside_no_other(content: dict[str, Any], tmp_path: Path) -> None:
    own = {**content, "about": {**content["about"], "device": "cuda"}}
    assert beside_readme(own, KEPT) == []
    assert beside_readme(content, tmp_path / "none.json") == []


def test_the_page_shows_both(content: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(beside, "_read", lambda _: json.loads(KEPT.read_text(encoding="utf-8")))
    table = page(content).partition('id="counts"')[2].partition("</table>")[0]
    assert '<th scope="row">stable values of g that fit</th>' in table
    assert table.count("<tr>") == 1 + len(beside_readme(content))
    monkeypatch.setattr(beside, "_read", lambda _: {})
    assert 'id="counts"' not in page(content)
