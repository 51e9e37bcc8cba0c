"""What a run leaves for CI: a summary, a badge, annotations, and a comparison with a baseline."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from verifier.errors import InputError
from verifier.evidence.files import as_kept
from verifier.evidence.record import Record
from verifier.report.baseline import worse
from verifier.report.content import gather
from verifier.report.markdown import badge, remarks, summary
from verifier.report.verdicts import Row, rows


@dataclass(frozen=True)
class Kit:
    """Files for `summary` and `badge`, and the folder of a run to be the `baseline`; or None."""

    summary: Path | None = None
    badge: Path | None = None
    baseline: Path | None = None

    def require_usable(self) -> None:
        """Raise `InputError` for what cannot be read, or written: before anything has run."""
        if self.baseline is not None:
            self._rows(self.baseline)
        for name, path in (("summary", self.summary), ("badge", self.badge)):
            if path is not None:
                self._write(name, path, "", mode="a")

    def leave(self, record: Record) -> bool:
        """Write and print all of it; whether nothing got worse."""
        lines = []
        if self.baseline is not None:
            lines = worse(self._rows(self.baseline), rows(record))
            print("\n".join(["", f"compared with {self.baseline}:", *(lines or ["nothing worse"])]))
        content = gather(record)
        if self.summary is not None:
            self._write("summary", self.summary, summary(content, lines), mode="a")
        if self.badge is not None:
            self._write("badge", self.badge, json.dumps(badge(content)) + "\n")
        if os.environ.get("GITHUB_ACTIONS") == "true":
            print("\n".join(remarks(content)))
        return not lines

    @staticmethod
    def _rows(folder: Path) -> list[Row]:
        with as_kept(folder):
            return rows(Record.load(folder))

    @staticmethod
    def _write(name: str, path: Path, text: str, mode: str = "w") -> None:
        """A summary is added: GitHub gives each job one file, in which others may have written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open(mode, encoding="utf-8") as file:
                file.write(text)
        except OSError as problem:
            raise InputError(name, path, f"cannot be written: {problem.strerror}") from None
