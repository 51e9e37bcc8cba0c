"""Gathers the comparisons of one check, and keeps the worst of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from verifier.evidence.evidence import Evidence
from verifier.model.vectors import row_norms
from verifier.statistics import Outcome

CLEAR = 1e3  # a side this many rounding bounds large: rounding does not decide the ratio of sides


_BEYOND = 1e300  # stands for an infinite or undefined error, which JSON cannot hold


@dataclass
class Comparisons:
    """Gathers the comparisons of one check and keeps the worst of them."""

    worst: dict[str, Any] = field(default_factory=dict)
    tightness: float | None = None
    count: int = 0
    held: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    tests: list[dict[str, Any]] = field(default_factory=list)
    series: dict[str, Any] = field(default_factory=dict)

    def identity(self, conclusion: str, lhs: Tensor, rhs: Tensor, bound: Tensor) -> None:
        """Claims `lhs = rhs` up to `bound`: entry by entry, or by the norms of rows.

        lhs, rhs have bound's shape, or one more dimension, whose vectors are then compared.
        """
        if lhs.ndim <= bound.ndim:
            self._add(conclusion, lhs, rhs, (lhs - rhs).abs(), bound, None)
            return
        before, length = self.worst, row_norms(lhs - rhs)
        self._add(conclusion, row_norms(lhs), row_norms(rhs), length, bound, None)
        if self.worst is not before:
            self._point_out(lhs, rhs)

    def at_most(
        self,
        conclusion: str,
        lhs: Tensor,
        rhs: Tensor,
        bound: Tensor,
        premise: Tensor | None = None,
    ) -> None:
        """Claims `lhs <= rhs` up to `bound` wherever `premise` holds (everywhere if None)."""
        self._add(conclusion, lhs, rhs, (lhs - rhs).clamp_min(0.0), bound, premise)
        used = rhs > CLEAR * bound
        if premise is not None:
            used = used & premise
        if bool(used.any()):
            self.keep_tightest(conclusion, lhs.expand(used.shape), rhs.expand(used.shape), used)

    def keep_tightest(self, conclusion: str, lhs: Tensor, rhs: Tensor, used: Tensor) -> None:
        """Keeps the largest ratio of the sides among the entries that are `used`."""
        ratio = float((lhs[used] / rhs[used]).max())
        self.tightness = ratio if self.tightness is None else max(self.tightness, ratio)

    def same_sign(self, conclusion: str, lhs: Tensor, rhs: Tensor, premise: Tensor) -> None:
        """Claims `sgn lhs = sgn rhs` wherever `premise` holds; no rounding excuses a wrong sign."""
        undefined = torch.isnan(lhs) | torch.isnan(rhs)  # NaN has the sign 0 in torch
        wrong = ((lhs.sign() != rhs.sign()) | undefined).to(lhs.dtype)
        self._add(conclusion, lhs, rhs, wrong, torch.full_like(wrong, 0.5), premise)

    def statistic(self, outcome: Outcome) -> None:
        """Adds a statistical test; its `error` exceeds 1 if and only if it refutes."""
        self.count += outcome.samples
        self.held += outcome.samples
        self.tests.append(outcome.to_json())
        error = outcome.error if math.isfinite(outcome.error) else _BEYOND
        if self.worst and error <= self.worst["error"]:
            return
        self.worst = {
            "conclusion": outcome.conclusion,
            "index": (),
            "lhs": outcome.estimate,
            "rhs": outcome.claimed,
            "difference": abs(outcome.estimate - outcome.claimed),
            "bound": outcome.allowance if math.isfinite(outcome.allowance) else _BEYOND,
            "error": error,
        }

    def vacuous(self, count: int) -> None:
        """Counts `count` whose premise failed, where there is nothing to compare."""
        self.count += count

    def _add(
        self,
        conclusion: str,
        lhs: Tensor,
        rhs: Tensor,
        difference: Tensor,
        bound: Tensor,
        premise: Tensor | None,
    ) -> None:
        lhs, rhs, difference, bound = torch.broadcast_tensors(lhs, rhs, difference, bound)
        error = torch.where(difference == 0, 0.0, difference / bound)
        meant = (bound >= 0) & (bound < math.inf)  # NaN is neither
        error = torch.where(meant, error, _BEYOND)
        error = torch.nan_to_num(error, nan=_BEYOND, posinf=_BEYOND)
        self.count += error.numel()
        held = error.numel() if premise is None else int(premise.sum())
        self.held += held
        if held == 0:
            return  # also when there was nothing to compare
        if premise is not None:
            error = torch.where(premise, error, -1.0)
        where = int(error.argmax())
        if self.worst and float(error.flatten()[where]) <= self.worst["error"]:
            return
        index = _place(where, error.shape)
        values = {"lhs": lhs, "rhs": rhs, "difference": difference, "bound": bound, "error": error}
        self.worst = {k: float(v[index]) for k, v in values.items()}
        self.worst |= {"conclusion": conclusion, "index": index}

    def _point_out(self, lhs: Tensor, rhs: Tensor) -> None:
        """Of the worst vectors, the sides of the entry where they are furthest apart.

        Their norms may be equal where the vectors are not.
        """
        lhs, rhs = torch.broadcast_tensors(lhs, rhs)
        row = self.worst["index"]
        entry = int((lhs[row] - rhs[row]).abs().argmax())
        sides = {"lhs": float(lhs[row][entry]), "rhs": float(rhs[row][entry])}
        self.worst |= {**sides, "index": (*row, entry)}

    def evidence(self, statement: str, configuration: Mapping[str, Any], data: str) -> Evidence:
        """The record of this check."""
        nothing = dict.fromkeys(("lhs", "rhs", "difference", "bound", "error"), 0.0)
        return Evidence(
            statement=statement,
            configuration=configuration,
            data=data,
            tightness=self.tightness,
            comparisons=self.count,
            held=self.held,
            notes=self.notes,
            tests=tuple(self.tests),
            series=self.series,
            **self.worst or {**nothing, "conclusion": "premise never held", "index": ()},
        )


def _place(where: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The index of an entry by its number; torch's own loads sympy for it, and is slow."""
    index: list[int] = []
    for size in reversed(shape):
        where, last = divmod(where, size)
        index.insert(0, last)
    return tuple(index)
