"""Data distributions as small frozen descriptions that sample with a generator.

A description is what a configuration stores and a report prints; samples never leave memory.
All sampling is in float64 on the CPU, so that every device and dtype sees the same data.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor

from verifier.data import images as datasets
from verifier.errors import as_float, require, require_count

ARRANGEMENTS = ("none", "duplicated", "collinear")
LABELS = ("class", "random", "one")
IMAGE_TASKS = ("mnist", "fashion-mnist")


def _normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64, device="cpu")


def _signs(generator: Generator, *shape: int) -> Tensor:
    bits = torch.randint(0, 2, shape, generator=generator, dtype=torch.int64, device="cpu")
    return (2 * bits - 1).to(torch.float64)


def _gaussian(rows: int, d: int, separation: float, generator: Generator) -> tuple[Tensor, Tensor]:
    return _normal(generator, rows, d), _signs(generator, rows)


def _shifted(rows: int, d: int, separation: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """Means +-separation in every coordinate, unit variance: the paper's mean-shifted Gaussian."""
    y = _signs(generator, rows)
    return separation * y[:, None] + _normal(generator, rows, d), y


def _mixture(rows: int, d: int, separation: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """Four anisotropic clusters; the class is the parity of the cluster."""
    means = separation * _normal(generator, 4, d)
    spread = torch.exp(_normal(generator, 4, d))
    cluster = torch.randint(0, 4, (rows,), generator=generator, dtype=torch.int64, device="cpu")
    points = means[cluster] + spread[cluster] * _normal(generator, rows, d)
    return points, (2 * (cluster % 2) - 1).to(torch.float64)


def _student(rows: int, d: int, separation: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """Student's t with two degrees of freedom (infinite variance), around +-separation."""
    y = _signs(generator, rows)
    uniform = torch.rand(rows, 1, generator=generator, dtype=torch.float64, device="cpu")
    tail = torch.rsqrt(-torch.log1p(-uniform) + 1e-300)
    return separation * y[:, None] + _normal(generator, rows, d) * tail, y


def _hypercube(rows: int, d: int, separation: float, generator: Generator) -> tuple[Tensor, Tensor]:
    corners = _signs(generator, rows, d)
    return corners, corners[:, 0]


def _sparse(rows: int, d: int, separation: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """About two non-zero coordinates a sample; some samples are zero."""
    kept = torch.rand(rows, d, generator=generator, dtype=torch.float64, device="cpu") < 2 / d
    return _normal(generator, rows, d) * kept, _signs(generator, rows)


def _orthonormal(
    rows: int, d: int, separation: float, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Mutually orthogonal unit vectors, at most d different ones (prior work's setting)."""
    basis = torch.linalg.qr(_normal(generator, d, min(rows, d))).Q.T
    return basis[torch.arange(rows, device="cpu") % len(basis)], _signs(generator, rows)


def _zero(rows: int, d: int, separation: float, generator: Generator) -> tuple[Tensor, Tensor]:
    return torch.zeros(rows, d, dtype=torch.float64, device="cpu"), _signs(generator, rows)


Family = Callable[[int, int, float, Generator], tuple[Tensor, Tensor]]
FAMILIES: dict[str, Family] = {
    "gaussian": _gaussian,
    "shifted": _shifted,
    "mixture": _mixture,
    "student": _student,
    "hypercube": _hypercube,
    "sparse": _sparse,
    "orthonormal": _orthonormal,
    "zero": _zero,
}


@dataclass(frozen=True)
class Data:
    """N training samples and fresh points from one distribution.

    `family`: one of `FAMILIES`, "raw" (the `points` themselves) or an image task. `scale`
    multiplies everything. `labels`: the family's own classes, random, or one class only.
    `arrangement`: every sample twice (with labels of their own), or all on one line through 0.
    """

    family: str
    dimension: int
    samples: int
    scale: float = 1.0
    separation: float = 0.3
    labels: str = "class"
    arrangement: str = "none"
    points: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        known = (*FAMILIES, "raw", *IMAGE_TASKS)
        require(self.family in known, "family", repr(self.family), f"must be one of {known}")
        for name in ("scale", "separation"):
            object.__setattr__(self, name, as_float(name, getattr(self, name)))
        points = tuple(tuple(as_float("points", v) for v in p) for p in self.points)
        object.__setattr__(self, "points", points)
        finite = math.isfinite(self.separation)
        require(finite, "separation", self.separation, "must be finite")
        require(
            all(math.isfinite(v * self.scale) for p in points for v in p),
            "points",
            "NaN, infinity or overflow",
            "times scale must be finite",
        )
        require_count("dimension", self.dimension)
        require_count("samples", self.samples)
        finite = math.isfinite(self.scale) and self.scale > 0
        require(finite, "scale", self.scale, "must be positive and finite")
        require(self.labels in LABELS, "labels", repr(self.labels), f"must be one of {LABELS}")
        require(
            self.arrangement in ARRANGEMENTS,
            "arrangement",
            repr(self.arrangement),
            f"must be one of {ARRANGEMENTS}",
        )
        if self.family == "raw":
            require(len(self.points) == self.samples, "points", len(self.points), "one per sample")
            widths = {len(p) for p in self.points}
            require(widths == {self.dimension}, "points", widths, "must have `dimension` entries")
        if self.is_real:
            require(self.dimension == 784, "dimension", self.dimension, "images have 784 pixels")

    @property
    def is_real(self) -> bool:
        """Whether these are real images."""
        return self.family in IMAGE_TASKS

    def sample(
        self, fresh: int, generator: Generator, images: Path | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`X (N, d)`, `y (N,)` and `fresh` further points `z (fresh, d)`, float64 on the CPU."""
        points, y = self._points(self.samples + fresh, generator, images)
        X = points[: self.samples]
        z = points[self.samples :]
        y = y[: self.samples]
        if self.labels == "random":
            y = _signs(generator, self.samples)
        elif self.labels == "one":
            y = y[:1].expand(self.samples).clone()
        if self.arrangement == "duplicated":
            X = X[torch.arange(self.samples, device="cpu") // 2]
        elif self.arrangement == "collinear":
            X = _normal(generator, self.samples, 1) * X[:1]
        return self.scale * X, y, self.scale * z

    def _points(
        self, rows: int, generator: Generator, images: Path | None
    ) -> tuple[Tensor, Tensor]:
        if self.is_real:
            source = datasets.load(self.family, images)
            count = len(source.y)
            require(rows <= count, "samples", rows, f"{source.source} has only {count}")
            chosen = torch.randperm(count, generator=generator, device="cpu")[:rows]
            return source.X[chosen], source.y[chosen]
        if self.family == "raw":
            X = torch.tensor(self.points, dtype=torch.float64, device="cpu")
            size = X.square().mean().sqrt() + (1.0 if not bool(X.any()) else 0.0)
            fresh = size * _normal(generator, rows - len(X), self.dimension)
            return torch.cat((X, fresh)), _signs(generator, rows)
        return FAMILIES[self.family](rows, self.dimension, self.separation, generator)
