"""R5's formulas against exact witnesses."""

from __future__ import annotations

import math
from itertools import product

import pytest
import torch
from scipy import stats
from torch import Tensor

from tests.statements.agreement.diagrams import agreement, many, problem
from tests.statements.agreement.draws import CPU64, generator, signs
from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.kernel.phi import phi
from verifier.kernel.prediction import f_hat, g_hat, sharpened_direction
from verifier.model.network import initialise, input_gradient, output
from verifier.statements.agreement.formulas import PhaseDiagram, angle, limit_kernel
from verifier.statements.agreement.jointly_normal import bivariate_normal
from verifier.statements.agreement.rivals import scaled
from verifier.statistics import bounded_mean

# --- the bivariate normal -------------------------------------------------------------------------


@pytest.mark.parametrize("r", [0.0, 0.3, -0.7, 0.9, -0.99, 0.999])
def test_bivariate_normal_is_scipys(r: float) -> None:
    grid = torch.tensor(list(product((-6.0, -1.3, 0.0, 0.4, 2.0, 7.0), repeat=2)), **CPU64)
    got = bivariate_normal(grid[:, 0], grid[:, 1], torch.full((len(grid),), r, **CPU64))
    law = stats.multivariate_normal([0, 0], [[1, r], [r, 1]])
    want = torch.tensor([float(law.cdf(point)) for point in grid.numpy()], **CPU64)
    assert torch.allclose(got, want, rtol=0, atol=1e-11)


# --- given the draws: against the library's unbatched formulas ------------------------------------


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
def test_limit_kernel_is_phi(slope: float) -> None:
    X, _, z = Data("shifted", 5, 7).sample(4, generator(1))
    z = torch.cat((z, X[:2], X[:1] + 1e-4))
    assert torch.allclose(limit_kernel(z, X, slope), phi(z, X, slope), rtol=0, atol=2e-8)
    assert torch.allclose(limit_kernel(z[:4], X, slope), phi(z[:4], X, slope), rtol=0, atol=1e-14)
    assert bool((angle(X, X).diagonal() == 0).all())


@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("slope", [0.0, 0.4])
@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_signs_of_single_runs(scenario: str, slope: float, beta: float) -> None:
    diagram, z = problem(scenario, 1.5, 0.7, 2.0, slope=slope, beta=beta)
    X, y, g = diagram.X, diagram.y, generator(3)
    starts = initialise(50, 4, generator=g, networks=(3,), **CPU64)
    targets = signs(g, 3, len(y))
    f_0, gradient = output(starts, z, slope), input_gradient(starts, X, slope)
    stacked = many(diagram, 3)
    h = sharpened_direction(X, X, y, slope, beta)
    assert torch.allclose(diagram.clean_gradient(), h, rtol=0, atol=1e-13)
    f = stacked.f_prediction(z, f_0)
    found = stacked.g_prediction(z, f_0, gradient, targets)
    assert f.shape == found.shape == (3, len(z))
    for k in range(3):
        want = f_0[k] + 0.7 * f_hat(z, X, y, slope, beta)
        assert torch.allclose(f[k], want, rtol=0, atol=1e-13)
        nu = torch.nn.functional.normalize(0.7 * h + gradient[k], dim=1)
        r = 1.5 * targets[k, :, None] * nu
        want = f_0[k] + 2.0 * g_hat(z, diagram.natural, r, targets[k], slope, beta)
        assert torch.allclose(found[k], want, rtol=0, atol=1e-13)


def test_own_kernel_is_the_mean_over_neurons() -> None:
    start = initialise(30, 3, generator=generator(4), **CPU64)
    X, _, z = Data("shifted", 3, 4).sample(5, generator(5))
    got = PhaseDiagram.own_kernel(start)(z, X, 0.2)
    for i, n in product(range(5), range(4)):
        patterns = [torch.where(start.W @ p + start.b >= 0, 1.0, 0.2) for p in (z[i], X[n])]
        assert got[i, n] == pytest.approx(float((start.a**2 * patterns[0] * patterns[1]).mean()))


