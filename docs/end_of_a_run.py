"""The end of a run, cut into the pieces that `reading-a-report.md` explains."""

from __future__ import annotations

from verifier.report.summary import FIGURES


def quoted(summary: str) -> dict[str, str]:
    """What a run prints at its end, as Markdown: the piece that answers each question."""
    head, table, refuted, *more = summary.strip().split("\n\n")
    lines = head.splitlines()
    sure = next((k for k, line in enumerate(lines) if line.startswith("how sure")), len(lines))
    figures = [text for text in more if " ".join(text.split()).startswith(FIGURES)]
    pieces = {
        "what holds": "\n".join(lines[:sure]),
        "how sure": "\n".join(lines[sure:]),
        "how near": table,
        "what failed": "\n\n".join([refuted, *figures]),
    }
    return {name: f"```text\n{text}\n```" for name, text in pieces.items()}
