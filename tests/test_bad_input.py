"""Every wrong input is an InputError naming argument, value and rule, before any work starts."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.implementations.checked import Checked
from verifier.implementations.contract import load
from verifier.implementations.reference import Reference
from verifier.kernel.phi import (
    f0_covariance,
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
from verifier.model.losses import Identity, Logistic, named_loss
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import PATHWISE
from verifier.trial.configuration import Configuration
from verifier.trial.learning import learn_from_perturbations

CPU64 = {"dtype": torch.float64, "device": "cpu"}
NAN, INF = math.nan, math.inf
M, D, N = 5, 3, 4


def refused(call: Callable[[], object], argument: str, value: str, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    message = str(caught.value)
    assert re.match(rf"^{re.escape(argument)}\b", message), message
    assert re.fullmatch(rf".*? = .*{re.escape(value)}.*: .*{re.escape(rule)}.*", message), message


def generator() -> torch.Generator:
    return torch.Generator("cpu").manual_seed(1)


def network(leading: tuple[int, ...] = ()) -> Parameters:
    return initialise(M, D, generator=generator(), networks=leading, **CPU64)


def samples(*leading: int) -> Tensor:
    return torch.randn(*leading, N, D, generator=generator(), **CPU64)


def labels() -> Tensor:
    return torch.tensor([1.0, -1.0, 1.0, 1.0], **CPU64)


def spoilt(tensor: Tensor, value: float) -> Tensor:
    copy = tensor.clone()
    copy.view(-1)[-1] = value
    return copy


def by_features(z: Tensor, X: Tensor, weights: Tensor, slope: float) -> Estimate:
    return kernel_sum_by_features(z, X, weights, slope, 1.0, features=10, generator=generator())


class CountingLoss(Identity):
    """Counts how often training asks for a derivative: never, if the input was checked first."""

    calls = 0

    def derivative(self, s: Tensor) -> Tensor:
        CountingLoss.calls += 1
        return super().derivative(s)


# Training and perturbing: what is wrong, then the parameters, the samples and the labels

P, X, Y = network(), samples(), labels()
BAD_TENSORS: dict[str, tuple[Parameters, Any, Any, str, str, str]] = {
    "labels 0 and 1": (P, X, (Y + 1) / 2, "y", "[0.0]", "-1 or +1"),
    "label 2": (P, X, spoilt(Y, 2.0), "y", "[2.0]", "-1 or +1"),
    "label nan": (P, X, spoilt(Y, NAN), "y", "NaN", "finite"),
    "too few labels": (P, X, Y[:3], "y", "(3,)", "(4)"),
    "too many labels": (P, X, torch.cat((Y, Y)), "y", "(8,)", "(4)"),
    "column of labels": (P, X, Y[:, None], "y", "(4, 1)", "(4)"),
    "one sample": (P, X[0], Y, "X", "(3,)", "3"),
    "other dimension": (P, X[:, :2], Y, "X", "(4, 2)", "3"),
    "no samples": (P, X[:0], Y[:0], "X", "(0, 3)", ">= 1"),
    "no neurons": (Parameters(*(t[:0] for t in P)), X, Y, "W", "(0, 3)", ">= 1"),
    "no dimension": (P._replace(W=P.W[:, :0]), X[:, :0], Y, "W", "(5, 0)", ">= 1"),
    "other width of b": (P._replace(b=P.b[:3]), X, Y, "b", "(3,)", "5"),
    "other width of a": (P._replace(a=P.a[:3]), X, Y, "a", "(3,)", "5"),
    "nan in X": (P, spoilt(X, NAN), Y, "X", "NaN", "finite"),
    "inf in X": (P, spoilt(X, -INF), Y, "X", "infinity", "finite"),
    "inf in W": (P._replace(W=spoilt(P.W, INF)), X, Y, "W", "infinity", "finite"),
    "nan in b": (P._replace(b=spoilt(P.b, NAN)), X, Y, "b", "NaN", "finite"),
    "nan in a": (P._replace(a=spoilt(P.a, NAN)), X, Y, "a", "NaN", "finite"),
    "integer X": (P, X.long(), Y, "X", "torch.int64", "floating point"),
    "integer labels": (P, X, Y.long(), "y", "torch.int64", "floating point"),
    "integer W": (P._replace(W=P.W.long()), X, Y, "W", "torch.int64", "floating point"),
    "complex X": (P, X.to(torch.complex128), Y, "X", "torch.complex128", "floating point"),
    "boolean labels": (P, X, Y > 0, "y", "torch.bool", "floating point"),
    "single X": (P, X.float(), Y, "X", "torch.float32", "torch.float64"),
    "single labels": (P, X, Y.float(), "y", "torch.float32", "torch.float64"),
    "single b": (P._replace(b=P.b.float()), X, Y, "b", "torch.float32", "torch.float64"),
    "single network": (P.to("cpu", torch.float32), X, Y, "X", "torch.float64", "torch.float32"),
    "X elsewhere": (P, X.to("meta"), Y, "X", "meta", "cpu"),
    "labels elsewhere": (P, X, Y.to("meta"), "y", "meta", "cpu"),
    "a elsewhere": (P._replace(a=P.a.to("meta")), X, Y, "a", "meta", "cpu"),
    "array X": (P, X.numpy(), Y, "X", "ndarray", "torch tensor"),
    "list of labels": (P, X, Y.tolist(), "y", "list", "torch tensor"),
    "array W": (P._replace(W=P.W.numpy()), X, Y, "W", "ndarray", "torch tensor"),
}
BAD = pytest.mark.parametrize("case", BAD_TENSORS.values(), ids=list(BAD_TENSORS))


@BAD
def test_training_refuses_bad_tensors_before_it_begins(case: tuple[Any, ...]) -> None:
    params, points, marks, argument, value, rule = case
    CountingLoss.calls = 0
    recipe = Recipe((0.1,), CountingLoss())
    refused(lambda: train(params, points, marks, recipe), argument, value, rule)
    assert CountingLoss.calls == 0


@BAD
def test_perturbing_refuses_bad_tensors(case: tuple[Any, ...]) -> None:
    params, points, marks, argument, value, rule = case
    argument = "targets" if argument == "y" else argument
    refused(lambda: perturb(params, points, marks, 0.5, 0.3), argument, value, rule)


BATCHES: dict[str, tuple[Parameters, Tensor, Tensor, str]] = {
    "several W, one b": (P._replace(W=network((2,)).W), X, Y, "b"),
    "several b, one W": (P._replace(b=network((2,)).b), X, Y, "b"),
    "several a, one W": (P._replace(a=network((2,)).a), X, Y, "a"),
    "several X, one network": (P, samples(2), Y, "X"),
    "several y, one network": (P, X, Y.expand(2, N), "y"),
    "2 networks, 3 X": (network((2,)), samples(3), Y, "X"),
    "2 networks, 3 y": (network((2,)), X, Y.expand(3, N), "y"),
    "2 networks and X, 3 y": (network((2,)), samples(2), Y.expand(3, N), "y"),
    "1 network in a batch, 3 X": (network((1,)), samples(3), Y, "X"),
}


@pytest.mark.parametrize("case", BATCHES.values(), ids=list(BATCHES))
def test_training_refuses_leading_dimensions_that_do_not_fit(case: tuple[Any, ...]) -> None:
    params, points, marks, argument = case
    CountingLoss.calls = 0
    refused(lambda: train(params, points, marks, Recipe((0.1,), CountingLoss())), argument, "", "")
    assert CountingLoss.calls == 0


@pytest.mark.parametrize("eps", [-0.1, NAN, INF])
def test_eps_must_be_finite_and_non_negative(eps: float) -> None:
    rule = "must be finite and non-negative"
    refused(lambda: perturb(P, X, Y, eps, 0.3), "eps", str(eps), rule)
    refused(lambda: configuration(eps=eps), "eps", str(eps), rule)


@pytest.mark.parametrize("slope", [-0.1, 1.1, NAN, INF])
def test_slopes_must_lie_in_the_unit_interval(slope: float) -> None:
    for call in (
        lambda: Recipe((0.1,), slope=slope),
        lambda: configuration(slope=slope),
        lambda: phi(X, X, slope),
        lambda: f0_covariance(X, X, slope),
        lambda: phi_gradient(X, X, slope),
        lambda: kernel_sum(X, X, Y, slope, 1.0),
        lambda: by_features(X, X, Y, slope),
        lambda: weighted_direction(X, X, Y, slope),
        lambda: phi_gradient_sum(X, X, Y, slope, 1.0),
        lambda: f_hat(X, X, Y, slope),
        lambda: g_hat(X, X, X, Y, slope),
        lambda: direction(X, X, Y, slope),
        lambda: sharpened_direction(X, X, Y, slope),
    ):
        refused(call, "slope", str(slope), "must lie in [0, 1]")


def test_perturbing_refuses_a_slope_outside_the_unit_interval() -> None:
    refused(lambda: perturb(P, X, Y, 0.5, 1.1), "slope", "1.1", "must lie in [0, 1]")


def test_initialising_refuses_sizes_below_one_and_integers() -> None:
    for width, d, argument in ((0, 3, "width"), (-1, 3, "width"), (5, 0, "dimension")):
        rule = "must be at least 1"
        refused(
            lambda m=width, d=d: initialise(m, d, generator=generator(), **CPU64),
            argument,
            str(min(width, d)),
            rule,
        )
    refused(
        lambda: initialise(5, 3, generator=generator(), dtype=torch.int64, device="cpu"),
        "dtype",
        "torch.int64",
        "floating point",
    )


# Recipes


@pytest.mark.parametrize("steps", [(), (-0.1,), (0.1, NAN), (INF,)])
def test_step_sizes_must_be_finite_and_non_negative(steps: tuple[float, ...]) -> None:
    rule = "finite and non-negative" if steps else "at least one step size"
    refused(lambda: Recipe(steps), "steps", str(steps), rule)
    for field in ("f_steps", "g_steps"):
        refused(lambda f=field: configuration(**{f: steps}), "steps", str(steps), rule)


@pytest.mark.parametrize("steps", [0.1, "0.1", ("0.1",), None])
def test_step_sizes_must_be_numbers_in_a_tuple(steps: Any) -> None:
    refused(lambda: Recipe(steps), "steps", str(steps), "")


@pytest.mark.parametrize("momentum", [-0.1, 1.0, NAN])
def test_momentum_must_be_below_one(momentum: float) -> None:
    refused(lambda: Recipe((0.1,), momentum=momentum), "momentum", str(momentum), "[0, 1)")
    refused(lambda: configuration(momentum=momentum), "momentum", str(momentum), "[0, 1)")


@pytest.mark.parametrize("loss", ["logistic", None, 3])
def test_a_loss_must_offer_its_parts(loss: Any) -> None:
    rule = "must offer name, value, derivative"
    refused(lambda: Recipe((0.1,), loss), "loss", str(loss), rule)


@pytest.mark.parametrize("name", ["hinge", "", "Logistic"])
def test_unknown_losses_are_refused(name: str) -> None:
    rule = "must be one of identity, logistic, exponential, mixture"
    refused(lambda: named_loss(name), "loss", repr(name), rule)
    refused(lambda: configuration(loss=name), "loss", repr(name), rule)


# Prediction and kernel

PREDICTIONS: dict[str, Callable[..., Tensor]] = {
    "f_hat": lambda z, X, y: f_hat(z, X, y, 0.3),
    "direction": lambda z, X, y: direction(z, X, y, 0.3),
    "sharpened_direction": lambda z, X, y: sharpened_direction(z, X, y, 0.3),
}
BAD_PREDICTIONS: dict[str, tuple[Any, Any, Any, str, str, str]] = {
    "labels 0 and 1": (X, X, (Y + 1) / 2, "y", "0.0", "-1 or +1"),
    "too few labels": (X, X, Y[:3], "y", "(3,)", "4"),
    "column of labels": (X, X, Y[:, None], "y", "(4, 1)", "4"),
    "row of labels": (X, X, Y[None], "y", "(1, 4)", "4"),
    "other dimension": (X[:, :2], X, Y, "z", "(4, 2)", "3"),
    "one point": (X[0], X, Y, "z", "(3,)", "3"),
    "batched points": (X[None], X, Y, "z", "(1, 4, 3)", "3"),
    "batched samples": (X, X[None], Y, "X", "(1, 4, 3)", ""),
    "no samples": (X, X[:0], Y[:0], "X", "(0, 3)", ">= 1"),
    "no dimension": (X[:, :0], X[:, :0], Y, "X", "(4, 0)", ">= 1"),
    "nan in X": (X, spoilt(X, NAN), Y, "X", "NaN", "finite"),
    "inf in z": (spoilt(X, INF), X, Y, "z", "infinity", "finite"),
    "nan label": (X, X, spoilt(Y, NAN), "y", "NaN", "finite"),
    "integer X": (X, X.long(), Y, "X", "torch.int64", "floating point"),
    "integer z": (X.long(), X, Y, "z", "torch.int64", "floating point"),
    "integer labels": (X, X, Y.long(), "y", "torch.int64", "floating point"),
    "single z": (X.float(), X, Y, "z", "torch.float32", "torch.float64"),
    "single labels": (X, X, Y.float(), "y", "torch.float32", "torch.float64"),
    "z elsewhere": (X.to("meta"), X, Y, "z", "meta", "cpu"),
    "labels elsewhere": (X, X, Y.to("meta"), "y", "meta", "cpu"),
    "array z": (X.numpy(), X, Y, "z", "ndarray", "torch tensor"),
    "array X": (X, X.numpy(), Y, "X", "ndarray", "torch tensor"),
}


@pytest.mark.parametrize("function", PREDICTIONS)
@pytest.mark.parametrize("case", BAD_PREDICTIONS.values(), ids=list(BAD_PREDICTIONS))
def test_predictions_refuse_bad_tensors(function: str, case: tuple[Any, ...]) -> None:
    z, points, marks, argument, value, rule = case
    refused(lambda: PREDICTIONS[function](z, points, marks), argument, value, rule)


OF_POINTS = {k: v for k, v in BAD_PREDICTIONS.items() if "label" not in k}


@pytest.mark.parametrize("case", OF_POINTS.values(), ids=list(OF_POINTS))
def test_kernels_refuse_bad_points(case: tuple[Any, ...]) -> None:
    z, points, _, argument, value, rule = case
    for call in (
        lambda: phi(z, points, 0.3),
        lambda: phi_gradient(z, points, 0.3),
        lambda: kernel_sum(z, points, Y, 0.3, 1.0),
        lambda: by_features(z, points, Y, 0.3),
        lambda: weighted_direction(z, points, Y, 0.3),
        lambda: phi_gradient_sum(z, points, Y, 0.3, 1.0),
    ):
        refused(call, argument, value, rule)


@pytest.mark.parametrize(
    ("weights", "value", "rule"),
    [(Y[:3], "(3,)", "4"), (spoilt(Y, NAN), "NaN", "finite"), (Y.float(), "float32", "float64")],
)
def test_kernel_sums_refuse_bad_weights(weights: Tensor, value: str, rule: str) -> None:
    for call in (
        lambda: kernel_sum(X, X, weights, 0.3, 1.0),
        lambda: by_features(X, X, weights, 0.3),
        lambda: weighted_direction(X, X, weights, 0.3),
        lambda: phi_gradient_sum(X, X, weights, 0.3, 1.0),
    ):
        refused(call, "weights", value, rule)


G_HAT: dict[str, tuple[Tensor, Tensor, Tensor, str, str, str]] = {
    "one perturbation": (X, X[0], Y, "r", "(3,)", "4"),
    "too few perturbations": (X, X[:2], Y, "r", "(2, 3)", "4"),
    "nan perturbation": (X, spoilt(X, NAN), Y, "r", "NaN", "finite"),
    "integer perturbations": (X, X.long(), Y, "r", "torch.int64", "floating point"),
    "single perturbations": (X, X.float(), Y, "r", "torch.float32", "torch.float64"),
    "perturbations elsewhere": (X, X.to("meta"), Y, "r", "meta", "cpu"),
    "nan input": (spoilt(X, NAN), X, Y, "natural", "NaN", "finite"),
    "targets 0 and 1": (X, X, (Y + 1) / 2, "targets", "0.0", "-1 or +1"),
    "too few targets": (X, X, Y[:2], "targets", "(2,)", "4"),
}


@pytest.mark.parametrize("case", G_HAT.values(), ids=list(G_HAT))
def test_g_hat_refuses_bad_tensors(case: tuple[Any, ...]) -> None:
    natural, r, targets, argument, value, rule = case
    refused(lambda: g_hat(X, natural, r, targets, 0.3), argument, value, rule)


# Configurations


def configuration(**changes: Any) -> Configuration:
    data = Data("gaussian", D, N)
    plain = Configuration(data, M, 0.3, True, (0.1,), (0.1,), 0.5, "a")
    return dataclasses.replace(plain, **changes)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("width", 0, "must be at least 1"),
        ("width", -3, "must be at least 1"),
        ("fresh_points", 0, "must be at least 1"),
        ("scenario", "c", "must be 'a' or 'b'"),
        ("scenario", "", "must be 'a' or 'b'"),
        ("dtype", "float16", "must be one of ['float64', 'float32']"),
        ("dtype", "int64", "must be one of ['float64', 'float32']"),
    ],
)
def test_configurations_refuse_bad_fields(field: str, value: Any, rule: str) -> None:
    refused(lambda: configuration(**{field: value}), field, repr(value), rule)


@pytest.mark.parametrize(
    ("fields", "argument", "value", "rule"),
    [
        ({"family": "moons"}, "family", "'moons'", "must be one of"),
        ({"dimension": 0}, "dimension", "0", "must be at least 1"),
        ({"samples": 0}, "samples", "0", "must be at least 1"),
        ({"scale": 0.0}, "scale", "0.0", "must be positive and finite"),
        ({"scale": NAN}, "scale", "nan", "must be positive and finite"),
        ({"labels": "two"}, "labels", "'two'", "must be one of"),
        ({"arrangement": "circle"}, "arrangement", "'circle'", "must be one of"),
        ({"family": "raw"}, "points", "0", "one per sample"),
        ({"family": "raw", "points": ((1.0,),) * N}, "points", "{1}", "`dimension`"),
        ({"family": "mnist"}, "dimension", "3", "784"),
    ],
    ids=str,
)
def test_data_refuses_bad_fields(
    fields: dict[str, Any], argument: str, value: str, rule: str
) -> None:
    plain = {"family": "gaussian", "dimension": D, "samples": N}
    refused(lambda: Data(**{**plain, **fields}), argument, value, rule)


@pytest.mark.parametrize("value", [NAN, INF])
def test_learning_refuses_raw_points_that_are_not_finite(value: float) -> None:
    def learn() -> object:
        data = Data("raw", D, N, points=((1.0, 2.0, value),) * N)
        return learn_from_perturbations(configuration(data=data))

    with pytest.raises(InputError, match="must be finite"):
        learn()


@pytest.mark.parametrize("scenario", ["c", "A", ""])
def test_natural_inputs_refuse_another_scenario(scenario: str) -> None:
    refused(lambda: natural_inputs(X, scenario), "scenario", repr(scenario), "must be 'a' or 'b'")


MIXTURE = {"linear": 1.0, "convex": 1.0, "bounded": 1.0, "rate": 1.0, "offset": 0.0}
WRONG_RECORDS: dict[str, dict[str, Any]] = {
    "text for a number": {"width": "5"},
    "nothing for a number": {"width": None},
    "a fraction of a neuron": {"width": 3.7},
    "width 0": {"width": 0},
    "a field too many": {"depth": 3},
    "no data": {"data": None},
    "a list for data": {"data": []},
    "text for data": {"data": "gaussian"},
    "data without fields": {"data": {}},
    "unknown field of data": {"data": {"family": "zero", "dimension": 2, "samples": 2, "noise": 1}},
    "a fraction of a sample": {"data": {"family": "zero", "dimension": 2, "samples": 2.5}},
    "unknown family": {"data": {"family": "moons", "dimension": 2, "samples": 2}},
    "a number for steps": {"f_steps": 3},
    "text for steps": {"g_steps": "abc"},
    "nothing for a step": {"f_steps": [None]},
    "text for a truth value": {"train_bias": "no"},
    "unknown loss": {"loss": "hinge"},
    "a mixture without constants": {"loss": "mixture"},
    "constants of another loss": {"loss": "logistic", "loss_constants": [["rate", 1.0]]},
    "constants without values": {"loss": "mixture", "loss_constants": [["rate"]]},
    "text for a constant": {"loss": "mixture", "loss_constants": [["rate", "high"]]},
    "constants of three parts": {"loss": "mixture", "loss_constants": [["rate", 1, 2]]},
    "a negative constant": {
        "loss": "mixture",
        "loss_constants": list({**MIXTURE, "convex": -1.0}.items()),
    },
}


@pytest.mark.parametrize("changes", WRONG_RECORDS.values(), ids=list(WRONG_RECORDS))
def test_wrong_json_is_refused(changes: dict[str, Any]) -> None:
    record = json.loads(json.dumps({**configuration().to_json(), **changes}))
    refused(lambda: Configuration.from_json(record), "", "", "")


@pytest.mark.parametrize("record", [None, 5, "abc", [], [1, 2], {}], ids=str)
def test_what_is_no_record_is_refused(record: Any) -> None:
    refused(lambda: Configuration.from_json(record), "configuration", "", "must hold")


@pytest.mark.parametrize("field", ["data", "width", "slope", "f_steps", "eps", "scenario"])
def test_a_missing_field_is_named(field: str) -> None:
    record = configuration().to_json()
    del record[field]
    refused(lambda: Configuration.from_json(record), "configuration", f"'{field}'", "must hold")


# Implementations

OWN_MODULE = """
class WithoutTrain:
    def output(self, params, z, slope):
        return z

