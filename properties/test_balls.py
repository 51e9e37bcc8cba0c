"""E1, E2 and D1-D3 in ball arithmetic, on a few small configurations: what holds there is certain.

No code under test takes part: the network is trained in balls. Needs the extra `balls`.
"""

import pytest

from verifier.implementations.reference import Reference
from verifier.statements import NIGHTLY
from verifier.statements.certificates.balls.kept import KEPT
from verifier.suite.drawing import size_of
from verifier.suite.run import Suite


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    size = size_of(metafunc.config.getoption("--hypothesis-profile"))
    metafunc.parametrize("kept", list(KEPT)[: None if size == NIGHTLY else 1])


def test_is_certified(kept: str, suite: Suite) -> None:
    pytest.importorskip("flint", reason="ball arithmetic needs the extra `balls` (python-flint)")
    from verifier.statements.certificates.balls.certify import certify
    from verifier.statements.certificates.balls.network import UndecidedSign

    if type(suite.subject.implementation) is not Reference:
        pytest.skip("in ball arithmetic no code is under test")
    try:
        found = certify(KEPT[kept], suite.subject.settings)
    except UndecidedSign as reason:
        suite.record.reject("E1", "not comparable")
        pytest.skip(f"{kept}: {reason}")
    for enclosure in found.values():
        suite.record.add(enclosure.evidence(KEPT[kept]))
    assert {name for name, enclosure in found.items() if not enclosure.certifies} == set()