# --- averaged over the draws: each moment against enumeration, autograd or simulation -------------


@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("slope", [0.0, 0.4])
def test_response_is_the_law_over_all_targets(scenario: str, slope: float) -> None:
    diagram, z = problem(scenario, 1.5, 0.7, 2.0, slope=slope)
    nu = torch.nn.functional.normalize(torch.randn(6, 4, generator=generator(6), **CPU64), dim=1)
    every = torch.tensor(list(product((-1.0, 1.0), repeat=6)), **CPU64)
    values = torch.stack(
        [g_hat(z, diagram.natural, 1.5 * t[:, None] * nu, t, slope) for t in every]
    )
    response = diagram.response(z, nu)
    assert torch.allclose(response.mean.mean(dim=1), values.mean(dim=0), atol=1e-13)
    variance = values.var(dim=0, unbiased=False)
    assert torch.allclose(diagram.target_variance(response), variance, atol=1e-13)


@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("slope", [0.0, 0.4])
def test_sensitivity_is_the_derivative_of_the_mean(scenario: str, slope: float) -> None:
    diagram, z = problem(scenario, 1.5, 0.7, 2.0, slope=slope)
    pull = (0.7 * diagram.clean_gradient()).requires_grad_(True)
    size = (pull.square().sum(dim=1, keepdim=True) + (1 + slope**2) / 2).sqrt()
    nu = pull / size
    found = diagram.mean_directions()
    assert torch.allclose(found[0], nu.detach())
    w = diagram.sensitivity(z, diagram.response(z, found[0]), *found)
    for i in range(len(z)):
        value = diagram.response(z[i : i + 1], nu).mean.mean()
        (want,) = torch.autograd.grad(value, pull, retain_graph=True)
        assert torch.allclose(w[i], want, rtol=0, atol=1e-14)


@pytest.mark.parametrize("slope", [0.0, 0.4])
def test_moments_of_the_start(slope: float) -> None:
    # second moments are the same at every width; two of the samples coincide
    diagram, z = problem("b", 1.5, 0.7, 2.0, slope=slope)
    diagram.X = torch.cat((diagram.X[:5], diagram.X[:1]))
    w = torch.randn(len(z), 6, 4, generator=generator(7), **CPU64)
    count, g = 100_000, generator(8)
    starts = initialise(3, 4, generator=g, networks=(count,), **CPU64)
    f_0 = output(starts, z, slope)
    moved = torch.einsum("knd,pnd->kp", input_gradient(starts, diagram.X, slope), w)
    for name, products, want in (
        ("sd_0^2", f_0.square(), diagram.start_variance(z)),
        ("C", f_0 * moved, diagram.start_covariance(z, w)),
        ("V", moved.square(), diagram.direction_variance(w)),
    ):
        error = products.std(dim=0) / math.sqrt(count)
        assert bool(((products.mean(dim=0) - want).abs() < 5 * error).all()), name
        assert bool((error < 0.05 * want.abs().max()).all()), name


def covariance(x: Tensor, z: Tensor, slope: float) -> Tensor:
    """`E f_0(x) f_0(z)` of two points (theory section 1)."""
    d = len(x)
    c, size = x @ z / d + 1, ((x @ x / d + 1) * (z @ z / d + 1)).sqrt()
    theta = torch.acos(c / size)
    arc = (theta.sin() + (math.pi - theta) * theta.cos()) / (2 * math.pi)
    return slope * c + (1 - slope) ** 2 * size * arc


