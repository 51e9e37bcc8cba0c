from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from verifier.model.device import block_elements
from verifier.model.network import (
    Parameters,
    activation_pattern,
    initialise,
    input_gradient,
    output,
    preactivation,
)

CPU = torch.device("cpu")
CPU64 = {"dtype": torch.float64, "device": "cpu"}
SLOPES = (0.0, 0.3, 1.0)


def generator(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def networks(
    seed: int, width: int = 7, dimension: int = 3, leading: tuple[int, ...] = ()
) -> Parameters:
    g = generator(seed)
    return initialise(width, dimension, generator=g, networks=leading, **CPU64)


def points(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator(seed), **CPU64)


def looped_output(params: Parameters, z: Tensor, slope: float) -> Tensor:
    W, b, a = (t.tolist() for t in params)
    values = []
    for point in z.tolist():
        total = 0.0
        for w, bias, readout in zip(W, b, a, strict=True):
            u = sum(p * q for p, q in zip(w, point, strict=True)) + bias
            total += readout * (u if u >= 0 else slope * u)
        values.append(total / math.sqrt(len(a)))
    return torch.tensor(values, **CPU64)


def differentiated_output(params: Parameters, z: Tensor, slope: float) -> Tensor:
    """The gradient by autograd of the definition, in torch.max form where u is never zero."""
    x = z.clone().requires_grad_()
    u = torch.stack([(params.W * point).sum(dim=1) + params.b for point in x])
    assert bool((u != 0).all())
    f = (torch.maximum(u, slope * u) * params.a).sum(dim=1) / math.sqrt(len(params.a))
    (gradient,) = torch.autograd.grad(f.sum(), x)
    return gradient


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize(("width", "dimension"), [(1, 1), (1, 4), (9, 1), (8, 5)])
def test_output_is_the_looped_definition(width: int, dimension: int, slope: float) -> None:
    params, z = networks(1, width, dimension), points(2, 6, dimension)
    torch.testing.assert_close(
        output(params, z, slope), looped_output(params, z, slope), rtol=1e-13, atol=1e-14
    )


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize(("width", "dimension"), [(1, 1), (1, 4), (9, 1), (8, 5)])
def test_input_gradient_is_autograd_s(width: int, dimension: int, slope: float) -> None:
    params, z = networks(3, width, dimension), points(4, 6, dimension)
    expected = differentiated_output(params, z, slope)
    torch.testing.assert_close(input_gradient(params, z, slope), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("slope", SLOPES)
def test_input_gradient_is_the_slope_of_the_output(slope: float) -> None:
    params, z = networks(5), points(6, 4, 3)
    gap = 1e-6
    for k, step in enumerate(gap * torch.eye(3, **CPU64)):
        rise = (output(params, z + step, slope) - output(params, z - step, slope)) / (2 * gap)
        assert (rise - input_gradient(params, z, slope)[:, k]).abs().max() < 1e-8


def test_preactivation_is_the_looped_definition() -> None:
    params, z = networks(7), points(8, 4, 3)
    u = preactivation(params, z)
    for p in range(4):
        for i in range(7):
            expected = float((z[p] * params.W[i]).sum() + params.b[i])
            assert float(u[p, i]) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("slope", SLOPES)
def test_the_pattern_is_one_at_the_kink(dtype: torch.dtype, slope: float) -> None:
    tiny = torch.finfo(dtype).smallest_normal
    u = torch.tensor([-math.inf, -1.0, -tiny, -0.0, 0.0, tiny, 2.0], dtype=dtype, device="cpu")
    before = u.clone()
    expected = torch.tensor([slope] * 3 + [1.0] * 4, dtype=dtype, device="cpu")
    assert torch.equal(activation_pattern(u, slope), expected)
    assert torch.equal(u, before)


@pytest.mark.parametrize("slope", SLOPES)
def test_the_gradient_on_a_kink_takes_slope_one(slope: float) -> None:
    params = networks(9)._replace(b=torch.zeros(7, **CPU64))
    origin = torch.zeros(1, 3, **CPU64)
    expected = sum(float(a) * w for a, w in zip(params.a, params.W, strict=True)) / math.sqrt(7)
    torch.testing.assert_close(input_gradient(params, origin, slope)[0], expected)
    assert float(output(params, origin, slope)) == 0.0


@pytest.mark.parametrize("leading", [(3,), (2, 3)])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("slope", SLOPES)
def test_several_networks_at_once_are_each_one_alone(
    leading: tuple[int, ...], shared: bool, slope: float
) -> None:
    params = networks(10, leading=leading)
    z = points(11, 5, 3) if shared else points(11, *leading, 5, 3)
    f, gradient = output(params, z, slope), input_gradient(params, z, slope)
    assert f.shape == (*leading, 5)
    assert gradient.shape == (*leading, 5, 3)
    for index in np.ndindex(*leading):
        alone, own = Parameters(*(t[index] for t in params)), z if shared else z[index]
        torch.testing.assert_close(f[index], looped_output(alone, own, slope))
        torch.testing.assert_close(gradient[index], differentiated_output(alone, own, slope))


@pytest.mark.parametrize(
    ("width", "leading", "count"),
    [
        (block_elements(CPU) // 3, (), 8),  # three points a block, two in the last
        (block_elements(CPU) + 1, (), 3),  # one point is more than a block
        (block_elements(CPU) // 8, (4,), 5),  # the networks share the block: two points each
    ],
)
@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_block_boundaries_do_not_change_results(
    width: int, leading: tuple[int, ...], count: int, slope: float
) -> None:
    params, z = networks(12, width, 2, leading), points(13, *leading, count, 2)
    W, b, a = (t.numpy() for t in params)
    u = np.einsum("...pd,...md->...pm", z.numpy(), W) + b[..., None, :]
    f = np.einsum("...pm,...m->...p", np.where(u >= 0, u, slope * u), a) / math.sqrt(width)
    lift = np.where(u >= 0, 1.0, slope) * a[..., None, :]
    gradient = np.einsum("...pm,...md->...pd", lift, W) / math.sqrt(width)
    assert np.abs(output(params, z, slope).numpy() - f).max() < 1e-11
    assert np.abs(input_gradient(params, z, slope).numpy() - gradient).max() < 1e-11


def test_float32_stays_float32_and_close_to_float64() -> None:
    params, z = networks(14, 50, 6), points(15, 9, 6)
    single = params.to("cpu", torch.float32)
    for function in (output, input_gradient):
        low, high = function(single, z.float(), 0.3), function(params, z, 0.3)
        assert low.dtype == torch.float32
        assert (low.double() - high).abs().max() < 1e-5


def test_nothing_handed_over_is_written_to() -> None:
    params, z = networks(16), points(17, 5, 3)
    handed = (*params, z)
    copies = [t.clone() for t in handed]
    output(params, z, 0.3)
    input_gradient(params, z, 0.3)
    preactivation(params, z)
    assert all(torch.equal(s, t) for s, t in zip(handed, copies, strict=True))
    assert all(s.data_ptr() != t.data_ptr() for s, t in zip(params.clone(), params, strict=True))


def test_initialisation_follows_the_stated_distributions() -> None:
    width, d = 4000, 25
    W, b, a = networks(18, width, d)
    for values, scale in ((W.flatten(), d**-0.5), (b, 1.0), (a, 1.0)):
        assert stats.kstest(values.numpy() / scale, "norm").pvalue > 1e-3
        count = values.numel()
        assert abs(float(values.mean())) < 4 * scale / math.sqrt(count)
        assert abs(float(values.var()) / scale**2 - 1) < 4 * math.sqrt(2 / count)
    columns = torch.cat((W, b[:, None], a[:, None]), dim=1).T
    correlation = torch.corrcoef(columns) - torch.eye(d + 2, **CPU64)
    assert correlation.abs().max() < 5 / math.sqrt(width)
    assert torch.corrcoef(W)[:50, :50].fill_diagonal_(0).abs().max() < 5.5 / math.sqrt(d)


def test_several_networks_are_drawn_independently() -> None:
    W, b, a = networks(19, 500, 4, (3,))
    assert (W.shape, b.shape, a.shape) == ((3, 500, 4), (3, 500), (3, 500))
    for values in (W.flatten(1), b, a):
        assert torch.corrcoef(values).fill_diagonal_(0).abs().max() < 5 / math.sqrt(500)


@pytest.mark.parametrize("leading", [(), (2,)])
def test_every_dtype_gets_the_same_draw(leading: tuple[int, ...]) -> None:
    wide = initialise(6, 4, generator=generator(20), networks=leading, **CPU64)
    for dtype in (torch.float32, torch.bfloat16):
        narrow = initialise(
            6, 4, generator=generator(20), dtype=dtype, device="cpu", networks=leading
        )
        for part, other in zip(narrow, wide, strict=True):
            assert part.dtype == dtype
            assert torch.equal(part, other.to(dtype))


def test_a_generator_that_moved_on_gives_another_network() -> None:
    g = generator(21)
    first, second = (initialise(6, 4, generator=g, **CPU64) for _ in range(2))
    again = initialise(6, 4, generator=generator(21), **CPU64)
    assert all(torch.equal(s, t) for s, t in zip(first, again, strict=True))
    assert not any(torch.equal(s, t) for s, t in zip(first, second, strict=True))


def test_width_and_dimension_are_the_last_ones() -> None:
    params = networks(22, 7, 3, (2,))
    assert (params.width, params.dimension) == (7, 3)
