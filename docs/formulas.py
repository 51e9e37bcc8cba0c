"""Formulas of the site as MathML, which browsers draw: in pieces between which a line may break."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from docutils import nodes
from latex2mathml.converter import convert_to_element
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

from verifier.report.formula import beside, fence

LOG = getLogger("site")
MATHML = "http://www.w3.org/1998/Math/MathML"
FENCES = {
    **dict.fromkeys(("lVert", "rVert"), "‖"),
    **dict.fromkeys(("lvert", "rvert"), "|"),
    "langle": "⟨",
    "rangle": "⟩",
}
"""Those that the converter knows only as characters where they are large."""


PUNCTUATION = re.compile(r"[,.;:?)]+")
LONG = 32
"""Characters of a formula that may be wider than a phone."""
BREAKS, CLOSED = frozenset("=≤≥<>→≈∼∈∣+−±⋅"), frozenset(")]}⟩!′")
"""Before which a formula may go on in the next line: relations and sums, after a term's end."""
SIGNS = frozenset("+−±")
"""Of these, those that do not stand behind a term are signs, with no space behind them."""
SPACES = frozenset({"0.5em", "1em"})
"""After which it may, too."""
NESTED = 3
"""How many brackets deep a long formula is broken at most."""


def mathml(latex: str) -> list[Element]:
    """What a formula is made of, side by side; a command that is not known is a warning."""
    latex = re.sub(r"(\\[bB]ig)\\(\w+)", lambda found: found[1] + FENCES[found[2]], latex)
    formula = convert_to_element(latex.replace(r"\arg\max", r"\operatorname{argmax}"))
    for element in formula.iter():  # it writes characters as entities
        element.text = unescape(element.text or "")
        if element.get("width") == "thinmathspace":  # which browsers no longer know
            element.set("width", "0.17em")
        if element.text == "~":  # what becomes of \sim
            element.tag, element.text = "mo", "∼"
    fence(formula, latex)
    beside(formula)
    for row in formula.iter("mrow"):
        for before, element in pairwise(row):
            if element.text in SIGNS:
                element.set("form", "infix" if _ends(before) else "prefix")
    if "\\" in "".join(formula.itertext()):
        LOG.warning("a formula holds what MathML has no word for: %s", latex)
    return list(formula[0])


def characters(elements: list[Element]) -> int:
    """How many a formula has, about as many as it is wide."""
    return sum(len("".join(element.itertext())) for element in elements)


def pieces(elements: list[Element], nested: int = 0) -> list[list[Element]]:
    """A long formula, cut where its lines may break; a piece still long, within brackets too."""
    if nested > NESTED or characters(elements) <= LONG:
        return [elements]
    found: list[list[Element]] = [[]]
    depth = 0
    for element in elements:
        text, form, before = element.text, element.get("form"), found[-1]
        opens = text in {*"([{⟨"} or (form == "prefix" and text not in SIGNS)
        depth += opens - (text in {*")]}⟩"} or form == "postfix")
        if depth <= nested and text in BREAKS and before and _ends(before[-1]):
            element.set("form", "infix")  # at the beginning it would be a sign
            found.append([])
        found[-1].append(element)
        if depth <= nested and element.get("width") in SPACES:
            found.append([])
    return [part for piece in found if piece for part in pieces(piece, nested + 1)]


def _ends(element: Element) -> bool:
    """Whether a term may end here, so that a plus or minus behind it is no sign."""
    return element.tag != "mo" or element.text in CLOSED or element.get("form") == "postfix"


def written(elements: list[Element], style: str, after: str = "") -> str:
    """Elements as a formula whose lines may break, but not before what is `after` it."""
    found = []
    for piece in pieces(elements):
        formula = Element("math", {"xmlns": MATHML, "displaystyle": style})
        SubElement(formula, "mrow").extend(piece)
        text = tostring(formula, encoding="unicode")
        if style == "false" and characters(piece) > LONG:
            text = f'<span class="long" tabindex="0" role="group">{text}</span>'
        found.append(text)
    if after:
        found[-1] = f'<span class="joined">{found[-1]}{after}</span>'
    whole = "<wbr>".join(found)
    if style == "false" and characters(elements) > LONG:  # a line of its own on a phone
        return f'<span class="wide">{whole}</span>'
    return whole


def inline(writer: Any, node: nodes.math) -> None:
    """Render a formula within a line; what of it stays long scrolls where a line is short."""
    writer.body.append(written(mathml(node.astext()), "false", node.get("after", "")))
    raise nodes.SkipNode


def block(writer: Any, node: nodes.math_block) -> None:
    """Render a formula on lines of its own; its parts, between wide spaces, may wrap."""
    parts: list[list[Element]] = [[]]
    for element in mathml(node.astext()):
        if element.get("width") == "2em":
            parts.append([])
        else:
            parts[-1].append(element)
    formula = "".join(f"<div>{written(part, 'true')}</div>" for part in parts)
    writer.body.append(f'<div class="formula" tabindex="0" role="group">{formula}</div>')
    raise nodes.SkipNode


def with_punctuation(app: Sphinx, tree: nodes.document) -> None:
    """Hand each formula in a line the comma or point behind it: no line begins with one."""
    for node in list(tree.findall(nodes.math)):
        behind = node.next_node(siblings=True, descend=False)
        if isinstance(behind, nodes.Text) and (found := re.match(PUNCTUATION, behind)):
            node["after"] = found[0]
            rest = nodes.Text(behind[len(found[0]) :])
            node.parent[node.parent.index(node) + 1] = rest  # texts that are alike are equal
