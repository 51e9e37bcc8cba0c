"""How many configurations Hypothesis draws, and that they follow from the run's seed alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy

from verifier.statements import DEFAULT, NIGHTLY, PathwiseStatement

EXAMPLES = {"quick": 25, "pr": 100, "default": 400, "deep": 1000, "nightly": 5000}
"""Hypothesis profiles: examples of a search, which `Inputs.share` divides."""

FEWEST = 40
"""Examples of a statement with a premise, in every profile: of fewer, the shares in which it holds,
and which are rejected, are too uncertain to be judged."""

STEERING = ("deep", "nightly")
"""Profiles that also steer towards the tightest case."""

OWN = "verifier"
"""The profile of searches outside of a run of the suite, where `default` is somebody else's."""


def _register(name: str, count: int) -> None:
    settings.register_profile(
        name,
        max_examples=count,
        deadline=None,  # a timing is no property
        database=None,  # a run depends on its seed alone; counterexamples are kept as files
        print_blob=False,
        report_multiple_bugs=False,
        # a trial draws its own data: the description is small, however slow the trial
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


for _name, _count in {**EXAMPLES, OWN: EXAMPLES["default"]}.items():
    if _name != "default":
        _register(_name, _count)


def take_over() -> None:
    """Make the suite's profile the default one: in a run of the suite, and there alone."""
    _register("default", EXAMPLES["default"])
    settings.load_profile("default")


def current() -> settings:
    """The profile of a run of the suite; elsewhere the suite's own, whatever others have set."""
    found = settings()
    return found if found.database is None and found.deadline is None else settings.get_profile(OWN)


_NO_LITERALS = getattr(providers, "Constants")()  # noqa: B009  # not an exported name
_CACHE = type(providers.CONSTANTS_CACHE)(1024)


@contextmanager
def without_literals() -> Iterator[None]:
    """Within it, what Hypothesis draws follows from its seed and the strategy alone.

    It mixes the literals of every loaded source file that is not installed into what it draws: an
    edited constant, a clone or a user's own code would each lead to another run.
    """
    with mock.patch.multiple(
        providers, _get_local_constants=lambda: _NO_LITERALS, CONSTANTS_CACHE=_CACHE
    ):
        yield


def drawn(strategy: SearchStrategy[Any], count: int, run_seed: int) -> list[Any]:
    """What Hypothesis draws first, `count` configurations."""
    found: list[Any] = []

    @seed(run_seed)
    @settings(current(), max_examples=count, phases=[Phase.generate])
    @given(configuration=strategy)
    def keep(configuration: Any) -> None:
        found.append(configuration)

    with without_literals():
        keep()
    return found


def count_of(statement: PathwiseStatement, examples: int) -> int:
    """How many of a profile's `examples` a search gets, enough to say how often a premise holds."""
    fewest = FEWEST if statement.least_premise_share > 0 else 1
    return max(fewest, examples // statement.inputs.cost)


def size_of(profile: str | None) -> str:
    """Which experiments of a statistical statement a Hypothesis profile runs."""
    return NIGHTLY if profile == "nightly" else DEFAULT
