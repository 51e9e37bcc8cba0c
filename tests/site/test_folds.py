"""On a chapter's page the statement and its proof are seen, how it is checked is folded."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest

from verifier.statements import REGISTRY

pytest.importorskip("sphinx", reason="make docs installs it")
pytest.importorskip("latex2mathml", reason="make docs installs it")

ROOT = Path(__file__).parents[2]
ANY: Any = None


def configuration() -> ModuleType:
    """The site's own."""
    spec = importlib.util.spec_from_file_location("conf", ROOT / "docs" / "conf.py")
    assert spec is not None
    assert spec.loader is not None
    conf = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conf)
    return conf


def test_formulas_are_handed_to_sphinx() -> None:
    formulas = importlib.import_module("docs.formulas")
    app = Mock()
    configuration().setup(app)
    drawn = (formulas.inline, None), (formulas.block, None)
    app.add_html_math_renderer.assert_called_once_with("mathml", *drawn)
    app.connect.assert_any_call("doctree-read", formulas.with_punctuation)


@pytest.mark.parametrize("proof", sorted({s.proof for s in REGISTRY.statements.values()}))
def test_only_what_stands_behind_the_proof_is_folded(proof: str) -> None:
    conf = configuration()
    page = (ROOT / proof).read_text(encoding="utf-8")
    shown = [page]
    conf.with_controls(ANY, Path(proof).stem, shown)
    opened = 0
    for part in re.split(r"(<details>|</details>)", shown[0]):
        opened += {"<details>": 1, "</details>": -1}.get(part, 0)
        if not opened:
            assert not re.search(r"^\*\*(Check|Second source)\b", part, re.M)
        else:
            assert not re.search(r"^(\*\*Statement\b|##)", part, re.M)
    assert opened == 0
    assert shown[0].count("<summary>How it is checked") == len(
        re.findall(r"^\*\*(?:Check|The check)\b", page, re.M)
    )
