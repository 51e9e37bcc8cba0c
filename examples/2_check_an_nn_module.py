"""
Check an nn.Module
==================

A training code is an object with functions that train, or attack. Here it is a plain
:code:`torch.nn.Module` with :code:`torch.optim.SGD`. The suite searches for a configuration on
which it is not what it should be.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

import verifier


class Net(nn.Module):
    """(1/sqrt m) a . phi(W x + b), with a frozen readout."""

    def __init__(self, params, slope):
        super().__init__()
        W, b, a = params
        self.hidden = nn.Linear(W.shape[1], len(a), dtype=W.dtype)
        self.hidden.weight.data, self.hidden.bias.data = W.clone(), b.clone()
        self.register_buffer("a", a / len(a) ** 0.5)
        self.slope = slope

    def forward(self, x):
        return nn.functional.leaky_relu(self.hidden(x), self.slope) @ self.a


class Mine:
    """What is checked: training, and the input gradient that attacks need."""

    decay = 0.0

    def train(self, params, X, y, recipe):
        net = Net(params, recipe.slope)
        net.hidden.bias.requires_grad_(recipe.train_bias)
        options = {"momentum": recipe.momentum, "weight_decay": self.decay}
        optimizer = torch.optim.SGD(net.parameters(), lr=1.0, **options)
        for step in recipe.steps:
            optimizer.param_groups[0]["lr"] = step
            optimizer.zero_grad()
            recipe.loss.value(-y * net(X)).mean().backward()
            optimizer.step()
        return net.hidden.weight.detach(), net.hidden.bias.detach(), params[2]

    def output(self, params, z, slope):
        return Net(params, slope)(z).detach()

    def input_gradient(self, params, z, slope):
        z = z.clone().requires_grad_()
        return torch.autograd.grad(Net(params, slope)(z).sum(), z)[0]


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
