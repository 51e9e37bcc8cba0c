"""An axis of errors in units of what is allowed: its ends shared, labelled at few powers of ten.

A wrong code's errors reach from rounding to 10^14 and beyond; drawn to scale, none could be read.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

LEAST_ERROR = 1e-5  # smaller errors share an end
LARGEST_ERROR = 1e6  # as larger ones do

Numbers = np.ndarray[Any, Any]


def on_axis(errors: Numbers) -> Numbers:
    """The logarithm of each error, within the axis."""
    return np.asarray(np.log10(np.clip(errors, LEAST_ERROR, LARGEST_ERROR)))


def error_ticks(errors: Numbers) -> tuple[list[float], list[str]]:
    """Where the axis is labelled, and how: an end says so where errors beyond are drawn at it.

    >>> error_ticks(np.asarray([0.2, 1e14]))[1]
    ['10⁻⁵', '10⁻³', '1', '10³', '10⁶ to 10¹⁴']
    """
    low, top = math.log10(LEAST_ERROR), math.ceil(max(float(on_axis(errors).max()), 0.0))
    first, step = (low + 1, 1) if top <= 1 else (-3.0, 3)
    ticks = [low, *(float(t) for t in np.arange(first, top + 1, step))]
    labels = [power(t) for t in ticks]
    if errors.min() <= LEAST_ERROR:
        labels[0] = f"≤{labels[0]}"
    if errors.max() > LARGEST_ERROR:
        largest = float(np.log10(errors.max()))
        labels[-1] += f" to {power(round(largest)) if math.isfinite(largest) else '∞'}"
    return ticks, labels


def power(exponent: float) -> str:
    """A power of ten as it is written."""
    digits = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "1" if exponent == 0 else "10" + f"{exponent:.0f}".translate(digits)
