"""What an attack does that is not the stated one, where its results show it: causes to name."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.model.vectors import row_norms


def cause(X: Tensor, r: Tensor, due: Tensor, bound: Tensor, g: Tensor, unit: float) -> str:
    """The likely cause why perturbations `r (N, d)` of `X` are not the `due` ones; or nothing.

    `bound`: what rounding may do, (N,) or (N, d). `g`: gradients, (N, d). `unit`: the relative
    rounding of a length.
    """
    return stabilised(r, due, g, unit) or clamped(X, r, due, bound, unit)


def stabilised(r: Tensor, due: Tensor, g: Tensor, unit: float) -> str:
    """A constant c in the denominator, `g/(|g| + c)`: every r is then `|g|/(|g| + c)` as long.

    `g` itself, or `g` divided by its largest entry first, so that no square underflows. One that
    is merely too short, by the same factor everywhere, is another fault.
    """
    largest = g.abs().amax(dim=1, keepdim=True)
    scaled = g / largest.where(largest > 0, 1)
    for name, vectors in (("nabla f", g), ("nabla f / its largest entry", scaled)):
        c = _constant(r, due, row_norms(vectors), unit)
        if c:
            return f", divided by |{name}| + {c:.2g}: the likely cause"
    return ""


def _constant(r: Tensor, due: Tensor, size: Tensor, unit: float) -> float:
    """The c > 0 by which all perturbations of gradients as long as `size` are shorter, or 0."""
    length, wanted = row_norms(r), row_norms(due)
    rows = (length > 0) & (wanted > 0)
    missing = (wanted / length - 1)[rows]
    if len(missing) == 0 or float(missing.max() - missing.min()) <= 8 * unit:
        return 0.0
    c = size[rows] * missing
    error = 4 * unit * (size * wanted / length)[rows]
    if float((c - error).min()) <= 0 or float((c - error).max()) > float((c + error).min()):
        return 0.0
    return float(c.median())


def clamped(X: Tensor, r: Tensor, due: Tensor, bound: Tensor, unit: float) -> str:
    """A range that `x + r` may not leave, and how much of a perturbation it takes away.

    It shows where entries that begin apart end at one value; one that is short ends anywhere.
    """
    end = X + r
    wide = bound if bound.ndim == X.ndim else bound[:, None]
    far = (r - due).abs() > wide
    short = (far & (due > r), far & (due < r))
    ends, begins = ([v[side] for side in short] for v in (end, X))
    rounding = 4 * unit * float(end.abs().max())
    if not any(len(b) and float(b.max() - b.min()) > rounding for b in begins):
        return ""
    if any(len(e) and float(e.max() - e.min()) > rounding for e in ends):
        return ""
    low = float(ends[1].min()) if len(ends[1]) else float(end.min())
    high = float(ends[0].max()) if len(ends[0]) else float(end.max())
    if float(end.min()) < low - rounding or float(end.max()) > high + rounding:
        return ""
    cut = torch.nan_to_num(row_norms(due - r) / row_norms(due)).max()
    told = f", clamped to [{low:.3g}, {high:.3g}], which takes up to {float(cut):.0%}"
    return f"{told} of a perturbation: the likely cause"
