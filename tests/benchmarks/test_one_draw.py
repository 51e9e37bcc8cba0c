"""What of one draw decides where g lies: the pieces, and that the page is what was found."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from benchmarks.one_draw import __main__ as command
from benchmarks.one_draw.cases import CASES, FASHION, SEEDS, SHIFTED
from benchmarks.one_draw.compared import (
    ACCURACY,
    ALL,
    Beside,
    TiltOutcome,
    as_far,
    best,
    chance,
    change,
    compared_with_all,
    read,
    replaced,
    wrong_tilts,
)
from benchmarks.one_draw.found import Found
from benchmarks.one_draw.page import likely, not_known, section, with_numbers
from benchmarks.one_draw.trained import RANDOM, Draw, Job, Kept, Values, jobs, tilted, trained
from verifier.reproduction import one_draw as packaged
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.clean_network import CURVES, Ask, CleanNetwork
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.results import PointResult

TINY = PointSetting(
    "shifted", "a", 6, 8, 20, 0.0, 0.5, "identity", 4, 6, rates_f=(1.0, 0.1), rates_g=(1.0,)
)
PLACE, OTHER = ("panel", 1.0, ACCURACY), ("panel", 2.0, ACCURACY)


@pytest.mark.parametrize("tilt", [0, 3, -10])
def test_so_many_targets_more_than_half_are_positive(tilt: int) -> None:
    targets = tilted(20, tilt, seed=1)
    assert sorted(set(targets.tolist())) == [-1.0, 1.0] if abs(tilt) < 10 else [-1.0]
    assert int((targets > 0).sum()) == 10 + tilt
    assert torch.equal(targets, tilted(20, tilt, seed=1))
    assert abs(tilt) == 10 or not torch.equal(targets, tilted(20, tilt, seed=2))


def test_a_draw_by_one_seed_is_what_the_figures_train() -> None:
    found = trained(Job((TINY,), Draw.by(3)))["0"]
    ((_, result),) = CleanNetwork([Ask(CURVES, TINY)], PUBLISHED.name, 3).results()
    point = PointResult.from_json(result)
    assert found == {series: point.best(series) for series in ("perturbation", "agreement")}


@pytest.mark.parametrize("part", ["data", "f", "g", "targets"])
def test_every_part_of_a_draw_is_trained_from(part: str) -> None:
    """Each alone changes what is learnt, and all of them together are the other seed's draw."""
    usual, other = (trained(Job((TINY,), Draw.by(seed))) for seed in (3, 4))
    changed = trained(Job((TINY,), Draw.by(3)._replace(**{part: 4})))
    assert changed != usual
    assert changed != other
    assert trained(Job((TINY,), Draw(4, 4, 4, 4))) == other


def test_the_targets_of_a_tilt_are_what_g_learns() -> None:
    """With every target the same g gives one class to all: it is right of one half."""
    alone = replace(TINY, eps=1e-3, epochs_g=400)
    for tilt in (10, -10):
        assert trained(Job((alone,), Draw.by(3, tilt)))["0"]["perturbation"] == 0.5


def test_a_kept_result_is_not_trained_again(tmp_path: Path) -> None:
    trainer = command.Trainer(Kept(tmp_path / "results.jsonl"), workers=1)
    wanted = [Job((TINY,), Draw.by(seed, tilt)) for seed in (1, 2) for tilt in (0, RANDOM)]
    trainer.train(wanted[:2])
    again = Kept(trainer.kept.path)
    assert again.results == trainer.kept.results
    assert again.missing(wanted) == wanted[2:]


def test_a_setting_that_panels_share_has_one_value_of_every_draw(tmp_path: Path) -> None:
    trainer = command.Trainer(Kept(tmp_path / "results.jsonl"), workers=1)
    panel = replace(SHIFTED.panel("eps"), settings=(TINY,), xs=(1.0,))
    same = replace(panel, name="same", xs=(2.0,))
    values = trainer.values([panel, same], [Draw.by(1), Draw.by(2)])
    assert values[panel.name, 1.0, ACCURACY] == values["same", 2.0, ACCURACY]
    assert len(values["same", 2.0, ACCURACY]) == 2


