"""What README shows of a wrong code: its own example, with one slip, as a run told of it.

`make readme` runs it, in seconds; on lines as short as a phone's.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from verifier.statements import PATHWISE, REGISTRY

ROOT = Path(__file__).parents[1]
EVERY = list(REGISTRY.statements.values())
TRAINS = "docs/your-code.md#a-whole-example"
LEVELS = "docs/your-code.md#levels-of-a-run"
PROOF = "docs/identities.md#e2-so-is-the-output"
WHOLE = "docs/transcript.md"
README = ROOT / "README.md"

COLUMNS = 39
"""Columns of code that 390 pixels show without scrolling."""
RIGHT, WRONG = "len(a) ** 0.5", "len(a)"
STATEMENT = "E2"
SLIP = (
    f"- **With a slip,** `{WRONG}` in the place of `{RIGHT}`, a run refutes "
    f"[{STATEMENT}]({PROOF}) and prints ([in full]({WHOLE})):"
)
COMMAND = f"run {STATEMENT} --level quick --implementation mine:Mine"
OWN = "output"
"""README's one function."""
FURTHER = "train"
"""The function beside README's that most statements need."""
SHOWN = ("cause", "sides")
"""Words in the names of what is shown below a finding's title."""


def finding() -> str:
    """The finding of README's code with the slip, cut to its title, cause and both sides."""
    return f"{reach()}\n{SLIP}\n\n```text\n{cut(printed())}\n```"


@functools.cache
def printed(columns: int = COLUMNS) -> str:
    """What a quick run prints of README's code with the slip, on lines so long."""
    (code, *_) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    if code.count(RIGHT) != 1:
        raise SystemExit(f"README's first code has {RIGHT!r} {code.count(RIGHT)} times, not once")
    return told(code.replace(RIGHT, WRONG), columns)


def reach() -> str:
    """How many statements README's one function reaches, and how many with `FURTHER` beside it.

    A quick run checks the pathwise ones among them, by searches for counterexamples.
    """
    alone, both = (
        [s.id for s in EVERY if not s.unavailable(_Offers(names))]
        for names in ([OWN], [OWN, FURTHER])
    )
    quick, quick_both = (len(PATHWISE.keys() & names) for names in (alone, both))
    return (
        f"- **With `{OWN}` alone** {quick} of {len(EVERY)} statements are checked; with "
        f"[`{FURTHER}`]({TRAINS}), too, {quick_both}. A run [without `--level quick`]({LEVELS}) "
        f"adds statistics: {len(alone)} and {len(both)}."
    )


class _Offers:
    """A code with these functions, of which none is called."""

    def __init__(self, names: list[str]) -> None:
        vars(self).update(dict.fromkeys(names, print))


def told(code: str, columns: int = COLUMNS) -> str:
    """What a quick run prints of a code."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "mine.py").write_text(code, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "verifier", *COMMAND.split()],
            cwd=folder,
            env=os.environ | {"COLUMNS": str(columns), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout


def cut(shown: str) -> str:
    """Of the first finding: its title, and those of its lines that have a name in `SHOWN`."""
    found = re.search(r"^FINDING .*?(?=\n\n|\Z)", shown, re.M | re.S)
    if found is None:
        raise SystemExit(f"nothing was found in README's code with {WRONG!r}:\n{shown}")
    parts = re.split(r"\n(?=  \S)", found[0])
    title, *lines = (re.sub(r"\n *", " ", part) for part in parts)
    kept = [line for line in lines if any(word in re.split(":|  ", line[2:])[0] for word in SHOWN)]
    if len(kept) != len(SHOWN):
        raise SystemExit(f"not {len(SHOWN)} lines of {SHOWN} in\n{found[0]}")
    filled = [textwrap.fill(line, COLUMNS, subsequent_indent="    ") for line in kept]
    return "\n".join([textwrap.fill(title, COLUMNS), *filled])
