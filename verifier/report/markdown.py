"""A run for those who read a pull request: a summary in Markdown, a badge, annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verifier.report.content import statements_of
from verifier.report.verdicts import DEVIATES, NOT_APPLICABLE, NOT_RUN, REFUTED, SUPPORTED

GREEN, YELLOW, RED = "brightgreen", "yellow", "red"


def _tried(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    aside = (NOT_RUN, NOT_APPLICABLE)
    return [s for s in statements_of(content) if s["verdict"] not in aside]


def headline(content: Mapping[str, Any]) -> str:
    """How many statements are supported, and what became of the others."""
    tried = _tried(content)
    counts = {v: sum(s["verdict"] == v for s in tried) for v in (SUPPORTED, REFUTED, DEVIATES)}
    rest = len(tried) - sum(counts.values())
    told = [f"{counts[SUPPORTED]} of {len(tried)} statements supported"]
    told += [f"{n} {verdict}" for verdict, n in counts.items() if n and verdict != SUPPORTED]
    told += [f"{rest} not settled"] if rest else []
    return ", ".join(told)


def summary(content: Mapping[str, Any], worse: Sequence[str] = ()) -> str:
    """The run as Markdown: its headline, what got `worse`, what is not supported, the findings."""
    about = content["run"]["about"]
    named = ("implementation", "profile", "run_seed", "device")
    told = ", ".join(f"{name} {about[name]}" for name in named if name in about)
    lines = ["## Perturbation verifier", "", f"**{headline(content)}**", "", _plain(told), ""]
    if content["run"]["state"] == "interrupted":
        lines += ["The run was interrupted.", ""]
    if worse:
        lines += ["### Worse than the baseline", "", *(f"- {_plain(w)}" for w in worse), ""]
    others = [s for s in _tried(content) if s["verdict"] != SUPPORTED]
    if others:
        lines += ["| id | verdict | statement |", "|---|---|---|"]
        for s in others:
            why = f"{s['verdict']}: {s['reason']}" if s["reason"] else s["verdict"]
            lines.append(f"| {s['id']} | {_plain(why)} | {_plain(s['plain'] or s['statement'])} |")
        lines.append("")
    for s in others:
        if s["finding"] and not s["follows"]:
            words = "\n".join(f"{name}: {text}" for name, text in s["finding"]["words"].items())
            lines += [f"### {s['id']} does not hold here", "", "```text"]
            lines += [words.replace("```", "'''"), "```", ""]
    lines.append("Finite checks that pass support a statement; they do not prove it.")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Text in a cell of a table, where nothing of it is Markdown."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>|#" else c for c in text)
    return " ".join(escaped.split())


def badge(content: Mapping[str, Any]) -> dict[str, Any]:
    """A badge as data, in the form that shields.io reads from an address."""
    tried = _tried(content)
    supported = sum(s["verdict"] == SUPPORTED for s in tried)
    color = GREEN if tried and supported == len(tried) else YELLOW
    if any(s["verdict"] == REFUTED for s in tried):
        color = RED
    message = f"{supported} of {len(tried)} supported"
    return {"schemaVersion": 1, "label": "theory", "message": message, "color": color}


def remarks(content: Mapping[str, Any]) -> list[str]:
    """Lines that GitHub shows beside a change: one for each statement that is not settled well."""
    lines = []
    for s in _tried(content):
        if s["verdict"] in (SUPPORTED, DEVIATES) or s["follows"]:
            continue
        finding = s["finding"] or {}
        said = finding.get("cause") or s["reason"] or s["plain"] or s["statement"]
        kind = "error" if s["verdict"] in (REFUTED, "error") else "warning"
        title = _data(f"{s['id']} {s['verdict']}")
        lines.append(f"::{kind} title={title}::{_data(said)}")
    return lines


def _data(text: str) -> str:
    """What GitHub's commands take for text."""
    for character, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(character, code)
    return text
