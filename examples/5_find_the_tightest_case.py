"""
Find the tightest case
======================

How much of a proved bound is ever used? Most random draws use little of it; a hunt by gradient
ascent, over the data and the initial weights, finds the case that uses most.

The bound is D4's, on the angle between a trained network's gradient and the predicted direction,
from the initial draw alone. The hunt climbs lhs / rhs: at 1 the bound is attained, and beyond it
the statement would be refuted.
"""

from random import Random

import matplotlib.pyplot as plt

from verifier import PATHWISE, DivergedError, NotComparable
from verifier.falsify.moves import random_case
from verifier.falsify.search import Hunt

D4 = PATHWISE["D4"]
print(D4.plain)

# %%
# Random networks on random data. Where the bound says nothing there is no ratio.

chance, drawn = Random(0), []
for _ in range(200):
    case = random_case(chance, slope=0.3, width=4)
    try:
        tightness = D4.check(case.configuration, start=case.start).tightness
    except (DivergedError, NotComparable):
        continue
    drawn += [] if tightness is None else [tightness]

# %%
# The hunt, for some seconds. What it finds is plain data, which anyone can check again.

hunt = Hunt("D4", seed=1, slope=0.3, width=4).run(4.0)
while hunt.tightest is None:  # on a busy machine
    hunt.run(4.0)
assert hunt.refutation is None
case = hunt.tightest.case
assert D4.check(case.configuration, start=case.start).holds
print(f"{len(drawn)} random ones: median {sorted(drawn)[len(drawn) // 2]:.3f}")
print(f"largest {max(drawn):.3f}; hunted {hunt.tightest.ratio:.3f}")

# %%
# A bound that is attained cannot be sharpened; and nothing beyond it was found.

figure, axes = plt.subplots(figsize=(5.5, 2.8), layout="constrained")
axes.hist(drawn, bins=20, range=(0, 1), label="random draws")
axes.axvline(hunt.tightest.ratio, color="C1", label="hunted")
axes.set(xlabel="lhs / rhs: how much of the bound is used", ylabel="draws")
axes.legend()
plt.show()
