from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch
from torch import Tensor

from verifier.cli import main
from verifier.commands import falsify
from verifier.data.distributions import Data
from verifier.errors import DivergedError, InputError
from verifier.evidence.evidence import Evidence
from verifier.falsify.ascent import ascend
from verifier.falsify.moves import MOVES, random_case
from verifier.falsify.objective import OpenTrial, inequalities
from verifier.falsify.search import (
    TIGHTEST,
    Hunt,
    hunted,
    seconds,
)
from verifier.model.network import Parameters
from verifier.statements import PATHWISE, REGISTRY, Control
from verifier.trial.case import Case
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

HUNTED = hunted()
FALSE = [(c, name) for name in HUNTED for c in REGISTRY.controls_of(name) if c.altered]


def a_case(seed: int, **changes: object) -> Case:
    case = random_case(Random(seed))
    return replace(case, configuration=replace(case.configuration, **changes))


def leaves(case: Case) -> list[Tensor]:
    return [t.clone().requires_grad_() for t in (*case.start.f_0, case.start.X, case.start.z)]


def stop_after(evaluations: int) -> Callable[[Hunt], None]:
    """Ctrl-C after so many checks, so that a slow machine sees the same hunt."""

    def stop(hunt: Hunt) -> None:
        if hunt.evaluations >= evaluations:
            raise KeyboardInterrupt

    return stop


def check(statement: str, case: Case, subject: Subject | None = None) -> Evidence:
    return PATHWISE[statement].check(case.configuration, subject, case.start)


def at(case: Case, arrays: list[Tensor]) -> Case:
    W, b, a, X, z = arrays
    return replace(case, start=replace(case.start, f_0=Parameters(W, b, a), X=X, z=z))


def difference(statement: str, case: Case, way: list[Tensor], name: str, step: float) -> float:
    """Central difference of log(lhs / rhs) as the check on the reference sees it."""
    ends = []
    for h in (step, -step):
        arrays = [t + h * w for t, w in zip(leaves(case), way, strict=True)]
        moved = at(case, [t.detach() for t in arrays])
        trial = Trial(moved.configuration, start=moved.start)
        trial.points = moved.start.z  # without samples, which the open trial moves a little
        sides = inequalities(PATHWISE[statement], trial).sides
        ends.append(math.log(sides[name].ratio) if name in sides else math.nan)
    return (ends[0] - ends[1]) / (2 * step)


@pytest.mark.filterwarnings("ignore:Converting a tensor")
@pytest.mark.parametrize("statement", HUNTED)
def test_gradient_is_that_of_the_checked_ratio(statement: str) -> None:
    compared = 0
    for seed in range(400):
        case = random_case(Random(seed))
        arrays = leaves(case)
        live = at(case, arrays)
        trial = OpenTrial(live.configuration, live.start, None)
        trial.points = live.start.z
        random = torch.Generator("cpu").manual_seed(seed)
        way = [torch.randn(t.shape, generator=random, dtype=t.dtype) for t in arrays]
        try:
            sides = inequalities(PATHWISE[statement], trial).sides
        except DivergedError:
            continue
        for name, side in sides.items():
            if not 0.05 < side.ratio < 0.999:
                continue
            coarse, fine = (difference(statement, case, way, name, h) for h in (2e-6, 1e-6))
            if fine != pytest.approx(coarse, rel=1e-3, abs=1e-3):
                continue  # a pattern flipped on the way, or the ratio has too few digits
            slopes = torch.autograd.grad(side.climb(), arrays, retain_graph=True, allow_unused=True)
            pairs = zip(slopes, way, strict=True)
            slope = sum(float((g * w).sum()) for g, w in pairs if g is not None)
            assert slope == pytest.approx(fine, rel=2e-3, abs=2e-3)
            compared += 1
        if compared >= 10:
            break
    assert compared >= 4


@pytest.mark.slow
@pytest.mark.parametrize("statement", HUNTED)
def test_true_statements_survive(statement: str) -> None:
    hunt = Hunt(statement, seed=1).run(60.0, stop_after(40))
    assert hunt.refutation is None
    assert hunt.tightest is not None
    assert hunt.tightest.evidence.holds
    assert hunt.tightest.ratio > 0.5
    assert hunt.evaluations > hunt.restarts > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("control", "statement"),
    FALSE,
    ids=[f"{name}-{control.name}" for control, name in FALSE],
)
def test_false_statements_are_refuted(control: Control, statement: str) -> None:
    hunt = Hunt(statement, seed=0, theory=control.theory).run(30.0)
    assert hunt.refutation is not None
    assert hunt.refutation.evidence.error > 1
    again = check(statement, hunt.refutation.case, Subject(theory=control.theory))
    assert again.error == hunt.refutation.evidence.error
    assert check(statement, hunt.refutation.case).holds


