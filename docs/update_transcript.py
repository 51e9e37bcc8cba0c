"""Writes docs/transcript.md: each adapter that `verifier init` writes, run, and broken three times.

`python docs/update_transcript.py`, in a clone with its virtual environment; takes minutes. What is
not installed, JAX or a C compiler, is left out and said.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from verifier.implementations.starting import STARTS

END = r"\d+ of \d+ supported|refuted: "
"""How the last line of a run begins."""
PAGE = Path(__file__).parent / "transcript.md"
PHONE = 60
"""Columns that a phone shows."""
CHECKED = "E0 E1 E2 E4"
RUN = f"verifier run {CHECKED} --level quick"

BROKEN = {
    "torch": (
        ("momentum with dampening", "recipe.momentum)", "recipe.momentum, dampening=0.5)"),
        ("no zero_grad", "            optimiser.zero_grad()\n", ""),
        ("the attack away from its target", "return eps * gradient", "return -eps * gradient"),
    ),
    "numpy": (
        ("a sum in place of the mean", ".slope)) / N", ".slope))"),
        ("the step size in the velocity too", "pull = y *", "pull = eta * y *"),
        ("1e-10 in the denominator", "np.where(length > 0, length, 1)", "(length + 1e-10)"),
    ),
    "jax": (
        ("ascent", "p - eta * v", "p + eta * v"),
        ("momentum as an average", "momentum * v + g", "momentum * v + (1 - momentum) * g"),
        ("perturbations twice as long", "return eps * gradient", "return 2 * eps * gradient"),
    ),
    "program": (
        ("decay", "of_w[k] *= mu;", "of_w[k] = mu * of_w[k] + 1e-3 * W[i * d + k] * (k < d);"),
        ("one sample left out", "for (long n = 0; n < N; n++) {", "for (long n = 1; n < N; n++) {"),
        ("ReLU for every slope", "return u >= 0 ? 1 : slope;", "return u >= 0;"),
    ),
}
"""What is done wrongly, the text, and what stands in its place."""


def shown(command: str, folder: Path, whole: bool = False) -> str:
    """A command with what it prints on its output; where it ran is left out."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=os.environ | {"PATH": path, "COLUMNS": str(PHONE)},
        capture_output=True,
        text=True,
        check=False,
    )
    return f"$ {command}\n{told(done.stdout, folder, whole)}$ echo $?\n{done.returncode}\n"


LEFT_OUT = (
    *("=", "evidence", "more", "how sure", "error"),
    *("not run", "to run", "not offered"),
)
"""How lines begin that say nothing of the code; those that go on with them are left out, too."""


def told(output: str, folder: Path, whole: bool) -> str:
    """What a reader looks for: verdicts and findings, from where a run's end begins; or all."""
    output = re.sub(r"runs/\d+T[\d.]+Z", "runs/TIME", output.replace(str(folder), "."))
    lines = [line.rstrip() for line in output.splitlines()]
    if whole:
        return "\n".join([*lines, ""])
    begins = [k for k, line in enumerate(lines) if line.startswith("perturbation-verifier")]
    ends = [k for k, line in enumerate(lines) if re.match(END, line)]
    kept = []
    is_left_out = False
    for line in lines[begins[0] : ends[0]] if begins else lines:
        is_left_out = line.startswith(LEFT_OUT) or (is_left_out and line.startswith("  "))
        if not is_left_out:
            kept.append(re.sub(r" · \d+ s\b", "", line))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    return f"{text}\n" if text else ""


def section(kind: str, folder: Path) -> tuple[list[str], list[str]]:
    """The transcript of one adapter; and a row of the table for each of its faults."""
    start = STARTS[kind]
    lines = [f"## `verifier init --{kind}`", ""]
    build = [start.build] if start.build else []
    for command in (f"verifier init --{kind}", *build, RUN):
        is_first = (kind, command) == (next(iter(STARTS)), RUN)
        lines += ["```console", shown(command, folder, is_first).rstrip("\n"), "```", ""]
    whole = (folder / start.file).read_text(encoding="utf-8")
    rows = []
    for fault, old, new in BROKEN[kind]:
        if whole.count(old) != 1:
            raise SystemExit(f"{kind}, {fault}: {old!r} is there {whole.count(old)} times")
        (folder / start.file).write_text(whole.replace(old, new), encoding="utf-8")
        heading = f"{kind}, broken: {fault}"
        lines += [f"### {heading}", ""]
        for command in (*build, RUN):
            told_of = shown(command, folder)
            lines += ["```console", told_of.rstrip("\n"), "```", ""]
        rows.append(f"| {kind} | [{fault}](#{anchor(heading)}) | {cause(told_of)} |")
    return lines, rows


def anchor(heading: str) -> str:
    """Where a heading is found, as GitHub and MyST have it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def cause(output: str) -> str:
    """What a run says is behind what it refuted, in one line: `E0: train: ...`."""
    one = re.search(r"^FINDING  (\w+) .*?^  likely cause[: ] (.*?)\n  \S", output, re.M | re.S)
    several = re.search(r"^why  (.*?)\n(?! )", output, re.M | re.S)  # how sure it is follows
    if several:
        told = several[1]
    elif one:
        told = f"{one[1]}: {one[2]}"
    else:
        return "nothing was refuted"
    return " ".join(told.split()).replace("|", r"\|")


def main() -> None:
    """Write the page."""
    lacking = {
        "jax": "" if importlib.util.find_spec("jax") else "JAX is not installed here",
        "program": "" if shutil.which("cc") else "there is no C compiler, cc, here",
    }
    lines = [
        "# Transcript",
        "",
        "What `verifier init` writes, run, and then broken in three ways each: which statement",
        "refutes it, and why. A row leads to what was printed. The first run is whole; of the",
        "others the lines that say nothing of the code are cut: the time, what a column means,",
        "where the evidence is. Written by `python docs/update_transcript.py`.",
        "",
    ]
    sections: list[str] = []
    rows: list[str] = []
    for kind in STARTS:
        if lacking.get(kind):
            sections += [f"## `verifier init --{kind}`", "", f"Left out: {lacking[kind]}.", ""]
            continue
        with tempfile.TemporaryDirectory() as place:
            written, of_faults = section(kind, Path(place))
        sections += written
        rows += of_faults
    lines += ["| code | broken | what the run says |", "|---|---|---|", *rows, "", *sections]
    PAGE.write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
