"""
Add a statement
===============

A statement is a check, a record and negative controls: wrong formulas, or broken codes, that the
check must refute. Without them a check that never fails would go unnoticed.

Here: the output is linear in the readout.
"""

import matplotlib.pyplot as plt

from verifier import Configuration, Data, PathwiseStatement, Subject, Theory
from verifier.statements import ADDED, IDENTITY


class Linear:
    """The formula: twice the readout is this many times the output."""

    def factor(self):
        return 2.0


def check(trial, out):
    start, slope = trial.f.trained, trial.configuration.slope
    once = trial.code.output(start, trial.points, slope)
    twice = trial.code.output(start._replace(a=2 * start.a), trial.points, slope)
    rounding = 2e-15 * (1 + once.abs())  # of a sum of few terms, and a doubling, which is exact
    out.identity("f(2 a) = 2 f(a)", twice, trial.theory[Linear]().factor() * once, rounding)


T1 = PathwiseStatement(
    id="Linear",
    statement="f is linear in the readout",
    plain="Twice the readout is twice the output.",
    kind=IDENTITY,
    source="an example",
    proof="notes.md",
    carries=ADDED,
    needs=("train", "output"),
    latex="f_{2 a} = 2 f_a",
    compare=check,
)

# %%
# The true formula holds on every draw, a wrong one on none. In a chapter of your own the wrong one
# is a negative control, and a run with `--chapter mine:CHAPTER` searches for counterexamples.


class Slightly(Linear):
    def factor(self):
        return 2.000001


settings = [
    Configuration(Data("gaussian", d, 5), m, 0.3, True, (0.1,), (0.1,), 0.5, "a")
    for d in (2, 3, 5, 8)
    for m in (1, 3, 10, 30)
]
right = [T1.check(c).error for c in settings]
wrong = [T1.check(c, Subject(theory=Theory({Linear: Slightly}))).error for c in settings]
print(f"true formula: largest error {max(right):.2g}; wrong one: smallest {min(wrong):.2g}")
assert max(right) <= 1 < min(wrong)

figure, axes = plt.subplots(figsize=(5.5, 2.8), layout="constrained")
axes.semilogy([max(e, 1e-3) for e in right], "o", label="f(2 a) = 2 f(a)")
axes.semilogy(wrong, "x", label="f(2 a) = 2.000001 f(a)")
axes.axhline(1.0, color="grey", linestyle="--")
axes.set(xlabel="draw", ylabel="error / what rounding allows")
axes.legend()
plt.show()
