"""Counts of a run beside those that README quotes, which are of the newest run on a GPU."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from verifier.report.misfit import ACCURACY, AGREEMENT, COSINES, KEPT, misfits
from verifier.report.written import count
from verifier.reproduction.conclusion import OF_G, from_to
from verifier.reproduction.in_words import shares

Row = tuple[str, str, str]
"""What is counted, in this run, and in the kept one."""


def beside_readme(content: dict[str, Any], kept: Path = KEPT) -> list[Row]:
    """What both runs count; nothing where none is kept, or where the content is of that run.

    `kept`: the summary of the run that README quotes: in a checkout.
    """
    theirs = _read(kept)
    if not theirs or content["about"].get("device", "cuda") == "cuda":
        return []
    off = {m.of or m.what: m.at for m in misfits(None, kept)}
    return [
        ("points run at published size", _run(content), _run(theirs)),
        ("stable values of g that fit", _fit(content), _fit(theirs)),
        ("deliberately wrong ones that fit, too", _wrong(content), _wrong(theirs)),
        ("of g, too few seeds to judge: look off", _unjudged(content), _unjudged(theirs)),
        *((f"off its prediction: {of}", ours, off.get(of, "–")) for of, ours in _off(content)),
    ]


def _read(kept: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        found = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _part(n: int, of: int) -> str:
    return f"{count(n)} of {count(of)}"


def _run(content: dict[str, Any]) -> str:
    return _part(content["run"], content["points"])


def _fit(content: dict[str, Any]) -> str:
    g = content["summary"]["g"]
    return _part(g["matched"], g["stable"])


def _wrong(content: dict[str, Any]) -> str:
    tried = shares(content["summary"], OF_G)
    return from_to(tried) if tried else "–"


def _unjudged(content: dict[str, Any]) -> str:
    counts = content["summary"]["unjudged_of_g"].values()
    values, off = (sum(pair[k] for pair in counts) for k in (0, 1))
    return _part(off, values)


def _off(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Of what predictions are off, as README names it, and at how many of this run's values."""
    summary, every = content["summary"], [figure["off_g"] for figure in content["figures"]]
    for of, name in ((ACCURACY, "accuracy"), (AGREEMENT, "agreement")):
        far, values = (sum(off[name][k] for off in every) for k in (0, 1))
        yield of, _part(far, values)
    for r in summary["predicted"]:
        if r["series"] == "cossim":
            yield COSINES, _part(r["far"], r["stable"])
