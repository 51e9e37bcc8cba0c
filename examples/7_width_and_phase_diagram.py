"""
Width and phase diagram
=======================

What is predicted without training is a limit of wide networks. How wide is wide, and where in the
plane of samples and training time do f and g agree at all?
"""

import matplotlib.pyplot as plt
import torch

from verifier import Configuration, Data, Trial
from verifier.kernel.prediction import f_hat
from verifier.statements.agreement.formulas import PhaseDiagram

WIDTHS = (100, 300, 1000, 3000, 10_000)


def distance(width: int, replicate: int) -> float:
    """Root mean square of f_T - f_0 - T f_hat over fresh points, for T = 1."""
    data = Data("shifted", dimension=20, samples=40)
    c = Configuration(data, width, 0.0, True, (1.0,), (1.0,), 1.0, "a", fresh_points=50)
    trial = Trial(c, replicate=replicate)
    z, X, y = trial.draw.z, trial.draw.X, trial.draw.y
    moved = trial.output(trial.f, z) - trial.initial_output(trial.f, z)
    return float((moved - f_hat(z, X, y, slope=0.0)).square().mean().sqrt())


# %%
# R1 says that the distance falls as one over the root of the width.

found = [sum(distance(m, k) for k in range(8)) / 8 for m in WIDTHS]
exponent = torch.log(torch.tensor(found[-1] / found[0])) / torch.log(torch.tensor(100.0))
print(f"exponent {exponent:.2f}, predicted -0.50")

# %%
# And the phase diagram, which trains nothing: the chance that f and g agree at a fresh point.

generator = torch.Generator().manual_seed(0)
samples, times = (5, 10, 20, 40, 80, 160), (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
agreement = torch.zeros(len(samples), len(times))
for i, N in enumerate(samples):
    X, y, z = Data("shifted", 30, N).sample(60, generator)
    for j, time in enumerate(times):
        theory = PhaseDiagram(X, y, torch.zeros_like(X), 2.0, time, time, slope=0.0)
        agreement[i, j] = theory.chance(theory.moments(z)).mean()

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
left.loglog(WIDTHS, found, "o", label="measured")
left.loglog(WIDTHS, [found[0] * (100 / m) ** 0.5 for m in WIDTHS], "--", label="slope -1/2")
left.set(xlabel="width m", ylabel="distance from the limit")
left.legend()
shown = right.pcolormesh(agreement, vmin=0.5, vmax=1.0)
right.set(xlabel="training time of f and g", ylabel="samples N")
right.set_xticks([j + 0.5 for j in range(len(times))], times)
right.set_yticks([i + 0.5 for i in range(len(samples))], samples)
figure.colorbar(shown, label="predicted agreement")
plt.show()
