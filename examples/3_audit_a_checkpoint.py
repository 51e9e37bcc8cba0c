"""
Audit a checkpoint
==================

A run that is over has left weights and data, and no code that could be asked. What the theory says
of a trained network can still be checked: every neuron moved along a signed sum of the samples.

Files are read by the names of their arrays and nothing in them is executed. From a shell the same
is :code:`verifier audit run.npz`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

from verifier import Configuration, Data, Trial
from verifier.audit.audit import Audit
from verifier.audit.saved import Saved

setting = Configuration(
    Data("mnist", dimension=784, samples=40),
    width=300,
    slope=0.0,
    train_bias=True,
    f_steps=(0.2,) * 5,
    g_steps=(0.2,),
    eps=3.0,
    scenario="a",
)
trial = Trial(setting)
(W0, b0, a), (W, b, _) = trial.draw.f_0, trial.f.trained
left = {"W0": W0, "b0": b0, "a": a, "W": W, "b": b, "X": trial.draw.X, "y": trial.draw.y}
run = {name: np.asarray(value) for name, value in left.items()}
run |= {"slope": np.array(0.0), "steps": np.array(setting.f_steps), "loss": np.array("identity")}

# %%
# The same run twice: as it was, and with the readout of another checkpoint, which happens.


def audit(run: dict, name: str) -> dict[str, float]:
    """Errors by check, in units of what rounding allows; printed with what says nothing."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        np.savez(path, **run)
        outcomes = Audit(Saved.load(path), name).outcomes()
    told = {f"{o.statement} {o.by}": o.evidence for o in outcomes if o.evidence is not None}
    for what, evidence in told.items():
        print(f"{name:<10}{'held' if evidence.holds else 'REFUTED':<9}{what}")
    return {what: evidence.error for what, evidence in told.items()}


good = audit(run, "whole")
bad = audit(run | {"a": np.roll(run["a"], 1)}, "mixed up")
assert max(good.values()) <= 1 < max(bad.values())

# %%
# Errors beyond 1 refute.

figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for errors, marker, label in ((good, "o", "whole"), (bad, "x", "mixed up")):
    axes.loglog([max(e, 1e-6) for e in errors.values()], list(errors), marker, label=label)
axes.axvline(1.0, color="grey", linestyle="--")
axes.set_yscale("linear")
axes.set_xlabel("error / what rounding allows")
axes.legend()
plt.show()