@pytest.mark.slow
def test_ascent_tightens() -> None:
    hunt, gains = Hunt("E3"), []
    for seed in range(20):
        case = random_case(Random(seed))
        for aim, before in hunt._check(case).items():
            if 0.01 < before < 0.9:
                higher, steps = ascend("E3", case, aim, None)
                gains.append(hunt._check(higher)[aim] / before)
                assert 0 < steps <= 40
    assert len(gains) >= 5
    assert min(gains) >= 1 - 1e-6
    assert sorted(gains)[len(gains) // 2] > 1.05


def test_nothing_is_made_on_the_default_device() -> None:
    with torch.device("meta"):
        hunt = Hunt("D3", seed=2).run(60.0, stop_after(12))
    assert hunt.tightest is not None
    assert hunt.steps > 0


def test_slope_width_and_start_are_kept() -> None:
    hunt = Hunt("D2", slope=0.25, width=5).run(0.3)
    assert hunt.tightest is not None
    found = hunt.tightest.case.configuration
    assert (found.slope, found.width) == (0.25, 5)
    start = random_case(Random(8), slope=0.6, width=2)
    first = Hunt("D1", start=start)
    next(first._climbs())
    assert all(f.case.configuration.slope == 0.6 for f in first.best.values())


def test_interruption_keeps_the_best_and_a_seed_repeats_it() -> None:
    first, second = (Hunt("D3", seed=5).run(60.0, stop_after(12)) for _ in range(2))
    assert first.interrupted
    assert first.tightest is not None
    assert second.tightest is not None
    assert first.tightest.ratio == second.tightest.ratio
    assert first.steps == second.steps


@pytest.mark.parametrize("jump", MOVES, ids=lambda m: m.__name__)
def test_jumps_change_the_case_and_leave_it_well_formed(jump: object) -> None:
    chance = Random(0)
    case = random_case(chance)
    before = json.dumps(case.to_json())
    changed = jump(case, chance)
    assert json.dumps(case.to_json()) == before
    assert json.dumps(changed.to_json()) != before
    assert changed.configuration.slope == case.configuration.slope
    PATHWISE["D1"].examine(Trial(changed.configuration, start=changed.start))


@pytest.mark.parametrize("statement", HUNTED)
def test_kept_witnesses_say_what_they_are(statement: str) -> None:
    found = Case.load(TIGHTEST / f"{statement}.json").found
    assert found is not None
    assert found["statement"] == statement
    assert 0 < found["ratio"] < 1 + 1e-9


@pytest.mark.parametrize(
    ("text", "expected"), [("30s", 30.0), ("2m", 120.0), ("1h", 3600.0), ("0.5s", 0.5)]
)
def test_budgets(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "2", "m", "0s", "-1s", "2 m", "1d", "1e3s", "nan", "2m30s"])
def test_bad_budgets(text: str) -> None:
    with pytest.raises(InputError, match="budget"):
        seconds(text)


@pytest.mark.parametrize(
    ("statement", "options", "named"),
    [
        ("D5", {}, "E3, D1, D2, D3, D4"),
        ("E1", {}, "E3, D1, D2, D3, D4"),
        ("D1", {"slope": 1.5}, "slope"),
        ("D1", {"width": 0}, "width"),
    ],
)
def test_bad_hunts(statement: str, options: dict[str, float], named: str) -> None:
    with pytest.raises(InputError, match=named):
        Hunt(statement, **options)


def test_command_writes_a_witness_that_check_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.json"
    arguments = ["D1", "--budget", "0.5s", "--slope", "0.3", "--output", str(path)]
    assert main(["falsify", *arguments]) == 0
    printed = capsys.readouterr().out
    assert "tightness" in printed
    assert "restarts" in printed
    assert f"verifier check D1 {path}" in printed
    assert main(["check", "D1", str(path)]) == 0
    assert (
        main(["falsify", *arguments[:-1], str(tmp_path / "next.json"), "--start", str(path)]) == 0
    )
    found = [Case.load(p).found for p in (path, tmp_path / "next.json")]
    assert found[1]["ratio"] >= found[0]["ratio"] * (1 - 1e-9)


def test_command_reports_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    theory = next(c.theory for c in REGISTRY.controls_of("D2") if c.name == "Qz-missing")
    monkeypatch.setattr(falsify, "Hunt", functools.partial(Hunt, theory=theory))
    path = tmp_path / "out.json"
    assert main(["falsify", "D2", "--budget", "30s", "--output", str(path)]) == 1
    assert "REFUTED" in capsys.readouterr().out
    case = Case.load(path)
    assert not check("D2", case, Subject(theory=theory)).holds


def test_command_begins_with_a_configuration(tmp_path: Path) -> None:
    configuration = Configuration(Data("shifted", 3, 4), 6, 0.2, True, (0.4,), (1.0,), 1.0, "a")
    path = tmp_path / "start.json"
    path.write_text(json.dumps(configuration.to_json()), encoding="utf-8")
    out = tmp_path / "out.json"
    begin = ["falsify", "E3", "--budget", "0.2s", "--start", str(path), "--output", str(out)]
    assert main(begin) == 0
    assert main(["falsify", "E3", "--start", str(tmp_path / "none.json")]) == 2


def test_command_with_nothing_to_compare(tmp_path: Path) -> None:
    # no interval is left at slope 1: the two sides agree up to rounding
    out = tmp_path / "out.json"
    options = ["--budget", "0.3s", "--slope", "1", "--output", str(out)]
    assert main(["falsify", "D2", *options]) == 3
    assert not out.exists()
