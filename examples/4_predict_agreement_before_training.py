"""
Predict agreement before training
=================================

f is trained on clean samples, g on f's perturbations alone, under labels drawn at random. How often
will the two decide alike? The theory says so from data and training times: no network is trained.
"""

import matplotlib.pyplot as plt
import torch

from verifier import Configuration, Data, Trial
from verifier.statements.agreement.formulas import PhaseDiagram

DATA = Data("shifted", dimension=30, samples=60, separation=0.3)
TIMES = (0.3, 1.0, 3.0, 10.0)
NETWORKS = 12


def configuration(time: float) -> Configuration:
    """Both networks in one step of this length, at width 2000."""
    return Configuration(DATA, 2000, 0.0, True, (1.0,), (time,), 2.0, "a", fresh_points=200)


def agreement(time: float, replicate: int) -> tuple[float, float]:
    """The share of fresh points on which f and g agree: predicted, and of two trained networks."""
    trial = Trial(configuration(time), replicate=replicate)
    X, y, z = trial.draw.X, trial.draw.y, trial.draw.z
    theory = PhaseDiagram(X, y, torch.zeros_like(X), 2.0, 1.0, time, slope=0.0)
    f, g = (trial.output(network, z) for network in (trial.f, trial.g))
    return float(theory.chance(theory.moments(z)).mean()), float((f * g > 0).double().mean())


# %%
# The times of g go from where its random start decides to where its data do.

figure, axes = plt.subplots(figsize=(5.5, 3.2), layout="constrained")
for time in TIMES:
    runs = torch.tensor([agreement(time, replicate) for replicate in range(NETWORKS)])
    before, after = runs.mean(dim=0).tolist()
    axes.semilogx([time] * NETWORKS, runs[:, 1], ".", color="grey")
    axes.semilogx(time, after, "o", color="C0", label=f"measured, {NETWORKS} runs")
    axes.semilogx(time, before, "x", color="C1", label="predicted without training")
    print(f"T_g = {time:<4}  predicted {before:.3f}  measured {after:.3f}")
axes.set(xlabel="training time of g", ylabel="agreement of f and g")
handles, labels = axes.get_legend_handles_labels()
axes.legend(handles[:2], labels[:2])
plt.show()
