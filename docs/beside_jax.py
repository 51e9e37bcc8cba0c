"""What docs/scale.md says of the library beside JAX, from what `benchmarks.peers` has kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.gpu.markdown import table

SHOWN = ("library/jax", "library/limit")
"""The ratios that the page has."""
PEERS = Path(__file__).parent / "peers.json"
EXPLAINED = """Which is ahead depends on what a step waits for:

- *The pre-activations do not fit the cache* (the last two rows): the library works on blocks of
  neurons, and has been ahead or level, on one machine from day to day.
- *Large products* (the second shape): both are near the limit, and which one is ahead depends on
  the machine. JAX's products are its own, torch's those of its library.
- *All fits the cache:* JAX. Its compiler makes one pass where torch makes one for each operation.

What keeps the library behind in the last case:

- Under the logistic loss a step is five passes over the pre-activations (compare with 0, leaky
  ReLU, its outputs, and the two products) and some thirty operations on vectors, each of which
  takes a microsecond or two to start. Without a compiler of our own that stays.
- A call of two steps at the third shape ([`train, cache-sized`](benchmarks.md)) spends more on its
  set-up than on its products: checks of the arguments, weights laid out as columns and back, memory
  set aside.
- JAX counts numbers below 1e-38 as 0, which the library does not.

How it is measured: `python -m benchmarks.peers docs/peers.json`, where jax is installed. Whole
trainings with momentum, float32, one thread of one core, timed in turn as seconds of the process.
JAX runs a jitted `lax.scan` with neurons as columns."""


def known() -> dict[str, Any]:
    """Each training's ratios, and the versions."""
    found: dict[str, Any] = json.loads(PEERS.read_text(encoding="utf-8"))
    return found


def in_short() -> str:
    """How long the library takes beside JAX, in a sentence."""
    rows = known()["rows"]
    said = []
    for loss in dict.fromkeys(one["loss"] for one in rows):
        ratios = [one["library/jax"] for one in rows if one["loss"] == loss]
        said.append(f"{min(ratios):.2g} to {max(ratios):.2g} times ({loss} loss)")
    faster = sum(one["library/jax"] > 1 for one in rows)
    return (
        f"on one core JAX is faster at {faster} of {len(rows)} trainings: the library takes "
        f"{' or '.join(said)} as long."
    )


def section() -> str:
    """The ratios of every shape, which is ahead and why, and how it was measured."""
    found = known()
    rows = [
        (f"{one['loss']}: {', '.join(map(str, one['shape']))}", *(f"{one[n]:.2f}" for n in SHOWN))
        for one in found["rows"]
    ]
    heads = ("loss: N, m, d, steps", *(name.replace("/", " / ") for name in SHOWN))
    outcome = in_short()
    read = (
        f"{outcome[0].upper()}{outcome[1:]} Each number is the library's time over JAX's, by "
        "autograd or in closed form, whichever is faster, or over the *limit*, the two bare "
        "products of each step; JAX's two forms are in [`peers.json`](peers.json)."
    )
    versions = f"JAX {found['jax']}, torch {found['torch']}."
    parts = ("## Beside JAX", read, table(heads, rows), f"{EXPLAINED} {versions}")
    return "\n\n".join(parts)
