"""Write docs/scale.md: what the paper should take on one card, beside what it took; none is typed.

What panels should take is counted first, which takes minutes: docs/gpu/counted.json keeps it. How
fast a card is comes from the newest run of `make gpu` that has measured it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]  # neither is installed

from update_gpu import kept  # noqa: E402

from benchmarks.gpu.expected import Expected, Rates, of_works  # noqa: E402
from benchmarks.gpu.figures import parts  # noqa: E402
from benchmarks.gpu.markdown import bullets, folded, table  # noqa: E402
from benchmarks.gpu.record import Record  # noqa: E402
from benchmarks.growth import page as growth  # noqa: E402
from docs import beside_jax  # noqa: E402
from verifier.reproduction.runner.store import Store  # noqa: E402

PAGE = ROOT / "docs" / "scale.md"
GROWTH = ROOT / "docs" / "growth.json"
PICTURE = ROOT / "docs" / "pictures" / "growth.png"
COUNTED = ROOT / "docs" / "gpu" / "counted.json"
H100 = Rates(float32=45e12, bfloat16=550e12, bytes=2.6e12, kernel=2.5e-6)
"""Before any run measured them: two thirds, five ninths and four fifths of its data sheet's."""
INTRODUCTION = """## The whole paper on one card

[What came of it](gpu.md). What makes it fast, each only on a card where a trial has shown that it
finds the same ([`trusted`](../verifier/reproduction/training/trusted.py)):

- *Exact pieces.* With the identity loss neurons do not meet, and all that a step multiplies is a
  pattern: zeros and ones times the Gram matrix. A float32 number is the sum of three numbers of
  bfloat16, exactly, and 0 or 1 times each of them is exact too. So the product is float32's, but
  for sums, which are cut off there, on cores that are twelve times as fast for three times the work
  ([`exact_products`](../verifier/reproduction/training/exact_products.py)). It is not TF32, which
  stays off.
- *Captured steps.* A step is taken down once and replayed as one, bit for bit the same
  ([`repeated`](../verifier/model/repeated.py)). Learning rates, and the sets that g learns from,
  are one training.
- *Drawn once.* Samples are drawn on the host, the same for every device: once for all widths,
  sizes and recipes that share them, while other trainings have the card.

<details><summary>What does not pay there</summary>

Neurons that rest are not skipped there: who rests is read off the device. Nor does it pay to renew
only what changed: in scenario (a) up to half of the neurons change in a step, else nearly all of
them, each at one sample in twenty, where a product that looks entries up is no faster than one
that multiplies them all.

</details>

Expected times are the sum over all operations of the slowest part of each: its products, the bytes
that it reads and writes, the start of its kernel; counted on tensors without values, one step of
each shape. `python -m benchmarks.gpu.figures --device cuda --scale paper FOLDER` trains all panels,
or as much as time allows."""
GROWS = """## How cost grows

`python -m benchmarks.growth docs/growth.json` measures it. Training and replay are products of
(N, d) with (d, m) at each step, and kernels are sums over pairs of P points and N samples; what
does not grow with a size keeps its exponent below 1 where the size is small.

![How time and memory grow with each size](pictures/growth.png)"""
ON_PAPER = """## How far it goes, on paper

A step is `4 N m d` operations, or `2 N^2 m` in Gram form, and a kernel sum `2 d` operations and
some forty passes for each of its pairs; memory is the samples, `3 m d` numbers of weights and their
velocities, and blocks. So

- *m = 10^8* with `N = 1000`, `d = 100`: 120 GB of weights in float32. That breaks first, on any one
  card; neurons meet only in the output, so that under the identity loss parts of them can be
  trained one after another, 4e13 operations a step: a second on a card, a quarter of an hour on a
  core of 45 GFLOP/s.
- *N = 10^6* with `d = 784`: the Gram matrix would be 4 TB, so that trainings stay on the weights,
  3e12 operations a step of a thousand neurons. What breaks first are kernel sums over all pairs:
  10^12 of them, nine hours of a core, or a minute and a half of a card; `kernel_sum_by_features`
  takes `N + P` times its features instead, at an error that falls as their root."""
ASSUMED = ": shares of an H100's data sheet, as no run has measured a card yet."
HEADS = ("panel", "results", "card", "host", "measured")


