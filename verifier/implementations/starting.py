"""What `verifier init` writes: a commented adapter that runs, its settings, a workflow for CI."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from verifier.errors import InputError, require
from verifier.evidence.extras import PUBLISHED, install_from


@dataclass(frozen=True)
class Start:
    """A kind of code to begin with: its template, where it goes, and how it is named and built."""

    template: str
    file: str
    code: str
    extra: str = "suite"
    build: str = ""

    @property
    def next(self) -> str:
        """What to type then."""
        return " && ".join(filter(None, (self.build, "verifier run --level quick")))

    def contents(self) -> dict[str, str]:
        """Each file's path and text."""
        install = " && ".join(filter(None, (install_from(PUBLISHED, self.extra), self.build)))
        return {
            self.file: _template(self.template),
            "verifier.toml": _template("verifier.toml").format(code=self.code),
            ".github/workflows/verifier.yml": _template("workflow.yml").format(install=install),
        }

    def write(self, folder: Path) -> list[Path]:
        """Write them into a folder; their paths. `InputError`, and nothing written, if one exists.

        Also where a file cannot be written.
        """
        paths = {folder / name: text for name, text in self.contents().items()}
        for path in paths:
            require(not path.exists(), "init", path, "exists already, and is not overwritten")
        try:
            for path, text in paths.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        except OSError as problem:
            raise InputError("init", folder, f"must be a folder to write to: {problem}") from None
        return list(paths)


def _template(name: str) -> str:
    return (files("verifier.implementations") / "templates" / f"{name}.txt").read_text("utf-8")


MINE = 'implementation = "adapter:Trainer"'

STARTS = {
    "torch": Start("torch.py", "adapter.py", MINE),
    "numpy": Start("numpy.py", "adapter.py", MINE),
    "jax": Start("jax.py", "adapter.py", MINE, "suite,jax"),
    "program": Start(
        "train.c",
        "train.c",
        'program = "./train {in} {out}"',
        build="cc -O2 -o train train.c -lm",
    ),
}
