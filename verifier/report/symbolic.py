"""A formula within words, as letters, indices and powers: what is written out is hard to read."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_LETTERS = {
    **{"phi": "φ", "gamma": "γ", "tau": "τ", "eta": "η", "lambda": "λ", "beta": "β"},
    **{"xi": "ξ", "nu": "ν", "psi": "ψ", "eps": "ε", "sum_": "Σ_", "nabla": "∇", "inf": "∞"},
}
_NAME = re.compile(rf"(?<![A-Za-z])({'|'.join(_LETTERS)})(?!(?<!_)[a-z])")
_INDEX = re.compile(r"(?<![a-z]{5})(?<=[A-Za-z\u0370-\u03ff\u2200-\u22ff\u0302\u0303])_(\w+|∞)")


def symbolic(text: str) -> Markup:
    """The same text, its formulas as they are printed.

    >>> print(symbolic("a sum by gamma^2 c_n tau_n <= sum_n x_n"))
    a sum by γ<sup>2</sup> c<sub>n</sub> τ<sub>n</sub> ≤ Σ<sub>n</sub> x<sub>n</sub>
    >>> print(symbolic("T_f g_hat, eps / sqrt d, of input_gradient in steps"))
    T<sub>f</sub> ĝ, ε / √d, of input_gradient in steps
    """
    told = _NAME.sub(lambda found: _LETTERS[found[1]], text.replace("<=", "≤"))
    told = re.sub(r"(?<![a-z])([a-z])_hat", "\\1\N{COMBINING CIRCUMFLEX ACCENT}", told)
    told = re.sub(r"\bsqrt ?(?=[\w(])", "√", told)
    told = str(escape(told.replace("f~", "f\N{COMBINING TILDE}")))
    told = re.sub(r"&lt;(?=[^&]*, [^&]*&gt;)([^&]*)&gt;", r"⟨\1⟩", told)
    told = re.sub(r"\^(\d)", r"<sup>\1</sup>", told)
    return Markup(_INDEX.sub(r"<sub>\1</sub>", told).replace("&#39;(", "′("))


def sourced(source: str) -> Markup:
    """A statement's source, in which `result 1` leads to that row of the paper's results."""
    linked = r'<a href="#result-\1">result \1</a>'
    return Markup(re.sub(r"\bresult (\d)", linked, str(escape(source))))
