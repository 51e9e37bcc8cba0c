"""What is told of the statements that do not hold: one finding for each likely cause."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from verifier.errors import InputError
from verifier.evidence.folders import newest_case
from verifier.report.coverage import activation, configurations
from verifier.report.facts import Content, by_reason, nearest
from verifier.report.layout import TIED
from verifier.report.ranges import SIZES
from verifier.report.verdicts import DEVIATES, ERROR, REFUTED

FEW = 4
"""So many draws that hold are added to those of a statement: 3 of 3 say less than 28 of 32."""
SHORT = 120
"""Characters of a formula that is told beside a statement's words."""
CAUSE = "likely cause"
"""The entry of a finding's words that says why; there only where that is known."""
OFTEN = "how often"
"""The entry that says in how many draws it fails, and which."""
COMMAND = "reproduce"
"""The entry of a finding's words that is a command."""
SIDES = "both sides"
"""The entry with what the code gives, and what the theory."""
NEXT = "next"
"""What stands before it: what to do."""
_OF_A_CASE = ("samples N", "dimensions d", "width m", "steps K")


def by_cause(run: Sequence[Content], verdicts: Collection[str]) -> list[list[Content]]:
    """The statements that have a finding of their own, those of one likely cause together.

    One whose cause is not known stands for itself, as one that follows from another stands under
    that. The plainest comes first, of those with one cause and of all; the others of a cause as the
    theory orders them.
    """
    found: dict[str, list[Content]] = {}
    for s in sorted(run, key=_plainness):
        if s["finding"] and not s["follows"] and s["verdict"] in verdicts:
            found.setdefault(s["finding"]["cause"] or s["id"], []).append(s)
    return [[first, *(s for s in run if s in others)] for first, *others in found.values()]


def _plainness(s: Content) -> tuple[float, float]:
    """Less where more of its draws fail, then where its smallest case is smaller."""
    if not s["finding"]:
        return 0.0, 0.0
    draws, size = s["finding"]["draws"], 1.0
    for configuration in configurations(s["finding"]["configuration"]):
        for name in _OF_A_CASE:
            with suppress(KeyError):
                size *= 1 + SIZES[name](configuration)
    return -draws["fail"] / (draws["of"] + FEW), math.log(size)


def why(run: Sequence[Content]) -> list[str]:
    """In a line for each: what lies behind statements that are refuted, or that no check ended."""
    found = []
    for group in by_cause(run, [REFUTED]):
        cause = re.sub(r" of (\d+)$", rf"{TIED}of{TIED}\1", group[0]["finding"]["cause"])
        cause = re.sub(r"^(\w+): it is ", r"\1: ", cause)
        ids = ", ".join(s["id"] for s in group)
        fail = "fails" if len(group) == 1 else "fail"
        found.append(f"likely {cause}; so {ids} {fail}" if cause else f"{ids}: cause not known")
    return found + [f"{', '.join(ids)}: {why}" for why, ids in by_reason(run, ERROR).items()]


def findings(run: Sequence[Content], every: bool) -> list[tuple[str, dict[str, str]]]:
    """A title and what is told below it, by its name: of each cause, or of `every` statement."""
    verdicts = {s["verdict"] for s in run} - {DEVIATES}
    groups = by_cause(run, verdicts)
    if every:
        groups = [[s] for group in groups for s in group]
    told = [(first, {**_words(first, every), **_besides(run, first, of)}) for first, *of in groups]
    return [
        (
            f"FINDING{_numbered(k, len(groups))}  {first['id']} does not hold here; the smallest "
            f"case found{_precision(first)}:",
            # how it shows, how often and what to do stand below the cause, before the case
            {**_of(words, CAUSE, SIDES, OFTEN), **_next(first), **words},
        )
        for k, (first, words) in enumerate(told, 1)
    ]


def in_few_words(run: Sequence[Content]) -> tuple[str, str]:
    """What is refuted, with its cause if that is one, and the command that shows it again.

    The command is empty where there are several causes; both are where nothing is refuted.
    """
    refuted = [s for s in run if s["verdict"] == REFUTED]
    groups = by_cause(run, [REFUTED])
    if len(groups) != 1:
        return (f"refuted: {len(refuted)}", "") if refuted else ("", "")
    first, others = groups[0][0], len(refuted) - 1
    build = sum(s["follows"] == first["id"] for s in refuted) == others
    how = f"that build{'s' * (others == 1)} on it" if build else "more"
    told = f"refuted: {first['id']}{f' and {others} {how}' if others else ''}"
    cause = re.split("[,(]", first["finding"]["cause"])[0].strip()
    return f"{told}; {f'likely {cause}' if cause else 'cause not known'}", command(first)


