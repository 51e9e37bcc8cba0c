"""What is known of a statement's comparisons: whose the left side is, and what an index counts.

Evidence holds two numbers and a place. Of the comparisons listed here the left side is what the
code under test gave and the right one what the theory says of it; of all others (inequalities, two
answers of one code, signs, estimates) nobody is named, but where a `limit` says what the theory
asks of a number of the code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """Comparisons of one statement, by how their conclusion `begins`.

    `axes`: what each number of the index counts, with braces where it stands within the words.
    `of_code`: whether the left side is the code's and the right one the theory's. `limit`: of an
    inequality, whether the side that is the code's must be at least the other, or at most. `told`:
    what stands for the conclusion, where it is not of the configuration's own run.
    """

    begins: str
    axes: tuple[str, ...] = ()
    of_code: bool = True
    limit: str = ""
    told: str = ""


LEAST, MOST = "at least", "at most"
"""Limits: the code's side is the right one of the former, the left one of the latter."""

_WEIGHT = ("neuron", "coordinate")
_GRADIENT = ("point", "coordinate")
_OUTPUT = ("point",)
_COEFFICIENT = ("point", "sample")
_SOME = "perturbation {} of those compared"
_ENTRY = ("entry {} of those compared",)
_TWO = "after the checked step"
"""That step goes on with the velocity, beyond those of the smallest case."""
_TRAINED = (Known("w_i(T)", _WEIGHT), Known("b_i(T)", ("neuron",)))

KNOWN: dict[str, tuple[Known, ...]] = {
    "E0": (
        Known("step of W", _WEIGHT),
        Known("step of b", ("neuron",)),
        Known("second step of W", _WEIGHT, told=f"W {_TWO}"),
        Known("second step of b", ("neuron",), told=f"b {_TWO}"),
        Known("the readout", ("neuron",)),
        Known("whole run: W", _WEIGHT),
        Known("whole run: b", ("neuron",)),
        Known("tau = T", ("sample",), of_code=False),
    ),
    "E0k": (
        Known("the gradient at a kink", ("sample", "coordinate")),
        Known("the attack at a kink", ("sample", "coordinate")),
        Known("b moves", ("neuron",), of_code=False),
        Known("phi'(0) in train", ("neuron", "sample"), of_code=False),
        Known("phi'(0) in ", ("sample",), of_code=False),
    ),
    "E1": (*_TRAINED, Known("nabla f_T(z)", _GRADIENT)),
    "E1b": (Known("distance", ("neuron",), of_code=False),),
    "E2": (Known("f_T(z)", _OUTPUT),),
    "E3": (
        Known("gamma s tau_n/N <= recovered C", _COEFFICIENT, of_code=False, limit=LEAST),
        Known("gamma s tau_n/N <=", _COEFFICIENT, of_code=False),
        Known("C <=", _COEFFICIENT, of_code=False),
        Known("recovered C <=", _COEFFICIENT, of_code=False, limit=MOST),
    ),
    "E4": (
        Known("r_n = eps ytil_n nu_n", (_SOME, "coordinate")),
        Known("|r_n| = eps", (_SOME,)),
        Known("ytil_n r_n does not depend", (_SOME, "coordinate"), of_code=False),
        Known("any loss", ("sample", "coordinate")),
    ),
    "E5": (Known("g_T(z)", _OUTPUT),),
    "E6": (Known("w_i(T) =", _WEIGHT), Known("nabla f_T(z) =", _GRADIENT), Known("one step")),
    "E6s": (Known("step "),),
    "E7": (
        *_TRAINED,
        Known("nabla f_T(z)", _GRADIENT),
        Known("f_T(z) by D3", _OUTPUT, of_code=False),
        Known("f_T(z)", _OUTPUT),
        Known("g_T(z)", _OUTPUT),
    ),
    "E8": (
        Known("r_n = eps ytil_n psi", _ENTRY),
        Known("|r_n|_p = eps", (_SOME,)),
        Known("r_n turns", _ENTRY, of_code=False),
        Known("g_T(z)", _OUTPUT),
    ),
    "E8c": (Known("entries of r_n", _ENTRY),),
    "E8p": (Known("r_n after", _ENTRY),),
    "E9": (*_TRAINED, Known("a_i(T)", ("neuron",)), Known("nabla f_T(z)", _GRADIENT)),
    "E10": (*_TRAINED, Known("nabla f_c(z)", _GRADIENT)),
    "E10m": (
        Known("r_n = eps", ("sample", "coordinate")),
        Known("r(t to y)", ("sample", "coordinate"), of_code=False),
        Known("|r_n| = eps", (_SOME,)),
    ),
    "K1": (Known("Phi at ", ("point", "sample")),),
    "O1": (
        Known("y_n <x_n, h(z)>/|x_n|^2 =", _COEFFICIENT),
        Known("gamma s tau_n/N <=", _COEFFICIENT, of_code=False, limit=LEAST),
        Known("y_n <x_n, h>/|x_n|^2 <=", _COEFFICIENT, of_code=False, limit=MOST),
    ),
    "O2": (Known("angle", _OUTPUT, of_code=False, limit=MOST),),
    "O3": (Known("g_T(z)", _OUTPUT),),
}
"""By statement; the first that fits counts."""


def known(statement: str, conclusion: str) -> Known:
    """What is known of one comparison; nothing of one that is not listed."""
    for each in KNOWN.get(statement, ()):
        if conclusion.startswith(each.begins):
            return each
    return Known("", of_code=False)


def place(axes: Sequence[str], index: Sequence[int]) -> str:
    """Where in the arrays that were compared; empty of a single number.

    A 0 says by itself that indices count from it.

    >>> place(("point", "coordinate"), (3, 0)), place(("point",), (3,))
    ('at point 3, coordinate 0', 'at point 3 (counted from 0)')
    >>> place((), (3, 0))
    'at index [3, 0]'
    """
    if not index:
        return ""
    if len(axes) != len(index):
        return f"at index [{', '.join(map(str, index))}]"
    named = (axis if "{}" in axis else f"{axis} {{}}" for axis in axes)
    told = ", ".join(name.format(i) for name, i in zip(named, index, strict=True))
    return f"at {told}" + " (counted from 0)" * (0 not in index)
