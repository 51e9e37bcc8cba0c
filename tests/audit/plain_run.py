"""A run as anybody makes it: torch alone, in float32, nothing of the suite; what it leaves."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self, width: int, dimension: int, slope: float) -> None:
        super().__init__()
        self.hidden = nn.Linear(dimension, width)
        self.act = nn.LeakyReLU(slope)
        self.readout = nn.Linear(width, 1, bias=False)
        nn.init.normal_(self.hidden.weight, std=dimension**-0.5)
        nn.init.normal_(self.hidden.bias)
        nn.init.normal_(self.readout.weight, std=width**-0.5)
        self.readout.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        return self.readout(self.act(self.hidden(x)))[:, 0]


def plain_run(
    *,
    wrong: str = "",
    dtype: torch.dtype = torch.float32,
    N: int = 40,
    d: int = 8,
    m: int = 300,
    steps: int = 60,
    loss: str = "logistic",
    seed: int = 0,
) -> dict[str, Any]:
    """Train f, attack it, train g; `wrong` names what is done wrongly on the way."""
    torch.manual_seed(seed)
    y = torch.where(torch.arange(N) % 2 == 0, 1.0, -1.0).to(dtype)
    X = torch.randn(N, d, dtype=dtype) + 0.3 * y[:, None]
    slope, momentum, eps = 0.1, 0.9, 0.5
    etas = [0.2 if k < steps // 2 else 0.02 for k in range(steps)]

    def trained(points: Tensor, labels: Tensor) -> tuple[Net, dict[str, Tensor]]:
        net = Net(m, d, slope).to(dtype)
        before = {name: value.clone() for name, value in net.state_dict().items()}
        decay = 3e-3 if wrong == "decay" else 0.0
        optimiser: torch.optim.Optimizer = torch.optim.SGD(
            net.parameters(), lr=1.0, momentum=momentum, weight_decay=decay
        )
        if wrong == "adam":
            optimiser = torch.optim.Adam(net.parameters(), lr=1.0)
        for eta in etas:
            optimiser.param_groups[0]["lr"] = 0.01 * eta if wrong == "adam" else eta
            optimiser.zero_grad()
            batch = slice(1, None) if wrong == "a sample dropped" else slice(None)
            s = -labels[batch] * net(points[batch])
            value = nn.functional.softplus(s) if loss == "logistic" else s
            value.mean().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        return net, before

    f, f_0 = trained(X, -y if wrong == "labels turned" else y)
    targets = torch.where(torch.rand(N) < 0.5, 1.0, -1.0).to(dtype)
    points = X.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(f(points).sum(), points)
    nu = gradient / gradient.norm(dim=1, keepdim=True)
    r = eps * targets[:, None] * nu
    if wrong == "clamped":
        r = (X + r).clamp(-1, 1) - X
    g, g_0 = trained(r if wrong == "g without samples" else X + r, targets)
    end_f, end_g = f.state_dict(), g.state_dict()
    return {
        "before": f_0,
        "after": end_f,
        "g_before": g_0,
        "g_after": end_g,
        "data": {"X": X, "y": y, "r": r, "targets": targets},
        "constants": {
            "slope": slope,
            "momentum": momentum,
            "eps": eps,
            "loss": loss,
            "steps": etas,
            "scenario": "b",
        },
    }


def named(run: dict[str, Any]) -> dict[str, Any]:
    """What the run leaves, by the audit's own names."""
    states = {"": ("before", "after"), "g_": ("g_before", "g_after")}
    found: dict[str, Any] = {**run["data"], **run["constants"]}
    found["g_steps"] = found["steps"]
    for prefix, (before, after) in states.items():
        for end, state in (("0", run[before]), ("", run[after])):
            found[f"{prefix}W{end}"] = state["hidden.weight"]
            found[f"{prefix}b{end}"] = state["hidden.bias"]
        width = state["readout.weight"].numel()
        found[f"{prefix}a"] = state["readout.weight"].flatten() * math.sqrt(width)
    return found
