from __future__ import annotations

import dataclasses
import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn

from properties.strategies import deep_configurations
from tests.test_meta_device import assert_unaffected
from verifier.claims import CLAIMS
from verifier.configuration import Settings
from verifier.deep_trial import DeepConfiguration, DeepTrial, draw_deep
from verifier.depth import ACTIVATIONS, DeepRecipe, Layers, move, signal, train_deep
from verifier.distributions import Data
from verifier.errors import DivergedError, InputError
from verifier.implementation import Checked, Reference
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.torch_nn import TorchNN
from verifier.losses import Exponential, Identity, Logistic, Mixture
from verifier.mutants import killers_of
from verifier.mutants.depth import PlainDeep
from verifier.span import Influence, Span, Subspace

FEW = settings(max_examples=60, deadline=None, database=None, derandomize=True)
CPU64 = {"dtype": torch.float64, "device": "cpu"}
E6 = CLAIMS["E6"]
PLAIN = DeepConfiguration(
    Data("shifted", 12, 6),
    widths=(7, 5),
    steps=(0.05, 0.1, 0.02, 0.1),
    batch_size=3,
    slope=0.2,
    momentum=0.7,
    nesterov=True,
    weight_decay=0.8,
    clip_norm=2.0,
    loss="logistic",
)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"nesterov": False},
    {"nesterov": False, "momentum": 0.0},
    {"nesterov": False, "momentum": 0.0, "decoupled": True},
    {"decoupled": True},
    {"decoupled": True, "nesterov": False},
    {"weight_decay": 0.0, "clip_norm": None},
]


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator("cpu").manual_seed(seed), **CPU64)


def plain(**changes: Any) -> DeepConfiguration:
    return dataclasses.replace(PLAIN, **changes)


def close(left: Any, right: Any) -> None:
    for parts in zip(left, right, strict=True):
        for one, other in zip(*parts, strict=True):
            a, b = np.asarray(one), np.asarray(other)
            assert np.abs(a - b).max() <= 1e-11 * np.abs(b).max()


# training


@pytest.mark.parametrize(
    "other", [TorchNN(), NumpyFloat64(), PlainDeep()], ids=lambda o: type(o).__name__
)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_three_codes_agree(other: Any, activation: str, changes: dict[str, Any]) -> None:
    for train_bias, clip, widths, loss in (
        (True, 0.3, (4,), Identity()),
        (True, None, (7, 5), Logistic()),
        (False, 2.0, (3, 1, 4, 2), Exponential()),
        (True, 0.1, (6, 2), Mixture(0.3, 0.5, 0.7, 1.5, 0.2)),
    ):
        c = plain(
            **(changes | {"train_bias": train_bias, "clip_norm": clip}),
            widths=widths,
            activation=activation,
            replacement=True,
            batch_size=9,
        )
        start = draw_deep(c)
        recipe = dataclasses.replace(start.recipe, loss=loss)
        arguments = (start.layers, start.X, start.y, recipe)
        close(train_deep(*arguments), other.train_deep(*arguments))


def test_the_gradients_are_those_of_the_objective() -> None:
    """By central differences of the objective in every weight and bias."""
    c = plain(steps=(1.0,), momentum=0.0, nesterov=False, weight_decay=0.0, clip_norm=None)
    c = dataclasses.replace(c, activation="tanh")
    start = draw_deep(c)
    X, y, recipe = start.X[start.recipe.batches[0]], start.y[start.recipe.batches[0]], start.recipe
    flat = [t.clone() for layer in start.layers for t in layer]

    def objective() -> float:
        h = X
        for W, b in zip(flat[:-2:2], flat[1:-2:2], strict=True):
            h = torch.tanh(h @ W.T + b)
        f = (h @ flat[-2].T + flat[-1])[:, 0]
        return float(recipe.loss.value(-y * f).mean())

    moved = [t for layer in train_deep(start.layers, start.X, start.y, recipe) for t in layer]
    for k, tensor in enumerate(flat):
        before = tensor.clone()
        for i in range(tensor.numel()):
            sides = []
            for step in (1e-5, -1e-5):
                tensor.view(-1)[i] = before.view(-1)[i] + step
                sides.append(objective())
            tensor.copy_(before)
            slope = (sides[0] - sides[1]) / 2e-5
            assert float((before - moved[k]).view(-1)[i]) == pytest.approx(slope, abs=1e-9)


