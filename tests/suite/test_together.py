"""Any three kinds of configurations stand together in some row."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from verifier.suite.together import KINDS, configurations, covering


@pytest.mark.parametrize("levels", [(2, 2, 2), (2, 3, 4, 2, 3), (1, 2, 5, 2)])
def test_every_three_columns_show_all_that_they_can(levels: tuple[int, ...]) -> None:
    rows = list(covering(levels))
    for where in combinations(range(len(levels)), 3):
        due = set(product(*(range(levels[k]) for k in where)))
        assert {tuple(row[k] for k in where) for row in rows} == due
    assert len({*rows}) == len(rows)


def test_what_a_configuration_is_of_reaches_it() -> None:
    every = list(configurations())
    met = {(c.loss, c.slope, c.momentum, c.dtype) for c in every}
    assert {("mixture", 0.0, 0.9)} <= {kinds[:3] for kinds in met}
    for name in ("dtype", "loss", "slope", "momentum", "train_bias", "width", "scenario"):
        assert {getattr(c, name) for c in every} == set(KINDS[name])
    for name in ("labels", "arrangement", "samples", "dimension"):
        assert {getattr(c.data, name) for c in every} == set(KINDS[name])
    assert any(c.data.samples * c.data.dimension > 2**17 and c.momentum for c in every)


def test_every_row_trains_for_one_unit_of_time() -> None:
    for c in configurations():
        assert c.f_recipe.time == pytest.approx(1.0)
        assert c.g_recipe.time == pytest.approx(1.0)
