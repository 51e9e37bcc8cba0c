"""Configurations: as JSON, the seeds that they give, and what is drawn of them."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from verifier.data.distributions import Data
from verifier.model.losses import Identity, Mixture
from verifier.model.recipe import Recipe
from verifier.suite.fixed import image_configurations, widest_configuration
from verifier.suite.strategies import exact_configurations, wide_configurations
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.settings import Settings

PLAIN = Configuration(Data("shifted", 3, 6), 7, 0.3, True, (0.1, 0.2), (0.3,), 0.5, "b")
FEW = settings(max_examples=60, deadline=None, database=None, derandomize=True)
OTHERS = (
    {"data": dataclasses.replace(PLAIN.data, separation=0.4)},
    {"data": dataclasses.replace(PLAIN.data, scale=2.0)},
    {"width": 8},
    {"slope": 0.2},
    {"train_bias": False},
    {"f_steps": (0.2, 0.1)},
    {"g_steps": (0.3, 0.0)},
    {"eps": 0.6},
    {"scenario": "a"},
    {"momentum": 0.1},
    {"loss": "logistic"},
    {"dtype": "float32"},
    {"fresh_points": 7},
)

LATER = {"attack": "Linf, 3 pixels"}
"""Fields that are told only where they differ from their default: earlier draws have none."""


def changed(**changes: object) -> Configuration:
    return dataclasses.replace(PLAIN, **changes)


def tensors(found: Draw) -> list[Tensor]:
    return [*found.f_0, *found.g_0, found.X, found.y, found.targets, found.z]


# JSON


@given(st.one_of(exact_configurations(), wide_configurations()))
@FEW
def test_json_holds_the_whole_configuration(configuration: Configuration) -> None:
    text = json.dumps(configuration.to_json(), allow_nan=False)
    again = Configuration.from_json(json.loads(text))
    assert again == configuration
    assert hash(again) == hash(configuration)
    assert again.seed(3) == configuration.seed(3)
    assert again.f_recipe == configuration.f_recipe


@pytest.mark.parametrize(
    "configuration",
    [
        widest_configuration(),
        *image_configurations("mnist", implication=True),
        changed(data=Data("raw", 2, 2, points=((1.0, -0.0), (1e-300, 1e8)))),
    ],
    ids=lambda c: f"{c.data.family}-{c.width}",
)
def test_json_of_special_configurations(configuration: Configuration) -> None:
    again = Configuration.from_json(json.loads(json.dumps(configuration.to_json())))
    assert again == configuration
    assert again.seed(0) == configuration.seed(0)


def test_every_field_is_in_the_json() -> None:
    record = PLAIN.to_json()
    told = [f.name for f in dataclasses.fields(Configuration) if f.name not in LATER]
    assert list(record) == told
    for name, value in LATER.items():
        assert changed(**{name: value}).to_json() == {**record, name: value}
    assert list(record["data"]) == [f.name for f in dataclasses.fields(Data)]


def test_fields_with_a_default_may_be_left_out() -> None:
    record = PLAIN.to_json()
    for name in ("momentum", "loss", "loss_constants", "dtype", "fresh_points"):
        del record[name]
    for name in ("scale", "separation", "labels", "arrangement", "points"):
        del record["data"][name]
    assert Configuration.from_json(record) == PLAIN


def test_reading_json_leaves_the_record_alone() -> None:
    record = json.loads(json.dumps(PLAIN.to_json()))
    copy = json.loads(json.dumps(record))
    Configuration.from_json(record)
    assert record == copy


def test_recipes_are_what_the_fields_say() -> None:
    constants = (("linear", 0.1), ("convex", 1.0), ("bounded", 0.0), ("rate", 2.0), ("offset", 0.5))
    c = changed(momentum=0.5, loss="mixture", loss_constants=constants, train_bias=False)
    loss = Mixture(0.1, 1.0, 0.0, 2.0, 0.5)
    assert c.f_recipe == Recipe((0.1, 0.2), loss, 0.3, 0.5, False)
    assert c.g_recipe == Recipe((0.3,), loss, 0.3, 0.5, False)
    assert PLAIN.f_recipe.loss == Identity()
    assert (PLAIN.torch_dtype, changed(dtype="float32").torch_dtype) == (
        torch.float64,
        torch.float32,
    )


# Seeds


def test_the_seed_depends_on_every_field_and_on_the_run() -> None:
    seeds = [PLAIN.seed(run) for run in (0, 1, 2**40)]
    seeds += [changed(**other).seed(0) for other in (*OTHERS, *({k: v} for k, v in LATER.items()))]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= s < 2**63 for s in seeds)


@given(exact_configurations(), st.integers(0, 2**31))
@FEW
def test_the_seed_is_a_function_of_both(configuration: Configuration, run_seed: int) -> None:
    twin = Configuration.from_json(configuration.to_json())
    assert configuration.seed(run_seed) == twin.seed(run_seed) != configuration.seed(run_seed + 1)


@pytest.mark.slow
def test_another_process_finds_the_same_seed() -> None:
    """Python's own hash would differ between processes."""
    command = (
        "from verifier import Configuration, Data\n"
        "c = Configuration(Data('shifted', 3, 6), 7, .3, True, (.1, .2), (.3,), .5, 'b')\n"
        "print(c.seed(5))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "123"}
    done = subprocess.run(
        [sys.executable, "-c", command],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
        env=environment,
    )
    assert int(done.stdout) == PLAIN.seed(5)


# Draws


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_draws_are_deterministic(dtype: str) -> None:
    c = changed(dtype=dtype)
    first, again = draw(c, Settings(run_seed=4)), draw(c, Settings(run_seed=4))
    for part, other in zip(tensors(first), tensors(again), strict=True):
        assert torch.equal(part, other)
        assert part.dtype == c.torch_dtype
        assert part.device.type == "cpu"
    assert not torch.equal(first.X, draw(c, Settings(run_seed=5)).X)
    default = zip(tensors(draw(c)), tensors(draw(c, Settings(0))), strict=True)
    assert all(torch.equal(s, t) for s, t in default)


def test_draws_leave_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    draw(PLAIN)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("other", OTHERS, ids=lambda v: next(iter(v)))
def test_another_configuration_is_another_draw(other: dict[str, object]) -> None:
    width = min(PLAIN.width, 7)
    first, second = draw(PLAIN), draw(changed(**other))
    assert not torch.equal(first.f_0.W[:width], second.f_0.W[:width].double())


@given(exact_configurations())
@settings(FEW, max_examples=40)
def test_draws_have_the_stated_shapes(configuration: Configuration) -> None:
    c, found = configuration, draw(configuration)
    m, d, n, p = c.width, c.data.dimension, c.data.samples, c.fresh_points
    shapes = [(m, d), (m,), (m,)] * 2 + [(n, d), (n,), (n,), (p, d)]
    assert [tuple(t.shape) for t in tensors(found)] == shapes
    assert all(t.dtype == c.torch_dtype for t in tensors(found))
    assert bool((found.y.abs() == 1).all())
    assert bool((found.targets.abs() == 1).all())


def test_the_two_networks_and_the_targets_are_independent() -> None:
    found = draw(changed(width=4000, data=Data("shifted", 3, 4000, separation=1.0)))
    W, other = found.f_0.W.flatten(), found.g_0.W.flatten()
    assert abs(float(torch.corrcoef(torch.stack((W, other)))[0, 1])) < 4 / 12000**0.5
    assert abs(float(found.targets.mean())) < 4 / 4000**0.5
    assert abs(float((found.targets * found.y).mean())) < 4 / 4000**0.5
    assert abs(float((found.targets * found.X[:, 0]).mean())) < 6 / 4000**0.5
    assert abs(float((found.y * found.X[:, 0]).mean()) - 1.0) < 4 / 4000**0.5
