from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.statements.identities.formulas import Decomposition, PerturbationDecomposition
from verifier.trial.trained import Trained

CPU64 = {"dtype": torch.float64, "device": "cpu"}
SLOPES = (0.0, 0.3, 1.0)
M, N, D, P = 5, 4, 3, 6
STEPS = (0.9, 0.0, 1.7, 0.8)


def generator(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def invented(seed: int, recipe: Recipe) -> Trained:
    """A run whose parts do not belong together: every formula must read the right one."""
    g = generator(seed)
    initial, final = (initialise(M, D, generator=g, **CPU64) for _ in range(2))
    X, y = torch.randn(N, D, generator=g, **CPU64), torch.randn(N, generator=g, **CPU64).sign()
    tau, A = torch.rand(N, generator=g, **CPU64), torch.rand(M, N, generator=g, **CPU64)
    return Trained(initial, final._replace(a=initial.a), X, y, recipe, tau, A)


def points(seed: int) -> Tensor:
    return torch.randn(P, D, generator=generator(seed), **CPU64)


def trained(seed: int, recipe: Recipe, X: Tensor | None = None, y: Tensor | None = None) -> Trained:
    """A run followed step by step with autograd, its path kept and summed with explicit omegas."""
    g = generator(seed)
    start = initialise(M, D, generator=g, **CPU64)
    own_X, own_y = torch.randn(N, D, generator=g, **CPU64), torch.randn(N, generator=g, **CPU64)
    X, y = own_X if X is None else X, own_y.sign() if y is None else y
    W, b = start.W.clone().requires_grad_(), start.b.clone().requires_grad_()
    velocity = [torch.zeros_like(W), torch.zeros_like(b)]
    path = []
    for eta in recipe.steps:
        u = X @ W.T + b
        f = torch.maximum(u, recipe.slope * u) @ start.a / math.sqrt(M)
        gradients = torch.autograd.grad(recipe.loss.value(-y * f).mean(), (W, b))
        p = recipe.loss.derivative(-y * f.detach())
        path.append((p, torch.maximum((u > 0).double(), recipe.slope * torch.ones_like(u)).T))
        velocity = [recipe.momentum * v + g for v, g in zip(velocity, gradients, strict=True)]
        W = (W - eta * velocity[0]).detach().requires_grad_()
        b = (b - eta * recipe.beta * velocity[1]).detach().requires_grad_()
    K, tau, A = len(STEPS), torch.zeros(N, **CPU64), torch.zeros(M, N, **CPU64)
    for j, (p, pattern) in enumerate(path):
        omega = sum(recipe.steps[k] * recipe.momentum ** (k - j) for k in range(j, K))
        tau, A = tau + omega * p, A + omega * p * pattern
    return Trained(start, Parameters(W.detach(), b.detach(), start.a), X, y, recipe, tau, A)


def patterns(params: Parameters, z: Tensor, slope: float) -> list[list[float]]:
    """`phi'(u_i(z))` by loops, [point][neuron]."""
    W, b, _ = (t.tolist() for t in params)
    return [
        [
            1.0 if sum(map(float.__mul__, w, p)) + bias >= 0 else slope
            for w, bias in zip(W, b, strict=True)
        ]
        for p in z.tolist()
    ]


def looped_coefficients(run: Trained, z: Tensor) -> list[list[float]]:
    """`C_n(z) = (1/(N m)) sum_i a_i^2 phi'(u_i(z;T)) A_in`, [point][sample]."""
    a, A = run.initial.a.tolist(), run.path_weights.tolist()
    return [
        [sum(a[i] ** 2 * row[i] * A[i][n] for i in range(M)) / (N * M) for n in range(N)]
        for row in patterns(run.final, z, run.recipe.slope)
    ]


def close(got: Tensor, expected: object) -> None:
    wanted = torch.tensor(expected, **CPU64) if not isinstance(expected, Tensor) else expected
    torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-14)


ANY_RECIPE = pytest.mark.parametrize(
    "recipe",
    [
        Recipe(STEPS, slope=slope, momentum=momentum, loss=loss, train_bias=bias)
        for slope, momentum, loss, bias in (
            (0.0, 0.0, Identity(), True),
            (0.3, 0.5, Logistic(), False),
            (1.0, 0.5, Identity(), False),
            (0.3, 0.0, Logistic(), True),
        )
    ],
    ids=lambda r: f"{r.slope}-{r.momentum}-{r.loss.name}-{r.beta}",
)


