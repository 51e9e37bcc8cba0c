"""Independent witnesses: the objective written once, plainly, and differentiated by autograd.

Nothing here shares a formula with `network`, `training` or `perturbation`. `phi` is written with
`where(u >= 0, ...)`, because torch's own leaky ReLU takes the slope at the kink, against the
convention `phi'(0) = 1`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


def plain_output(params: Parameters, z: Tensor, slope: float) -> Tensor:
    """`f(z)` by the definition, (P,)."""
    u = torch.einsum("pd,md->pm", z, params.W) + params.b
    hidden = torch.where(u >= 0, u, slope * u)
    return torch.einsum("pm,m->p", hidden, params.a) / math.sqrt(params.width)


def objective(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Tensor:
    """`(1/N) sum_n ell(-y_n f(x_n))`, a scalar."""
    return recipe.loss.value(-y * plain_output(params, X, recipe.slope)).mean()


def objective_gradient(
    params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
) -> tuple[Tensor, Tensor]:
    """Gradient of the objective in `W` (m, d) and `b` (m,), by autograd."""
    W, b = (t.detach().clone().requires_grad_() for t in (params.W, params.b))
    value = objective(Parameters(W, b, params.a), X, y, recipe)
    gradient_W, gradient_b = torch.autograd.grad(value, (W, b))
    return gradient_W, gradient_b


def attack_gradient(
    params: Parameters, X: Tensor, targets: Tensor, recipe: Recipe
) -> tuple[Tensor, Tensor]:
    """By autograd: `nabla_x ell(-ytil_n f(x_n))` and `nabla_x f(x_n)`, each (N, d)."""
    x = X.detach().clone().requires_grad_()
    f = plain_output(params, x, recipe.slope)
    (of_output,) = torch.autograd.grad(f.sum(), x, retain_graph=True)
    (of_loss,) = torch.autograd.grad(recipe.loss.value(-targets * f).sum(), x)
    return of_loss, of_output
