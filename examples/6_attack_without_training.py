"""
Attack without training
=======================

Wide networks attack alike: the direction follows from the data by a closed form, which needs no
network at all. Here it fools a network that it has never seen, nearly as well as that network's own
gradient does.
"""

import matplotlib.pyplot as plt
import torch

from verifier import Configuration, Data, Trial
from verifier.kernel.prediction import direction, sharpened_direction
from verifier.model.vectors import unit_rows

setting = Configuration(
    Data("mnist", dimension=784, samples=200),
    width=2000,
    slope=0.0,
    train_bias=True,
    f_steps=(0.5,) * 4,
    g_steps=(0.1,),
    eps=1.0,
    scenario="a",
)
trial = Trial(setting)
X, y = trial.draw.X, trial.draw.y
noise = torch.randn(X.shape, generator=torch.Generator().manual_seed(0), dtype=X.dtype)

# %%
# All but the first ask no network. `s` is the published direction, `h` adds the neurons that flip.

directions = {
    "its own gradient": trial.input_gradient(trial.f, X),
    "s, no network": direction(X, X, y, slope=0.0),
    "h, no network": sharpened_direction(X, X, y, slope=0.0),
    "noise": noise,
}
lengths = torch.linspace(0, 6, 13)

figure, axes = plt.subplots(figsize=(5.5, 3.2), layout="constrained")
for (name, towards), style in zip(directions.items(), ("-", "--", ":", "-."), strict=True):
    unit = unit_rows(towards)
    moved = [trial.output(trial.f, X - float(r) * y[:, None] * unit) for r in lengths]
    right = [float((f * y > 0).double().mean()) for f in moved]
    axes.plot(lengths, right, style, label=name)
    print(f"{name:<18} right at length 3: {right[6]:.0%}")
axes.set(xlabel="length of the perturbation", ylabel="rightly classified", ylim=(0, 1.02))
axes.legend()
plt.show()
