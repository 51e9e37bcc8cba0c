"""Put the table of columns into `reading-a-report.md` between its markers: none of it is typed."""

from __future__ import annotations

import sys
from pathlib import Path

from verifier.report.columns import markdown

PAGE = Path(__file__).parent / "reading-a-report.md"
BEGIN = "<!-- columns: begin -->"
END = "<!-- columns: end -->"


def with_columns(page: str) -> str:
    """The page with the table of today's columns."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{markdown()}\n{END}{after}"


def main() -> int:
    """Rewrite the page."""
    PAGE.write_text(with_columns(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{PAGE.name} shows the columns of verifier/report/columns.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
