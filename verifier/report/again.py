"""The commands that run a statement of a finished run again, as it was."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from verifier.evidence.record import Record

OPTIONS = {
    "hypothesis-profile": ("profile", "default"),
    "implementation": ("implementation", "reference"),
    "run-seed": ("run_seed", "0"),
    "device": ("device", "cpu"),
    "images": ("images", ""),
    "dtype": ("dtype", ""),
}
"""Options of `pytest properties/`: the entry of `Record.about` and its usual value."""
OF_RUN = ("implementation", "dtype")
"""Those that `verifier run` has, too; the others follow it after `--`."""
LEVELS = {"quick": "quick", "pr": "pr"}
"""Levels of `verifier run` without negative controls, by their Hypothesis profiles."""


def options(record: Record, *left_out: str) -> str:
    """Those of `OPTIONS` that were not as usual, to be put behind a command."""
    return given(record.about, *left_out)


def given(about: Mapping[str, str], *left_out: str) -> str:
    """The same, from what a record says of its run."""
    found = ""
    for option, (entry, usual) in OPTIONS.items():
        value = about.get(entry, usual)
        if value != usual and option not in left_out:
            found += f" --{option} {shlex.quote(value)}"
    return found


def again(record: Record, name: str) -> str:
    """The command that runs everything of a statement again, from any folder.

    At the level of the run; at `full` where a run tried negative controls, or has another profile.
    """
    left_out = record.about.get("controls", "").startswith("not run")
    level = LEVELS.get(record.about.get("profile", "")) if left_out else None
    profile = ("hypothesis-profile",) if level else ()
    run = f"verifier{own(record)} run {name} --level {level or 'full'}"
    return f"{run}{of_run(record.about, *profile)}"


def of_run(about: Mapping[str, str], *left_out: str) -> str:
    """The options of a run, as `verifier run` takes them: pytest's own behind `--`."""
    others = (option for option in OPTIONS if option not in OF_RUN)
    behind = given(about, *OF_RUN, *left_out)
    return f"{given(about, *others, *left_out)}{' --' if behind else ''}{behind}"


def own(record: Record) -> str:
    """The option by which a command learns of the user's own chapters; empty if there are none."""
    return chapters(record.about)


def chapters(about: Mapping[str, str]) -> str:
    """The same, from what a record says of its run."""
    named = about.get("chapters", "").split()
    return "".join(f" --chapter {shlex.quote(path)}" for path in named)


def broken_up(line: str, width: int) -> list[str]:
    """A label and a command over lines that a shell joins; an option stays beside its value.

    A path that is longer than a line goes on at the margin, where a blank would end it; there all
    of its command stands, then.
    """
    parts: list[str] = []
    for word in re.findall(r"\s*(?:'[^']*'|\S)+", line):
        if parts and re.fullmatch(r"\s*--\S+", parts[-1]):
            parts[-1] += word
        else:
            parts.append(word)
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1] + part) + len(" \\") <= width:
            lines[-1] += part
        else:
            lines[-1] += " \\"
            lines += _over_lines(part.strip(), width)
    is_cut = any(not line.startswith(" ") for line in lines[1:])
    return [line.lstrip() for line in lines] if is_cut else lines


def _over_lines(word: str, width: int) -> list[str]:
    if len(f"    {word} \\") <= width or "'" in word:
        return [f"    {word}"]
    *pieces, last = re.findall(r"[^/]+/?|/", word)
    lines = [""]
    for piece, end in [*((piece, "\\") for piece in pieces), (last, " \\")]:
        if lines[-1] and len(lines[-1] + piece + end) > width:
            lines[-1] += "\\"
            lines.append("")
        lines[-1] += piece
    return lines
