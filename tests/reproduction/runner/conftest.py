"""Where toy works leave their traces."""

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where works leave their traces."""
    path = tmp_path / "traces"
    path.mkdir()
    return path
