"""Writes the golden vectors of protocol 1: `python docs/update_golden.py`.

Answers are the reference's; bounds those by which the suite judges a code in float64. No sample
comes near a kink on the way, so that every correct code must give these answers.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.protocol import ANSWERS, Message, request
from verifier.implementations.reference import Reference
from verifier.model.vectors import row_norms
from verifier.trial.configuration import Configuration
from verifier.trial.replay import drift_and_clearance
from verifier.trial.rounding import RoundingBound, unit
from verifier.trial.settings import Settings
from verifier.trial.trial import Trial

FOLDER = Path(__file__).parents[1] / "verifier" / "implementations" / "golden"

PLAIN = Configuration(Data("gaussian", 3, 4), 5, 0.0, True, (0.5, 0.25), (0.5,), 0.75, "b")
MIXTURE = (("linear", 0.1), ("convex", 0.6), ("bounded", 0.4), ("rate", 1.5), ("offset", 0.2))
SETTINGS = {
    "plain": PLAIN,
    "momentum": replace(PLAIN, momentum=0.9, f_steps=(0.5, 0.25, 0.125, 0.5)),
    "logistic": replace(PLAIN, loss="logistic", slope=0.25),
    "exponential": replace(PLAIN, loss="exponential", slope=0.25, train_bias=False),
    "mixture": replace(PLAIN, loss="mixture", loss_constants=MIXTURE, slope=0.5, momentum=0.5),
    "one_sample": replace(PLAIN, data=Data("gaussian", 1, 1), width=1, slope=1.0),
}


def clear_trial(configuration: Configuration) -> tuple[Trial, RoundingBound]:
    """The first draw on which no pre-activation comes near its kink, with its bounds."""
    for seed in count():
        trial = Trial(configuration, start=None)
        trial.subject.settings = Settings(seed)
        run = trial.f.replay.run
        drift, clear = drift_and_clearance(run, torch.float64)
        bound = RoundingBound.of(run, torch.float64, drift)
        if bool(clear) and not bool(bound.near_kink(torch.cat((trial.points, run.X))).any()):
            return trial, bound
    raise AssertionError("count never ends")


def vectors(name: str, configuration: Configuration) -> dict[str, dict[str, Any]]:
    """A request of each kind in one setting."""
    code, c = Reference(), configuration
    trial, bound = clear_trial(c)
    start, f, z = trial.draw, trial.f.trained, trial.points
    length = row_norms(code.input_gradient(f, start.X, c.slope))
    direction = bound.direction(start.X, length) + unit(bound.run, torch.float64)
    asked: dict[str, tuple[tuple[Any, ...], tuple[Tensor, ...]]] = {
        "train": (
            (start.f_0, start.X, start.y, c.f_recipe),
            (bound.weight, bound.bias, torch.zeros_like(start.f_0.a)),
        ),
        "output": ((f, z, c.slope), (bound.output(z),)),
        "input_gradient": ((f, z, c.slope), (bound.input_gradient(z),)),
        "perturb": (
            (f, start.X, start.targets, c.eps, c.slope, c.loss_function),
            (c.eps * direction,),
        ),
    }
    found = {}
    for function, (arguments, bounds) in asked.items():
        handed = arguments[:-1] if function == "perturb" else arguments
        answer = getattr(code, function)(*handed)
        parts = answer if isinstance(answer, tuple) else (answer,)
        names = ANSWERS[function]
        found[f"{function}-{name}"] = {
            "request": plain(request(function, arguments)),
            "answer": dict(zip(names, (t.tolist() for t in parts), strict=True)),
            "bound": dict(zip(names, (t.tolist() for t in bounds), strict=True)),
        }
    return found


def plain(message: Message) -> dict[str, Any]:
    """A request as JSON has it."""
    return {k: v.tolist() if hasattr(v, "tolist") else v for k, v in message.items()}


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, configuration in SETTINGS.items():
        for called, vector in vectors(name, configuration).items():
            text = json.dumps(vector, indent=None, separators=(", ", ": "))
            lines = text.replace(', "answer"', ',\n "answer"').replace(', "bound"', ',\n "bound"')
            (FOLDER / f"{called}.json").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
