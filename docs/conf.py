"""The documentation site: `make docs` writes it to docs/_build, offline and without a warning.

The pages are those that are read in the repository. Formulas become MathML (`formulas.py`); links
to source files lead to copies, links to folders of source their names.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

from verifier.evidence.version import VERSION
from verifier.statements import REGISTRY

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))  # for docs, which is not installed

from benchmarks.gpu.markdown import folded  # noqa: E402
from docs import formulas, phone  # noqa: E402

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
CHECK = re.compile(r"^(?=\*\*(?:The c|C)heck\b)", re.M)
"""Where the proof of a statement ends."""


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
    app.add_html_math_renderer("mathml", (formulas.inline, None), (formulas.block, None))
    app.connect("source-read", without_folders)
    app.connect("source-read", with_controls)
    app.connect("source-read", phone.by_width)
    app.connect("builder-inited", phone.without_margins, priority=900)  # behind the gallery's
    app.connect("doctree-read", formulas.with_punctuation)
    app.connect("doctree-read", phone.stacked)
    app.connect("doctree-read", phone.narrow)
    app.connect("autodoc-process-docstring", as_code)
    app.connect("autodoc-skip-member", is_said_nothing_of)
    app.add_css_file("site.css")


html_static_path = ["site"]
