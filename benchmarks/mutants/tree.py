"""A copy of the project, in which files are mutated: the working tree stays as it is."""

from __future__ import annotations

import compileall
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LATER = 3600  # seconds; compiled files tell a source's versions apart by time and size


def project_files(root: Path) -> list[str]:
    """What git knows of a checkout, and new files that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    told = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout
    return sorted(name for name in set(told.split("\0")) - {""} if (root / name).is_file())


@dataclass(frozen=True)
class Tree:
    """A copy of a project's `files` in the folder `root`."""

    root: Path
    files: tuple[str, ...]

    @classmethod
    def copied(cls, project: Path, files: Iterable[str], root: Path) -> Tree:
        """Copies `files`, and compiles them once for all runs."""
        names = tuple(files)
        for name in names:
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / name, target)
        compileall.compile_dir(root, quiet=2)
        return cls(root, names)

    def source(self, name: str) -> str:
        """The text of a file."""
        return (self.root / name).read_text(encoding="utf-8")

    def matching(self, patterns: Iterable[str]) -> list[str]:
        """Python files of the project that match one of the patterns, in order."""
        found = {str(p.relative_to(self.root)) for each in patterns for p in self.root.glob(each)}
        return [name for name in self.files if name in found]

    def fingerprint(self, folders: Iterable[str]) -> str:
        """Of all that stands in these folders."""
        within = tuple(folders)
        seen = hashlib.sha256()
        for name in self.files:
            if any(Path(name).is_relative_to(folder) for folder in within):
                seen.update(f"{name}\0".encode() + (self.root / name).read_bytes())
        return seen.hexdigest()[:12]

    @contextmanager
    def changed(self, sources: dict[str, str]) -> Iterator[None]:
        """Within it, these files have these texts."""
        kept = {name: (self.source(name), (self.root / name).stat()) for name in sources}
        try:
            for name, text in sources.items():
                self._write(name, text, kept[name][1].st_mtime + _LATER)
            yield
        finally:
            for name, (text, about) in kept.items():
                self._write(name, text, about.st_mtime)

    def _write(self, name: str, text: str, time: float) -> None:
        (self.root / name).write_text(text, encoding="utf-8")
        os.utime(self.root / name, (time, time))