def test_jobs_differ_in_name_and_cover_their_panels() -> None:
    panels = [SHIFTED.panel("eps"), SHIFTED.panel("gamma")]
    wanted = list(jobs(panels, [Draw.by(1), Draw.by(1, 0), Draw(1, 1, 1, 2)]))
    assert len({job.name for job in wanted}) == len(wanted)
    settings = {s for job in wanted for s in job.settings}
    assert settings == {s for panel in panels for s in panel.settings}


def test_one_part_comes_from_the_next_seed_and_all_from_it() -> None:
    for draw, seed in zip(replaced("g"), SEEDS, strict=True):
        assert draw._replace(g=seed) == Draw.by(seed)
        assert draw.g != seed
        assert draw.g in SEEDS
    assert [draw.g for draw in replaced("g")] == [draw.f for draw in replaced(ALL)]


def test_changes_are_of_values_of_one_place_and_number() -> None:
    usual: Values = {PLACE: [0.5, 0.6], OTHER: [0.1, 0.9]}
    assert change(usual, usual) == 0
    assert change(usual, {PLACE: [0.6, 0.6], OTHER: [0.9, 0.1]}) == pytest.approx(1.7 / 4)


def test_draws_as_far_to_the_published_side_are_counted() -> None:
    usual: Values = {PLACE: [0.5, 0.6, 0.9], OTHER: [0.5, 0.6, 0.9]}
    assert as_far(usual, {PLACE: 0.8, OTHER: 0.8}) == (1, True)
    assert as_far(usual, {PLACE: 0.55, OTHER: 0.55}) == (1, False)
    assert as_far(usual, {PLACE: 0.4}) == (0, False)


@pytest.mark.parametrize(("samples", "tilt"), [(4, 0), (6, 2), (8, -3)])
def test_chance_is_that_of_fair_coins(samples: int, tilt: int) -> None:
    half = samples // 2
    flips = itertools.product((0, 1), repeat=samples)
    even = sum(abs(sum(one) - half) <= abs(tilt) for one in flips)
    assert chance(samples, tilt) == pytest.approx(even / 2**samples)


def test_the_nearest_tilt_is_taken_and_of_equal_ones_the_most_even() -> None:
    assert best({0: 0.3, 2: 0.1, 4: 0.2}) == 2
    assert best({-4: 0.1, 2: 0.1, 6: 0.1}) == 2


def test_the_controls_are_wrong() -> None:
    assert wrong_tilts(6) == (0, 12)
    assert wrong_tilts(-6) == (0, -12)
    assert 0 not in wrong_tilts(0)


def test_published_values_are_counted_beside_ours() -> None:
    values: Values = {PLACE: [0.5, 0.52, 0.54], OTHER: [0.1, 0.5, 0.9]}
    found = Beside.of(values, {PLACE: 0.55, OTHER: 0.2})
    assert found.count == 2
    assert found.distance == pytest.approx((0.03 + 0.3) / 2)
    assert (found.above, found.inside) == (1, 2)
    assert found.deviation == pytest.approx((0.02 + 0.4) / 2)
    assert Beside.of(values, {PLACE: 0.9, OTHER: 0.2}).inside == 1


def test_places_without_ours_are_no_comparison() -> None:
    with pytest.raises(ValueError, match="no published value"):
        Beside.of({PLACE: [0.1, 0.2]}, {OTHER: 0.1})


@pytest.mark.parametrize(
    ("random", "found", "even", "twice", "holds"),
    [
        (0.2, 0.02, 0.05, 0.3, True),
        (0.2, 0.11, 0.15, 0.3, False),
        (0.2, 0.02, 0.01, 0.3, False),
        (0.2, 0.02, 0.05, 0.02, False),
    ],
)
def test_a_tilt_explains_what_leaves_little_and_less_than_controls(
    random: float, found: float, even: float, twice: float, holds: bool
) -> None:
    one, other, *controls = (Beside(9, d, 4, 8, 0.01) for d in (random, found, even, twice))
    wrong = dict(zip((0, 12), controls, strict=True))
    assert TiltOutcome(6, one, other, wrong).holds is holds


def test_panels_that_test_a_tilt_are_not_the_one_where_it_is_sought() -> None:
    for case in CASES:
        assert case.shown not in case.held_out
        published = read([case.panel(axis) for axis in (case.shown, *case.held_out)])
        assert {series for _, _, series in published} == {"perturbation", "agreement"}
        assert set(case.parts) <= set(Draw.by(1)._fields)
    assert FASHION.samples == 12_000


