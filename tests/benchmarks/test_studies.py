"""Studies: the page is what was found; pools are N1's; gradients and spans are what they say."""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from scipy import stats

from benchmarks.findings.finding import Mean
from benchmarks.studies import __main__ as command
from benchmarks.studies import attacks, directions, narrow
from benchmarks.studies.__main__ import DOCS
from benchmarks.studies.depth import DIMENSION, Net, in_span, run
from benchmarks.studies.page import SECTIONS, VERDICT, verdict_first, with_numbers
from benchmarks.studies.picture import draw_attacks
from verifier.model.network import Parameters, initialise, output
from verifier.model.training import train
from verifier.reproduction.panels import Panel, PointSetting, published_panels
from verifier.reproduction.training.clean_network import DIRECTIONS, Ask, CleanNetwork
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.results import PointResult
from verifier.statements.agreement.experiments import paper


def generator(seed: int) -> torch.Generator:
    return torch.Generator(device="cpu").manual_seed(seed)


def test_the_page_is_what_was_found() -> None:
    found = json.loads((DOCS / "studies.json").read_text(encoding="utf-8"))
    assert set(found) == set(SECTIONS)
    page = (DOCS / "studies.md").read_text(encoding="utf-8")
    assert with_numbers(page, found) == page
    assert page.count("**Verdict.**") >= 3


def test_a_verdict_stands_before_its_numbers_which_are_folded_where_they_are_many() -> None:
    few, many = (f"| 1 |{more}\n\n{VERDICT} Yes." for more in ("", "\n| 2 |" * 20))
    assert verdict_first(few) == f"{VERDICT} Yes.\n\n| 1 |"
    assert verdict_first(many).startswith(f"{VERDICT} Yes.\n\n<details><summary>All numbers")
    assert verdict_first("| 1 |") == "| 1 |"


def test_one_study_alone_leaves_the_others_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("studies.json", "studies.md"):
        shutil.copy(DOCS / name, tmp_path / name)
    rows = [{"width": 7, "cosine": [0.5, 0.5], "fall": [0.25, 0.25]}]
    monkeypatch.setattr(command, "DOCS", tmp_path)
    monkeypatch.setattr(command, "study", lambda name, scale: rows)
    monkeypatch.setattr(sys, "argv", ["studies", "--only", "without training"])
    assert command.main() == 0
    before = json.loads((DOCS / "studies.json").read_text(encoding="utf-8"))
    after = json.loads((tmp_path / "studies.json").read_text(encoding="utf-8"))
    assert after == before | {"without training": rows}
    page = (tmp_path / "studies.md").read_text(encoding="utf-8")
    assert page == with_numbers((DOCS / "studies.md").read_text(encoding="utf-8"), after)
    assert "| 7 | 0.500 ± 0.000 | 0.250 ± 0.000 |" in page


def test_distances_are_ordered_by_the_ratio_by_time_and_by_width() -> None:
    cells = ((100, 1.0, 0.1), (100, 2.0, 0.2), (400, 2.0, 0.15), (400, 4.0, 0.12))
    rows = [
        {"width": m, "epochs": 1, "time": t, "trained": [0.9 - d, 0.9 - d], "predicted": [0.9, 0.9]}
        for m, t, d in cells
    ]
    told = SECTIONS["directions"](rows)
    # equal ratios are no pair: 0.1, 0.2, 0.1 and 0.2 have four that differ
    assert (
        "the larger T/√m in 3 of 4, with the larger T in 3 of 5, with the larger 1/m in 2" in told
    )
    assert "| 400 | 2 | 0.1 | 0.750 ± 0.000 | 0.900 ± 0.000 | 0.15 in every run |" in told


def test_the_ratio_puts_all_distances_in_order_as_the_figures_say() -> None:
    rows = json.loads((DOCS / "studies.json").read_text(encoding="utf-8"))["directions"]
    told = re.findall(r"by T/√m (\d+) of (\d+)", SECTIONS["directions"](rows))
    assert [int(alike) for alike, _ in told] == [int(pairs) for _, pairs in told]


