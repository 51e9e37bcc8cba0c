"""On every ladder of sizes training moves something and every correct code is comparable."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Any

import pytest
import torch

from properties.test_ladder import test_every_rung as every_rung
from verifier.evidence.evidence import Evidence
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.training import train
from verifier.statements import ANY, PATHWISE, REGISTRY, Control, PathwiseStatement
from verifier.statements.beyond import broken_at_size as beyond
from verifier.statements.depth import broken_at_size as depth
from verifier.statements.depth.trial import DEEP
from verifier.suite.drawing import drawn
from verifier.suite.fitting import fitted_ladder
from verifier.suite.ingredients import typical_kernel
from verifier.suite.ladder import LADDER, Rung, alternating
from verifier.suite.ladder_beyond import ATTACKED, BATCHED, CLASSED, MOVING
from verifier.suite.run import Suite
from verifier.trial.draw import draw
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject

SEEDS = range(20)  # at one of which a ReLU network of three neurons was once dead
QUICK = [
    rung
    for rung in LADDER
    if len(rung.configuration.f_steps) <= 101
    and rung.configuration.width <= 300
    and rung.configuration.data.samples <= 257
]


@pytest.mark.parametrize("rung", QUICK, ids=lambda rung: rung.label)
def test_f_is_trained_on_every_rung(rung: Rung) -> None:
    for seed in SEEDS:
        settings = Settings(seed)
        start = rung.start(settings) or draw(rung.configuration, settings)
        end = train(start.f_0, start.X, start.y, rung.configuration.f_recipe).params
        assert not torch.equal(end.W, start.f_0.W), seed


@pytest.mark.parametrize("rung", [*BATCHED, *ATTACKED, *MOVING, *CLASSED], ids=lambda r: r.label)
def test_f_and_g_are_trained_for_a_time_of_one_over_the_kernel(rung: Rung) -> None:
    c = rung.configuration
    for recipe in (c.f_recipe, c.g_recipe):
        assert recipe.time * typical_kernel(c.data) == pytest.approx(1.0)


def test_steps_are_long_and_short_in_turn() -> None:
    assert alternating(3, 2.0) == (3.0, 1.0, 3.0)


def test_short_weights_start_so_short_and_nothing_else_does() -> None:
    (rung,) = (rung for rung in LADDER if rung.weights != 1)
    plain, short = draw(rung.configuration, Settings(0)), rung.start(Settings(0))
    assert short is not None
    for before, after in ((plain.f_0, short.f_0), (plain.g_0, short.g_0)):
        assert torch.equal(after.W, 1e-8 * before.W)
        assert torch.equal(after.b, before.b)
        assert torch.equal(after.a, before.a)


OTHERS = [s for s in PATHWISE.values() if s.inputs.ladder and s.inputs != ANY]
CONTROLS = (*beyond.CONTROLS, *depth.CONTROLS)
AT_SIZE = [(PATHWISE[name], control) for control in CONTROLS for name in control.refuted_by]


def test_which_statements_have_a_ladder() -> None:
    assert [s.id for s in OTHERS] == ["E6", "E6s", "E7", "E8", "E9", "E10", "E10m"]
    assert {s.inputs.ladder for s in PATHWISE.values() if s.inputs == ANY} == {ANY.ladder}


@pytest.mark.parametrize(
    "code", [Reference(), TorchNN(), NumpyFloat64()], ids=lambda c: type(c).__name__
)
@pytest.mark.parametrize("statement", OTHERS, ids=lambda s: s.id)
def test_every_correct_code_is_comparable_on_every_rung(
    statement: PathwiseStatement, code: Reference
) -> None:
    if statement.unavailable(code):
        pytest.skip(f"{statement.id}: not offered")
    subject = Subject(code, settings=Settings(3))
    ladder = fitted_ladder(statement, subject)
    assert len({rung.label for rung in ladder}) == len(ladder) > 20
    for rung in ladder:
        found = statement.check(rung.configuration, subject)  # raises `NotComparable`
        assert found.holds, rung
        assert found.held > 0, rung


@pytest.mark.parametrize("statement", OTHERS, ids=lambda s: s.id)
def test_a_run_in_single_precision_climbs_too(statement: PathwiseStatement) -> None:
    suite = Suite(Subject(settings=Settings(dtype="float32")))
    suite.climb(statement)
    ladder = fitted_ladder(statement, suite.subject)
    assert {rung.configuration.dtype for rung in ladder} == {"float32"}
    assert sum(suite.record.rejected.get(statement.id, {}).values()) <= len(ladder) / 4


def test_of_classes_too_samples_are_short_in_single_precision() -> None:
    scales = {rung.in_single_precision().configuration.data.scale for rung in CLASSED}
    assert max(scales) <= 0.2


def test_a_rung_that_is_rejected_is_told_as_none() -> None:
    class Rejecting(Suite):
        def check(self, statement: PathwiseStatement, *case: Any, **more: Any) -> Evidence | None:
            found = super().check(statement, *case, **more)
            return None if found and "K = 17" in found.label else found

    found = Rejecting().climb(PATHWISE["E9"])
    assert len(found) == len(MOVING)
    assert sum(evidence is None for evidence in found) == 3


def test_a_ladder_of_which_no_rung_can_be_tested_is_no_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Suite, "check", lambda *case: None)
    with pytest.raises(pytest.skip.Exception, match="E7: no rung could be tested"):
        every_rung(PATHWISE["E7"], Suite())


@pytest.mark.parametrize(
    ("statement", "control"), AT_SIZE, ids=[f"{s.id}-{c.name}" for s, c in AT_SIZE]
)
def test_what_fails_at_size_alone_passes_small_draws(
    statement: PathwiseStatement, control: Control
) -> None:
    """That its rung refutes it is in test_refuting."""
    assert control in REGISTRY.controls_of(statement.id)
    assert control.known_rung
    suite = Suite().control(control)
    for configuration in drawn(suite.strategy(statement), 20, 0):
        suite.verify(statement, configuration)


@pytest.mark.parametrize(
    ("ladder", "least"),
    [
        (BATCHED, {"steps": 101, "batch_size": 257, "samples": 1025}),
        (MOVING, {"steps": 50, "width": 1000, "samples": 1025}),
        (CLASSED, {"steps": 101, "classes": 100, "samples": 1025}),
        (ATTACKED, {"steps": 101, "fresh_points": 1025, "samples": 1025}),
        (resolve_name(DEEP.ladder), {"steps": 101, "fresh_points": 1025, "samples": 1025}),
    ],
)
def test_how_far_each_reaches(ladder: tuple[Rung, ...], least: dict[str, int]) -> None:
    described = [rung.configuration.to_json() for rung in ladder]
    assert max(c["momentum"] for c in described) == 0.99
    assert max(c["data"]["dimension"] for c in described) >= 784
    for c in described:
        steps = c.get("steps", c.get("f_steps"))
        c |= {"steps": len(steps), "samples": c["data"]["samples"]}
    assert {name: max(c[name] for c in described) for name in least} == least
