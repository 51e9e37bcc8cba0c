"""Synthetic results of experiments, for the tests of comparison, pictures and the page."""

from collections.abc import Mapping

import numpy as np

from verifier.reproduction.panels import AgreementMap, Panel, PointSetting
from verifier.reproduction.training.results import (
    Explained,
    MapResult,
    PointResult,
    Run,
)


def point(
    setting: PointSetting,
    seed: int,
    measured: Mapping[str, float],
    recipe: str = "published",
    predicted: Mapping[str, float] | None = None,
) -> PointResult:
    """One pair of rates that measured these values; a cosine panel's trained no g."""
    rate_g = 0.0 if "cossim" in measured else 1.0
    run = Run(1.0, rate_g, 10.0, 10.0 * rate_g, dict(measured), dict(predicted or {}))
    return PointResult(setting, recipe, seed, (run,), 0.0)


def rising(
    panel: Panel, seeds: int, scatter: float, recipe: str = "published"
) -> list[PointResult]:
    """Values that rise along x, alike at all seeds but for `scatter`; predictions without it."""
    draws = np.random.default_rng(0)
    found = []
    for i, setting in enumerate(panel.settings):
        level = 0.6 + 0.38 * (i + 1) / len(panel.settings)
        exact = {s: level - 0.08 * k for k, s in enumerate(panel.series)}
        for seed in range(seeds):
            values = {s: min(1.0, max(0.0, v + scatter * draws.normal())) for s, v in exact.items()}
            found.append(point(setting, seed, values, recipe, exact))
    return found


def crossed_map(drawn: AgreementMap, samples: int = 1000) -> MapResult:
    """Two slightly different lines through the middle as zeros, and two clouds of samples."""
    low, high = drawn.limits
    ticks = np.linspace(low, high, drawn.resolution)
    first, second = np.meshgrid(ticks, ticks)
    middle = (low + high) / 2
    f_hat = (first - middle) - (second - middle)
    g_hat = (first - middle) - 0.6 * (second - middle) + 0.3
    draws = np.random.default_rng(1)
    wobble = 0.4 * draws.normal(size=f_hat.shape)
    labels = np.where(np.arange(samples) % 2 == 0, 1.0, -1.0)
    middle_of_class = np.where(labels[:, None] > 0, (0.8 * high, middle), (middle, 0.8 * high))
    return MapResult(
        setting=drawn.setting,
        seed=0,
        agree=np.sign(f_hat + wobble) == np.sign(g_hat + wobble),
        f_hat=f_hat,
        g_hat=g_hat,
        published_g_hat=g_hat - 0.6,
        projected=middle_of_class + draws.normal(size=(samples, 2)),
        labels=labels,
        seconds=0.0,
    )


def explained(images: int = 3) -> Explained:
    """Blobs as images, and noisy differences of blobs as perturbations."""
    axis = np.linspace(-1, 1, 28)
    first, second = np.meshgrid(axis, axis)
    disc, ring = (
        np.exp(-6 * (first**2 + second**2)),
        np.exp(-20 * (np.hypot(first, second) - 0.6) ** 2),
    )
    sums = np.stack([(disc - ring).ravel()] * images)
    noisy = sums + 0.1 * np.random.default_rng(2).normal(size=sums.shape)
    sums, noisy = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (sums, noisy))
    labels = np.where(np.arange(images) % 2 == 0, 1.0, -1.0)
    shown = np.stack([(disc if label > 0 else ring).ravel() for label in labels])
    return Explained("mnist", 0, shown, noisy, sums, labels, (sums * noisy).sum(1))