# Each method is its formula


@ANY_RECIPE
def test_weights_of_e1(recipe: Recipe) -> None:
    run = invented(1, recipe)
    a, y, A = run.initial.a.tolist(), run.y.tolist(), run.path_weights.tolist()
    W, b = Decomposition(run).final_weights()
    for i in range(M):
        pulls = [a[i] * y[n] * A[i][n] / (N * math.sqrt(M)) for n in range(N)]
        move = sum(pull * x for pull, x in zip(pulls, run.X, strict=True))
        close(Decomposition(run).sample_sum(run.X)[i], move)
        close(W[i], run.initial.W[i] + move)
        close(b[i], run.initial.b[i] + recipe.beta * sum(pulls))


@ANY_RECIPE
def test_gradient_and_coefficients_of_e1(recipe: Recipe) -> None:
    run, z = invented(2, recipe), points(3)
    theory = Decomposition(run)
    pattern, C = patterns(run.final, z, recipe.slope), looped_coefficients(run, z)
    close(theory.pattern(z), pattern)
    close(theory.coefficients(z), C)
    assert torch.equal(theory.signs(), run.y)
    for p in range(P):
        xi = sum(
            float(run.initial.a[i]) * pattern[p][i] * run.initial.W[i] / math.sqrt(M)
            for i in range(M)
        )
        close(theory.initial_part(z)[p], xi)
        signed = sum(float(run.y[n]) * C[p][n] * run.X[n] for n in range(N))
        close(theory.input_gradient(z)[p], xi + signed)


@ANY_RECIPE
def test_output_of_e2(recipe: Recipe) -> None:
    run, z = invented(4, recipe), points(5)
    theory = Decomposition(run)
    pattern, C = patterns(run.final, z, recipe.slope), looped_coefficients(run, z)
    for p in range(P):
        start = 0.0
        for i in range(M):
            u_0 = float(run.initial.W[i] @ z[p]) + float(run.initial.b[i])
            start += float(run.initial.a[i]) * pattern[p][i] * u_0 / math.sqrt(M)
        close(theory.initial_output(z)[p], torch.tensor(start, **CPU64))
        inner = [float(run.X[n] @ z[p]) + recipe.beta for n in range(N)]
        close(theory.inner(z)[p], inner)
        total = start + sum(float(run.y[n]) * C[p][n] * inner[n] for n in range(N))
        close(theory.output(z)[p], torch.tensor(total, **CPU64))


@ANY_RECIPE
def test_squeeze_of_e3(recipe: Recipe) -> None:
    run, z = invented(6, recipe), points(18)
    theory, a = Decomposition(run), run.initial.a.tolist()
    shown = patterns(run.final, z, recipe.slope)
    mass = [sum(a[i] ** 2 * row[i] for i in range(M)) / M for row in shown]
    close(theory.slope_mass(z), mass)
    low, high = theory.squeeze(z)
    close(high, [[s * t / N for t in run.tau.tolist()] for s in mass])
    close(low, [[recipe.slope * s * t / N for t in run.tau.tolist()] for s in mass])
    abar = sum(v**2 for v in a) / M  # no wider than the form with abar alone
    assert bool((theory.slope_mass(z) <= abar * (1 + 1e-12)).all())
    assert bool((theory.slope_mass(z) >= recipe.slope * abar * (1 - 1e-12)).all())


@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("slope", SLOPES)
def test_weight_bounds_of_e1b(slope: float, momentum: float) -> None:
    recipe = Recipe(STEPS, slope=slope, momentum=momentum)
    K = len(STEPS)
    T = sum(STEPS[k] * momentum ** (k - j) for j in range(K) for k in range(j, K))
    assert Decomposition(invented(7, recipe)).weight_bounds() == pytest.approx((slope * T, T))
    other = Recipe(STEPS, Logistic(), slope, momentum)
    assert Decomposition(invented(7, other)).weight_bounds() == (0.0, math.inf)