def test_the_signal_is_the_derivative_in_the_first_preactivations() -> None:
    """Moving b_1 moves u_1; moving z moves f along the input gradient."""
    start = draw_deep(plain(activation="sine"))
    layers, z = start.layers, start.z

    def f(first_bias: Tensor, points: Tensor) -> Tensor:
        h = points
        for k, (W, b) in enumerate(layers):
            h = h @ W.T + (first_bias if k == 0 else b)
            h = torch.sin(h) if k < len(layers) - 1 else h
        return h[:, 0]

    gradient, delta = signal(layers, z, start.recipe)
    bias = layers[0][1]
    for table, move_of in (
        (delta, lambda e: (bias + e, z)),
        (gradient, lambda e: (bias, z + e)),
    ):
        for i in range(table.shape[1]):
            e = torch.zeros(table.shape[1], **CPU64)
            e[i] = 1e-5
            slope = (f(*move_of(e)) - f(*move_of(-e))) / 2e-5
            assert torch.allclose(table[:, i], slope, atol=1e-8, rtol=1e-6)


def test_diverging_training_says_so() -> None:
    c = plain(steps=(1e200,) * 4, clip_norm=None, activation="leaky relu")
    with pytest.raises(DivergedError):
        E6.check(c)
    huge = plain(steps=(1e30,), clip_norm=None, dtype="float32", momentum=0.0, nesterov=False)
    with pytest.raises(DivergedError, match="square"):
        E6.check(huge)


# the formulas


@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_kappa_is_what_decay_does_to_weights_without_a_gradient(changes: dict[str, Any]) -> None:
    """Samples at the origin give W_1 no gradient: `torch.optim.SGD` itself then shows kappa."""
    c = plain(**changes, data=Data("zero", 5, 4))
    start = draw_deep(c)
    W = TorchNN().train_deep(start.layers, start.X, start.y, start.recipe)[0][0]
    ratio = W / start.layers[0][0]
    kappa = Span().kappa(start.recipe)
    assert torch.allclose(ratio, torch.full_like(ratio, kappa), rtol=1e-13, atol=0)
    assert (kappa == 1) == (c.weight_decay == 0)


def test_kappa_is_a_product_without_momentum_or_when_decoupled() -> None:
    product = math.prod(1 - eta * 0.8 for eta in PLAIN.steps)
    for changes in OPTIONS[2:6]:
        assert Span().kappa(draw_deep(plain(**changes)).recipe) == pytest.approx(product, rel=1e-14)
    for changes in OPTIONS[:2]:
        kappa = Span().kappa(draw_deep(plain(**changes)).recipe)
        assert abs(kappa - product) > 1e-3


@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_influences_are_the_derivatives_of_the_recursion(changes: dict[str, Any]) -> None:
    """An impulse at each place of each step; the recursion is linear, so its effect is exact."""
    recipe = draw_deep(plain(**changes)).recipe
    influence = Influence.of(recipe)

    def final(place: str = "", step: int = -1) -> float:
        w, v = torch.zeros((), **CPU64), torch.zeros((), **CPU64)
        for k, eta in enumerate(recipe.steps):
            impulse = {n: float(n == place and k == step) for n in Influence._fields}
            if impulse["velocity"]:  # the velocity of this step, seen by its direction too
                v = v + impulse["velocity"] / recipe.momentum if recipe.momentum else v
            gradient = torch.full((), impulse["gradient"], **CPU64)
            if impulse["velocity"] and not recipe.momentum:
                gradient = gradient + impulse["velocity"]
            w, v, _ = move(w, v, gradient, eta, recipe)
            w = w + impulse["weights"] - eta * impulse["direction"]
        return float(w)

    for name, k in itertools.product(Influence._fields, range(len(recipe.steps))):
        assert final(name, k) == pytest.approx(getattr(influence, name)[k], rel=1e-13, abs=1e-15)


