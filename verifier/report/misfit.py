"""What does not fit in the paper's figures, as their newest run counted; and the likely why."""

from __future__ import annotations

import csv
import gzip
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

GALLERY = "*/gallery.json"
KEPT = Path("docs/gpu/figures/summary.json")
"""What is kept of the figures' newest run on a GPU, in the form of a gallery: in a checkout."""
LEAST = 6
"""Of fewer values all lie on one side of ours by chance more often than once in twenty."""
NUMBERS = "numbers.csv"
"""Beside either, maybe packed: each trained point, with what was predicted of it."""
RECIPE = "published"
"""There: how the paper says that its networks are trained."""

PAGE = Path("docs/gpu.md")
"""What was found of the figures, and what is known of why: in a checkout."""
SECTION = "## The figures"
"""There: it begins with the cause, or that none is known."""
ONE_DRAW = "one-draw.md"
WHERE_THEY_FAIL = "agreement.md#where-they-fail"
DIRECTIONS = "studies.md#directions-in-the-figures"
"""How the likely causes were found: in the folder of the docs."""
DRAWN_ONCE = "one draw per figure"
TOO_LONG = "trained too long for the width"
NOT_KNOWN = "not known"
WEAK = 0.5
"""From this share of wrong values that fit, a fit is weak evidence."""
ABOVE = "published g to one side of ours"
AGREEMENT, ACCURACY = "agreement of f and g", "accuracy of g"
COSINES = "cosine of perturbations"
STUDIED = "cossim-fashion-mnist-epochs-f"
"""The one panel of directions of which the cause was studied, at several widths and times."""
PREDICTIONS = "predictions off by over {:g}"
EARLIER = "earlier, not in this run"
"""When the paper's figures were trained: a run of the suite trains none."""
FIGURES = "the paper's figures"
OF_G = {ABOVE: "published values of g (trained on perturbations) to one side of ours"}
"""The same, where nothing beside it says what g is."""
IN_WORDS = {TOO_LONG: TOO_LONG, DRAWN_ONCE: "one random draw per figure"}
"""Likely causes, where what they are of is told in words."""


@dataclass(frozen=True)
class Misfit:
    """One thing that does not fit: `what` is off, `at` how many points, and the likely `why`.

    `page`: of the docs, where it stands how that was found; none where it is not known. `of`: of
    which quantity it is, where the same is off in several.
    """

    what: str
    at: str
    why: str = ""
    page: str = ""
    of: str = ""

    @property
    def is_prediction(self) -> bool:
        """Whether it is of what the theory predicts, not of what the paper's figures show."""
        return self.what.startswith(PREDICTIONS.partition("{")[0])

    @property
    def because(self) -> str:
        """The cause, and whether it is one that was looked for."""
        return f"{'likely' if self.page else 'why'}: {self.why}" if self.why else ""


def alike(found: Sequence[Misfit]) -> list[list[Misfit]]:
    """Those of which the same is off, together."""
    return [list(group) for _, group in groupby(found, key=lambda m: m.what)]


def misfits(root: Path | None = None, kept: Path = KEPT, page: Path = PAGE) -> list[Misfit]:
    """Of what is kept, as README tells; where that is not, of the newest gallery in `root`.

    Empty where no g leans. `page`: of which it is read whether a cause is known of g's values.
    """
    for path in _kept(root, kept):
        if of_g := list(_of_g(path, page)):
            agreement = _predicted(path, "agreement", AGREEMENT, TOO_LONG, WHERE_THEY_FAIL)
            accuracy = _predicted(path, "perturbation", ACCURACY, TOO_LONG, WHERE_THEY_FAIL)
            return [*of_g, *agreement, *accuracy, *_of_cosines(path), *_unjudged(path)]
    return []


def weakness(root: Path | None = None, kept: Path = KEPT) -> str:
    """How many values of g fit, and of wrong ones, where these tell; empty if few of them do."""
    for path in _kept(root, kept):
        with suppress(OSError, ValueError, KeyError, TypeError):
            summary = _read(path)["summary"]
            shares = [one["shares"] for one in summary["controls"]]
            least = min(of_g for of_g, _ in shares if of_g is not None)
            fit, of = summary["g"]["matched"], summary["g"]["stable"]
            told = f"all {of}" if fit == of else f"{fit} of {of}"
            wrong = f"{math.floor(100 * least)}% or more of wrong ones"
            return f"{told} values of g that can be judged fit, as {wrong} would" * (least >= WEAK)
    return ""


def titled(weak: str, page: str = "") -> str:
    """The paper's figures, and whether they are a weak test: what `weakness` says is `weak`.

    >>> titled("all fit, as wrong ones would", "docs/gpu.md")
    "the paper's figures, a weak test (docs/gpu.md)"
    """
    return f"{FIGURES}{', a weak test' if weak else ''}{f' ({page})' if page else ''}"