@pytest.mark.parametrize("slope", [0.0, 0.4])
def test_covariances_of_gradients_are_derivatives_of_the_outputs(slope: float) -> None:
    """Exactly: the gradient of f_0 at x covaries as the derivative of f_0's covariance by x."""
    diagram, z = problem("b", 1.5, 0.7, 2.0, slope=slope)
    X, d = diagram.X, z.shape[1]
    w = torch.randn(len(z), len(X), d, generator=generator(7), **CPU64)
    C, V = torch.zeros(len(z), **CPU64), torch.zeros(len(z), **CPU64)
    for n, x in enumerate(X):
        for p, point in enumerate(z):
            C[p] += w[p, n] @ torch.func.grad(covariance)(x, point, slope)
        for k, other in enumerate(X):
            if k == n:  # signs and directions of a weight are independent
                V += (1 + slope**2) / 2 * w[:, n].square().sum(dim=1) / d
                continue
            mixed = torch.func.jacrev(torch.func.grad(covariance), argnums=1)(x, other, slope)
            V += torch.einsum("pi,ij,pj->p", w[:, n], mixed, w[:, k])
    assert torch.allclose(diagram.start_covariance(z, w), C, rtol=1e-11, atol=0)
    assert torch.allclose(diagram.direction_variance(w), V, rtol=1e-11, atol=0)


def test_agreement_forgets_the_starts_after_long_training() -> None:
    diagram, z = problem("b", 2.0, 1e9, 1e9, samples=400, d=3)
    nu = diagram.mean_directions()[0]
    assert torch.allclose(torch.linalg.vector_norm(nu, dim=1), torch.ones(400, **CPU64))
    mu = diagram.response(z, nu).mean.mean(dim=1)
    noise = diagram.target_variance(diagram.response(z, nu)).sqrt()
    same = diagram.clean_prediction(z).sign() * mu.sign()
    want = torch.special.ndtr(same * mu.abs() / noise)
    assert torch.allclose(agreement(diagram, z), want, atol=1e-6)


def test_without_any_training_f_and_g_agree_by_chance() -> None:
    for times in ((0.0, 0.0), (3.0, 0.0)):
        diagram, z = problem("b", 2.0, *times)
        assert torch.allclose(agreement(diagram, z), torch.full((5,), 0.5, **CPU64))


def test_many_runs_at_once_are_the_runs_one_by_one() -> None:
    alone = [problem("b", 1.5, 0.7, 2.0, seed=s) for s in (1, 2)]
    X, y = (torch.stack([getattr(p, name) for p, _ in alone]) for name in ("X", "y"))
    z = torch.stack([z for _, z in alone])
    together = agreement(PhaseDiagram(X, y, X, 1.5, 0.7, 2.0, 0.0), z)
    for k, (diagram, points) in enumerate(alone):
        assert torch.allclose(together[k], agreement(diagram, points), rtol=0, atol=1e-14)


def test_bad_input_is_refused() -> None:
    X, y, _ = Data("shifted", 4, 6).sample(1, generator(0))
    for arguments, name in (
        ((X, y, X, -1.0, 1.0, 1.0, 0.0), "eps"),
        ((X, y, X, 1.0, math.nan, 1.0, 0.0), "f_time"),
        ((X, y, X, 1.0, 1.0, 1.0, 2.0), "slope"),
        ((X, 2 * y, X, 1.0, 1.0, 1.0, 0.0), "y"),
        ((X, y, X[:3], 1.0, 1.0, 1.0, 0.0), "natural"),
    ):
        with pytest.raises(InputError, match=name):
            PhaseDiagram(*arguments)
    with pytest.raises(InputError, match="tolerance"):
        bounded_mean("", y, -torch.ones(6), torch.ones(6), 0.0, alpha=0.1, wanted=1.0)
    with pytest.raises(InputError, match="values"):
        bounded_mean("", 2 * y, -torch.ones(6), torch.ones(6), 0.1, alpha=0.1, wanted=1.0)


def test_a_rival_is_the_kernel_times_its_factor() -> None:
    z, X = (torch.randn(n, 4, generator=generator(n), **CPU64) for n in (3, 5))
    assert torch.equal(scaled(phi, 0.8)(z, X, 0.3), 0.8 * phi(z, X, 0.3))
