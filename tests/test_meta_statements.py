"""No stray tensors in a check: every statement, under defaults that nothing may use."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from tests.meta_device import DEVICES, EACH, PLAIN, tensors_of, unusable_defaults
from verifier.data.distributions import Data
from verifier.implementations.checked import Checked
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.losses import (
    Logistic,
)
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import PATHWISE
from verifier.statements.certificates.formulas import Agreement, Certificates, certificates
from verifier.statements.identities.formulas import PerturbationDecomposition, decomposition
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.replay import replay
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

IMPLEMENTATIONS = pytest.mark.parametrize(
    "implementation",
    [Reference(), TorchNN(), NumpyFloat64()],
    ids=lambda i: type(i).__name__,
)

MAY_BE_ABSENT = {"kernel", "perturb_by", "perturb_in_steps", "train_readout"}
"""Of the codes that ship: torch.nn has no kernel and freezes the readout, NumPy has one attack."""


@pytest.mark.long
@pytest.mark.slow
@DEVICES
@IMPLEMENTATIONS
@EACH
def test_every_statement_on_every_implementation(
    configuration: Configuration, implementation: Any, device: str
) -> None:
    subject = Subject(implementation, settings=Settings(device=device))
    for statement in (c for c in PATHWISE.values() if c.inputs.trial is Trial):
        if statement.id in ("F1", "D6a") and configuration.dtype != "float64":
            continue  # refused
        if set(statement.unavailable(implementation)) & MAY_BE_ABSENT:
            continue
        if statement.unavailable(implementation):
            pytest.fail(f"{statement.id} needs more than {type(implementation).__name__} offers")
        expected = statement.check(configuration, subject)
        with unusable_defaults():
            found = statement.check(configuration, subject)
        assert found.holds
        assert (found.comparisons, found.held) == (expected.comparisons, expected.held)
        if device == "cpu":
            assert found == expected


@DEVICES
def test_the_implications_with_their_premise(device: str) -> None:
    """D4 and D5 where they say something: elsewhere they return before most of their work."""
    configuration = dataclasses.replace(
        PLAIN, width=4000, slope=0.9, f_steps=(3.0, 2.0), g_steps=(4.0,), eps=6.0
    )
    for name in ("D4", "D5"):
        with unusable_defaults():
            found = PATHWISE[name].check(configuration, Subject(settings=Settings(device=device)))
        assert found.holds
        assert found.held > 0


@DEVICES
@IMPLEMENTATIONS
def test_what_is_read_at_the_kink(implementation: Any, device: str) -> None:
    points = ((0.5, 0.0), (0.0, 2.0))
    axes = dataclasses.replace(PLAIN, data=Data("raw", 2, 2, points=points), width=4, slope=0.25)
    with unusable_defaults():
        found = PATHWISE["E0k"].check(
            axes, Subject(implementation, settings=Settings(device=device))
        )
    assert found.holds
    assert set(found.notes.values()) == {8}  # of four neurons at two samples, by each function


@DEVICES
@IMPLEMENTATIONS
def test_every_formula_of_a_trial(implementation: Any, device: str) -> None:
    with unusable_defaults():
        trial = Trial(PLAIN, Subject(implementation, settings=Settings(device=device)))
        z = trial.points.double()
        f, g = decomposition(trial, trial.f), decomposition(trial, trial.g)
        natural, targets = trial.natural.double(), trial.draw.targets.double()
        machine = PerturbationDecomposition(f, g, natural, targets, PLAIN.eps)
        of_f = certificates(trial, trial.f)
        assert isinstance(of_f, Certificates)
        agreement = Agreement(of_f, certificates(trial, trial.g))
        nothing = torch.zeros(len(z), dtype=torch.float64, device=device)
        found = [
            f.final_weights(),
            f.input_gradient(z),
            f.output(z),
            f.squeeze(z),
            machine.output(z),
            of_f.lazy_coefficients(z),
            of_f.output_error(z),
            of_f.direction_gap(z, f.initial_part(z)),
            trial.f.replay.rounding.output(z),
            trial.f.replay.rounding.input_gradient(z),
        ]
        premises = [
            agreement.f_is_certain(z, nothing, nothing),
            agreement.g_is_certain(z, nothing, nothing),
            agreement.same_sign(z, nothing, nothing),
        ]
    for part in tensors_of(found):
        assert (part.device.type, part.dtype) == (device, torch.float64)
        assert bool(part.isfinite().all())
    for part in premises:
        assert (part.device.type, part.dtype) == (device, torch.bool)


@DEVICES
@IMPLEMENTATIONS
def test_replays_of_what_arrived_elsewhere(implementation: Any, device: str) -> None:
    """The path of a replay that does not end early: a final state that is not the replay's own."""
    start, recipe = draw(PLAIN, Settings(device=device)), Recipe((0.3, 0.1), Logistic(), 0.3, 0.5)
    with unusable_defaults():
        path = train(start.f_0, start.X, start.y, recipe, path_weights=True)
        final = Checked(implementation).train(start.f_0, start.X, start.y, recipe)
        final = final._replace(W=final.W * (1 + 1e-15))
        found = replay(path, start.f_0, start.X, start.y, recipe, final)
    assert not found.exact
    for part in tensors_of([found.run, found.rounding, found.arrived]):
        assert (part.device.type, part.dtype) == (device, torch.float64)
