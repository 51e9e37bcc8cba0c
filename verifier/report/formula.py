"""Where a line may break within a formula: between the parts that these functions cut it into."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|.", re.DOTALL)
_OPEN = {"{", "(", "[", r"\left", r"\begin", r"\{", r"\lvert", r"\lVert", r"\langle"}
_CLOSED = {"}", ")", "]", r"\right", r"\end", r"\}", r"\rvert", r"\rVert", r"\rangle"}
_RELATIONS = {
    *("=", "<", ">", r"\le", r"\ge", r"\in", r"\to", r"\approx"),
    *(r"\implies", r"\Rightarrow", r"\iff"),
}
"""Before these a line may break; before a plus, too, where a formula is `LONG`."""
LONG = 60
SPACE = r"\quad"
"""A line may break here."""


def parts(latex: str) -> list[str]:
    r"""LaTeX cut before its relations and at its wide spaces, where no bracket is open.

    >>> parts(r"a \le \frac{b = c}{d}, \quad e = f")
    ['a ', '\\le \\frac{b = c}{d}, \\quad', ' e ', '= f']
    """
    found, depth = [""], 0
    before = _RELATIONS | {"+"} if len(latex) > LONG else _RELATIONS
    for token in _TOKEN.findall(latex):
        depth += (token in _OPEN) - (token in _CLOSED)
        is_index = found[-1].endswith(("^", "_"))
        if depth == 0 and token in before and not is_index:
            found.append("")
        found[-1] += token
        if depth == 0 and token == SPACE:
            found.append("")
    return [part for part in found if part.strip()]
