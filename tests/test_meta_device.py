"""No stray tensors: everything runs with a default device, or dtype, that nothing may use.

Under the default device "meta" a tensor made without naming its device has no data: what it meets
fails, or its result is on "meta". The same calls run on CUDA where there is one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import FAMILIES, Data
from verifier.errors import InputError
from verifier.implementations.checked import Checked
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.kernel.phi import (
    f0_covariance,
    k_inf,
    kernel_sum,
    phi,
    weighted_direction,
)
from verifier.kernel.phi_gradient import phi_gradient, phi_gradient_sum
from verifier.kernel.prediction import (
    direction,
    f_hat,
    g_hat,
    sharpened_direction,
)
from verifier.kernel.random_features import Estimate, kernel_sum_by_features
from verifier.model.attack import natural_inputs, perturb
from verifier.model.losses import (
    Exponential,
    Identity,
    Logistic,
    Mixture,
)
from verifier.model.network import input_gradient, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import PATHWISE
from verifier.statements.certificates.formulas import Agreement, Certificates, certificates
from verifier.statements.identities.formulas import PerturbationDecomposition, decomposition
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.learning import learn_from_perturbations
from verifier.trial.replay import replay
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

DEVICES = pytest.mark.parametrize(
    "device",
    [
        "cpu",
        pytest.param(
            "cuda",
            marks=pytest.mark.skipif(
                not torch.cuda.is_available(), reason="this machine has no CUDA device"
            ),
        ),
    ],
)
IMPLEMENTATIONS = pytest.mark.parametrize(
    "implementation",
    [Reference(), TorchNN(), NumpyFloat64()],
    ids=lambda i: type(i).__name__,
)
MIXTURE = (("linear", 0.1), ("convex", 0.5), ("bounded", 0.7), ("rate", 1.5), ("offset", 0.2))
PLAIN = Configuration(
    Data("shifted", 4, 5, separation=1.5), 30, 0.3, True, (0.3, 0.1), (0.2, 0.1), 0.8, "b"
)


@contextmanager
def unusable_defaults() -> Iterator[None]:
    """Default device "meta" and default dtype bfloat16, restored whatever happens."""
    dtype = torch.get_default_dtype()
    torch.set_default_device("meta")
    torch.set_default_dtype(torch.bfloat16)
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_default_device(None)


def tensors_of(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if dataclasses.is_dataclass(value):
        return tensors_of([getattr(value, f.name) for f in dataclasses.fields(value)])
    if isinstance(value, list | tuple):
        return [t for part in value for t in tensors_of(part)]
    return []


def assert_unaffected(call: Callable[[], Any], device: str, dtype: torch.dtype) -> None:
    """The same tensors, bit for bit, on the device and in the dtype asked for."""
    expected = tensors_of(call())
    state = torch.get_rng_state()
    with unusable_defaults():
        found = tensors_of(call())
    assert torch.equal(torch.get_rng_state(), state)
    assert found
    for part, other in zip(found, expected, strict=True):
        assert part.device.type == device
        assert part.dtype == dtype
        if device == "cpu":
            assert torch.equal(part, other)
        else:
            torch.testing.assert_close(part, other)


def configurations() -> list[Configuration]:
    """One of each loss, both scenarios, both dtypes, with and without biases and momentum."""
    changes: list[dict[str, Any]] = [
        {"scenario": "a"},
        {"scenario": "b"},
        {"scenario": "a", "loss": "logistic", "momentum": 0.5, "dtype": "float32"},
        {"scenario": "b", "loss": "exponential", "train_bias": False},
        {"scenario": "a", "loss": "mixture", "loss_constants": MIXTURE, "slope": 0.0},
        {"scenario": "b", "loss": "identity", "dtype": "float32", "eps": 0.0},
    ]
    return [dataclasses.replace(PLAIN, **change) for change in changes]


def short(c: Configuration) -> str:
    return f"{c.scenario}-{c.loss}-{c.dtype}"


EACH = pytest.mark.parametrize("configuration", configurations(), ids=short)


def test_the_defaults_are_unusable_and_restored() -> None:
    with unusable_defaults():
        stray = torch.ones(2)
        assert stray.device.type == "meta"
        assert stray.dtype == torch.bfloat16
    assert torch.ones(2).device.type == "cpu"
    assert torch.ones(2).dtype == torch.float32
    with pytest.raises(AssertionError):  # a stray tensor would be noticed
        assert_unaffected(lambda: torch.ones(2), "cpu", torch.float32)


@DEVICES
@EACH
def test_draw_train_and_perturb(configuration: Configuration, device: str) -> None:
    settings, dtype = Settings(device=device), configuration.torch_dtype
    assert_unaffected(lambda: draw(configuration, settings), device, dtype)
    assert_unaffected(lambda: learn_from_perturbations(configuration, settings), device, dtype)
    start, slope = draw(configuration, settings), configuration.slope
    recipe = configuration.f_recipe
    assert_unaffected(
        lambda: train(start.f_0, start.X, start.y, recipe, path_weights=True), device, dtype
    )
    for function in (output, input_gradient):
        assert_unaffected(lambda f=function: f(start.f_0, start.z, slope), device, dtype)
    assert_unaffected(lambda: perturb(start.f_0, start.X, start.targets, 0.8, slope), device, dtype)
    assert_unaffected(lambda: natural_inputs(start.X, configuration.scenario), device, dtype)


@pytest.mark.parametrize("function", [output, input_gradient])
@pytest.mark.parametrize("elsewhere", ["b", "a", "z", "W"])
def test_mixed_devices_are_named(function: Any, elsewhere: str) -> None:
    start = draw(PLAIN)
    z = start.z.to("meta") if elsewhere == "z" else start.z
    params = start.f_0
    if elsewhere != "z":
        params = params._replace(**{elsewhere: getattr(params, elsewhere).to("meta")})
    named, there, due = ("b", "cpu", "meta") if elsewhere == "W" else (elsewhere, "meta", "cpu")
    with pytest.raises(InputError, match=rf"^{named}.device = {there}: must be {due}, as W$"):
        function(params, z, 0.3)


@DEVICES
@pytest.mark.parametrize("family", [*FAMILIES, "raw"])
@pytest.mark.parametrize("arrangement", ["none", "duplicated", "collinear"])
def test_every_family_of_data(family: str, arrangement: str, device: str) -> None:
    points = ((1.0, 2.0, 3.0),) * 5 if family == "raw" else ()
    for labels in ("class", "random", "one"):
        data = Data(family, 3, 5, labels=labels, arrangement=arrangement, points=points)
        c = dataclasses.replace(PLAIN, data=data)
        assert_unaffected(lambda c=c: draw(c, Settings(device=device)), device, torch.float64)


@DEVICES
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_kernel_and_prediction(dtype: str, device: str) -> None:
    c = dataclasses.replace(PLAIN, dtype=dtype)
    start = draw(c, Settings(device=device))
    X, y = start.X, start.y
    z = torch.cat((start.z, X, -X, (1 + 1e-6) * X))  # the branches near and opposite as well

    def by_features() -> Estimate:
        g = torch.Generator("cpu").manual_seed(1)
        return kernel_sum_by_features(z, X, y, 0.3, 1.0, features=20, generator=g)

    calls: list[Callable[[], Tensor | Estimate]] = [
        lambda: phi(z, X, 0.3),
        lambda: k_inf(z, X, 0.3, 1.0),
        lambda: f0_covariance(z, X, 0.3),
        lambda: phi_gradient(z, X, 0.3),
        lambda: kernel_sum(z, X, y, 0.3, 1.0),
        by_features,
        lambda: weighted_direction(z, X, y, 0.3),
        lambda: phi_gradient_sum(z, X, y, 0.3, 1.0),
        lambda: f_hat(z, X, y, 0.3),
        lambda: g_hat(z, X, X, y, 0.3),
        lambda: direction(z, X, y, 0.3),
        lambda: sharpened_direction(z, X, y, 0.3),
    ]
    for call in calls:
        assert_unaffected(call, device, c.torch_dtype)


@DEVICES
@pytest.mark.parametrize(
    "loss", [Identity(), Logistic(), Exponential(), Mixture(0.1, 0.5, 0.7, 1.5, 0.2)]
)
def test_every_loss(loss: Any, device: str) -> None:
    for dtype in (torch.float64, torch.float32):
        s = torch.linspace(-3.0, 3.0, 7, dtype=dtype, device=device)
        assert_unaffected(lambda s=s: [loss.value(s), loss.derivative(s)], device, dtype)


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
