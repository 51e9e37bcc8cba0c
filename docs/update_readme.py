"""Put the newest run's table into the README between its markers: none of it is typed."""

from __future__ import annotations

import sys
from pathlib import Path

from verifier.record import Record, latest_run
from verifier.report.summary import NOT_RUN, rows
from verifier.report.terminal import render

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- report: begin (make readme) -->", "<!-- report: end -->"


def main() -> int:
    """Refuse a run that left claims out; the README shows a whole one."""
    folder = latest_run()
    record = Record.load(folder)
    left_out = [row.claim for row in rows(record) if row.verdict == NOT_RUN]
    if left_out:
        print(f"{folder} did not run {', '.join(left_out)}: run `make verify` first")
        return 2
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    table = "\n".join(line.rstrip() for line in render(record).strip("\n").splitlines())
    block = f"{BEGIN}\n```text\n{table}\n```\n{END}"
    README.write_text(before + block + after, encoding="utf-8")
    print(f"README.md shows {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