def sure_of(first: Content) -> str:
    """How sure it is that a statement does not hold, and the cause where one is known."""
    sure = "almost certain" if first["worst"]["allows"] == "chance" else "certain"
    cause = "; the cause: likely" * bool(first["finding"]["cause"])
    return f"that {first['id']} does not hold here: {sure}{cause}"


def _precision(statement: Content) -> str:
    """In which its smallest case was computed; empty where a case has none, or several."""
    configurations_of = configurations(statement["finding"]["configuration"])
    (first, *others) = {str(c.get("dtype", "")) for c in configurations_of} or {""}
    return f", in{TIED}{first}" if first and not others else ""


def _case(statement: Content) -> dict[str, str]:
    """The sizes of its smallest case, whose file the command reads; nothing of several."""
    found, *others = configurations(statement["finding"]["configuration"])
    is_added = statement["finding"]["conclusion"].startswith("second step")
    added = " of training and the one checked" * is_added
    told = []
    with suppress(KeyError):  # a case of another kind has other sizes
        steps = len(found["f_steps"])
        told += [f"d{TIED}{found['data']['dimension']}", f"N{TIED}{found['data']['samples']}"]
        told += [f"width{TIED}{found['width']}", f"{steps}{TIED}step{'s' * (steps > 1)}{added}"]
        told += [activation(found)]
        told += [f"momentum{TIED}{found['momentum']:.2g}"] if found["momentum"] else []
    if others or not told:
        return {}
    return {"smallest case": ", ".join(told)}


def _numbered(number: int, of: int) -> str:
    return f" {number} of {of}" if of > 1 else ""


def _words(statement: Content, every: bool) -> dict[str, str]:
    """All but what was tested, which the first line of a run says, and the command; what it says.

    The smallest case is in the file that the command reads, the source in the report: both stand
    beside `every` statement alone.
    """
    left_out = {COMMAND, "tested", *(() if every else ("smallest", "source"))}
    words = {**statement["finding"]["words"]}
    words["error"] = statement["finding"]["briefly"]
    kept = {name: text for name, text in words.items() if name not in left_out}
    if every:
        return kept
    cause = {CAUSE: kept.get(CAUSE, "not known")}
    says = {f"{statement['id']} says": statement["plain"] or statement["statement"]}
    if statement["plain"] and len(statement["statement"]) <= SHORT:
        says["in symbols"] = statement["statement"]
    shown = _of(kept, SIDES, "where") | _case(statement) | _of(kept, "error")
    return cause | shown | says | kept


def _of(words: dict[str, str], *names: str) -> dict[str, str]:
    return {name: words[name] for name in names if name in words}


def function_of(cause: str) -> str:
    """The function of the code that a likely cause names; empty if it names none.

    >>> function_of("input_gradient: it is too small"), function_of("")
    ('input_gradient', '')
    """
    found = re.match(r"(\w+): ", cause)
    return found[1] if found else ""


def _next(statement: Content) -> dict[str, str]:
    """What to do: what has to become of the code, and the command that shows it."""
    what = function_of(statement["finding"]["cause"]) or "the code"
    told = f'correct {what} until this prints "{statement["id"]}{TIED}held":'
    return {NEXT: told, COMMAND: command(statement)}


def command(statement: Content) -> str:
    """The command that shows a finding again, as short as it can be from here."""
    return re.sub(r" (\S+/counterexamples/\S+)", _near, statement["finding"]["words"][COMMAND])


def _near(path: re.Match[str]) -> str:
    """A file as from here; nothing where the command takes it if none is named."""
    with suppress(InputError):
        if newest_case(Path(path[1]).stem).resolve() == Path(path[1]).resolve():
            return ""
    return f" {nearest(path[1])}"


def _besides(run: Sequence[Content], first: Content, others: list[Content]) -> dict[str, str]:
    """What else is refuted: what builds on this statement, and what has the same likely cause."""
    words = {}
    after = [s["id"] for s in run if s["follows"] == first["id"]]
    if after:
        build = "builds" if len(after) == 1 else "build"
        words["also refuted"] = f"{len(after)} that {build} on {first['id']}"
    if others:
        words["same cause"] = ", ".join(s["id"] for s in others)
    return words