class TrainIsNoFunction:
    train = 3

class Good:
    def train(self, params, X, y, recipe):
        return params

good = Good()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """On the import path: a module of one's own, one that does not parse, one that raises."""
    (tmp_path / "bad_input_own.py").write_text(OWN_MODULE, encoding="utf-8")
    (tmp_path / "bad_input_syntax.py").write_text("def broken(:\n", encoding="utf-8")
    (tmp_path / "bad_input_raises.py").write_text("raise OSError('no licence')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("bad_input_own", "must be 'module:Name'"),
        (":Good", "must be 'module:Name'"),
        ("bad_input_own:", "must be 'module:Name'"),
        ("", "must be 'module:Name'"),
        ("no_such_module:Good", "cannot be imported: No module named 'no_such_module'"),
        ("bad_input_own.deeper:Good", "cannot be imported"),
        ("bad_input_syntax:Good", "cannot be imported"),
        ("bad_input_raises:Good", "cannot be imported"),
        (".bad_input_own:Good", "cannot be imported"),
        ("bad_input_own:Missing", "has no 'Missing'"),
        ("bad_input_own:Good.Missing", "has no 'Missing'"),
        ("bad_input_own:WithoutTrain", "must offer train"),
        ("bad_input_own:TrainIsNoFunction", "must offer train"),
    ],
)
def test_what_cannot_be_loaded_is_refused(path: str, rule: str) -> None:
    refused(lambda: load(path), "implementation", repr(path), rule)


