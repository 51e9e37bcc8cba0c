"""Versions of the package's own code and of small modules, which their tests share."""

import functools
from pathlib import Path

import verifier
from verifier.reproduction.runner.deciding import DECIDING, installed_source, versions_reached

VERSIONS = versions_reached(DECIDING, installed_source)
MODULES = sorted(VERSIONS)


@functools.cache
def texts() -> dict[str, str]:
    """The text of every module of the package, by name; of packages too."""
    folder = Path(verifier.__file__).parent
    found = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text("utf-8")
    return found


def version(modules: dict[str, str], root: str = DECIDING) -> str:
    return versions_reached(root, modules.get)[root]


def toy(**modules: str) -> str:
    """The version of small modules of a package `p`, from `p.main`."""
    return version({f"p.{name}": text for name, text in modules.items()}, "p.main")
