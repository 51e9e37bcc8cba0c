"""The floor plan: what stands where, which way imports run, and how long a file may be."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "verifier"

FLOORS = (
    "errors",
    "model",
    "data",
    "kernel",
    "statistics",
    "evidence",
    "implementations",
    "trial",
    "statements",
    "audit",
    "necessity",
    "falsify",
    "report",
    "reproduction",
    "suite",
    "commands",
    "cli",
    "__main__",
)
"""From the ground up: a room may use those below it, and itself."""

NEIGHBOURS = {
    # certificates and prior work say something about E1's coefficients: they are written with it
    ("certificates", "verifier.statements.identities.formulas"),
    ("prior_work", "verifier.statements.identities.formulas"),
    # what other attacks do is E5 with another direction, seen by E4's witness
    ("beyond", "verifier.statements.identities.formulas"),
    ("beyond", "verifier.statements.identities.witness"),
    # with mini-batches the certificates are those of full ones, but for D1 on the way
    ("beyond", "verifier.statements.certificates.formulas"),
    ("beyond", "verifier.statements.certificates.interval"),
    ("beyond", "verifier.statements.certificates.margins"),
}
"""What a chapter imports of another one."""

SHARED = {"verifier.commands.live"}
"""What commands have in common."""

MOST_ENTRIES = 20
LONGEST = {"verifier": 250, "docs": 250, "tests": 400}
MEDIAN = 120


def sources(folder: str = "verifier") -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sources()}


def imports(text: str, module: str = "", *, is_package: bool = False) -> Iterator[str]:
    """The modules that a source imports, those inside functions included."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            above = module.split(".")[: len(module.split(".")) - node.level + is_package]
            base = ".".join([*above, node.module or ""]).strip(".") if node.level else node.module
            assert base is not None
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in MODULES else base


@cache
def imports_of(path: Path) -> set[str]:
    is_package = path.stem == "__init__"
    return set(imports(path.read_text(encoding="utf-8"), module_of(path), is_package=is_package))


def own_imports(module: str) -> set[str]:
    """What a module imports of the library."""
    return {name for name in imports_of(MODULES[module]) if name.split(".")[0] == "verifier"}


def room_of(module: str) -> str:
    """The room of a module of the library; empty for the package itself."""
    return module.split(".")[1] if module.count(".") else ""


def test_imports_are_read_wherever_they_stand() -> None:
    """Otherwise what follows could not fail."""
    text = (
        "import verifier.model.flow\n"
        "from verifier import kernel\n"
        "from verifier.trial.draw import draw\n"
        "from . import phi\n"
        "def f():\n    from ..trial import study\n"
    )
    assert set(imports(text, "verifier.kernel.sums")) == {
        "verifier.model.flow",
        "verifier.kernel",
        "verifier.trial.draw",
        "verifier.kernel.phi",
        "verifier.trial.study",
    }
    assert set(imports("from . import phi", "verifier.kernel", is_package=True)) == {
        "verifier.kernel.phi"
    }
    assert imports_of(MODULES["verifier.cli"]) >= {"verifier.errors", "argparse"}


def test_there_are_few_rooms() -> None:
    aside = {"__pycache__", "py.typed"}  # a cache, and a mark for type checkers
    entries = [path.name for path in LIBRARY.iterdir() if path.name not in aside]
    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def test_every_room_has_its_floor() -> None:
    assert {room_of(module) for module in MODULES} == {*FLOORS, ""}


def violations(found: Callable[[str], set[Any]]) -> dict[str, set[Any]]:
    """By module, what `found` finds in it."""
    return {module: wrong for module in MODULES if (wrong := found(module))}


def test_no_import_runs_up() -> None:
    """The package itself hands out names of every room, so no room may import from it."""

    def higher(module: str) -> set[str]:
        floor = FLOORS.index(room_of(module)) if room_of(module) else len(FLOORS)
        return {
            name
            for name in own_imports(module)
            if (FLOORS.index(room_of(name)) if room_of(name) else len(FLOORS)) > floor
        }

    assert not violations(higher)


def test_only_the_suite_knows_pytest_and_hypothesis() -> None:
    def known(module: str) -> set[str]:
        used = {name.split(".")[0] for name in imports_of(MODULES[module])}
        return set() if room_of(module) == "suite" else used & {"pytest", "hypothesis"}

    assert not violations(known)


def across(module: str) -> set[tuple[str, str]]:
    """What a module of a chapter imports of other chapters."""
    folders = {path.parent.name for path in (LIBRARY / "statements").glob("*/__init__.py")}
    own = module.removeprefix("verifier.statements.").split(".")[0]
    if room_of(module) != "statements" or own not in folders:
        return set()
    others = {f"verifier.statements.{folder}" for folder in folders - {own}}
    used = own_imports(module)
    return {(own, name) for name in used if ".".join(name.split(".")[:3]) in others}


def test_chapters_do_not_know_each_other() -> None:
    assert not violations(lambda module: across(module) - NEIGHBOURS)
    assert {pair for module in MODULES for pair in across(module)} == NEIGHBOURS  # no more of them


def test_only_the_command_line_knows_the_commands() -> None:
    def commands(module: str) -> set[str]:
        used = {name for name in own_imports(module) if room_of(name) == "commands"}
        return used - SHARED if room_of(module) == "commands" else used

    assert set(violations(commands)) == {"verifier.cli"}


def lengths(folder: str) -> dict[str, int]:
    return {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources(folder)
    }


@pytest.mark.parametrize("folder", LONGEST)
def test_no_file_is_long(folder: str) -> None:
    long = {path: n for path, n in lengths(folder).items() if n > LONGEST[folder]}
    assert not long


def test_the_median_file_is_short() -> None:
    assert median(lengths("verifier").values()) <= MEDIAN
