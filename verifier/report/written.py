"""Numbers and words as a page writes them."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

from verifier.report.failures import PRECISION

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def with_symbols(content: Any) -> Any:
    r"""The same content with the gradient's sign in place of its name; LaTeX stays as it is.

    >>> with_symbols({"what": "|nabla f|", "latex": r"\nabla f", "values": [1.0]})
    {'what': '|∇f|', 'latex': '\\nabla f', 'values': [1.0]}
    """
    if isinstance(content, str):
        return re.sub(r"(?<!\\)nabla ", "\N{NABLA}", content)
    if isinstance(content, dict):
        return {with_symbols(name): with_symbols(value) for name, value in content.items()}
    return [with_symbols(value) for value in content] if isinstance(content, list) else content


def number(value: float | None, digits: int = 3) -> str:
    """`value` to `digits` significant digits, with a written-out power of ten; None is infinite."""
    if value is None:
        return "∞"
    return _written(f"{value:z.{digits}g}")


def _written(printed: str) -> str:
    mantissa, _, exponent = printed.partition("e")
    mantissa = mantissa.replace("-", "\N{MINUS SIGN}")
    if not exponent:
        return mantissa
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPTS)
    return power if mantissa == "1" else f"{mantissa} · {power}"


def powers(text: str) -> str:
    """The same text, its numbers as `number` writes them.

    >>> powers("2.1e+14 times, bound 1e-06").replace("\N{NO-BREAK SPACE}", " ")
    '2.1 · 10¹⁴ times, bound 10⁻⁶'
    """
    written_e = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?e[+-]\d+\b")
    return written_e.sub(lambda found: _written(found[0]).replace(" ", "\N{NO-BREAK SPACE}"), text)


def two_sentences(told: str) -> str:
    """What stands behind a colon as a sentence of its own.

    >>> two_sentences("not run: the full run did"), two_sentences("not run")
    ('not run. The full run did', 'not run')
    """
    return re.sub(r": (\w)", lambda found: f". {found[1].upper()}", told, count=1)


def span(ends: tuple[float, float], name: str) -> str:
    """From the least to the greatest, or the one value, of what has this name."""
    low, high = (f"float{v:g}" if name == PRECISION else number(v) for v in ends)
    return low if low == high else f"{low} to {high}"


def count(value: int) -> str:
    """A whole number with thin spaces between its thousands."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def share(value: float) -> str:
    """A share in percent."""
    return f"{value:.0%}"


def sortable(cell: str) -> float:
    """The number in a cell of the overview, for sorting; an empty one comes first.

    >>> [sortable(cell) for cell in ("12.4M", "94%", "3/4", "")]
    [12400000.0, 94.0, 0.75, -1.0]
    """
    found = re.fullmatch(r"([-\d.e+]+)(?:([kMG%])|/(\d+))?", cell)
    if found is None:
        return -1.0
    size = {"k": 1e3, "M": 1e6, "G": 1e9}.get(found[2] or "", 1.0)
    return float(found[1]) * size / float(found[3] or 1)


def prose(markdown: str) -> Markup:
    """One line of Markdown, of which only `code` is used."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(markdown))))
