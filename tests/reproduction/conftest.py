"""What most of these tests begin with."""

from pathlib import Path

import pytest

from verifier.reproduction.runner.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")
