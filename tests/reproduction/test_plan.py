"""Plans: what each scale runs, what it leaves out and says so, and what that is to cost."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from verifier.errors import InputError
from verifier.reproduction import plan as planning
from verifier.reproduction.costs import estimate, shares
from verifier.reproduction.panels import (
    Panel,
    chosen,
    published_maps,
    published_panels,
)
from verifier.reproduction.plan import (
    Plan,
    ask_of,
    make_plan,
)
from verifier.reproduction.scales import LAPTOP, PAPER, POINTS, SHARE, SMOKE
from verifier.reproduction.training.clean_network import CURVES, Ask
from verifier.reproduction.training.recipes import SCHEDULES
from verifier.reproduction.training.samples import Origin

COUNTS = {"mnist": 800, "fashion-mnist": 12000}  # a subset, and all


@pytest.fixture(autouse=True)
def images(monkeypatch: pytest.MonkeyPatch) -> dict[str, int | None]:
    """Images as if they were found, so many of them; None: not found."""
    counts: dict[str, int | None] = dict(COUNTS)

    def found(task: str, folder: Path | None) -> Origin | None:
        count = counts[task]
        return None if count is None else Origin("a test", count, f"digest of {task}")

    monkeypatch.setattr(planning, "origin", found)
    return counts


def planned(scale: str, names: list[str], seeds: int = 2) -> Plan:
    return make_plan(*chosen(names), scale, seeds)


def asked(plan: Plan) -> set[Ask]:
    return {ask for training in plan.trainings for ask in training.asks}


def test_paper_runs_every_point_with_both_recipes_and_every_seed() -> None:
    plan = planned(PAPER, [])
    done = {(t.recipe, t.seed, ask) for t in plan.trainings for ask in t.asks}
    whole = [p for p in published_panels().values() if "mnist-" not in p.name.replace("fmnist", "")]
    for panel in whole:
        for setting in panel.settings:
            for seed in range(2):
                for recipe in SCHEDULES:
                    assert (recipe, seed, ask_of(panel, setting)) in done
    assert [p.name.removesuffix("-subset") for p in plan.panels] == list(published_panels())


def test_a_clean_network_is_trained_once_for_all_that_need_it() -> None:
    for scale in (SMOKE, LAPTOP, PAPER):
        plan = planned(scale, [])
        networks = []
        for t in plan.trainings:
            s = t.asks[0].setting
            for ask in t.asks:
                other = ask.setting
                assert (other.data, other.d, other.N) == (s.data, s.d, s.N)
                assert (other.m, other.gamma, other.loss) == (s.m, s.gamma, s.loss)
            networks.append((t.recipe, t.seed, s.data, s.d, s.N, s.m, s.gamma, s.loss))
            assert len(set(t.asks)) == len(t.asks) == len(t.costs)
        assert len(set(networks)) == len(networks)


def test_laptop_runs_mean_shifted_a_whole_and_of_the_rest_what_fits_its_share() -> None:
    plan = planned(LAPTOP, [])
    ran = asked(plan)
    for panel in plan.panels:
        asks = [ask_of(panel, s) for s in panel.settings]
        run = [a for a in asks if a in ran]
        first = panel.settings[0]
        if (first.data, first.scenario, panel.factor) == ("shifted", "a", 1):
            assert run == asks
        elif run != asks:
            assert panel.name in plan.reasons  # what is not run is listed with a reason
        if panel.factor != 1:
            assert len(run) >= 2
            assert len(asks) <= POINTS[LAPTOP]
            assert panel.name.removesuffix("-reduced") in {p.name for p in plan.panels}
    # nothing affordable was left out: the cheapest point that was not run breaks the share
    panel = published_panels()["fmnist-b-epochs-g"]
    asks = [ask_of(panel, s) for s in panel.settings]
    run, left = [a for a in asks if a in ran], [a for a in asks if a not in ran]
    assert run
    assert left
    assert estimate(run, "published") <= SHARE
    assert all(estimate([*run, ask], "published") > SHARE for ask in left)


def test_every_panel_has_a_picture_at_every_scale() -> None:
    for scale in (SMOKE, LAPTOP, PAPER):
        plan = planned(scale, [])
        ran = asked(plan)
        for name in published_panels():
            versions = [p for p in plan.panels if p.name.startswith(name)]
            assert any(ask_of(p, s) in ran for p in versions for s in p.settings), name
        for name in published_maps():
            drawn = [m for m in plan.maps if m.name.startswith(name)]
            assert any(ask_of(m, m.setting) in ran for m in drawn), name


def test_maps_and_explained_images_are_run_once() -> None:
    plan = planned(PAPER, ["map-fashion-mnist"], seeds=3)
    assert [(t.recipe, t.seed) for t in plan.trainings] == [("published", 0)]  # (a), (b) share f
    assert sorted(ask.kind for ask in asked(plan)) == ["explained", "map", "map"]


def test_images_that_are_not_found_are_a_reason(images: dict[str, int | None]) -> None:
    images["fashion-mnist"] = None
    plan = planned(PAPER, ["fmnist-a-eps", "map-fashion-mnist", "cossim-shifted"])
    assert {t.asks[0].setting.data for t in plan.trainings} == {"shifted"}
    for name in ("fmnist-a-eps", "fmnist-a-eps-logistic", "map-fashion-mnist-a"):
        assert "no fashion-mnist images here" in plan.reasons[name]


def test_fewer_images_than_published_are_a_subset_never_compared() -> None:
    plan = planned(LAPTOP, ["mnist-a-m", "map-mnist-a"])
    (panel,) = plan.panels
    assert len(panel.xs) == POINTS[LAPTOP]
    assert panel.name == "mnist-a-m-subset"
    assert {s.N for s in panel.settings} == {800}
    assert "only 800 of 12700" in plan.obstacles[panel.name]
    assert all(ask_of(panel, s) in asked(plan) for s in panel.settings)
    assert plan.maps[0].name == "map-mnist-a-subset"
    assert {t.digest for t in plan.trainings} == {"digest of mnist"}


def test_all_images_are_the_published_panel(images: dict[str, int | None]) -> None:
    images["mnist"] = 12700
    plan = planned(PAPER, ["mnist-a-m"])
    assert plan.panels == (published_panels()["mnist-a-m"],)
    assert not plan.obstacles


def test_smoke_is_a_small_part_of_laptop() -> None:
    smoke, laptop, paper = (planned(scale, [], 1).cost for scale in (SMOKE, LAPTOP, PAPER))
    assert smoke < laptop / 50 < paper / 1000


@pytest.mark.parametrize(
    ("scale", "seeds", "match"), [("huge", 1, "--scale"), (SMOKE, 0, "--seeds")]
)
def test_bad_input_names_the_option(scale: str, seeds: int, match: str) -> None:
    with pytest.raises(InputError, match=match):
        planned(scale, [], seeds)


def test_shares_of_one_network_add_up_to_less_than_its_parts_alone() -> None:
    panel: Panel = published_panels()["shifted-gauss-b-eps"]
    asks = [ask_of(panel, s) for s in panel.settings]
    together, alone = sum(shares(asks, "published")), sum(estimate([a], "published") for a in asks)
    assert together == pytest.approx(estimate(asks, "published"))
    assert together < alone
    checkpoints = published_panels()["shifted-gauss-a-epochs-g"]
    asks = [ask_of(checkpoints, s) for s in checkpoints.settings]
    assert estimate(asks, "published") < 1.01 * estimate(asks[-1:], "published")


@pytest.mark.parametrize(("d", "of_N", "of_d"), [(2_500, 0.5, 0.5), (10_000, 0.25, 1.0)])
def test_the_estimate_grows_as_work_does(d: int, of_N: float, of_d: float) -> None:
    """In primal form, and in Gram form where N is less than 2 d."""
    setting = replace(published_panels()["gauss-b-d"].settings[-1], d=d)
    assert setting.N == 10_000

    def cost(**changes: object) -> float:
        return estimate([Ask(CURVES, replace(setting, **changes))], "published")  # type: ignore[arg-type]

    # products dominate here, so that time goes like the floating-point operations
    for name, share in {"m": 0.5, "N": of_N, "d": of_d, "epochs_f": 0.5}.items():
        half = {name: getattr(setting, name) // 2}
        if name == "epochs_f":
            half["epochs_g"] = setting.epochs_g // 2
        if name == "d" and of_d == 1.0:
            half["d"] = 3 * d // 4  # half of it would be as cheap in primal form
        assert cost(**half) / cost() == pytest.approx(share, rel=0.2)
    columns = min(4 * d, 2 * setting.N)
    flops = columns * setting.m * setting.N * 1000 * (2 + 4)  # f at two rates, g at four
    assert math.log2(cost() / (flops / 75e9)) == pytest.approx(0, abs=0.2)
