"""On which rung of a ladder a negative control is known to be refuted, where few draws do it.

A fault at some size passes the small configurations that come first, and most of the ladder: so the
search for a counterexample begins with this rung. One that is out of date costs a draw: then all
the others follow, as ever.
"""

KNOWN = {
    "own-loss-no-momentum": "kinds together, row 9, mixture",
    "rest-twice": "kinds together, row 0, identity",
    "constant-rate": "kinds together, row 0, identity",
    "small-slopes-0": "gamma = 1e-4, identity",
    "fifty-samples": "no kinks, float64, N = 65, identity",
    "momentum-for-eight": "no kinks, float64, m = 100000, K = 17, mu = 0.5, identity",
    "momentum-at-most": "mu = 0.99, identity",
    "two-hundred-steps": "K = 1000, identity",
    "velocity-lost-late": "K = 1000, momentum, identity",
    "many-samples-long": "N = d = m = P = 129, K = 17, mu = 0.9, identity",
    "wide-and-long": "no kinks, float64, m = 100000, K = 17, mu = 0.5, identity",
    "wide-relu": "m = 60000, logistic",
    "float32-for-long": "no kinks, float32, K = 50, mu = 0.9, logistic",
    "many-exponential": "N = 129, exponential",
    "thousand-dimensions": "d = 3072, identity",
    "weights-clamped": "T = 100, identity",
    "zero-biases-stay": "zero biases, identity",
    "late-steps-far": "no kinks, float32, m = 100000, K = 17, mu = 0.5, identity",
    "dampened-where-wide": "no kinks, float32, m = 100000, K = 17, mu = 0.5, identity",
    "hundred-gradients": "P = 129, identity",
    "hundred-points": "P = 129, identity",
    "thousand-points": "P = 4097, identity",
    "flat-points": "W times 1e-8, identity",
    "small-attack-lost": "eps = 0.001 sqrt d, identity",
    "attack-through-loss": "T = 10000, logistic",
    "kernel-last-block": "no kinks, float64, N = 65, identity",
    "all-samples": "d = 784, identity",
    "kappa-heavy-ball": "K = 12, decay, logistic",
    "deep-decay-for-eight": "K = 12, decay, logistic",
    "deep-wide-stay": "widths 3, 129, 3, identity",
    "deep-for-eight": "K = 12, identity",
    "batch-eta-for-omega": "mu = 0.9, identity",
    "batch-times-alike": "N = 65, identity",
    "batches-for-eight": "K = 17, identity",
    "batches-first-fifty": "N = 65, identity",
    "points-to-128": "P = 1025, identity",
    "batches-of-fifty": "N = B = 257, identity",
    "attack-few-pixels": "Linf, 20 pixels, identity",
    "attack-on-fifty": "N = 65, identity",
    "readout-for-eight": "K = 17, identity",
    "readout-fifty": "N = 65, identity",
    "class-for-eight": "K = 17, cross-entropy",
    "class-fifty": "N = 65, cross-entropy",
    "class-five": "C = 10, cross-entropy",
    "margin-five": "C = 10, cross-entropy",
    "flips-added": "K = 101, exponential",
}
"""The label of the rung without "ladder: ", by the name of the control; in the ladder's order none
comes before it that refutes."""