def test_the_start_reaches_the_end_by_kappa() -> None:
    """Two recursions for one number: forward, and transposed through the first step."""
    for changes in OPTIONS:
        recipe = draw_deep(plain(**changes)).recipe
        influence = Influence.of(recipe)
        kept = 1 - recipe.steps[0] * recipe.decoupled_decay
        start = kept * influence.weights[0] + recipe.coupled_decay * influence.gradient[0]
        assert start == pytest.approx(Span().kappa(recipe), rel=1e-13)


# the span


def test_the_rank_is_that_of_the_samples() -> None:
    X = normal(1, 5, 9)
    assert Subspace.of(X, torch.float64).basis.shape == (9, 5)
    assert Subspace.of(torch.cat((X, X, 0 * X)), torch.float64).basis.shape == (9, 5)
    assert Subspace.of(torch.cat((X, X[:1] + 1e-6 * X[1:2])), torch.float64).basis.shape == (9, 5)
    line = normal(2, 20, 1) * X[:1]
    for dtype in (torch.float64, torch.float32):
        rounded = (1e8 * line).to(dtype).double()
        assert Subspace.of(rounded, dtype).basis.shape == (9, 1)
    assert Subspace.of(0 * X, torch.float64).basis.shape == (9, 0)
    assert Subspace.of(normal(3, 9, 9), torch.float64).fills_the_space
    assert not Subspace.of(normal(3, 8, 9), torch.float64).fills_the_space


def test_small_and_huge_samples_count_alike() -> None:
    X = normal(4, 3, 6) * torch.tensor([[1e-8], [1.0], [1e8]], **CPU64)
    samples = Subspace.of(X, torch.float64)
    assert samples.basis.shape == (6, 3)
    assert float((samples.outside(X) / X.norm(dim=1, keepdim=True)).abs().max()) < 1e-14


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_what_is_dropped_is_bounded(dtype: torch.dtype) -> None:
    """Samples dependent up to any distance: no combination sticks out by more than it says."""
    for k, distance in enumerate(10.0 ** -np.arange(0.0, 18.0)):
        base = normal(5 + k, 4, 30)
        X = torch.cat((base, base + distance * normal(50 + k, 4, 30))).to(dtype).double()
        samples = Subspace.of(X, dtype)
        rows = X / X.norm(dim=1, keepdim=True)
        c = normal(90 + k, 100, 8)
        sticks_out = samples.outside(c @ rows).norm(dim=1)
        assert bool((sticks_out <= samples.dropped * c.abs().sum(dim=1)).all())
        assert samples.basis.shape[1] >= 4


def test_layers_above_may_be_anything() -> None:
    """Batch norm and dropout after the first layer, trained by torch alone, stay in the span."""
    torch_state = torch.get_rng_state()
    torch.manual_seed(0)
    X, y = normal(6, 5, 9), torch.where(normal(7, 5) > 0, 1.0, -1.0)
    first = nn.Linear(9, 8, **CPU64)
    above = (nn.BatchNorm1d(8, **CPU64), nn.GELU(), nn.Dropout(0.4), nn.Linear(8, 1, **CPU64))
    f = nn.Sequential(first, *above)
    W_0 = first.weight.detach().clone()
    options = {"momentum": 0.8, "nesterov": True, "weight_decay": 0.5}
    optimiser = torch.optim.SGD(f.parameters(), lr=0.1, **options)
    batches = torch.tensor([[0, 1, 2], [4, 4, 1], [3, 0, 3]], device="cpu")
    for batch in batches:
        optimiser.zero_grad()
        torch.nn.functional.softplus(-y[batch] * f(X[batch])[:, 0]).mean().backward()
        optimiser.step()
    kappa = Span().kappa(DeepRecipe((0.1,) * 3, batches, **options))
    outside = Subspace.of(X, torch.float64).outside
    change = first.weight.detach() - kappa * W_0
    assert float(outside(change).abs().max()) < 1e-15 < 1e-3 < float(change.abs().max())
    f.eval()
    z = normal(8, 4, 9).requires_grad_()
    u = first(z)
    gradient, delta = torch.autograd.grad(f[1:](u).sum(), (z, u))
    assert float(outside(gradient - kappa * delta @ W_0).abs().max()) < 1e-15
    torch.set_rng_state(torch_state)


# the claim