@pytest.fixture(scope="module")
def kept() -> list[Found]:
    """What the page was written from."""
    rows = json.loads(command.VALUES.read_text(encoding="utf-8"))
    return [Found.from_json(row) for row in rows]


def test_the_page_says_what_was_found(kept: list[Found]) -> None:
    page = command.PAGE.read_text(encoding="utf-8")
    assert with_numbers(page, kept) == page
    assert all(one.case.title in page for one in kept)


def test_the_figures_say_what_was_found(kept: list[Found]) -> None:
    found = [asdict(one.packaged()) for one in kept]
    assert json.loads(packaged.PATH.read_text(encoding="utf-8")) == json.loads(json.dumps(found))
    assert packaged.draws() == {one.case.title: one.packaged() for one in kept}


def test_the_tilt_that_was_taken_is_the_nearest(kept: list[Found]) -> None:
    for one in kept:
        assert (one.sought is None) == (not one.case.tilts)
        if one.sought is not None:
            assert best(one.sought.distances) == one.sought.tilt
            assert set(one.sought.distances) > set(one.case.tilts)


def test_values_survive_their_file(kept: list[Found]) -> None:
    assert [Found.from_json(json.loads(json.dumps(one.to_json()))) for one in kept] == kept


def test_the_part_that_changes_most_is_said_to_decide(kept: list[Found]) -> None:
    for one in kept:
        changes = {part: by for part, by in one.changes.items() if part != ALL}
        assert one.changes[one.decides] == max(changes.values())
        for part in one.parts:
            still = replace(one, parts={**one.parts, one.decides: one.usual})
            assert still.decides != one.decides or part == ALL


def test_first_stands_what_of_a_draw_decides_in_each_figure(kept: list[Found]) -> None:
    page, told = command.PAGE.read_text(encoding="utf-8"), likely(kept)
    assert told.startswith("**Likely one random draw, not proved:** ")
    first, _, rest = told.partition("\n")
    assert page.index(told) < page.index("(pictures/")
    for one in kept:
        far, is_above = one.as_far
        far_out = f"{far} of our {len(SEEDS)} draws lie as {'high' if is_above else 'low'}"
        decides = f"n *{one.case.title}* {packaged.PARTS[one.decides]} decide, and {far_out}"
        assert decides in first
        assert f"**{one.changes[one.decides]:.3f}**" in told
    assert told.count("**0.") == len(kept)
    for test in filter(None, (one.tested() for one in kept)):
        inside = f"{test.random.inside} of {test.random.count} published values"
        assert f"**The band of {len(SEEDS)} draws holds {inside}**" in rest
    assert "| the samples | 0.006 | fixed images |" in told
    rows = [line for line in told.splitlines() if line.startswith("| the ")]
    changes = [float(row.split("|")[2].strip(" *")) for row in rows]
    assert changes == sorted(changes, reverse=True)


def test_a_part_that_changes_more_than_all_is_told_from_chance(kept: list[Found]) -> None:
    usual = {("one", 1.0, "perturbation"): [0.0, 0.0, 0.0, 0.0]}
    part, every = (dict.fromkeys(usual, values) for values in ([4.0, 0, 3, 1], [3.0, 1, 2, 1]))
    by, error = compared_with_all(usual, part, every)
    assert (by, error) == pytest.approx((0.25, 0.4787), abs=1e-4)
    told = likely(kept)
    assert (
        "In *Mean-shifted Gaussian (a)* the random targets alone change more than all parts" in told
    )
    assert ", which is within chance (by 0.0" in told


def test_the_opening_says_by_how_much_the_rule_is_missed(kept: list[Found]) -> None:
    page = command.PAGE.read_text(encoding="utf-8")
    (one,) = [one for one in kept if one.sought is not None]
    test = one.tested()
    assert test is not None
    told = not_known(one, test)
    assert page.index(told) < page.index("(pictures/one-draw-1.png")
    left = f"{test.found.distance / test.random.distance:.1%} of the mean distance"
    assert left in told
    said = [row.split("|")[3].strip() for row in section(one).splitlines()[2:4]]
    assert said == ["100.0%", left.split()[0]]
    assert (" falls short of " in told) is not test.holds
    assert "\n## How it was measured\n" in page
    assert "](#how-it-was-measured)" in told
    better = replace(test, found=replace(test.found, distance=0.0))
    assert " meets the " in not_known(one, better)
