"""Families of data, and how their samples may be arranged and labelled."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import ARRANGEMENTS, FAMILIES, Data


def generator(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def sample(fresh: int = 5, **fields: object) -> tuple[Tensor, Tensor, Tensor]:
    data = Data(**{"family": "gaussian", "dimension": 4, "samples": 9, **fields})
    return data.sample(fresh, generator(7))


@pytest.mark.parametrize("family", [*FAMILIES, "raw"])
@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize("labels", ["class", "random", "one"])
def test_every_family_gives_samples_labels_and_fresh_points(
    family: str, arrangement: str, labels: str
) -> None:
    points = tuple((float(i), 1.0, 0.0, -2.0) for i in range(9)) if family == "raw" else ()
    fields = {"family": family, "arrangement": arrangement, "labels": labels, "points": points}
    X, y, z = sample(**fields)
    assert (X.shape, y.shape, z.shape) == ((9, 4), (9,), (5, 4))
    assert all(t.dtype == torch.float64 for t in (X, y, z))
    assert all(bool(t.isfinite().all()) for t in (X, y, z))
    assert bool((y.abs() == 1).all())
    assert labels != "one" or len(set(y.tolist())) == 1
    tenfold = sample(scale=10.0, **fields)
    torch.testing.assert_close(tenfold[0], 10 * X)
    torch.testing.assert_close(tenfold[2], 10 * z)


def test_orthonormal_samples_are_orthonormal() -> None:
    X, _, z = sample(fresh=2, family="orthonormal", dimension=9, samples=7)
    rows = torch.cat((X, z))
    torch.testing.assert_close(rows @ rows.T, torch.eye(9, dtype=torch.float64, device="cpu"))
    X, _, _ = sample(family="orthonormal", dimension=3, samples=7)  # more than fit: they repeat
    gram = X @ X.T
    expected = [[float(i % 3 == j % 3) for j in range(7)] for i in range(7)]
    torch.testing.assert_close(gram, torch.tensor(expected, dtype=torch.float64, device="cpu"))


def test_duplicated_samples_come_in_pairs_with_labels_of_their_own() -> None:
    X, y, _ = sample(arrangement="duplicated", samples=41)
    rows = [tuple(row) for row in X.tolist()]
    assert rows[0:40:2] == rows[1:40:2]
    assert Counter(Counter(rows).values()) == {2: 20, 1: 1}
    assert not torch.equal(y[0:40:2], y[1:40:2])


def test_collinear_samples_lie_on_one_line_through_zero() -> None:
    X, _, z = sample(arrangement="collinear")
    assert int(torch.linalg.matrix_rank(X)) == 1
    assert len({tuple(row) for row in X.tolist()}) == 9
    assert int(torch.linalg.matrix_rank(z)) == 4
    assert len(set((X @ X[0]).sign().tolist())) == 2


def test_one_class_is_either_class() -> None:
    seen = set()
    for seed in range(20):
        _, y, _ = Data("gaussian", 3, 8, labels="one").sample(1, generator(seed))
        assert len(set(y.tolist())) == 1
        seen.add(float(y[0]))
    assert seen == {-1.0, 1.0}


def test_zero_samples_are_zero() -> None:
    X, y, z = sample(family="zero", samples=50)
    assert not bool(X.any())
    assert not bool(z.any())
    assert set(y.tolist()) == {-1.0, 1.0}


def test_raw_samples_are_the_points_given() -> None:
    points = ((1.0, 2.0), (-3.0, 1e-8), (0.0, 0.0))
    X, _, z = sample(family="raw", dimension=2, samples=3, points=points, scale=2.0)
    assert X.tolist() == [[2 * v for v in p] for p in points]
    assert len({tuple(row) for row in z.tolist()}) == 5
    only_zero = sample(family="raw", dimension=2, samples=1, points=((0.0, 0.0),))
    assert bool(only_zero[2].all())


def test_shifted_classes_have_the_stated_means() -> None:
    X, y, _ = sample(family="shifted", samples=20_000, separation=0.7)
    residual = X - 0.7 * y[:, None]
    assert residual.mean(dim=0).abs().max() < 4 / 20_000**0.5
    covariance = torch.cov(residual.T)
    assert (covariance - torch.eye(4, dtype=torch.float64, device="cpu")).abs().max() < 0.04


def test_students_t_has_two_degrees_of_freedom() -> None:
    """`|t| > x` has probability `1 - x / sqrt(2 + x^2)`: far heavier tails than a Gaussian's."""
    X, y, _ = sample(family="student", samples=40_000, separation=0.0)
    for x in (0.5, 2.0, 10.0, 40.0):
        expected = 1 - x / (2 + x * x) ** 0.5
        share = float((X[:, 0].abs() > x).double().mean())
        assert share == pytest.approx(expected, abs=4 * (expected / 40_000) ** 0.5)
    X, y, _ = sample(family="student", samples=4001, separation=5.0)
    assert float((y[:, None] * X).median()) == pytest.approx(5.0, abs=0.1)


def test_hypercube_samples_are_corners_labelled_by_their_first_coordinate() -> None:
    X, y, _ = sample(family="hypercube", samples=2000)
    assert set(X.flatten().tolist()) == {-1.0, 1.0}
    assert torch.equal(y, X[:, 0])
    assert X.mean(dim=0).abs().max() < 4 / 2000**0.5


def test_sparse_samples_have_about_two_coordinates() -> None:
    X, _, _ = sample(family="sparse", dimension=40, samples=4000)
    counts = (X != 0).sum(dim=1)
    assert float(counts.double().mean()) == pytest.approx(2.0, abs=0.1)
    assert bool((counts == 0).any())


def test_a_mixture_has_four_clusters_of_alternating_class() -> None:
    X, y, _ = sample(family="mixture", samples=400, separation=1e4)
    centre = (X / 1e3).round()
    clusters = {tuple(row) for row in centre.tolist()}
    assert len(clusters) == 4
    labels = {
        c: set(y[(centre == torch.tensor(c, dtype=torch.float64, device="cpu")).all(1)].tolist())
        for c in clusters
    }
    assert sorted(map(tuple, labels.values())) == [(-1.0,), (-1.0,), (1.0,), (1.0,)]


@pytest.mark.parametrize("family", ["gaussian", "sparse", "orthonormal", "zero"])
def test_labels_without_a_class_are_fair_coins(family: str) -> None:
    _, y, _ = sample(family=family, samples=4000, dimension=3)
    assert abs(float(y.mean())) < 4 / 4000**0.5
    X, y, _ = sample(family="shifted", samples=4000, labels="random", separation=3.0)
    assert abs(float((y * X.sum(dim=1).sign()).mean())) < 4 / 4000**0.5


def test_fresh_points_are_new_and_of_the_same_kind() -> None:
    X, _, z = sample(family="shifted", samples=3000, fresh=3000, separation=2.0)
    assert not {tuple(row) for row in X.tolist()} & {tuple(row) for row in z.tolist()}
    assert abs(float(X.abs().mean() - z.abs().mean())) < 0.1