@pytest.mark.parametrize(
    "code", [Reference(), TorchNN(), NumpyFloat64(), PlainDeep()], ids=lambda o: type(o).__name__
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_correct_codes_stay_in_the_span(code: Any, dtype: str, changes: dict[str, Any]) -> None:
    for widths in ((1,), (7, 5), (20, 3, 8, 2, 6)):
        evidence = E6.check(plain(**changes, dtype=dtype, widths=widths), code)
        assert evidence.held == evidence.cases == widths[0] + PLAIN.fresh_points
        assert 0 < evidence.error < 0.5


@FEW
@given(deep_configurations())
def test_other_codes_hold_wherever_the_reference_does(c: DeepConfiguration) -> None:
    try:
        evidence = E6.check(c)
    except DivergedError:
        return
    assert evidence.error < 0.5
    for code in (TorchNN(), NumpyFloat64()):
        assert E6.check(c, code).error < 0.5


@pytest.mark.parametrize("mutant", killers_of("E6"), ids=lambda m: m.name)
def test_controls_miss_by_far(mutant: Any) -> None:
    c = plain(steps=(0.05, 0.1, 0.1, 0.1), decoupled=mutant.name == "kappa-coupled", batch_size=2)
    assert E6.check(c, mutant.implementation(), None, mutant.theory).error > 1e6


def test_samples_that_fill_the_space_leave_nothing_to_check() -> None:
    c = plain(data=Data("gaussian", 4, 6), batch_size=6)
    evidence = E6.check(c, killers_of("E6")[0].implementation())
    assert evidence.holds
    assert evidence.is_vacuous
    assert evidence.cases == 7 + 4


def test_only_the_samples_that_were_drawn_count() -> None:
    c = plain(data=Data("gaussian", 4, 60), batch_size=1, steps=(0.1, 0.1))
    assert DeepTrial(c).samples.basis.shape == (4, 2)
    assert not E6.check(c).is_vacuous


# configurations and draws


def test_configurations_survive_json() -> None:
    c = plain(
        loss="mixture",
        loss_constants=(("linear", 1), ("convex", 0), ("bounded", 0), ("rate", 1), ("offset", 0)),
    )
    again = DeepConfiguration.from_json(json.loads(json.dumps(c.to_json())))
    assert again == c
    assert hash(again) == hash(c)
    assert again.seed(3) == c.seed(3) != c.seed(4)
    assert plain(weight_decay=1).seed(0) == plain(weight_decay=1.0).seed(0)
    assert plain(clip_norm=1).seed(0) == plain(clip_norm=1.0).seed(0)
    assert c.seed(0, 1) != c.seed(0)


@FEW
@given(deep_configurations())
def test_drawn_configurations_survive_json(c: DeepConfiguration) -> None:
    assert DeepConfiguration.from_json(json.loads(json.dumps(c.to_json()))) == c


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("data", None),
        ("widths", ()),
        ("widths", (3, 0)),
        ("steps", ()),
        ("steps", (-0.1,)),
        ("steps", (math.nan,)),
        ("batch_size", 0),
        ("batch_size", 7),
        ("activation", "cubic"),
        ("slope", 1.5),
        ("momentum", 1.0),
        ("nesterov", 1),
        ("weight_decay", -1.0),
        ("clip_norm", 0.0),
        ("train_bias", None),
        ("loss", "hinge"),
        ("dtype", "float16"),
        ("fresh_points", 0),
    ],
)
def test_bad_configurations_name_the_argument(argument: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"^{argument}"):
        plain(**{argument: value})


def test_nesterov_needs_momentum() -> None:
    with pytest.raises(InputError, match=r"^nesterov"):
        plain(momentum=0.0)


def test_bad_json_names_the_configuration() -> None:
    with pytest.raises(InputError, match=r"^configuration"):
        DeepConfiguration.from_json({"data": {"family": "gaussian"}})


def test_batches_follow_the_description() -> None:
    without = draw_deep(plain(data=Data("gaussian", 5, 50), batch_size=50, steps=(0.1,) * 6))
    assert all(sorted(row) == list(range(50)) for row in without.recipe.batches.tolist())
    assert without.recipe.batches[0].tolist() != without.recipe.batches[1].tolist()
    larger = draw_deep(plain(batch_size=40, replacement=True)).recipe.batches
    assert larger.shape == (4, 40)
    assert set(larger.flatten().tolist()) == set(range(6))


