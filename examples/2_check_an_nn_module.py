"""
Check an nn.Module
==================

A training code is a plain :code:`torch.nn.Module` and the loop that trains it. The suite searches
for a configuration on which the trained network is not what the theory says.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

import verifier
from verifier.implementations.torch_module import TorchModule


class Net(nn.Module):
    """Two layers with a frozen readout."""

    def __init__(self, width, dimension, slope):
        super().__init__()
        self.hidden = nn.Linear(dimension, width)
        self.activation = nn.LeakyReLU(slope)
        self.readout = nn.Linear(width, 1, bias=False).requires_grad_(False)

    def forward(self, x):
        return self.readout(self.activation(self.hidden(x)))


class Mine(TorchModule):
    """What is checked: the module, and its training; weights are those that the suite draws."""

    decay = 0.0

    def build(self, width, dimension, slope):
        return Net(width, dimension, slope)

    def fit(self, net, X, y, recipe):
        options = {"momentum": recipe.momentum, "weight_decay": self.decay}
        optimizer = torch.optim.SGD(net.parameters(), lr=1.0, **options)
        for step in recipe.steps:
            optimizer.param_groups[0]["lr"] = step
            optimizer.zero_grad()
            recipe.loss.value(-y * net(X).squeeze(1)).mean().backward()
            optimizer.step()


# %%
# It passes. A little weight decay, forgotten in a configuration file, does not: the report names
# the comparison, the smallest case and the error in units of what rounding allows.


class Forgotten(Mine):
    decay = 1e-4


STATEMENTS = ("E0", "E1", "E2", "E5")
found = {
    code.__name__: {name: verifier.check(code(), name) for name in STATEMENTS}
    for code in (Mine, Forgotten)
}
for code, evidence in found.items():
    for name, e in evidence.items():
        print(f"{code:<10}{name}  {'holds' if e.holds else 'REFUTED'}  error {e.error:.2g}")

assert all(e.holds for e in found["Mine"].values())
assert not any(e.holds for e in found["Forgotten"].values())

# %%
# Errors beyond 1 refute.

figure, axes = plt.subplots(figsize=(5.5, 2.8), layout="constrained")
for code, marker in (("Mine", "o"), ("Forgotten", "x")):
    errors = [max(found[code][name].error, 1e-6) for name in STATEMENTS]
    axes.semilogy(STATEMENTS, errors, marker, label=code, markersize=8)
axes.axhline(1.0, color="grey", linestyle="--")
axes.set_ylabel("error / what rounding allows")
axes.legend()
plt.show()
