"""The documentation site: `make docs` writes it to docs/_build, offline and without a warning.

The pages are those that are read in the repository. Formulas become MathML, which browsers draw
themselves; links to source files lead to copies, links to folders of source their names.
"""

from __future__ import annotations

import re
import sys
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from docutils import nodes
from latex2mathml.converter import convert_to_element
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

from verifier.evidence.version import VERSION
from verifier.report.formula import fence
from verifier.statements import REGISTRY

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))  # for docs, which is not installed

from benchmarks.gpu.markdown import folded  # noqa: E402
from docs import phone  # noqa: E402

project = "perturbation-verifier"
author = "The perturbation-verifier developers"
release = VERSION
html_title = f"{project} {release}"
html_theme = "furo"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_gallery.gen_gallery"]
exclude_patterns = ["_build", "examples/README.rst"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
html_math_renderer = "mathml"
default_role = "code"
autodoc_typehints = "description"
autodoc_member_order = "bysource"
sphinx_gallery_conf: dict[str, Any] = {
    "examples_dirs": str(HERE.parent / "examples"),
    "gallery_dirs": "examples",
    "filename_pattern": r"\.py",
    "ignore_pattern": r"__init__\.py",
    "within_subsection_order": "FileNameSortKey",
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "image_scrapers": ("matplotlib",),
    "reset_modules": ("matplotlib", "docs.phone.large_type"),
    "thumbnail_size": (480, 250),  # the examples' figures are about twice as wide as high
}

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
CHECK = re.compile(r"^(?=\*\*(?:The c|C)heck\b)", re.M)
"""Where the proof of a statement ends."""


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
    _with_primes(formula)
    for row in formula.iter("mrow"):
        for before, element in pairwise(row):
            if element.text in SIGNS:
                element.set("form", "infix" if _ends(before) else "prefix")
    if "\\" in "".join(formula.itertext()):
        LOG.warning("a formula holds what MathML has no word for: %s", latex)
    return list(formula[0])


def _with_primes(formula: Element) -> None:
    """Set a prime beside its letter: its character is raised, as a superscript it would float."""
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
    return "<wbr>".join(found)


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


def without_folders(app: Sphinx, page: str, source: list[str]) -> None:
    """Leave of links to folders their names; what is no name would be words that lead nowhere."""

    def left(found: re.Match[str]) -> str:
        text, target = found[1], (HERE / page).parent / found[2].split("#")[0]
        if not target.is_dir():
            return found[0]
        if target.name == "examples":
            return f"[{text}](/examples/index.rst)"
        if not text.startswith("`"):
            LOG.warning("%s: the link of '%s' is to a folder, which the site has not", page, text)
        return text

    source[0] = re.sub(r"\[([^\]]+)\]\(((?!http|#)[^)]+)\)", left, source[0])


def with_controls(app: Sphinx, page: str, source: list[str]) -> None:
    """Fold of each statement of a chapter how it is checked; below, what its controls alter."""

    def followed(found: re.Match[str]) -> str:
        controls = REGISTRY.controls_of(found[1])
        listed = "\n".join(f"- **{c.name}:** {c.what}" for c in controls)
        told = f"What its {len(controls)} negative controls alter"
        said, *check = re.split(CHECK, found[0].rstrip(), maxsplit=1)
        folds = [("How it is checked", text) for text in check] + [(told, listed)]
        return "\n\n".join([said.rstrip(), *(folded(*fold) for fold in folds), ""])

    named = "|".join(s.id for s in REGISTRY.statements.values() if s.proof == f"docs/{page}.md")
    if named:
        whole = rf"^##+ ({named}): .*?(?=^##+ |\Z)"
        source[0] = re.sub(whole, followed, source[0], flags=re.M | re.S)


def as_code(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain sentences with `code` in them: nothing else is markup."""
    shown = False  # whether within an example, which is code as it stands
    for k, line in enumerate(lines):
        shown = bool(line) and (shown or line.lstrip().startswith(">>>"))
        if shown:
            continue
        parts = line.split("`")
        plain = [re.sub(r"([*|_\\])", r"\\\1", part) for part in parts[::2]]
        lines[k] = "".join(
            plain[i // 2] if i % 2 == 0 else f"``{part}``" for i, part in enumerate(parts)
        )


def is_said_nothing_of(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out the fields of named tuples, of which their class says what they are."""
    return True if (getattr(obj, "__doc__", "") or "").startswith("Alias for field") else None


def setup(app: Sphinx) -> None:
    """Hand all of the above to Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.connect("source-read", without_folders)
    app.connect("source-read", with_controls)
    app.connect("builder-inited", phone.without_margins, priority=900)  # behind the gallery's
    app.connect("doctree-read", with_punctuation)
    app.connect("doctree-read", phone.stacked)
    app.connect("doctree-read", phone.narrow)
    app.connect("autodoc-process-docstring", as_code)
    app.connect("autodoc-skip-member", is_said_nothing_of)
    app.add_css_file("site.css")


html_static_path = ["site"]
