"""The files that a report is: one HTML page, and its data as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from verifier.evidence.files import write_whole, written
from verifier.evidence.folders import REPRODUCTIONS, link_to_newest
from verifier.report.extra import extra


def write_json(content: dict[str, Any], output: Path) -> None:
    """Write gathered `content`; raises `InputError` where `output` is not writable."""
    _write(output, json.dumps(content, indent=1))


def write_page(content: dict[str, Any], output: Path) -> None:
    """Write the page of gathered `content`, with a link to the newest gallery if there is one.

    Raises `InputError` where `output` is not writable, or a package of the extra is missing.
    """
    with extra("HTML page"):
        from verifier.report.html import page
    _write(output, page(content, link_to_newest(REPRODUCTIONS, "*/gallery.html", output)))


def _write(path: Path, text: str) -> None:
    with written("output", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
