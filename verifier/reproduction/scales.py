"""The three scales of a run, and how much of everything each of them affords.

*paper*: everything at published size. *laptop*: the mean-shifted panels of perturbations alone (a)
at published size; of every other panel the cheapest points that fit its share of the time, and a
reduced version that shows its shape. *smoke*: two points of everything, much reduced, for a trial.
"""

SMOKE = "smoke"
LAPTOP = "laptop"
PAPER = "paper"
SCALES = (SMOKE, LAPTOP, PAPER)
SEEDS = {SMOKE: 1, LAPTOP: 3, PAPER: 3}
"""Of every point, unless the user says otherwise."""

REDUCTION = {
    SMOKE: {"shifted": 50, "gaussian": 100, "mnist": 100, "fashion-mnist": 100},
    LAPTOP: {"shifted": 20, "gaussian": 20, "mnist": 10, "fashion-mnist": 10},
}
"""What N and d (of images only N) are divided by in reduced versions."""
POINTS = {SMOKE: 2, LAPTOP: 8}
"""At most so many points of a reduced panel, evenly spread."""
SMOKE_EPOCHS = 100
"""At most so many epochs at smoke scale."""
SHARE = 40.0
"""Estimated seconds for each panel and seed at laptop scale, at published size."""
REDUCED_SHARE = 20.0
"""Likewise for its reduced version."""
MAP_SHARE = 200.0
"""Likewise for each map, of which there is one seed."""
BEYOND = "too slow for this scale"
