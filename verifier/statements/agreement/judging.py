"""What the checks of R5 share: cells to draw, and how a mean share is tested."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statistics.bounded import bounded_mean
from verifier.trial.configuration import Configuration

LEAST_WIDTH = 1000
"""Narrower cells are reported, not judged, unless their own kernels are used."""

BLOCKS = 80
"""Independent averages over runs, of which a test by signs needs some dozens."""


def blocks(cells: list[Tensor]) -> Tensor:
    """Averages of one value of each run, (R,) for each cell, over blocks of runs; (B,) in all.

    A block has one run of each cell, or of every second one, every third one, ...: as few cells as
    it takes for `BLOCKS` independent blocks.
    """
    groups = min(len(cells), math.ceil(BLOCKS / len(cells[0])))
    stacked = torch.stack(cells)
    return torch.cat([stacked[k::groups].mean(dim=0) for k in range(groups)])


def cell_of(c: Configuration, measured: Tensor, **predicted: Tensor) -> dict[str, Any]:
    """One cell of the diagram, to draw."""
    error = float(measured.std() / len(measured) ** 0.5) if len(measured) > 1 else None
    return {
        "data": c.data.family,
        "dimension": c.data.dimension,
        "samples": c.data.samples,
        "scenario": c.scenario,
        "width": c.width,
        "slope": c.slope,
        "beta": c.f_recipe.beta,
        "eps": c.eps,
        "f_time": c.f_recipe.time,
        "g_time": c.g_recipe.time,
        "runs": len(measured),
        "measured": float(measured.mean()),
        "standard error": error,
        **{name: float(value.mean()) for name, value in predicted.items()},
    }


def keep_cells(out: Comparisons, cells: list[dict[str, Any]]) -> None:
    """Keeps the diagram and each prediction's mean absolute error over cells, by width."""
    out.series["cells"] = cells
    for name in ("given the draws", "averaged"):
        errors: dict[str, list[float]] = {}
        for cell in cells:
            if name in cell:
                off = abs(cell[name] - cell["measured"])
                errors.setdefault(str(cell["width"]), []).append(off)
        if errors:
            means = {width: sum(off) / len(off) for width, off in errors.items()}
            out.series[f"mean absolute error, {name}"] = means


def judge_mean_share(
    conclusion: str, shares: Tensor, most: float, wanted: float, alpha: float, out: Comparisons
) -> None:
    """That shares in [0, 1] are at most `most` on average."""
    low, high = torch.zeros_like(shares), torch.ones_like(shares)
    out.statistic(bounded_mean(conclusion, shares, low, high, most, alpha=alpha, wanted=wanted))
