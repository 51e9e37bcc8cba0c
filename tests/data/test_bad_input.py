"""Every wrong input is an InputError naming argument, value and rule, before any work starts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bad_input import (
    NAN,
    D,
    N,
    refused,
)
from verifier.data.distributions import Data


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
