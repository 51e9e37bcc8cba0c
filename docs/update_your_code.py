"""Put what a run of docs/your-code.md's first example prints below its command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for docs, which is not installed

from docs.two_widths import beside_wide  # noqa: E402
from verifier.report.summary import NARROWEST  # noqa: E402

PAGE = ROOT / "docs" / "your-code.md"
BEGIN, END = "<!-- passing: begin (make readme) -->", "<!-- passing: end -->"
WIDE = 80
"""Columns of a terminal; the site shows a phone the narrower one."""
SHOWN = ("perturbation-verifier", " ")
"""How those parts begin that are shown, which stay: what holds, and the chapters' table."""


def passing(page: str) -> str:
    """What the page's first command prints of its first code, at both widths."""
    (code, *_) = re.findall(r"```python\n(.*?)```", page, re.S)
    (block, *_) = re.findall(r"```sh\n(.*?)```", page, re.S)
    command = block.replace("\\\n", " ").splitlines()[-1].split()[1:]
    wide, narrow = (cut(printed(code, command, columns)) for columns in (WIDE, NARROWEST))
    return beside_wide(f"```text\n{wide}\n```", f"```text\n{narrow}\n```")


def printed(code: str, command: list[str], columns: int) -> str:
    """What `verifier` with this command prints of a code, on lines so long."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "mine.py").write_text(code, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "verifier", *command],
            cwd=folder,
            env=os.environ | {"COLUMNS": str(columns), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"the code of {PAGE} does not pass:\n{done.stdout}{done.stderr}")
    return done.stdout


def cut(told: str) -> str:
    """The parts of a run's end that begin as in `SHOWN`."""
    parts = [
        part.removeprefix("\n") for part in re.sub(r"^=.*\n", "", told, flags=re.M).split("\n\n")
    ]
    kept = [part for part in parts if part.startswith(SHOWN)]
    if len(kept) != len(SHOWN):
        raise SystemExit(f"not {len(SHOWN)} parts that begin with {SHOWN} in\n{told}")
    return "\n\n".join(kept)


def main() -> None:
    """Write the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{passing(page)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
