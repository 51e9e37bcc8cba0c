"""`verifier audit` on runs that plain torch made and saved: right ones, and wrong ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.audit.plain_run import named, plain_run
from verifier import cli
from verifier.audit.audit import BY_BOTH, BY_PATH, BY_WEIGHTS, PARTS, Audit, Outcome
from verifier.audit.saved import NAMES, Saved
from verifier.audit.weights import probes

WIDE = {"N": 8, "d": 30, "m": 40}
"""Fewer samples than dimensions: where weights alone say most."""


@cache
def arrays(**about: Any) -> dict[str, Any]:
    run = named(plain_run(**about))
    return {name: v.numpy() if isinstance(v, torch.Tensor) else v for name, v in run.items()}


def audited(folder: Path, run: dict[str, Any]) -> dict[tuple[str, str], Outcome]:
    path = folder / "run.npz"
    np.savez(path, **run)
    outcomes = Audit(Saved.load(path), path.name).outcomes()
    return {(outcome.statement, outcome.by): outcome for outcome in outcomes}


def refuted(found: dict[tuple[str, str], Outcome]) -> set[str]:
    return {outcome.statement for outcome in found.values() if outcome.is_refuted}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("loss", ["logistic", "identity"])
def test_a_right_run_holds_in_everything(tmp_path: Path, dtype: torch.dtype, loss: str) -> None:
    found = audited(tmp_path, arrays(dtype=dtype, loss=loss, **WIDE))
    assert all(outcome.holds for outcome in found.values()), found
    assert [name for name, _ in found] == [part.statement for part in PARTS]


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_right_run_with_more_samples_than_dimensions_is_not_accused(
    tmp_path: Path, seed: int
) -> None:
    found = audited(tmp_path, arrays(seed=seed))
    assert not refuted(found)
    for name in ("E1", "E2", "D1", "D3"):
        assert found[name, BY_PATH].holds
    assert found["E6", BY_WEIGHTS].reason == "the samples span the space"


@pytest.mark.parametrize(
    ("wrong", "at_least"),
    [
        ("decay", {"E1", "E2", "D1"}),
        ("adam", {"E1", "E2", "D1"}),
        ("a sample dropped", {"E1", "E2"}),
        ("labels turned", {"E1b", "E1", "E2"}),
        ("clamped", {"E4"}),
        ("g without samples", {"E5"}),
    ],
)
def test_a_wrong_run_is_refuted(tmp_path: Path, wrong: str, at_least: set[str]) -> None:
    assert refuted(audited(tmp_path, arrays(wrong=wrong))) >= at_least


@pytest.mark.parametrize(
    ("wrong", "statements"),
    [("decay", {"E1b", "E6"}), ("adam", {"E1b", "E6"}), ("labels turned", {"E1b", "D1"})],
)
def test_weights_alone_tell_it_where_samples_are_few(
    tmp_path: Path, wrong: str, statements: set[str]
) -> None:
    run = arrays(wrong=wrong, **WIDE)
    alone = {name: run[name] for name in ("W0", "b0", "W", "b", "a", "X", "y")}
    found = audited(tmp_path, alone)
    assert refuted(found) >= statements
    assert found["E1", BY_PATH].reason == "needs slope, loss, steps"
    assert found["E5", BY_BOTH].reason.startswith("needs slope, loss, steps, r, targets, eps, g_W0")
    right = {name: arrays(**WIDE)[name] for name in alone}
    assert not refuted(audited(tmp_path, right))


def test_the_first_layer_of_any_network_has_its_span(tmp_path: Path) -> None:
    run = arrays(**WIDE)
    found = audited(tmp_path, {name: run[name] for name in ("W0", "W", "X")})
    assert [outcome.statement for outcome in found.values() if outcome.holds] == ["E6"]


def test_another_attack_is_e8_s(tmp_path: Path) -> None:
    run = dict(arrays(**WIDE))
    x = torch.from_numpy(run["X"]).requires_grad_()
    u = x @ torch.from_numpy(run["W"]).T + torch.from_numpy(run["b"])
    f = torch.nn.functional.leaky_relu(u, run["slope"]) @ torch.from_numpy(run["a"])
    (gradient,) = torch.autograd.grad(f.sum(), x)
    run["r"] = run["eps"] * run["targets"][:, None] * gradient.sign().numpy()
    run = {name: run[name] for name in run if not name.startswith("g_")}
    by = PARTS[9].by
    assert audited(tmp_path, {**run, "attack": "Linf"})["E8", by].holds
    assert audited(tmp_path, {**run, "attack": "L2"})["E4", by].is_refuted


@pytest.mark.parametrize(("units", "is_refuted"), [(1.8, False), (2.2, True)])
def test_a_perturbation_s_length_may_be_off_by_two_roundings(
    tmp_path: Path, units: float, is_refuted: bool
) -> None:
    """The gradient's length is off by one, all other operations together by another."""
    run = dict(arrays(dtype=torch.float64, **WIDE))
    operations = 1 + WIDE["N"] + WIDE["d"] ** 0.5 + 4
    run["r"] = run["r"] * (1 + units * operations * np.finfo(np.float64).eps)
    run = {name: run[name] for name in run if not name.startswith("g_")}
    assert audited(tmp_path, run)["E4", PARTS[9].by].is_refuted == is_refuted


def test_a_bias_that_never_moved_was_frozen(tmp_path: Path) -> None:
    run = dict(arrays(**WIDE))
    for name in ("b0", "b", "g_b0", "g_b"):
        del run[name]
    np.savez(tmp_path / "run.npz", **run)
    assert not Saved.load(tmp_path / "run.npz").recipe().train_bias


def test_probes_are_in_the_dual_cone_and_only_there() -> None:
    rng = np.random.default_rng(1)
    few = rng.standard_normal((9, 5))
    found = probes(few)
    assert len(found) > 4
    assert (found @ few >= -1e-11).all()
    assert len(probes(rng.standard_normal((3, 60)))) == 0  # such a cone is the whole space


def test_every_name_has_a_use() -> None:
    used = {name for part in PARTS for name in part.needs}
    optional = {"b0", "b", "z", "momentum", "attack", "g_b0", "g_b"}
    assert used | optional == set(NAMES)


def test_the_command_tells_what_was_checked_and_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = arrays(wrong="decay", **WIDE)
    path = tmp_path / "run.npz"
    np.savez(path, **{name: run[name] for name in ("W0", "b0", "W", "b", "a", "X", "y")})
    assert cli.main(["audit", str(path)]) == 1
    told = capsys.readouterr().out
    assert told.startswith("float32; rounding as of 1000 steps: W0 (40, 30), ")
    assert "REFUTED  E6   from weights alone, error" in told
    assert "--       E2   with the schedule: needs slope, loss, steps" in told
    assert "w_i(T) = w_i(0) outside the span of the samples, at neuron " in told
    assert "\nE6 REFUTED, from weights alone: In a network of any depth the first layer" in told
    assert max(map(len, told.splitlines())) <= 80
    np.savez(path, X=run["X"])
    assert cli.main(["audit", str(path)]) == 3
