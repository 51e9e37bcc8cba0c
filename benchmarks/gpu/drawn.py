"""What a run has trained, drawn beside the published values: on another machine, and kept.

The machine with the card draws nothing, since its time is short. `draw` opens its archive, which
takes the code and the images that it was trained with; what it keeps takes neither.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.gpu import for_readme
from benchmarks.gpu.record import KEPT, Record
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.collected import collect
from verifier.reproduction.gallery.numbers import NUMBERS, as_csv
from verifier.reproduction.gallery.page import gather
from verifier.reproduction.in_markdown import compared
from verifier.reproduction.in_words import (
    extent,
    left_out,
    plural,
    what_is_chaotic,
    wrong_ones,
)
from verifier.reproduction.named import in_words
from verifier.reproduction.panels import chosen
from verifier.reproduction.plan import Plan, make_plan
from verifier.reproduction.runner.store import Store
from verifier.reproduction.scales import SEEDS

FINDINGS = Path(__file__).parents[2] / "docs" / "findings.json"
CANDIDATE = "balanced-targets"
"""Of what was measured beyond the paper, what may raise g."""
SUMMARY, VALUES = "summary.json", f"{NUMBERS}.gz"
SHOWN = (
    "stable",
    "matched",
    "g",
    "unjudged_of_g",
    "predicted",
    "series",
    "readable",
    "controls",
    "misses",
)
"""Of a gallery's summary."""

PICTURES = (
    "shifted-gauss-a-d",
    "shifted-gauss-b-epochs-g",
    "gauss-a-epochs-g",
    "gauss-b-epochs-g",
    "fmnist-a-eps",
    "fmnist-b-m",
    "mnist-b-m-subset",
    "cossim-gaussian-epochs-f",
    "map-shifted-b",
)
"""One whole panel of each figure, and a map, after the claim: less than a megabyte."""


class NotOpened(Exception):
    """Results in an archive that cannot be read here."""


def draw(run: Path, record: Record, folder: Path) -> None:
    """Draw all results in a run's archive, and keep in `folder` what is shown, and every value.

    Raises `NotOpened`, and leaves `folder` as it was, if not all that were counted can be read.
    """
    assert record.figures is not None
    with tempfile.TemporaryDirectory() as place:
        shutil.unpack_archive(run / f"{KEPT}.tar.gz", place, filter="data")
        store = Store(Path(place) / KEPT / "cache")
        scale = record.figures["scale"]
        plan = make_plan(*chosen([]), scale, SEEDS[scale], record.device)
        require_all(plan, store, record.figures["done"])
        drawn = collect(plan, store, {"scale": scale})
        content = gather(drawn, Path(place))
        keep(content, record, Path(place) / "pictures", folder)


def require_all(plan: Plan, store: Store, done: int) -> None:
    """Raise `NotOpened` unless as many of the plan's results are there as were `done`."""
    keys = {key for training in plan.trainings for key in training.keyed(store).keys}
    found = sum(key in store for key in keys)
    if found < done:
        raise NotOpened(
            f"{found} of its {done} results can be read: the others were trained by other code "
            f"than this ({store.code[:7]}), or with images that are not here"
        )


def keep(
    content: dict[str, Any],
    record: Record,
    pictures: Path,
    folder: Path,
) -> None:
    """Write of a gallery's `content` what is shown, as `SUMMARY`; pictures; and its numbers."""
    assert record.figures is not None
    items = {item["name"]: item for figure in content["figures"] for item in figure["items"]}
    claims = {
        item["name"]: item | {"caption": f"{figure['about']} {item['caption']}"}
        for figure in content["figures"]
        if figure["name"] == "claim"
        for item in figure["items"]
    }
    items |= claims
    shown = {
        "card": record.environment["card"],
        "started": record.started,
        **{name: record.figures[name] for name in ("seconds", "done", "of")},
        **{name: content[name] for name in ("points", "run", "run_reduced", "seeds", "not_run")},
        "rules": content["rules"],
        "summary": {name: content["summary"][name] for name in SHOWN},
        "figures": [{name: one[name] for name in ("title", "g")} for one in content["figures"]],
        "pictures": [
            {
                "name": name,
                "caption": items[name]["caption"],
                "details": items[name]["details"],
                "alternative": alternative(items[name]["picture"]),
            }
            for name in (*claims, *PICTURES)
            if name in items
        ],
    }
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / SUMMARY).write_text(json.dumps(shown, indent=1) + "\n", encoding="utf-8")
    values = as_csv(content["numbers"]).encode()
    (folder / VALUES).write_bytes(gzip.compress(values, mtime=0))
    for picture in shown["pictures"]:
        shutil.copy(pictures / f"{picture['name']}.png", folder)


def alternative(picture: str) -> str:
    """What a picture of the gallery says in words."""
    (said,) = re.findall(r'^<\w+ [^>]*?(?:alt|aria-label)="([^"]*)"', picture)
    return html.unescape(said)


