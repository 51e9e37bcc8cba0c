"""Training beside JAX: `python -m benchmarks.peers FILE`, where jax is installed.

One core and one thread, float32, with momentum. JAX compiles the whole loop, a `lax.scan`, in two
forms: by autograd, and in closed form with neurons as columns; the faster of the two counts. The
limit is each step's two products by torch, into memory set aside before. All are timed in turn,
again and again, in seconds of this process, so that what else the machine does counts for little.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor

from benchmarks.measure import relative_error
from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train

SHAPES = ((1000, 100, 100, 100), (2000, 1000, 1000, 10), (64, 1024, 20, 100), (200, 50_000, 20, 10))
"""Samples, neurons, dimension, steps."""
RATE, MOMENTUM, SLOPE = 0.01, 0.9, 0.1
LARGEST_ERROR = 2e-3
"""Of a movement, relative to the whole: a time says nothing where something else was computed."""
SECONDS = 4.0
"""For which each shape is timed, and at least five times."""


def by_jax(logistic: bool) -> dict[str, Callable[..., Any]]:
    """The whole training, compiled, by form: `(theta, a, X, y, steps)` to the last `theta`."""
    jax: Any = importlib.import_module("jax")
    jnp = jax.numpy

    def outputs(theta: Any, a: Any, X: Any) -> tuple[Any, Any]:
        u = X @ theta
        return u, jnp.where(u >= 0, u, SLOPE * u) @ a / math.sqrt(len(a))

    def loss(theta: Any, a: Any, X: Any, y: Any) -> Any:
        s = -y * outputs(theta, a, X)[1]
        return jnp.mean(jax.nn.softplus(s) if logistic else s)

    def closed(theta: Any, a: Any, X: Any, y: Any) -> Any:
        u, f = outputs(theta, a, X)
        p = jax.nn.sigmoid(-y * f) if logistic else jnp.ones_like(y)
        weights = -(p * y / (len(y) * math.sqrt(len(a))))[:, None]
        return (X.T @ jnp.where(u >= 0, weights, SLOPE * weights)) * a

    def compiled(gradient: Callable[..., Any]) -> Callable[..., Any]:
        def run(theta: Any, a: Any, X: Any, y: Any, steps: Any) -> Any:
            def step(state: Any, eta: Any) -> Any:
                where, velocity = state
                velocity = MOMENTUM * velocity + gradient(where, a, X, y)
                return (where - eta * velocity, velocity), None

            return jax.lax.scan(step, (theta, jnp.zeros_like(theta)), steps)[0][0]

        made = jax.jit(run)
        return lambda *given: jax.block_until_ready(made(*given))

    return {"autograd": compiled(jax.grad(loss)), "closed form": compiled(closed)}


def contest(N: int, m: int, d: int, steps: int, loss: Loss) -> dict[str, float]:
    """Median seconds of each contestant, timed in turn."""
    drawn = torch.Generator(device="cpu").manual_seed(0)
    params = initialise(m, d, generator=drawn, dtype=torch.float32, device="cpu")
    X = torch.randn(N, d, generator=drawn, dtype=torch.float32, device="cpu")
    y = X[:, 0].sign()
    ones = torch.cat((X, torch.ones_like(X[:, :1])), dim=1)
    theta = torch.cat((params.W.T, params.b[None]))
    recipe = Recipe((RATE,) * steps, loss, SLOPE, MOMENTUM)
    jnp: Any = importlib.import_module("jax.numpy")
    given = [jnp.asarray(t.numpy()) for t in (theta, params.a, ones, y)]
    given.append(jnp.full((steps,), RATE, jnp.float32))
    forms = by_jax(type(loss) is Logistic)
    run = train(params, X, y, recipe)
    moved = torch.cat((run.params.W.T, run.params.b[None])) - theta
    for name, form in forms.items():
        error = relative_error(torch.tensor(form(*given).tolist()) - theta, moved)
        assert error <= LARGEST_ERROR, f"{name}: {error:.1e}"
    calls: dict[str, Callable[[], Any]] = {
        **{name: partial(form, *given) for name, form in forms.items()},
        "library": partial(train, params, X, y, recipe),
        "limit": products(X, params, steps),
    }
    return timed(calls)


def products(X: Tensor, params: Parameters, steps: int) -> Callable[[], None]:
    """The two products of each step."""
    theta, back = params.W.T.contiguous(), params.W.T.contiguous()
    u = X @ theta

    def run() -> None:
        for _ in range(steps):
            torch.mm(X, theta, out=u)
            torch.mm(X.T, u, out=back)

    return run


def timed(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Medians of calls that are made in turn."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    started = time.process_time()
    while time.process_time() - started < SECONDS or len(times["library"]) < 5:
        for name, call in calls.items():
            before = time.process_time()
            call()
            times[name].append(time.process_time() - before)
    return {name: median(found) for name, found in times.items()}


def main(arguments: Sequence[str]) -> int:
    """Time every shape and loss, print the ratios and keep them as JSON."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # before XLA counts cores
    torch.set_num_threads(1)
    rows = []
    for shape in SHAPES:
        for loss in (Identity(), Logistic()):
            found = contest(*shape, loss)
            peer = min(found["autograd"], found["closed form"])
            ratios = {"library/jax": found["library"] / peer}
            ratios |= {
                f"{name}/limit": found[name] / found["limit"]
                for name in ("library", "autograd", "closed form")
            }
            rows.append({"shape": list(shape), "loss": loss.name, **ratios})
            print(*shape, loss.name, *(f"{k} {v:.2f}" for k, v in ratios.items()), flush=True)
    about = {"jax": importlib.import_module("jax").__version__, "torch": torch.__version__}
    for path in arguments:
        Path(path).write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
