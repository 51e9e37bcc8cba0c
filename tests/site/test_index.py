"""The site's start leads to every page."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_every_page_is_in_the_site_once() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = []
    for tree in re.findall(r"```\{toctree\}(.*?)```", text, re.S):
        lines = [line for line in tree.splitlines() if line and not line.startswith(":")]
        listed += [re.sub(r".*<(.*)>", r"\1", line) for line in lines]
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    assert sorted(listed) == sorted({*pages, "examples/index", "gpu/README"})


def test_the_first_page_leads_on_directly_after_its_answers_and_before_any_picture() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    first = text.index("<!-- answers: end -->\n\n**From here:**")
    assert first < text.index("```{image}")
