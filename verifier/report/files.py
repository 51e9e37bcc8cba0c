"""The files that a report is: one HTML page, and its data as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from verifier.evidence.files import write_whole, written
from verifier.evidence.folders import REPRODUCTIONS, docs_from, link_to_newest
from verifier.report.extra import extra
from verifier.report.misfit import misfits, weakness


def write_json(content: dict[str, Any], output: Path) -> None:
    """Write gathered `content`; raises `InputError` where `output` is not writable."""
    _write(output, json.dumps(content, indent=1))


def write_page(content: dict[str, Any], output: Path) -> None:
    """Write the page of gathered `content`, with links to the newest gallery and to the docs.

    Where there is a gallery, the page says what it finds off in the paper's figures.

    Raises `InputError` where `output` is not writable, or a package of the extra is missing.
    """
    with extra("HTML page"):
        from verifier.report.html import page
    gallery = link_to_newest(REPRODUCTIONS, "*/gallery.html", output)

    docs = docs_from(output)
    off, weak = misfits(REPRODUCTIONS), weakness(REPRODUCTIONS)
    _write(output, page(content, gallery, docs, off, weak))


def _write(path: Path, text: str) -> None:
    with written("output", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
