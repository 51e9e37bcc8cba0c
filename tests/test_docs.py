"""Code that the documents show runs, and does what they say."""

import doctest
import importlib
import importlib.util
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import verifier
from docs import wrong_code
from docs.end_of_a_run import quoted_finding
from docs.run_in_words import TERMINAL
from docs.two_widths import beside_wide
from verifier import cli
from verifier.errors import DivergedError, NotComparable
from verifier.implementations.contract import load
from verifier.statements import PATHWISE, REGISTRY
from verifier.suite.drawing import drawn
from verifier.suite.strategies import strategy_for
from verifier.trial.subject import Subject

ROOT = Path(__file__).parents[1]
NAMED = r"(?:(\S+)\s+\()?`(?:(\w+)\.)?([A-Z][A-Z_]{2,})`"
"""A name in capitals, with the module before its point and the value before the bracket."""
NO_NUMBERS = {"ADDED", "ANY", "EXACT", "HEURISTIC", "LIMIT", "GITHUB_ACTIONS", "PYTHONPATH"}


def code(page: str) -> str:
    """The last block of Python on a page."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.S)[-1]


def mine() -> str:
    """The whole example of your-code, behind that of one function."""
    return blocks("docs/your-code.md", "python")[1]


def test_the_library_s_first_example_runs() -> None:
    found: dict[str, object] = {}
    exec(code("docs/api.md"), found)
    assert getattr(found["e5"], "holds", False)


def test_the_readme_s_code_of_one_function_passes_and_its_slip_does_not() -> None:
    (shown,) = blocks("README.md", "python")
    assert blocks("docs/your-code.md", "python")[0] == shown
    slip = shown.replace("maximum", "minimum")
    for text, right in ((shown, True), (slip, False)):
        found: dict[str, type] = {}
        exec(text, found)
        subject, statement = Subject(found["Mine"]()), PATHWISE["E2"]
        configurations = drawn(strategy_for(statement), 9, run_seed=0)
        checked = [statement.check(one, subject) for one in configurations]
        assert all(one.holds for one in checked) is right


def test_no_line_of_code_in_the_readme_is_wider_than_a_phone() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = "".join(re.findall(r"```\w+\n(.*?)```", text, re.S)).splitlines()
    assert max(map(len, lines)) <= wrong_code.COLUMNS


def test_what_the_readme_shows_of_a_wrong_code_is_what_a_run_tells_of_it() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (part,) = re.findall(r"<!-- finding: begin .*?-->\n(.*)\n<!-- finding: end -->", text, re.S)
    told, shown = (_without_numbers(one) for one in (wrong_code.finding(), part))
    assert told == shown
    assert "sqrt" in shown


@pytest.mark.slow
def test_a_quick_run_checks_as_many_statements_as_the_readme_says(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code, *_) = re.findall(r"```python\n(.*?)```", text, re.S)
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    command = "run --level quick --implementation mine:Mine"
    told = subprocess.run(
        [sys.executable, "-m", "verifier", *command.split()],
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "80", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (counted,) = re.findall(r"^\d+ of (\d+) statements supported", told, re.M)
    reached = f"{counted} of {len(REGISTRY.statements)} statements are checked; "
    assert f"alone** {reached}" in wrong_code.reach()
    assert wrong_code.reach() in text


def test_the_page_on_reports_shows_a_failing_run_in_pieces() -> None:
    text = (ROOT / "docs" / "reading-a-report.md").read_text(encoding="utf-8")
    narrow = quoted_finding(wrong_code.printed())
    pieces = quoted_finding(wrong_code.printed(TERMINAL))
    assert list(pieces) == ["what failed there", "why", "what next", "by how much", "what it says"]
    for name, piece in pieces.items():
        found = re.findall(rf"<!-- {name}: begin .*?-->\n(.*)\n<!-- {name}: end -->", text, re.S)
        both = beside_wide(piece, narrow[name])
        assert [_without_numbers(one) for one in found] == [_without_numbers(both)]
    failed, why, following, how_much, says = pieces.values()
    assert failed.startswith("```text\nyour code disagrees with ")
    assert "how sure" not in "".join(pieces.values())  # it changes with the version
    assert "likely cause" in why
    assert "the theory " in why
    assert "rounding allows " in how_much
    assert "  E2 says " in says
    assert "    verifier check E2 --implementation mine:Mine\n" in following  # its newest case
    with pytest.raises(SystemExit, match="no finding"):
        quoted_finding("1 of 1 statements supported")


def _without_numbers(finding: str) -> str:
    """The words alone, as digits and so the breaks of lines may differ from machine to machine."""
    return " ".join(re.sub(r"-?\d+(\.\d+)?(e[+-]\d+)?", "", finding).split())


def test_a_finding_is_cut_to_its_title_its_cause_and_both_sides() -> None:
    title = "FINDING  E2 does not hold here; the\nsmallest case found:"
    cause = "  likely cause  output: too\n                small"
    sides = "  both sides  1  against\n              2"
    often = "  how often  1 of 3"
    shown = f"{title}\n  where  there\n{cause}\n{sides}\n{often}"
    printed = f"why  E2\n\n{shown}\n  smallest\n   Data(\n\nmore"
    assert wrong_code.cut(printed).splitlines()[-2:] == [
        "  likely cause  output: too small",
        "  both sides  1  against 2",
    ]
    with pytest.raises(SystemExit, match="nothing was found"):
        wrong_code.cut("1 of 1 statements supported")
    with pytest.raises(SystemExit, match="not 2 lines"):
        wrong_code.cut(f"{title}\n{cause}")


def test_the_example_of_your_code_passes_and_is_found_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine_of_docs.py").write_text(mine(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    subject = Subject(load("mine_of_docs:Mine"))
    held = 0
    for name in ("E0", "E1", "E2", "E3", "D3"):
        statement = PATHWISE[name]
        for configuration in drawn(strategy_for(statement), 25, run_seed=0):
            try:
                assert statement.check(configuration, subject).holds, (name, configuration)
                held += 1
            except (DivergedError, NotComparable):
                continue
    assert held > 60
    broken = mine().replace("return W.detach()", "return -W.detach()")
    (tmp_path / "broken_of_docs.py").write_text(broken, encoding="utf-8")
    statement = PATHWISE["E0"]
    wrong = Subject(load("broken_of_docs:Mine"))
    first = drawn(strategy_for(statement), 1, run_seed=0)[0]
    assert not statement.check(first, wrong).holds


@pytest.mark.slow
def test_the_command_finds_code_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(mine(), encoding="utf-8")
    (tmp_path / "E2.json").write_text("{}", encoding="utf-8")
    arguments = ["check", "E2", "E2.json", "--implementation"]
    found = done(" ".join(("verifier", *arguments, "mine:Mine")), tmp_path)
    assert found.returncode == 2
    assert "configuration" in found.stderr, found.stderr
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert cli.main([*arguments, "none:Mine"]) == 2
    assert "PYTHONPATH" in capsys.readouterr().err


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_ends_a_command() -> None:
    """Here it has seen enough before the first line, so that every write fails."""
    command = [str(Path(sys.executable).parent / "verifier"), "statements"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=100) == 1


def test_the_examples_in_docstrings_do_what_they_show() -> None:
    names = ["verifier", *(m.name for m in pkgutil.walk_packages(verifier.__path__, "verifier."))]
    if importlib.util.find_spec("flint") is None:
        names = [
            name for name in names if not name.startswith("verifier.statements.certificates.balls.")
        ]
    found = [doctest.testmod(importlib.import_module(name)) for name in names]
    assert sum(result.attempted for result in found) > 15
    assert not any(result.failed for result in found)


def test_the_index_has_a_row_for_each_chapter_with_its_statements() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for chapter in REGISTRY.chapters:
        page = chapter.statements[0].proof.removeprefix("docs/")
        (row,) = [line for line in index.splitlines() if line.startswith("| [") and page in line]
        ids = ", ".join(statement.id for statement in chapter.statements)
        assert row.split("|")[2].strip() == ids


def test_a_constant_named_on_a_page_has_its_value_before_it() -> None:
    seen = 0
    for page in (ROOT / "docs").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        for value, module, name in re.findall(NAMED, text):
            if name not in NO_NUMBERS:
                assert float(value) == constant(page.stem, module, name), (page.name, name)
                seen += 1
    assert seen > 20


def constant(chapter: str, module: str, name: str) -> object:
    """Of a module of this chapter, or else of the only one that is called so."""
    found = [*ROOT.glob(f"*/statements/{chapter}/{module}.py")]
    (path,) = found or ROOT.glob(f"verifier/*/{module}.py")
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return getattr(importlib.import_module(dotted), name)


def blocks(page: str, kind: str) -> list[str]:
    """The blocks of this kind on a page, in order."""
    return re.findall(rf"```{kind}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.S)


def done(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of a page, in a shell that finds `verifier`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.long
@pytest.mark.slow
def test_the_first_commands_of_your_code_do_what_they_say(tmp_path: Path) -> None:
    init, run = blocks("docs/your-code.md", "sh")[1].splitlines()
    assert done(init, tmp_path).returncode == 0
    assert done(run.replace("run", "run E1 E4"), tmp_path).returncode == 0
    adapter = (tmp_path / "adapter.py").read_text(encoding="utf-8")
    (tmp_path / "adapter.py").write_text(adapter.replace("lr=1.0,", "lr=1.0, weight_decay=0.1,"))
    broken = done(run.replace("run", "run E0 E1 E4"), tmp_path)
    assert broken.returncode == 1
    assert "FINDING  E0 does not hold here" in broken.stdout
    assert "\nrefuted: E0 and 1 that builds on it" in broken.stdout  # E1
    assert "; 1 of 3 supported (" in " ".join(broken.stdout.split())


@pytest.mark.slow
def test_the_commands_for_a_program_do_what_they_say(tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler, cc, is installed")
    lines = blocks("docs/programs.md", "sh")[1].splitlines()
    lines[-1] = lines[-1].replace("run", "run E1 E4")
    for line in lines:
        found = done(line, tmp_path)
        assert found.returncode == 0, found.stdout + found.stderr


def test_the_audit_of_its_page_holds_and_sees_decay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("audit.toml").write_text(blocks("docs/audit.md", "toml")[0], encoding="utf-8")
    exec(code("docs/audit.md"), {})
    assert cli.main(["audit", "."]) == 0
    held = capsys.readouterr().out
    assert held.count("\nheld ") == 9
    exec(code("docs/audit.md").replace("momentum=0.9", "momentum=0.9, weight_decay=0.01"), {})
    assert cli.main(["audit", "."]) == 1
    told = capsys.readouterr().out
    refuted = {line.split()[1] for line in told.splitlines() if line.startswith("REFUTED")}
    assert refuted == {"E1b", "E6", "E1", "E2", "D1"}
