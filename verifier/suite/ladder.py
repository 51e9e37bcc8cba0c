"""A ladder of sizes up to the paper's own, far beyond the random draws, on tiny other dimensions.

This one is of statements about any network; `Inputs.ladder` says where those of other kinds are.

A fault that needs many samples, steps, points or dimensions, or a momentum near one, is not met by
draws that are small in everything; one that is large in one thing alone costs next to nothing.
One rung is large in all at once, for faults that need two of them together.

The first rungs have no kinks (verifier.trial.kink_free): there every correct code is comparable, in
float32 and wide networks too, and a rejection would be a fault of the suite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from verifier.data.distributions import Data
from verifier.suite.together import configurations
from verifier.trial.configuration import Configuration
from verifier.trial.description import DTYPES
from verifier.trial.draw import Draw, draw
from verifier.trial.settings import Settings

_DATA = Data("shifted", 3, 5, separation=1.0)
_IDENTITY = Configuration(
    data=_DATA,
    width=3,
    slope=0.2,
    train_bias=True,
    f_steps=(0.2, 0.1),
    g_steps=(0.3, 0.1),
    eps=1.0,
    scenario="b",
    fresh_points=4,
)
_LOGISTIC = replace(_IDENTITY, loss="logistic", scenario="a", slope=0.0, momentum=0.3)
_MIXTURE = replace(
    _IDENTITY,
    loss="mixture",
    loss_constants=(
        ("linear", 0.1),
        ("convex", 0.5),
        ("bounded", 0.7),
        ("rate", 1.5),
        ("offset", 0.2),
    ),
    train_bias=False,
    dtype="float32",
)
_LEAST_SLOPE = 0.1
"""Where few ReLUs on short or few samples might all be inactive, and f with them never trained."""

_SHORT = replace(_LOGISTIC, data=replace(_DATA, scale=0.2), eps=0.2)
"""Short samples need no large biases, so that float32 knows f, and with it the loss, well."""

_EXPONENTIAL = replace(_SHORT, loss="exponential", slope=_LEAST_SLOPE)
_SHORTER = 0.2

Sizes = dict[str, dict[str, Any]]
"""What is changed of a small configuration, by what grows."""

_TIME = 2.0  # of f, where the number of steps or the momentum is what grows


@dataclass(frozen=True)
class Rung:
    """One size: `what` grows, and the `configuration`; `zero_biases`: both networks start at b = 0.

    `weights`: what W is multiplied with, so that input gradients are as short. Such a start is not
    of the stated law, but what is trained must move from there all the same.
    """

    what: str
    configuration: Any
    zero_biases: bool = False
    weights: float = 1.0

    @property
    def loss(self) -> str:
        """The name of the loss; of several classes their own."""
        c = self.configuration
        return getattr(c, "class_loss", c.loss)

    @property
    def label(self) -> str:
        """What its evidence is labelled with."""
        return f"ladder: {self.what}, {self.loss}"

    def in_single_precision(self) -> Rung:
        """The same size with short samples where the loss feeds rounding back into the path.

        Of the rungs as they are, float32 alone cannot compare a fourth.
        """
        c = self.configuration
        if self.loss == "identity" or c.data.scale <= _SHORTER:
            return self
        changes = {"data": replace(c.data, scale=c.data.scale * _SHORTER)}
        if hasattr(c, "eps"):
            changes["eps"] = c.eps * _SHORTER
        return replace(self, configuration=replace(c, **changes))

    def start(self, settings: Settings) -> Draw | None:
        """The draw, where it is not the configuration's own."""
        if not self.zero_biases and self.weights == 1:
            return None
        drawn = draw(self.configuration, settings)
        f_0, g_0 = (
            f._replace(W=self.weights * f.W, b=(not self.zero_biases) * f.b)
            for f in (drawn.f_0, drawn.g_0)
        )
        return replace(drawn, f_0=f_0, g_0=g_0)