@pytest.mark.parametrize("recipe", [Recipe(STEPS, slope=0.3), Recipe(STEPS, train_bias=False)])
def test_output_of_e5(recipe: Recipe) -> None:
    f_run, g_run, z = invented(8, recipe), invented(9, recipe), points(10)
    g = generator(11)
    natural = torch.randn(N, D, generator=g, **CPU64)
    targets = torch.tensor([1.0, -1.0, -1.0, 1.0], **CPU64)
    f, of_g, eps = Decomposition(f_run), Decomposition(g_run), 0.7
    theory = PerturbationDecomposition(f, of_g, natural, targets, eps)
    C_f, C_g = looped_coefficients(f_run, f_run.X), looped_coefficients(g_run, z)
    nu = []
    for n in range(N):
        xi = f.initial_part(f_run.X[n : n + 1])[0]  # compared with its loop above
        direction = xi + sum(float(f_run.y[k]) * C_f[n][k] * f_run.X[k] for k in range(N))
        nu.append(direction / math.hypot(*direction.tolist()))
    close(theory.perturbation_directions(), torch.stack(nu))
    for p in range(P):
        total = float(of_g.initial_output(z[p : p + 1]))
        for n in range(N):
            k = float(natural[n] @ z[p]) + recipe.beta
            total += C_g[p][n] * (float(targets[n]) * k + eps * float(nu[n] @ z[p]))
        close(theory.output(z)[p], torch.tensor(total, **CPU64))


def test_a_direction_that_vanishes_is_zero() -> None:
    run = invented(12, Recipe(STEPS))
    dead = Parameters(0 * run.final.W, -torch.ones_like(run.final.b), run.final.a)
    f = Decomposition(
        Trained(run.initial, dead, run.X, run.y, run.recipe, run.tau, run.path_weights)
    )
    theory = PerturbationDecomposition(f, f, run.X, run.y, 0.7)
    assert torch.equal(theory.perturbation_directions(), torch.zeros_like(run.X))


# The formulas hold on runs that were really trained


@ANY_RECIPE
def test_identities_hold_on_a_trained_network(recipe: Recipe) -> None:
    run, z = trained(13, recipe), points(14).requires_grad_()
    theory = Decomposition(run)
    W, b = theory.final_weights()
    torch.testing.assert_close(W, run.final.W, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(b, run.final.b, rtol=1e-12, atol=1e-13)
    u = z @ run.final.W.T + run.final.b
    f = torch.maximum(u, recipe.slope * u) @ run.final.a / math.sqrt(M)
    (gradient,) = torch.autograd.grad(f.sum(), z)
    z = z.detach()
    torch.testing.assert_close(theory.output(z), f.detach(), rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(theory.input_gradient(z), gradient, rtol=1e-12, atol=1e-13)
    low, high = theory.squeeze(z)
    C = theory.coefficients(z)
    assert bool((low - 1e-14 <= C).all())
    assert bool((C - high <= 1e-14).all())
    least, most = theory.weight_bounds()
    assert bool((run.path_weights >= least - 1e-14).all())
    assert bool((run.path_weights <= most + 1e-14).all())


@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda v: v.name)
def test_e5_holds_on_a_network_trained_on_perturbations(scenario: str, loss: Loss) -> None:
    recipe = Recipe(STEPS, loss, 0.2, 0.4)
    f = trained(15, recipe)
    x = f.X.clone().requires_grad_()
    u = x @ f.final.W.T + f.final.b
    output = torch.maximum(u, 0.2 * u) @ f.final.a / math.sqrt(M)
    (gradient,) = torch.autograd.grad(output.sum(), x)
    targets = torch.tensor([-1.0, 1.0, 1.0, -1.0], **CPU64)
    natural = f.X if scenario == "b" else torch.zeros_like(f.X)
    r = 0.7 * targets[:, None] * gradient / gradient.norm(dim=1, keepdim=True)
    g = trained(16, recipe, natural + r, targets)
    theory = PerturbationDecomposition(Decomposition(f), Decomposition(g), natural, targets, 0.7)
    z = points(17)
    u = z @ g.final.W.T + g.final.b
    expected = torch.maximum(u, 0.2 * u) @ g.final.a / math.sqrt(M)
    torch.testing.assert_close(theory.output(z), expected, rtol=1e-12, atol=1e-13)


def test_the_helpers_draw_generic_runs() -> None:
    """Otherwise the comparisons above could not fail."""
    run = trained(13, Recipe(STEPS, Logistic(), 0.3, 0.5))
    moved = (run.final.W - run.initial.W).norm(dim=1)
    assert bool((moved > 0.01).all())
    flips = np.array(patterns(run.initial, run.X, 0.3)) != np.array(patterns(run.final, run.X, 0.3))
    assert flips.any()
