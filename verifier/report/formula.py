"""A formula as MathML, in parts between which a line may break: a phone is narrow."""

from __future__ import annotations

import re
from html import unescape
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element
from markupsafe import Markup

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
SHORT = 40
"""Between two of these, so much stays in one line: "tau" above "= T" is not read as one."""


def parts(latex: str) -> list[str]:
    r"""LaTeX cut at its wide spaces, and before its relations where no bracket is open.

    >>> parts(r"a \le \frac{b = c}{d}, \quad e = f"), parts("a = b")
    (['a \\le \\frac{b = c}{d}, \\quad', ' e = f'], ['a ', '= b'])
    """
    clauses: list[list[str]] = [[""]]
    depth = 0
    before = _RELATIONS | {"+"} if len(latex) > LONG else _RELATIONS
    for token in _TOKEN.findall(latex):
        depth += (token in _OPEN) - (token in _CLOSED)
        found = clauses[-1]
        is_index = found[-1].endswith(("^", "_"))
        if depth == 0 and token in before and not is_index:
            found.append("")
        found[-1] += token
        if depth == 0 and token == SPACE:
            clauses.append([""])
    whole = ["".join(found) for found in clauses]
    is_short = [len(clauses) > 1 and len(clause) <= SHORT for clause in whole]
    each = ([w] if s else c for c, w, s in zip(clauses, whole, is_short, strict=True))
    return [part for found in each for part in found if part.strip()]


def mathematics(latex: str) -> str:
    """LaTeX as MathML; empty where there is none or it cannot be converted.

    One element for each part, so that a line may break between them.
    """
    try:
        return Markup(" ").join(map(_converted, parts(latex)))
    except Exception:  # the converter raises errors of many kinds; the statement in words remains
        return ""


def _converted(latex: str) -> Markup:
    plain = latex.removesuffix(SPACE)  # where it ends a formula it is not converted
    formula = convert_to_element(plain, display="block")
    formula.attrib |= {"display": "inline", "displaystyle": "true"}
    if plain != latex:
        formula.attrib["class"] = "apart"
    for element in formula.iter():  # it writes characters as entities and does not escape text
        element.text = unescape(element.text or "")
    fence(formula, latex)
    beside(formula)
    if latex.startswith("+"):  # by itself it would be taken for a sign
        next(formula.iter("mo")).attrib["form"] = "infix"
    return Markup(tostring(formula, encoding="unicode"))


def fence(formula: Element, latex: str) -> None:
    """Make its bars fences of a line's height: by themselves they grow with what stands around."""
    sides = re.findall(r"(?<!left)(?<!right)\\([lr])[vV]ert", latex)
    bars = [bar for bar in formula.iter("mo") if bar.text in ("|", "‖") and not bar.attrib]
    if len(bars) == len(sides):  # else some of them are no fence
        for bar, side in zip(bars, sides, strict=True):
            bar.attrib |= {"stretchy": "false", "form": "prefix" if side == "l" else "postfix"}


def beside(formula: Element) -> None:
    """Set primes beside their letters: the character is raised, as a superscript it would float."""
    for element in [*formula.iter("msup")]:
        letter, raised = element
        first = raised[0] if len(raised) else raised
        if first.text != "′":
            continue
        prime = Element("mo", form="postfix", lspace="0", rspace="0")
        prime.text = first.text
        if first is raised:
            element.tag, element[1] = "mrow", prime
        else:  # a power behind the prime
            raised.remove(first)
            element[0] = Element("mrow")
            element[0].extend([letter, prime])
