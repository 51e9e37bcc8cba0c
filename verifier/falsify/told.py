"""What a hunt says: how far it is, what it found, and what it tried."""

from __future__ import annotations

from verifier.falsify.search import Found, Hunt


def progress(hunt: Hunt, budget: float) -> str:
    """How far a hunt of `budget` seconds is, in one line."""
    left = max(0.0, budget - hunt.elapsed)
    ratio = "none yet" if hunt.tightest is None else f"{hunt.tightest.ratio:.10g}"
    return f"{hunt.elapsed:4.0f} s, {left:.0f} s left  {hunt.restarts} restarts  best {ratio}"


def result(hunt: Hunt) -> list[str]:
    """The refutation, if there is one, the tightest case of each conclusion, and what was tried."""
    lines = ["interrupted; what had been found is kept"] if hunt.interrupted else []
    if hunt.refutation is not None:
        error = hunt.refutation.evidence.error
        lines += [f"REFUTED    by {error:.3g} times what rounding allows", *_case(hunt.refutation)]
    for found in sorted(hunt.best.values(), key=lambda found: -found.ratio):
        lines += [f"tightness  {found.ratio:.10g}", *_case(found)]
    if hunt.lost:
        lines.append(f"lost       {len(hunt.lost)} restarts; the first: {hunt.lost[0]}")
    return [
        *lines,
        f"tried      {hunt.restarts} restarts, {hunt.steps} gradient steps, {hunt.evaluations} "
        f"checks on the reference, {hunt.rejected} of them rejected, in {hunt.elapsed:.0f} s",
    ]


def _case(found: Found) -> list[str]:
    c = found.case.configuration
    return [
        f"  {found.conclusion}  at {found.index}",
        f"  both sides  {found.lhs:z.12g}  against  {found.rhs:z.12g}",
        f"  m = {c.width}, N = {c.data.samples}, d = {c.data.dimension}, {len(c.f_steps)} steps, "
        f"momentum {c.momentum:g}, slope {c.slope:g}, loss {c.loss}, "
        f"biases {'trained' if c.train_bias else 'frozen'}",
    ]