def in_items(found: Sequence[Misfit]) -> list[str]:
    """What is off of the paper's figures and likely why, in a line each; whether more is."""
    told: dict[str, None] = {}
    for m in found:
        what = "the theory's predictions miss" if m.is_prediction else OF_G.get(m.what, m.what)
        told |= {f"{what}: likely {said}": None for why, said in IN_WORDS.items() if m.why == why}
    others = "other values are off" if told else "values are off"
    unknown = any(NOT_KNOWN in m.why for m in found)
    return [*told, *([f"{others}: why is {NOT_KNOWN}"] if unknown else [])]


def _kept(root: Path | None, kept: Path) -> list[Path]:
    newest = max(root.glob(GALLERY), key=_age, default=None) if root else None
    return [kept, newest] if newest else [kept]


def _age(path: Path) -> float:
    return path.stat().st_mtime


def _of_g(path: Path, page: Path) -> Iterator[Misfit]:
    """Figures whose published g leans to one side of ours, the one that leans most first.

    Where seeds scatter no value can be judged by itself, but half of them should be above our mean;
    told from three quarters on, as in a gallery.
    """
    with suppress(OSError, ValueError, KeyError, TypeError):
        figures = _read(path)["figures"]
        counts = [(f["g"]["above"], f["g"]["chaotic"], f["title"]) for f in figures]
        leaning = [c for c in counts if leans(c[0], c[1])]
        why, where = (DRAWN_ONCE, ONE_DRAW) if is_known(page) else (NOT_KNOWN, "")
        for n, of, title in sorted(leaning, key=lambda c: -abs(2 * c[0] - c[1])):
            # g learns from perturbations, as is said above them: scenario (a)
            yield Misfit(ABOVE, f"{n} of {of} above", why, where, title.removesuffix(" (a)"))


def _predicted(path: Path, series: str, of: str, why: str, page: str = "") -> Iterator[Misfit]:
    """At how many trained points the prediction of a series is off, of all that have one."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        near = float(_read(path)["rules"]["near"])
        apart = [
            abs(float(row["predicted"]) - float(row["mean"]))
            for row in _rows(path.parent)
            if row["series"] == series and row["recipe"] == RECIPE and row["predicted"]
        ]
        if far := sum(distance > near for distance in apart):
            at = f"{far} of {len(apart)}"
            yield Misfit(PREDICTIONS.format(near), at, why, page, of)


def _of_cosines(path: Path) -> Iterator[Misfit]:
    """How often |cos| is off its prediction, of the values that hardly change with the seed."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = _read(path)
        near = float(found["rules"]["near"])
        (of,) = (r for r in found["summary"]["predicted"] if r["series"] == "cossim" and r["far"])
        some = studied(_rows(path.parent), near, float(found["rules"]["scatter"]))
        others = f"the same, at {some}; at {of['far'] - some} {NOT_KNOWN}"
        why = (TOO_LONG if some == of["far"] else others, DIRECTIONS)
        at = f"{of['far']} of {of['stable']}"
        yield Misfit(PREDICTIONS.format(near), at, *(why if some else (NOT_KNOWN, "")), COSINES)


def studied(rows: Iterable[Mapping[str, Any]], near: float, scatter: float) -> int:
    """At how many stable points of the panel that was studied |cos| is off its prediction.

    `rows`: a gallery's numbers, or what they are written as.
    """
    of_it = [row for row in rows if row.get("panel") == STUDIED and row["series"] == "cossim"]
    columns = ("predicted", "published", "deviation", "mean")
    known = [
        {name: float(row[name]) for name in columns}
        for row in of_it
        if row["recipe"] == RECIPE and all(row[name] not in ("", None) for name in columns)
    ]
    stable = [row for row in known if row["deviation"] <= scatter]
    return sum(abs(row["predicted"] - row["mean"]) > near for row in stable)


def _unjudged(path: Path) -> Iterator[Misfit]:
    """How many values of g would be off of those that no ten seeds have judged."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        counts = list(_read(path)["summary"]["unjudged_of_g"].values())
        values, off = (sum(of[k] for of in counts) for k in (0, 1))
        if off:
            yield Misfit(
                "values of g off that too few seeds judge", f"{off} of {values}", NOT_KNOWN
            )


def _read(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _rows(folder: Path) -> list[dict[str, str]]:
    packed = folder / f"{NUMBERS}.gz"
    text = gzip.decompress(packed.read_bytes()) if packed.exists() else None
    lines = (text or (folder / NUMBERS).read_bytes()).decode().splitlines()
    return list(csv.DictReader(lines))


def is_known(page: Path = PAGE) -> bool:
    """Whether the docs tell a cause of g's values: the first thing said in bold of the figures."""
    with suppress(OSError):
        told = page.read_text(encoding="utf-8").partition(f"{SECTION}\n")[2]
        return bool(re.match(r"\s*\*\*(.+?)\*\*", told, re.S))
    return False


def leans(above: int, of: int) -> bool:
    """Whether so many of values that scatter, three out of four, are on one side of ours."""
    return of >= LEAST and 4 * abs(above - of / 2) >= of