@pytest.mark.usefixtures("folder")
def test_what_can_be_loaded_is() -> None:
    for path in ("bad_input_own:Good", "bad_input_own:good"):
        assert load(path).train(1, 2, 3, 4) == 1


class Returns:
    """A training code that returns what it is told to."""

    def __init__(self, of_parameters: Callable[[Parameters], Any]) -> None:
        self.of_parameters = of_parameters

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        return self.of_parameters(params)


RETURNED: dict[str, tuple[Callable[[Parameters], Any], str, str, str]] = {
    "nothing": (lambda p: None, "train(...)", "NoneType", "(W, b, a)"),
    "two parts": (lambda p: (p.W, p.b), "train(...)", "tuple", "(W, b, a)"),
    "one array": (lambda p: p.W.numpy(), "train(...)", "ndarray", "(W, b, a)"),
    "W transposed": (lambda p: (p.W.T, p.b, p.a), "train(...).W", "(3, 5)", "(5, 3)"),
    "b as a column": (lambda p: (p.W, p.b[:, None], p.a), "train(...).b", "(5, 1)", "(5,)"),
    "a number for a": (lambda p: (p.W, p.b, 1.0), "train(...).a", "()", "(5,)"),
    "nan in W": (lambda p: (spoilt(p.W, NAN), p.b, p.a), "train(...).W", "NaN", "finite"),
    "inf in b": (lambda p: (p.W, spoilt(p.b, INF), p.a), "train(...).b", "infinity", "finite"),
    "nan in an array": (
        lambda p: (p.W, p.b, np.full(5, NAN)),
        "train(...).a",
        "NaN",
        "finite",
    ),
    "integers": (lambda p: (p.W.long(), p.b, p.a), "train(...).W", "torch.int64", "floating"),
    "text": (lambda p: ("weights", p.b, p.a), "train(...).W", "str", "must be an array"),
    "a ragged list": (lambda p: (p.W, [[1.0], [2.0, 3.0]], p.a), "train(...).b", "list", "array"),
}