def test_weights_have_the_variance_they_should() -> None:
    layers = draw_deep(plain(data=Data("gaussian", 300, 2), widths=(400, 200), batch_size=1)).layers
    for (W, b), inputs in zip(layers[:2], (300, 400), strict=True):
        assert float(W.square().mean()) * inputs == pytest.approx(1, abs=0.05)
        assert float(b.square().mean()) == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("changes", [{}, {"dtype": "float32", "activation": "sine"}], ids=str)
def test_nothing_uses_the_default_device(device: str, changes: dict[str, Any]) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA device")
    c, where = plain(**changes), Settings(device=device)
    start = draw_deep(c, where)
    assert_unaffected(lambda: [draw_deep(c, where).layers, start.X], device, c.torch_dtype)
    arguments = (start.layers, start.X, start.y, start.recipe)
    for code in (Reference(), TorchNN(), PlainDeep()):
        assert_unaffected(lambda code=code: code.train_deep(*arguments), device, c.torch_dtype)

    def everything() -> list[Tensor]:
        trial = DeepTrial(c, settings=where)
        bounds = [trial.rounding.bound, trial.rounding.terms, trial.samples.basis]
        return [*bounds, *signal(trial.trained, start.z.double(), start.recipe)]

    assert_unaffected(everything, device, torch.float64)
    assert E6.check(c, NumpyFloat64(), where).holds


# what an implementation returns


class Returns:
    def __init__(self, result: Any) -> None:
        self.result = result

    def train(self) -> None:
        """Required of every implementation."""

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Any:
        for t in (X, recipe.batches, layers[0][0]):
            t.zero_()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result(layers) if callable(self.result) else self.result


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "must be 3 layers"),
        (lambda layers: layers[:2], "must be 3 layers"),
        (lambda layers: [W for W, _ in layers], "must be"),
        (lambda layers: [(b, W) for W, b in layers], "shape"),
        (lambda layers: [(W + math.nan, b) for W, b in layers], "finite"),
        (DivergedError(0, "whatever it likes"), "replay"),
    ],
)
def test_bad_results_name_the_function(result: Any, words: str) -> None:
    with pytest.raises(InputError, match=rf"^train_deep\(\.\.\.\).*{words}"):
        DeepTrial(PLAIN, Returns(result)).trained  # noqa: B018


def test_an_implementation_cannot_change_what_it_was_given() -> None:
    trial = DeepTrial(PLAIN, Returns(lambda layers: layers))
    handed = draw_deep(PLAIN)
    _ = trial.trained
    assert torch.equal(trial.draw.X, handed.X)
    assert torch.equal(trial.draw.recipe.batches, handed.recipe.batches)
    assert torch.equal(trial.draw.layers[0][0], handed.layers[0][0])


def test_lists_and_arrays_are_accepted() -> None:
    start = draw_deep(PLAIN)
    arrays = [[np.asarray(W), np.asarray(b)] for W, b in start.layers]
    found = Checked(Returns(arrays)).train_deep(start.layers, start.X, start.y, start.recipe)
    assert all(torch.equal(W, V) for (W, _), (V, _) in zip(found, start.layers, strict=True))


def test_bad_arguments_of_training_are_named() -> None:
    start = draw_deep(PLAIN)
    layers, recipe = start.layers, start.recipe
    for argument, call in {
        "layers": lambda: train_deep(layers[:1], start.X, start.y, recipe),
        r"layers\[1\]": lambda: train_deep((layers[0], layers[2]), start.X, start.y, recipe),
        "X": lambda: train_deep(layers, start.X.float(), start.y, recipe),
        "y": lambda: train_deep(layers, start.X, 2 * start.y, recipe),
        r"batches\.shape": lambda: dataclasses.replace(recipe, steps=(0.1,)),
        r"batches\.dtype": lambda: dataclasses.replace(recipe, batches=recipe.batches.float()),
    }.items():
        with pytest.raises(InputError, match=f"^{argument}"):
            call()