def test_directions_are_the_figure_s_own_at_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = replace(
        published_panels()["cossim-shifted-d"].settings[0], N=20, m=7, rates_f=(0.1, 0.01)
    )
    monkeypatch.setattr(directions, "published_panels", lambda: {directions.PANEL: one_of(tiny)})
    (row,) = directions.rows((7,), (3,), (1,))
    asked = replace(tiny, epochs_f=3, rates_f=(0.1,))
    ((_, result),) = CleanNetwork([Ask(DIRECTIONS, asked)], PUBLISHED.name, 1).results()
    point = PointResult.from_json(result)
    assert row["trained"] == [point.best("cossim")]
    assert row["predicted"] == [point.predicted("cossim")]
    assert (row["width"], row["epochs"], row["time"]) == (7, 3, point.runs[0].time_f)


def one_of(setting: PointSetting) -> Panel:
    """A panel of this setting alone."""
    panel = published_panels()["cossim-shifted-d"]
    return replace(panel, settings=(setting,), xs=panel.xs[:1])


def test_the_panel_of_attacks_has_each_mean_with_its_interval() -> None:
    rows = json.loads((DOCS / "studies.json").read_text(encoding="utf-8"))["attacks"]
    (axes,) = draw_attacks(rows).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [r["attack"] for r in rows]
    for (line, _, (bars,)), name in zip(axes.containers, ("accuracy", "control"), strict=True):
        found = [Mean.of(row[name]) for row in rows]
        assert list(line.get_xdata()) == [m.mean for m in found]
        ends = [(path[0][0], path[1][0]) for path in bars.get_segments()]
        assert ends == [pytest.approx((m.low, m.high)) for m in found]


def test_a_pool_s_neurons_moved_as_in_a_network_of_the_width() -> None:
    c = paper(20, 100.0, 3, momentum=0.9)
    c = replace(c, data=replace(c.data, samples=15, dimension=4))
    X = torch.randn(15, 4, generator=generator(1), dtype=torch.float64)
    y, z = X[:, 0].sign(), torch.randn(6, 4, generator=generator(2), dtype=torch.float64)
    neurons = narrow.pool(c, X, y, z, generator(3))
    fresh = initialise(len(neurons), 4, generator=generator(3), dtype=torch.float64, device="cpu")
    few = Parameters(*(t[:20] for t in fresh))
    ended = train(few, X, y, c.g_recipe).params
    torch.testing.assert_close(output(ended, z, 0.0), neurons[:20].sum(dim=0) / math.sqrt(20))


def test_the_chance_of_a_sign_is_that_of_sums() -> None:
    coins = torch.cat((torch.ones(60, 1), -torch.ones(40, 1))).double()
    found = float(narrow.chance_positive(coins, 11, generator(0), sums=4000))
    due = float(stats.binom.sf(5, 11, 0.6))
    assert found == pytest.approx(due, abs=5 * (due * (1 - due) / 4000) ** 0.5)


@pytest.mark.parametrize("net", [Net(2), Net(4), Net(3, patches=True)])
def test_gradients_are_differences(net: Net) -> None:
    layers, x = net.fresh(generator(4)), torch.randn(3, DIMENSION, dtype=torch.float64)
    gradient, step = net.gradient(layers, x), 1e-6
    for k in (0, 57):
        e = torch.zeros(DIMENSION, dtype=torch.float64)
        e[k] = step
        change = (net.output(layers, x + e) - net.output(layers, x - e)) / (2 * step)
        torch.testing.assert_close(gradient[:, k], change, rtol=1e-5, atol=1e-8)


def test_a_share_of_a_span_is_one_inside_and_what_chance_says_outside() -> None:
    X = torch.randn(40, DIMENSION, generator=generator(5), dtype=torch.float64)
    inside = torch.randn(7, 40, generator=generator(6), dtype=torch.float64) @ X
    assert in_span(inside, X) == pytest.approx(1.0, abs=1e-12)
    chance = torch.randn(3000, DIMENSION, generator=generator(7), dtype=torch.float64)
    assert in_span(chance, X) == pytest.approx(0.4, abs=0.01)


def test_training_is_what_makes_the_difference() -> None:
    trained, control = run(Net(3), 0), run(Net(3), 0, is_trained=False)
    assert trained[1] == 1.0
    assert trained[3] > 0.8
    assert control[1] < 0.9


def test_attacks_are_as_long_where_all_entries_are_alike() -> None:
    for name in attacks.ATTACKS:
        made = attacks.Attack.named(name)
        r = torch.zeros(1, 100, dtype=torch.float64)
        r[0, : made.pixels or 100] = 1.0
        size = r * attacks._length(name) / made.length(r)
        assert float(torch.linalg.vector_norm(size)) == pytest.approx(attacks.LENGTH)
