"""Which of the suite's tests a run takes: statements asked for, and its share of the controls.

Negative controls are the suite's own: they do not depend on the code under test, and a run with
another seed tries others. `make test`, and the deep and nightly profiles, try every one.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from verifier.statements import LEAST_CONTROLS, REGISTRY, Statement
from verifier.suite import certificate
from verifier.suite.drawing import STEERING
from verifier.trial.description import seed_of

ALL, THIRD, NONE = "all", "third", "none"
controls_key = pytest.StashKey[tuple[int, int]]()
"""How many controls a run tries, and of how many."""


def parameters(item: pytest.Item) -> dict[str, Any]:
    """What a test was parametrised with."""
    call = getattr(item, "callspec", None)
    return {} if call is None else dict(call.params)


def statement_of(item: pytest.Item) -> str:
    """The id of the statement that a test is about; empty if it is about none."""
    statement = parameters(item).get("statement")
    return statement.id if isinstance(statement, Statement) else ""


def is_of_control(item: pytest.Item) -> bool:
    """Whether it is one of the suite's own tests that a negative control is refuted."""
    return item.path.name == "test_negative_controls.py"


def control_of(item: pytest.Item) -> str:
    """The name of the control that such a test is about."""
    name: str = parameters(item)["control"].name
    return name


def tried(statement: str, share: str, run_seed: int) -> frozenset[str]:
    """Names of the controls that a run with this seed tries on a statement: two or more, if any."""
    if share == NONE:
        return frozenset()
    names = [control.name for control in REGISTRY.controls_of(statement)]
    if share == THIRD:
        names.sort(key=lambda name: seed_of(run_seed, "control", statement, name))
        names = names[: max(LEAST_CONTROLS, math.ceil(len(names) / 3))]
    return frozenset(names)


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out other statements than those asked for, and controls that are not this run's."""
    wanted = config.getoption("--verifier-statement")
    profile = config.getoption("--hypothesis-profile")
    usual = ALL if wanted or profile in STEERING else THIRD
    share = config.getoption("--verifier-controls") or usual
    run_seed = config.getoption("--verifier-run-seed") or 0

    def is_kept(item: pytest.Item) -> bool:
        name = statement_of(item)
        if wanted and name not in wanted:
            return False
        return not is_of_control(item) or control_of(item) in tried(name, share, run_seed)

    kept = [item for item in items if is_kept(item)]
    asked = [item for item in items if not wanted or statement_of(item) in wanted]
    config.stash[controls_key] = (
        sum(map(is_of_control, kept)),
        sum(map(is_of_control, asked)),
    )
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def told(config: pytest.Config) -> dict[str, str]:
    """What a record says of the controls, where a run does not try all of them."""
    if config.getoption("--verifier-controls") == NONE:
        return {"controls": certificate.told()}
    few, total = config.stash.get(controls_key, (0, 0))
    said = f"{few} of {total} this run, by its seed"
    more = certificate.in_full() or "--controls all tries every one"
    return {"controls": f"{said}; {more}"} if few < total else {}