def kept(folder: Path) -> dict[str, Any] | None:
    """What `keep` has written; None if there is nothing."""
    path = folder / SUMMARY
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def told(shown: dict[str, Any], link: str) -> str:
    """What is shown, as Markdown; `link`: to the folder, from the page."""
    missing = left_out(shown)
    parts = [
        compared(shown, with_misfits=not shown["summary"]["g"]["chaotic"]),
        f"Of the run of {shown['started'][:16].replace('T', ' ')}: {extent(shown)}"
        f"{'; ' if missing else ''}{missing}.",
        f"[Every value, ours, published and predicted]({link}/{VALUES}). Some of the panels. "
        f"{what_is_chaotic(shown)}",
        *(
            f"![{one['alternative']}]({link}/{one['name']}.png)\n\n"
            f"*{_title(one['name'])}*: {one['caption']}{_folded(one['details'])}"
            for one in shown["pictures"]
        ),
    ]
    return "\n\n".join(parts)


def _title(name: str) -> str:
    """A picture's name in words, at the start of a line."""
    words = in_words(name)
    return words[0].upper() + words[1:]


def _folded(details: dict[str, Any] | None) -> str:
    """What opens below a caption."""
    if not details or not details["lines"]:
        return ""
    lines = "\n".join(f"- {line}" for line in details["lines"])
    return f"\n\n<details><summary>{details['summary']}</summary>\n\n{lines}\n\n</details>"


def misfits(shown: dict[str, Any], rows: list[for_readme.Row], docs: str = "") -> list[str]:
    """What of the paper's figures does not fit, or shows nothing; empty if all could be judged.

    `rows`: the numbers behind `shown`; `docs`: the way from the page to the folder of the docs.
    """
    g = shown["summary"]["g"]
    if not g["chaotic"]:
        return []
    return [*_of_g(shown, docs), beside_theory(shown, rows, docs)]


def _of_g(shown: dict[str, Any], docs: str) -> list[str]:
    """Where published values lie that a single seed cannot settle, and what the others show."""
    g = shown["summary"]["g"]
    scattered = (
        f"At these {g['chaotic']} of {g['chaotic'] + g['stable']} points our own seeds scatter by "
        f"more than {shown['rules']['scatter']:g} (standard deviation), so that a published value, "
        "of a single seed, says little."
    )
    if n := g["stable"]:
        fit = f"The other {n} all" if g["matched"] == n else f"Of the other {n}, {g['matched']}"
        scattered += f" {fit} fit{wrong_ones(shown['summary'])}."
    return [
        f"**Published values of g**, its accuracy and its agreement with f, are above our mean at "
        f"{_by_figure(shown)}, where chance would put about half. Cause: "
        f"[not known]({docs}gpu.md#the-figures); {candidate(docs)}.",
        scattered,
    ]


def candidate(docs: str) -> str:
    """What might lie behind published values of g that are high, and how far it was shown."""
    measured = json.loads(FINDINGS.read_text(encoding="utf-8"))
    (effect,) = (one["effect"] for one in measured if one["name"] == CANDIDATE)
    return (
        f"where they are high, [balanced targets]({docs}findings.md#{CANDIDATE}) may be a part of "
        f"it: in one panel they raise the accuracy of g by {effect['mean']:.2f} "
        f"({effect['low']:.2f} to {effect['high']:.2f}, 99%)"
    )


def never_judged(shown: dict[str, Any]) -> list[str]:
    """How many values of g would be off that no ten seeds have judged; empty if there are none."""
    found = shown["summary"]["unjudged_of_g"]
    if not found:
        return []
    values, off = (sum(counts[k] for counts in found.values()) for k in (0, 1))
    return [
        f"Of {values} more values of g, for which ten seeds were never run, {off} would be off if "
        "they are stable from seed to seed."
    ]


def _by_figure(shown: dict[str, Any]) -> str:
    """At how many of the values that scatter the published one is above, by figure."""
    return " and at ".join(
        f"{one['g']['above']} of {one['g']['chaotic']} points of *{one['title']}*"
        for one in shown["figures"]
        if one["g"]["chaotic"]
    )


def beside_theory(shown: dict[str, Any], rows: list[for_readme.Row], docs: str) -> str:
    """How often predicted agreement is far off: of all that was trained, and of stable values."""
    both = for_readme.pairs(rows)
    stable = [r for r in shown["summary"]["predicted"] if r["series"] == "agreement"]
    of_these = "".join(
        f" ({r['far']} of the {r['stable']} published ones that hardly change with the seed)"
        for r in stable
    )
    return (
        f"**Predicted agreement of f and g** is more than {NEAR} off at "
        f"{len(both) - for_readme.near(both)} of {len(both)} trained points{of_these}. Cause: the "
        f"prediction is for [wide networks and short runs]({docs}agreement.md#where-they-fail); "
        "how much of it that explains was not measured."
    )


def trained(shown: dict[str, Any]) -> str:
    """For README: how much was trained on which card, and when."""
    return (
        f"On {shown['started'][:10]} one {shown['card']} trained {shown['run']} of "
        f"{plural(shown['points'], 'point')} of the paper's figures again, at published size."
    )
