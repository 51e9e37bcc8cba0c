"""What tells how to install an extra works where the package came from: a clone, git, an index."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from verifier.evidence import extras

ROOT = Path(__file__).parents[2]


class Installed:
    """A distribution whose installer kept this, or nothing."""

    def __init__(self, origin: dict[str, Any] | None) -> None:
        self.origin = origin

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self.origin is None else json.dumps(self.origin)


CLONE = "file:///home/me/a%20clone"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ({"url": CLONE, "dir_info": {}}, "pip install '/home/me/a clone[suite]'"),
        (
            {"url": CLONE, "dir_info": {"editable": True}},
            "pip install -e '/home/me/a clone[suite]'",
        ),
        (
            {"url": "https://x.org/p", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "pip install 'perturbation-verifier[suite] @ git+https://x.org/p@abc'",
        ),
        (
            {"url": "file:///w/p-1-py3-none-any.whl", "archive_info": {}},
            "pip install '/w/p-1-py3-none-any.whl[suite]'",
        ),
        (
            {"url": "https://x.org/p.whl", "archive_info": {}},
            "pip install 'perturbation-verifier[suite] @ https://x.org/p.whl'",
        ),
        (None, "pip install 'perturbation-verifier[suite]'"),
    ],
)
def test_an_extra_comes_from_where_the_package_came_from(
    origin: dict[str, Any] | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "distribution", lambda _: Installed(origin))
    assert extras.install("suite") == expected


def test_a_clone_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "distribution", absent)
    assert extras.install("jax") == f"pip install -e '{ROOT}[jax]'"


def test_every_extra_that_is_named_exists() -> None:
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert known["name"] == extras.NAME
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "verifier").rglob("*.py"))
    named = set(re.findall(r"""\binstall\(["'](\w+)["']\)""", text))
    assert named == {"suite", "jax", "cluster", "report"}
    assert named <= set(known["optional-dependencies"])
    assert "[suite]'" not in text  # no other place says how
