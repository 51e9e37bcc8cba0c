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

from benchmarks.gpu import curves, for_readme
from benchmarks.gpu.drawn import SUMMARY, VALUES
from benchmarks.gpu.record import KEPT, Record
from verifier.reproduction.gallery.collected import collect
from verifier.reproduction.gallery.numbers import as_csv
from verifier.reproduction.gallery.page import gather
from verifier.reproduction.panels import chosen
from verifier.reproduction.plan import Plan, make_plan
from verifier.reproduction.runner.store import Store
from verifier.reproduction.scales import SEEDS

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
"""One whole panel of each figure, and a map: less than a megabyte."""


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
            for name in PICTURES
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
    curves.draw_all(shown["pictures"], for_readme.read(folder / VALUES), folder)


def alternative(picture: str) -> str:
    """What a picture of the gallery says in words."""
    (said,) = re.findall(r'^<\w+ [^>]*?(?:alt|aria-label)="([^"]*)"', picture)
    return html.unescape(said)
