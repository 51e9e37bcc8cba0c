"""What weights before and after training say on their own: E1b, E6's span, D1's cone.

Nothing is known of the path, so nothing of how many roundings it made. They are taken to be those
of `ASSUMED` steps that all err the same way, or of its square that err at random.
"""

from __future__ import annotations

import math

import numpy as np
import scipy
import torch
from torch import Tensor

from verifier.audit.saved import Saved
from verifier.evidence.comparisons import Comparisons
from verifier.model.vectors import row_norms
from verifier.statements.depth.formulas import Subspace
from verifier.statements.identities.e1b_weights import distance_to_cone, excluded_share

ASSUMED = 1000
_NEURONS = 4  # that E1b is solved for: those with the largest readout
_PROBES = 8  # directions in which D1 looks at every neuron
_CERTAIN = 1e-9  # of a direction: how far it must be inside, against rounding of its making


class Moved:
    """How a first layer moved: `before`, `after` (m, d or d + 1), weights and trained biases.

    `bound (m,)`: what rounding may have done to a neuron, as long as it is at its two ends.
    """

    def __init__(self, saved: Saved) -> None:
        before, after = (saved.network(end=end) for end in ("0", ""))
        self.saved = saved
        self.has_biases = saved.has_biases_trained
        self.before, self.after = (self._neurons(p.W, p.b) for p in (before, after))
        self.a = after.a.double()
        self.bound = self.unit * (row_norms(self.before) + row_norms(self.after))

    def _neurons(self, W: Tensor, b: Tensor) -> Tensor:
        return torch.cat((W, b[:, None]), dim=1).double() if self.has_biases else W.double()

    @property
    def unit(self) -> float:
        """The relative rounding of a neuron."""
        steps = self.saved.arrays.get("steps")
        count = ASSUMED if steps is None else len(steps)
        N, d = self.saved.arrays["X"].shape
        return float((count + N + math.sqrt(d) + 4) * torch.finfo(self.saved.dtype).eps)

    @property
    def generators(self) -> np.ndarray:
        """`y_n (x_n, beta)` as columns, without the last row if biases stayed."""
        X, y = self.saved.arrays["X"].double(), self.saved.arrays["y"].double()
        rows = torch.cat((X, torch.ones_like(X[:, :1])), dim=1) if self.has_biases else X
        found: np.ndarray = (rows * y[:, None]).T.numpy()
        return found


def box(saved: Saved) -> tuple[float, float]:
    """The least and the most that an `A_in` can be, as far as the schedule is known."""
    if not saved.has("loss", "steps", "slope"):
        return 0.0, math.inf
    recipe = saved.recipe()
    most = recipe.time if recipe.loss.name in ("identity", "logistic") else math.inf
    least = recipe.slope * recipe.time if recipe.loss.name == "identity" else 0.0
    return least, most


def black_box(saved: Saved, out: Comparisons) -> None:
    """E1b: neurons moved by `a_i/(N sqrt m)` times a sum of `y_n A_n (x_n, beta)`."""
    moved, (low, high) = Moved(saved), box(saved)
    columns = moved.generators
    neurons = moved.a.abs().topk(min(_NEURONS, len(moved.a))).indices
    neurons = neurons[moved.a[neurons] != 0]
    if not math.isfinite(high) and excluded_share(columns) < _CERTAIN:
        out.vacuous(len(neurons))
        return
    factor = columns.shape[1] * math.sqrt(len(moved.a)) / moved.a[neurons]
    target = factor[:, None] * (moved.after - moved.before)[neurons]
    found = [distance_to_cone(columns, row, low, high) for row in target.numpy()]
    distance = torch.tensor(found, dtype=torch.float64)
    bound = factor.abs() * moved.bound[neurons]
    out.at_most("distance to sum_n y_n A_n (x_n, beta)", distance, 0 * distance, bound)


def span(saved: Saved, out: Comparisons) -> None:
    """E6: outside the span of the samples the first layer's weights did not move."""
    W_0, W = (saved.arrays[name].double() for name in ("W0", "W"))
    samples = Subspace.of(saved.arrays["X"].double(), saved.dtype)
    if samples.fills_the_space:
        out.vacuous(len(W))
        return
    sizes = row_norms(W_0) + row_norms(W)
    unit = (ASSUMED + math.sqrt(W.shape[1])) * torch.finfo(saved.dtype).eps
    bound = (unit + samples.dropped) * sizes
    name = "w_i(T) = w_i(0) outside the span of the samples"
    out.identity(name, samples.outside(W), samples.outside(W_0), bound)


def probes(columns: np.ndarray) -> np.ndarray:
    """Unit vectors h with `<h, c> >= 0` for every one of the `columns` c, as rows; maybe none.

    What is left of any vector, when its nearest point of the cone is taken off, has only products
    of at most zero with the cone: so minus that has none below zero.
    """
    lengths = np.linalg.norm(columns, axis=0)
    units = columns[:, lengths > 0] / lengths[lengths > 0]
    rng = np.random.default_rng(0)
    starts = rng.standard_normal((_PROBES, len(columns)))
    found = []
    for start in (-units.sum(axis=1), *starts):
        size = max(float(np.linalg.norm(start)), 1e-300)
        left = start / size - units @ scipy.optimize.nnls(units, start / size)[0]
        length = float(np.linalg.norm(left))
        if length > 1e-6:
            h = -left / length
            if float((h @ units).min(initial=0.0)) >= -_CERTAIN * 1e-3:
                found.append(h)
    return np.array(found).reshape(-1, len(columns))


def cone(saved: Saved, out: Comparisons) -> None:
    """D1: where every `y_n (<x_n, z> + beta)` has one sign, each neuron moved as its readout says.

    `a_i (u_i(z;T) - u_i(z;0)) >= 0`, for homogeneous points z: pre-activations at `s z` are looked
    at with `s b`.
    """
    moved = Moved(saved)
    directions = torch.from_numpy(probes(moved.generators))
    if len(directions) == 0:
        out.vacuous(len(moved.a))
        return
    along = (moved.after - moved.before) @ directions.T * moved.a.sign()[:, None]
    name = "0 <= a_i (u_i(z;T) - u_i(z;0)) where y_n (<x_n,z> + beta) >= 0"
    bound = moved.bound[:, None].expand_as(along)
    out.at_most(name, -along, torch.zeros_like(along), bound)