@pytest.mark.parametrize("case", RETURNED.values(), ids=list(RETURNED))
def test_what_a_training_code_returns_is_checked(case: tuple[Any, ...]) -> None:
    returns, argument, value, rule = case
    for call in (
        lambda: Checked(Returns(returns)).train(P, X, Y, Recipe((0.1,))),
        lambda: PATHWISE["E0"].check(configuration(), Returns(returns)),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.argument.startswith(argument)
        assert value in str(caught.value.value)
        assert rule in caught.value.rule


class WrongFunctions(Reference):
    """Right training, and every other function of a wrong shape or not finite."""

    def __init__(self, value: float, extra: int) -> None:
        self.value, self.extra = value, extra

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return torch.full((len(z) + self.extra,), self.value, **CPU64)

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return torch.full((len(z), z.shape[1] + self.extra), self.value, **CPU64)

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        return torch.full((len(X) + self.extra, X.shape[1]), self.value, **CPU64)

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        return torch.full((len(z), len(X) + self.extra), self.value, **CPU64)


@pytest.mark.parametrize(("value", "extra"), [(0.0, 1), (NAN, 0)])
def test_what_the_other_functions_return_is_checked(value: float, extra: int) -> None:
    code = Checked(WrongFunctions(value, extra))
    calls: dict[str, Callable[[], object]] = {
        "output": lambda: code.output(P, X, 0.3),
        "input_gradient": lambda: code.input_gradient(P, X, 0.3),
        "perturb": lambda: code.perturb(P, X, Y, 0.5, 0.3),
        "kernel": lambda: code.kernel(X, X, 0.3),
    }
    for name, call in calls.items():
        with pytest.raises(InputError, match=rf"^{name}\(\.\.\.\)") as caught:
            call()
        assert ("finite" if extra == 0 else "shape") in str(caught.value)


def test_claims_refuse_an_implementation_without_training() -> None:
    CountingLoss.calls = 0
    refused(lambda: PATHWISE["E1"].check(configuration(), object()), "implementation", "", "train")


def test_the_checks_do_not_refuse_what_is_right() -> None:
    """Otherwise everything above could pass by refusing everything."""
    train(P, X, Y, Recipe((0.1,), Logistic()))
    train(network((2,)), samples(2), Y, Recipe((0.1,)))
    train(network((2,)), X, Y.expand(2, N), Recipe((0.1,)))
    perturb(P, X, Y, 0.0, 1.0)
    for function in PREDICTIONS.values():
        function(X[:1], X, Y)
    g_hat(X, X, X, Y, 0.0)
    Configuration.from_json(
        {**configuration().to_json(), "loss": "mixture", "loss_constants": list(MIXTURE.items())}
    )
    PATHWISE["E1"].check(configuration())
