import torch

from verifier.evidence.comparisons import Comparisons


def test_a_bound_below_zero_excuses_nothing() -> None:
    out = Comparisons()
    one = torch.ones(2, dtype=torch.float64)
    out.identity("1 = 2", one, 2 * one, -1e-9 * one)
    assert not out.evidence("E1", {}, "none").holds