def main(arguments: Sequence[str] = ()) -> int:
    """Count, unless this is only to show newer runs (`--shown`), and write the page."""
    if "--shown" not in arguments:
        COUNTED.write_text(json.dumps(counted(rates_of(kept())), indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(whole(kept()), encoding="utf-8")
    growth.draw(json.loads(GROWTH.read_text(encoding="utf-8")), PICTURE)
    print(f"{PAGE} is written")
    return 0


def rates_of(records: Sequence[Record]) -> Rates:
    """As the newest run has measured them."""
    cards = (found for record in records if (found := (record.figures or {}).get("card")))
    found = next(cards, None)
    return H100 if found is None else Rates(**found["rates"])


def counted(rates: Rates) -> dict[str, Any]:
    """Of every panel, what it takes on a card of such `rates`."""
    with tempfile.TemporaryDirectory() as folder:
        found = parts("paper", "cuda", Store(Path(folder)))
    panels = {
        part.name: {
            "results": sum(len(work.asks) for work in part.works),
            **asdict(of_works(part.works, rates)),
        }
        for part in found
    }
    return {"rates": asdict(rates), "panels": panels}


def whole(records: Sequence[Record]) -> str:
    """The page, with the newest run's times where it has any."""
    known = json.loads(COUNTED.read_text(encoding="utf-8"))
    took = measured(records)
    panels: dict[str, dict[str, float]] = known["panels"]
    rows = [row(name, one, took.get(name, "")) for name, one in panels.items()]
    total = sum((expected(one) for one in panels.values()), Expected())
    last = {"results": sum(one["results"] for one in panels.values()), **asdict(total)}
    rates = Rates(**known["rates"])
    said = (
        f"The card is taken to do {rates.float32 / 1e12:.0f} TFLOP/s in float32, "
        f"{rates.bfloat16 / 1e12:.0f} in bfloat16, "
        f"{rates.bytes / 1e12:.2g} TB/s and {rates.kernel * 1e6:.2g} µs a kernel"
    )
    said += MEASURED if rates_of(records) == rates != H100 else ASSUMED
    explained = (
        "All in minutes. *card*: expected there; *host*: what drawing takes one core, of which "
        "several work meanwhile; *measured*: in the newest run, and for how many results if not "
        "all; its processes had the card by turns, and each is charged its share; a result that "
        "panels share is charged to each of them. The operations and bytes behind them are in "
        "[`counted.json`](gpu/counted.json)."
    )
    found = table(HEADS, [*rows, row("all", last, "")])
    title = f"Each of {len(panels)} panels, and the speeds taken"
    begin = opening(panels, took, records)
    parts = [begin, beside_jax.section(), INTRODUCTION]
    parts.append(folded(title, f"{said}\n\n{explained}\n\n{found}"))
    parts += [GROWS, *grown(), ON_PAPER]
    return "\n\n".join(parts) + "\n"


def grown() -> list[str]:
    """How cost grows, as `benchmarks.growth` has kept it."""
    known = json.loads(GROWTH.read_text(encoding="utf-8"))
    return [growth.told(known), table(growth.HEADS, growth.rows(known))]


def opening(
    panels: dict[str, dict[str, float]], took: dict[str, str], records: Sequence[Record]
) -> str:
    """What a reader came for, before how it is done."""
    whole_paper, host = minutes_of(panels.values())
    card = card_of(records)
    lines = [
        f"**Measured** on one {card}{compared(panels, took, host_of(records))}",
        f"**Beside JAX:** {beside_jax.in_short()} [More](#beside-jax).",
        f"**Expected of the whole paper**, {len(panels)} panels (plots of three seeds and two "
        f"recipes of training each): {whole_paper:.2g} minutes of that card, and {host:.2g} of one "
        "core, which draws the samples.",
        "**A larger experiment:** [how cost grows](#how-cost-grows) with each size, and [what "
        "breaks first](#how-far-it-goes-on-paper) with a hundred million neurons or "
        "a million samples.",
    ]
    question = (
        "How long training takes: of the paper's figures, on one card; of one network, beside JAX."
    )
    return "\n\n".join(("# At scale", question, bullets(lines)))


MEASURED = ", as the newest run that measured it found."


def compared(panels: dict[str, dict[str, float]], took: dict[str, str], host: str) -> str:
    """What panels that ran whole took in all, beside what was expected of them."""
    ran = {name: float(minutes) for name, minutes in took.items() if "(" not in minutes}
    if not ran:
        return ": no panel of the paper's figures whole, so far."
    card, core = minutes_of(panels[name] for name in ran)
    return (
        f"{host}: {len(ran)} of {len(panels)} panels of the paper's figures, trained whole, took "
        f"{sum(ran.values()):.2g} minutes in all (expected: {card:.2g} of the card and {core:.2g} "
        "of one core)."
    )


def minutes_of(panels: Iterable[dict[str, float]]) -> tuple[float, float]:
    """Expected of some panels: on the card, and of drawing on one core."""
    pairs = [(one["seconds"] / 60, one["host"] / 60) for one in panels]
    return sum(card for card, _ in pairs), sum(host for _, host in pairs)


def card_of(records: Sequence[Record]) -> str:
    """The card whose rates these are."""
    cards = (r.environment.get("card") for r in records if (r.figures or {}).get("card"))
    return next(cards, None) or "H100"


def host_of(records: Sequence[Record]) -> str:
    """The machine of the run whose times are told: how many cores it had and processes it ran."""
    timed = next((r for r in records if (r.figures or {}).get("card")), None)
    if timed is None or timed.figures is None or "cores" not in timed.environment:
        return ""
    count = timed.figures.get("workers", 1)
    processes = f"{count} process{'es' * (count > 1)}"
    return f", with {processes} on a host of {timed.environment['cores']} cores"


def expected(one: dict[str, float]) -> Expected:
    """Without what is no part of it."""
    return Expected(**{name: value for name, value in one.items() if name != "results"})


def row(name: str, one: dict[str, float], took: str) -> tuple[str, ...]:
    """A line of the table."""
    minutes = (f"{one[part] / 60:.2g}" for part in ("seconds", "host"))
    return (name, f"{one['results']:.0f}", *minutes, took)


def measured(records: Sequence[Record]) -> dict[str, str]:
    """Minutes of each panel in the newest run that kept them; of how many results, if not all."""
    timed = (record.figures for record in records if (record.figures or {}).get("card"))
    run = next(timed, None)
    found = {}
    workers = run.get("workers", 1) if run else 1  # one: the time was the panel's own
    for panel in run["panels"] if run else []:
        if panel.get("new"):
            part = "" if panel["new"] == panel["of"] else f" ({panel['new']} of {panel['of']})"
            found[panel["name"]] = f"{panel['seconds'] / workers / 60:.2g}{part}"
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