def rungs(timed: Callable[[Any], Any], base: Any, *sizes: Sizes) -> Iterator[Rung]:
    """`base` with each of the `sizes`, for the time of training that `timed` gives it."""
    single = ", float32" if base.dtype == "float32" else ""
    for some in sizes:
        for what, changes in some.items():
            yield Rung(what + single, timed(replace(base, **changes)))


def alternating(count: int, step: float = 1.0) -> tuple[float, ...]:
    """So many steps, long and short in turn, of `step` on average if their number is even."""
    return tuple(step * (0.5 if k % 2 else 1.5) for k in range(count))


def _steps(count: int, momentum: float) -> dict[str, Any]:
    """So many steps in all; with momentum each gradient moves weights further."""
    steps = alternating(count, _TIME * (1 - momentum) / count)
    return {"f_steps": steps, "g_steps": steps, "momentum": momentum}


def _rungs(base: Configuration) -> tuple[Rung, ...]:
    data, root = base.data, math.sqrt(base.data.dimension)
    widest = 60_000 if base.slope == 0 else 10_000  # the widest network of all is leaky
    sizes: Sizes = {
        **{f"N = {n}": {"data": replace(data, samples=n)} for n in (65, 129, 257, 1025, 4097)},
        **{f"d = {d}": {"data": replace(data, dimension=d)} for d in (1, 16, 784, 3072)},
        **{f"K = {k}": _steps(k, 0.0) for k in (9, 17, 101)},
        **({"K = 1000": _steps(1000, 0.0)} if base.loss == "identity" else {}),
        **{f"K = {k}, momentum": _steps(k, 0.5) for k in (9, 17, 101, 1000)},
        **{f"mu = {mu}": _steps(30, mu) for mu in (0.9, 0.99, 0.999)},
        **{f"P = {p}": {"fresh_points": p} for p in (129, 4097)},
        **{f"m = {m}": {"width": m, "slope": max(base.slope, _LEAST_SLOPE)} for m in (1, 2)},
        f"m = {widest}": {"width": widest},
        **{f"eps = {e} sqrt d": {"eps": e * root} for e in (0.001, 10.0)},
        **{f"T = {t:g}": {"f_steps": (t / 4,) * 4, "g_steps": (t / 4,) * 4} for t in (100.0, 1e4)},
    }
    sizes["N = d = m = P = 129, K = 17, mu = 0.9"] = {
        "data": replace(data, samples=129, dimension=129),
        "width": 129,
        "fresh_points": 129,
        **_steps(17, 0.9),
    }
    return (
        *(Rung(what, replace(base, **changes)) for what, changes in sizes.items()),
        *([Rung("zero biases", base, zero_biases=True)] if base.train_bias else []),
    )


def _kink_free(base: Configuration, widest: int) -> Iterator[Rung]:
    """Both floating-point types where no draw is rejected, up to the `widest` network."""
    sizes: Sizes = {
        "": {},
        f", m = {widest}, K = 17, mu = 0.5": {"width": widest, **_steps(17, 0.5)},
        ", N = 65": {"data": replace(base.data, samples=65)},
        ", K = 50, mu = 0.9": _steps(50, 0.9),
    }
    for dtype in DTYPES:
        for what, changes in sizes.items():
            clear = replace(base, kink_free=True, dtype=dtype, **changes)
            yield Rung(f"no kinks, {dtype}{what}", clear)


LADDER = (
    *_kink_free(_IDENTITY, 100_000),
    *_kink_free(_SHORT, 300),
    Rung("gamma = 1e-4", replace(_IDENTITY, slope=1e-4)),
    *(rung for rung in _rungs(_EXPONENTIAL) if rung.what in ("N = 129", "K = 101")),
    *_rungs(_IDENTITY),
    *_rungs(_LOGISTIC),
    *_rungs(_MIXTURE),
    Rung("zero biases, float32", replace(_IDENTITY, dtype="float32"), zero_biases=True),
    Rung("W times 1e-8", replace(_IDENTITY, f_steps=(1e-9,) * 2, g_steps=(1e-9,)), weights=1e-8),
    *(Rung(f"kinds together, row {row}", c) for row, c in enumerate(configurations())),
)
