from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.evidence.evidence import Evidence
from verifier.falsify.moves import random_case
from verifier.statements import PATHWISE
from verifier.trial.case import Case
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial


def a_case(seed: int, **changes: object) -> Case:
    case = random_case(Random(seed))
    return replace(case, configuration=replace(case.configuration, **changes))


def check(statement: str, case: Case, subject: Subject | None = None) -> Evidence:
    return PATHWISE[statement].check(case.configuration, subject, case.start)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_case_survives_its_file(dtype: str, tmp_path: Path) -> None:
    s = random_case(Random(2)).start
    kind = getattr(torch, dtype)
    arrays = [t.to(kind) for t in (s.X, s.y, s.z)]
    case = Case.of(a_case(2).configuration, s.f_0.to("cpu", kind), *arrays)
    case.save(tmp_path / "new" / "case.json")
    again = Case.load(tmp_path / "new" / "case.json")
    assert again.configuration == case.configuration
    assert again.configuration.dtype == dtype
    pairs = zip((*again.start.f_0, again.start.X), (*s.f_0, s.X), strict=True)
    assert all(torch.equal(t, u.to(kind)) for t, u in pairs)
    assert check("D3", again).lhs == check("D3", case).lhs


def test_a_configuration_as_a_case_is_its_own_draw() -> None:
    configuration = Configuration(
        Data("shifted", 3, 4), 6, 0.2, True, (0.4, 0.1), (1.0,), 1.0, "a", momentum=0.5
    )
    evidence = check("D3", Case.drawn(configuration))
    assert evidence.lhs == PATHWISE["D3"].check(configuration).lhs
    assert check("D3", Case.from_json(evidence.configuration)).lhs == evidence.lhs


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"draw": None}, "draw"),
        ({"draw": {}}, "draw"),
        ({"family": "gaussian"}, "family"),
        ({"W": [[math.nan]]}, "W"),
        ({"b": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]}, "b"),
        ({"y": [3.0]}, "y"),
        ({"z": [1.0]}, "z"),
        ({"a": [[1.0], [1.0, 2.0]]}, "draw"),
    ],
)
def test_bad_cases(change: dict[str, object], named: str) -> None:
    record = json.loads(json.dumps(random_case(Random(0)).to_json()))
    for name, value in change.items():
        place = {"draw": record, "family": record["data"]}.get(name, record["draw"])
        place[name] = value
    with pytest.raises(InputError, match=named):
        Case.from_json(record)


def test_no_draw_for_other_statements() -> None:
    others = [c for c in PATHWISE.values() if c.inputs.trial is not Trial]
    for statement in others:
        with pytest.raises(InputError, match="takes no draw"):
            check(statement.id, random_case(Random(0)))
