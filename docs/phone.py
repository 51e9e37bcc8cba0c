"""What makes the site's tables and pictures readable on a phone, where `site.css` alone cannot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import matplotlib
from docutils import nodes
from PIL import Image, ImageChops
from sphinx.application import Sphinx

from docs.two_widths import BEGIN, END

THUMBNAILS = Path("examples") / "images" / "thumb"

WORDS = 32
"""Characters of a cell that is not only a name or a number."""
NUMBER = 4
"""Characters that leave room beside them."""
WIDE = 8
"""Columns of numbers that no phone shows beside each other."""
BESIDE_NAMES = 6
"""Columns, the first of them of names, that no phone shows either."""
NAME = 10
"""Characters of a name that would be broken where its column is as narrow as can be."""
TERM = 19
"""Characters of a name that leaves room for its meaning beside it."""
COUNT = 10
"""Characters of a count, which stands beside the words that it is of."""
COLUMNS = 42
"""Of a terminal's text that a phone shows in letters of nearly the page's size."""

TYPE = {"font.size": 12, "legend.fontsize": 11, "figure.constrained_layout.use": True}
"""Of the examples' figures, whose thumbnails are about half as large."""


def by_width(app: Sphinx, page: str, source: list[str]) -> None:
    """Mark of two such blocks which is for a screen and which for a phone, for `site.css`."""
    block = r"```(text)\n(.*?)```"
    both = rf"{block}\n{re.escape(BEGIN)}{block}{re.escape(END)}"
    shown = "```{code-block} text\n:class: %s\n%s```"
    source[0] = re.sub(
        both,
        lambda found: "\n\n".join(
            shown % one for one in (("on-a-screen", found[2]), ("on-a-phone", found[4]))
        ),
        source[0],
        flags=re.S,
    )


def large_type(gallery: dict[str, Any], example: str) -> None:
    """Called before each example: the words in its figures stay legible in a thumbnail."""
    matplotlib.rcParams.update(TYPE)


def stacked(app: Sphinx, tree: nodes.document) -> None:
    """Mark tables with a column of words, or too many: on a phone a row's cells stand as a card.

    Each then has its column's name before it, but for the first and for words that follow at once.
    A cell alone in its row, the name of a group, goes across all columns.
    Where all first cells are short, as ids are, the rest stands beside them. Names with their
    meanings alone stay a table.
    Of three columns, words, a count and more, the count stands beside the words.
    Tables of numbers are marked whose rows have names: of a card the name is a line of its own.
    """
    for table in tree.findall(nodes.table):
        rows = list(table.findall(nodes.row))
        columns = list(zip(*rows[1:], strict=True))  # without their names
        words = [max(len(cell.astext()) for cell in cells) > WORDS for cells in columns]
        narrow = [len(row[0].astext()) <= NUMBER for row in rows[1:]]
        is_named = max((len(row[0].astext()) for row in rows[1:]), default=0) > NAME
        is_card = any(words) or len(words) >= (BESIDE_NAMES if is_named else WIDE)
        is_glossary = len(words) == 2 and all(len(cell.astext()) <= TERM for cell in columns[0])
        if not is_card or is_glossary:
            table["classes"] += ["named"] if is_named and len(words) > 2 else []
            continue
        table["classes"] += ["stacked", "many"] if len(words) >= WIDE else ["stacked"]
        table["classes"] += ["short"] if all(narrow) and any(words) else []
        table["classes"] += ["named"] if is_named and not any(words) else []
        counts = [len(cell.astext()) <= COUNT for cell in columns[1]]
        is_counted = len(words) == 3 and words[0] and all(counts)
        table["classes"] += ["counted"] if is_counted else []
        for row in rows[1:]:
            _name_cells(_names(rows[0]), row, words)
            _across(row)


def narrow(app: Sphinx, tree: nodes.document) -> None:
    """Mark the blocks of text whose widest line a phone has room for in large letters."""
    for block in tree.findall(nodes.literal_block):
        if max(map(len, block.astext().splitlines()), default=0) <= COLUMNS:
            block["classes"].append("narrow")


def _names(heads: list[nodes.Node]) -> list[list[nodes.Node]]:
    """The columns' names, formulas as such; of those alike, each after what is before it."""
    found = [cell.astext() for cell in heads]
    return [
        [nodes.Text(f"{found[k - 1].split(':')[0]}: {name}")]
        if k and name and found.count(name) > 1
        else [part for paragraph in cell.children for part in paragraph.children]
        for k, (name, cell) in enumerate(zip(found, heads, strict=True))
    ]


def _name_cells(heads: list[list[nodes.Node]], row: list[nodes.Node], words: list[bool]) -> None:
    """Write its column's name into each cell of a row that needs it."""
    for k, cell in enumerate(row):
        cell["classes"] += ["words"] if words[k] else []
        named = k > 1 or (k == 1 and not words[k])
        if not cell.astext():
            cell["classes"].append("nothing")
        elif named and (name := heads[k]):
            copies = [part.deepcopy() for part in name]
            cell[0].insert(0, nodes.inline("", "", *copies, nodes.Text(": "), classes=["name"]))


def _across(row: nodes.row) -> None:
    """Let the only cell of a row that has text take the place of those without."""
    told = [cell for cell in row if cell.astext()]
    if len(told) == 1:
        (group,) = told
        group["morecols"] = len(row) - 1
        group["classes"].append("across")
        row.children = [group]


def without_margins(app: Sphinx) -> None:
    """Cut what is white around the examples' thumbnails, which the gallery fills up to one size."""
    for path in (Path(app.srcdir) / THUMBNAILS).glob("*.png"):
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        white = Image.new("RGB", picture.size, "white")
        if inked := ImageChops.difference(picture, white).getbbox():
            picture.crop(inked).save(path)
