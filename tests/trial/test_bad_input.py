"""Every wrong input is an InputError naming argument, value and rule, before any work starts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.bad_input import (
    INF,
    NAN,
    D,
    N,
    configuration,
    refused,
)
from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.trial.configuration import Configuration
from verifier.trial.learning import learn_from_perturbations


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


@pytest.mark.parametrize("eps", [-0.1, NAN, INF])
def test_eps_must_be_finite_and_non_negative(eps: float) -> None:
    rule = "must be finite and non-negative"
    refused(lambda: configuration(eps=eps), "eps", str(eps), rule)


@pytest.mark.parametrize("slope", [-0.1, 1.1, NAN, INF])
def test_slopes_must_lie_in_the_unit_interval(slope: float) -> None:
    refused(lambda: configuration(slope=slope), "slope", str(slope), "must lie in [0, 1]")


@pytest.mark.parametrize("steps", [(), (-0.1,), (0.1, NAN), (INF,)])
def test_step_sizes_must_be_finite_and_non_negative(steps: tuple[float, ...]) -> None:
    rule = "finite and non-negative" if steps else "at least one step size"
    for field in ("f_steps", "g_steps"):
        refused(lambda f=field: configuration(**{f: steps}), "steps", str(steps), rule)


@pytest.mark.parametrize("momentum", [-0.1, 1.0, NAN])
def test_momentum_must_be_below_one(momentum: float) -> None:
    refused(lambda: configuration(momentum=momentum), "momentum", str(momentum), "[0, 1)")


@pytest.mark.parametrize("name", ["hinge", "", "Logistic"])
def test_unknown_losses_are_refused(name: str) -> None:
    rule = "must be one of identity, logistic, exponential, mixture"
    refused(lambda: configuration(loss=name), "loss", repr(name), rule)


@pytest.mark.parametrize("value", [NAN, INF])
def test_learning_refuses_raw_points_that_are_not_finite(value: float) -> None:
    def learn() -> object:
        data = Data("raw", D, N, points=((1.0, 2.0, value),) * N)
        return learn_from_perturbations(configuration(data=data))

    with pytest.raises(InputError, match="must be finite"):
        learn()


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


def test_the_checks_do_not_refuse_what_is_right() -> None:
    """Otherwise everything above could pass by refusing everything."""
    Configuration.from_json(
        {**configuration().to_json(), "loss": "mixture", "loss_constants": list(MIXTURE.items())}
    )
