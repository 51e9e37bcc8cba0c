"""What changes no result does not change the code's version."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import verifier
from tests.reproduction.runner.versions import MODULES, texts, toy, version
from verifier.reproduction.runner.deciding import DECIDING, code_version


def moved(modules: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    """The modules under other names, and every import of them likewise."""
    result = {}
    for name, text in modules.items():
        for old, new in names.items():
            text = re.sub(rf"\bfrom {re.escape(old)} import", f"from {new} import", text)
            parent, _, last = old.rpartition(".")
            text = re.sub(
                rf"\bfrom {re.escape(parent)} import {last} as",
                f"from {new.rpartition('.')[0]} import {new.rpartition('.')[2]} as",
                text,
            )
        result[names.get(name, name)] = text
    return result


def test_where_modules_lie_and_what_they_are_called_does_not_matter() -> None:
    names = {name: f"verifier.elsewhere.part_{i}" for i, name in enumerate(MODULES)}
    modules = moved(texts(), names)
    assert not set(names) & set(modules)
    assert version(modules, names[DECIDING]) == code_version()


def relocated(line: str) -> str:
    """A line of the moved package: imports name the new places."""
    if not re.match(r"\s*(from|import) ", line):
        return line
    line = line.replace("verifier.model.losses", "verifier.reproduction.loss_functions")
    line = line.replace("verifier.reproduction", "checker.figures")
    return re.sub(r"\bverifier(?=[. ])", "checker", line)


@pytest.mark.slow
def test_a_copy_of_the_package_in_another_layout_has_the_same_version(tmp_path: Path) -> None:
    """Files renamed and moved, and the whole package too."""
    package = tmp_path / "checker"
    shutil.copytree(Path(verifier.__file__).parent, package)
    (package / "reproduction").rename(package / "figures")
    (package / "model" / "losses.py").rename(package / "figures" / "loss_functions.py")
    for path in package.rglob("*.py"):
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(map(relocated, lines)), "utf-8")
    root = "checker.figures.training.clean_network"
    command = (
        "from checker.figures.runner.deciding import installed_source, versions_reached; "
        f"print(versions_reached({root!r}, installed_source)[{root!r}])"
    )
    found = subprocess.run(
        [sys.executable, "-c", command], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == code_version()


def undocumented(text: str) -> str:
    """The same code without any comment, docstring or formatting of its own."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            kept = [
                s
                for s in node.body
                if not isinstance(s, ast.Expr) or not isinstance(s.value, ast.Constant)
            ]
            node.body = kept or [ast.Expr(ast.Constant(...))]
    return ast.unparse(tree)


def test_comments_docstrings_and_formatting_do_not_matter() -> None:
    assert version({name: undocumented(text) for name, text in texts().items()}) == code_version()
    commented = {
        name: f'"""New."""\n# new\n{text}\n# at the end\n' for name, text in texts().items()
    }
    assert version(commented) == code_version()
    plain = "def root(x):\n    return x + 1\n"
    told = 'def root(x):\n    """What."""\n\n    # why\n    return (x\n        + 1)  # so\n'
    assert toy(main=plain) == toy(main=told)


def test_modules_that_are_not_used_do_not_matter() -> None:
    changed = {name: text if name in MODULES else "broken" for name, text in texts().items()}
    assert version(changed) == code_version()
    for kept in ("verifier.reproduction.runner.store", "verifier.reproduction.plan"):
        assert kept not in MODULES


def test_the_module_that_a_definition_is_imported_from_does_not_matter() -> None:
    use = "def root(x):\n    return f(x) + A\n"
    other = "A = 3\ndef f(x):\n    return x * A\n"
    one = toy(main=f"from p.other import A, f\n{use}", other=other)
    assert toy(main=f"from p.parts import A, f\n{use}", parts=other) == one
    assert toy(main=f"from p.parts import f\nfrom p.parts import A\n{use}", parts=other) == one
