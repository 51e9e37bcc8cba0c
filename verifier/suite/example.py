"""One perturbation learning to look at: checked like every other, and kept for the report.

On real images where there are any. What is kept are plain numbers of the code under test: images,
what its attack adds, the sum of training samples that E1 says it is, and what f and g decide.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.data import images
from verifier.data.distributions import IMAGE_TASKS, Data
from verifier.errors import DivergedError, NotComparable
from verifier.model.vectors import row_norms, unit_rows
from verifier.statements import PATHWISE
from verifier.statements.identities.formulas import decomposition
from verifier.suite.fitting import fitted, inapplicable
from verifier.suite.run import Suite
from verifier.trial.configuration import Configuration
from verifier.trial.settings import Settings
from verifier.trial.trial import Trial

SHOWN = ("E1", "E5")
"""What the pictures show, and what is checked on them."""
SAMPLES, WIDTH, FRESH = 100, 500, 200
EACH = 2
"""How many samples of each class are shown with their perturbations."""
RESOLUTION = 61
"""Of the maps, in points along each side."""
MARGIN = 0.05
"""Around the samples, in widths of what they span."""
DIGITS = 3


def setting(settings: Settings) -> Configuration:
    """Fashion-MNIST, else MNIST, else normal samples; long enough that training outgrows f_0."""
    found = [task for task in reversed(IMAGE_TASKS) if images.find(task, settings.images)]
    data = Data(found[0], 784, SAMPLES) if found else Data("shifted", 64, SAMPLES)
    return Configuration(
        data,
        WIDTH,
        slope=0.0,
        train_bias=True,
        f_steps=(0.2,) * 5,
        g_steps=(0.6,) * 5,
        eps=3.0,
        scenario="a",
        fresh_points=FRESH,
    )


def keep_example(suite: Suite) -> None:
    """Check E1 and E5 on the example and keep it in the run's record; skip where it is not for."""
    subject = suite.subject
    chosen = setting(subject.settings)
    reasons = [inapplicable(PATHWISE[name], subject) for name in SHOWN]
    supported = [] if any(reasons) else fitted(PATHWISE["E5"], subject, [chosen])
    if not supported:
        pytest.skip(f"no example: {' '.join(filter(None, reasons)) or 'not supported'}")
    trial = Trial(supported[0], subject)
    try:
        found = [PATHWISE[name].examine(trial) for name in SHOWN]
    except (DivergedError, NotComparable) as problem:
        pytest.skip(f"no example: {problem}")
    for evidence in found:
        suite.record.add(evidence)
        if not evidence.holds:
            raise suite.refuted(evidence)
    suite.record.example = example(trial)


def example(trial: Trial) -> dict[str, Any]:
    """All that is shown of a trial, as plain data.

    `rows`: samples, each with its `label`, its unit `perturbation` towards class +1 and the two
    parts that E1 says it is the sum of, `sum` of training samples and `start` of initial weights;
    `apart`: how far it is from that sum. `plane`: see `_plane`. Shares: `wrong` of targets that are
    not the label, `f`, `g` of clean training samples that each classifies rightly, `agree` of
    fresh points on which they decide alike.
    """
    draw = trial.draw
    X, y, targets = draw.X.double(), draw.y.double(), draw.targets.double()
    theory = decomposition(trial, trial.f)
    chosen = torch.cat([(y == c).nonzero().squeeze(-1)[:EACH] for c in (1, -1)])
    z = X[chosen]
    start, summed = theory.initial_part(z), (theory.coefficients(z) * theory.signs()) @ X
    length = row_norms(start + summed)[:, None]
    shown = {
        "sample": z,
        "perturbation": unit_rows(trial.r.double()[chosen]) * targets[chosen, None],
        "sum": summed / length,
        "start": start / length,
    }
    apart = row_norms(shown["perturbation"] - shown["sum"] - shown["start"]).max()
    at_X, fresh = (
        [trial.output(network, points) for network in (trial.f, trial.g)]
        for points in (draw.X, draw.z)
    )
    return {
        "configuration": trial.configuration.to_json(),
        "rows": [
            {"label": int(y[n]), **{name: _plain(v[k]) for name, v in shown.items()}}
            for k, n in enumerate(chosen.tolist())
        ],
        "apart": float(apart),
        "plane": _plane(trial, X, y),
        "shares": {
            "wrong": _share(targets != y),
            "f": _share(at_X[0] * y > 0),
            "g": _share(at_X[1] * y > 0),
            "agree": _share(fresh[0] * fresh[1] > 0),
        },
    }


def _plane(trial: Trial, X: Tensor, y: Tensor) -> dict[str, Any]:
    """The plane through both class means and 0: `f`, `g` row by row upwards, `samples`, `labels`.

    Its first axis runs from the mean of class -1 to that of +1; `low`, `high`: of both axes, which
    hold every sample.
    """
    means = [X[y == c].mean(dim=0) for c in (1, -1)]
    spanned = torch.stack((means[0] - means[1], means[0]))
    axes = torch.linalg.qr(spanned.T).Q.T
    axes = axes * (axes * spanned).sum(dim=1, keepdim=True).sign()
    at = X @ axes.T
    edge = MARGIN * float(at.max() - at.min())
    low, high = float(at.min()) - edge, float(at.max()) + edge
    ticks = torch.linspace(low, high, RESOLUTION, dtype=X.dtype, device=X.device)
    first, second = torch.meshgrid(ticks, ticks, indexing="xy")
    z = (torch.stack((first.flatten(), second.flatten()), dim=-1) @ axes).to(trial.draw.X.dtype)
    values = {
        name: _plain(trial.output(network, z).reshape(RESOLUTION, RESOLUTION))
        for name, network in (("f", trial.f), ("g", trial.g))
    }
    return {
        **values,
        "samples": _plain(at),
        "labels": [int(c) for c in y.tolist()],
        "low": low,
        "high": high,
    }


def _share(hits: Tensor) -> float:
    return float(hits.double().mean())


def _plain(values: Tensor) -> list[Any]:
    """Nested lists of numbers of `DIGITS` digits, which is more than an eye sees."""
    if values.dim() > 1:
        return [_plain(row) for row in values]
    return [float(f"{v:.{DIGITS}g}") for v in values.tolist()]
