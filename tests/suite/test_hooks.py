"""The suite's options: what stops a run before any work, and what is left out."""

import re
from pathlib import Path

import pytest

from tests.suite.running import ROOT, by_statement, run
from verifier.report.verdicts import NOT_RUN, SUPPORTED
from verifier.statements import STATEMENTS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--implementation", "no.such:Thing"], ["implementation", "no.such:Thing", "imported"]),
        (["--implementation", "verifier.errors:InputError.x"], ["implementation", "has no"]),
        (["--implementation", "verifier"], ["implementation", "'verifier'", "package.module:NAME"]),
        (
            ["--implementation", "verifier.kernel.phi:phi"],
            ["implementation", "must offer one of train"],
        ),
        (["--device", "nosuch"], ["--device", "nosuch"]),
        (["--images", "/no/such/folder"], ["/no/such/folder"]),
        (["--chapter", "no.such:THING"], ["chapter", "no.such:THING", "cannot be imported"]),
        (["--chapter", "verifier.errors:InputError"], ["chapter", "must be a", "Chapter"]),
        (["--statement", "X9"], ["statement", "'X9'", "must be one of E0, E0k"]),
    ],
)
def test_bad_options_stop_before_any_work(
    options: list[str], words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    code = pytest.main([str(ROOT / "properties"), "-q", "-p", "no:cacheprovider", *options])
    assert code == pytest.ExitCode.USAGE_ERROR
    message = "".join(capfd.readouterr())
    assert all(word in message for word in words), message
    assert "passed" not in message


def test_evidence_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "evidence.jsonl").write_text("")
    done = run(folder=tmp_path)
    assert done.returncode == 4
    assert "already holds a run" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("what_happens", "message"),
    [
        ("items[:] = [i for i in items if 'E3' not in i.name]", "statements without a test: E3"),
        ("STATEMENTS.pop('E3')", "tests of statements in no chapter: E3"),
    ],
)
def test_statements_and_tests_must_match(what_happens: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "interfering.py").write_text(
        "from verifier.statements import STATEMENTS\n"
        f"def pytest_collection_modifyitems(items):\n    {what_happens}\n"
    )
    done = run("--collect-only", "-p", "interfering", path=tmp_path)
    assert done.returncode == 4
    assert message in done.stdout + done.stderr


def collected(*options: str) -> list[str]:
    done = run("--collect-only", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return [line.split("::")[1] for line in done.stdout.splitlines() if "::" in line]


def about(item: str) -> str:
    """The statement that a test's name says it is about."""
    words = re.split(r"[\[\]-]", item)
    return next(word for word in words if word in STATEMENTS)


@pytest.mark.parametrize("name", ["E1", "R5"])  # beside E1b; beside R5u and R5k
def test_a_statement_is_selected_alone(name: str) -> None:
    found = collected("--statement", name)
    assert found
    assert {about(item) for item in found} == {name}


def test_several_statements_may_be_asked_for() -> None:
    found = collected("--statement", "E1b", "--statement", "R5k")
    assert {about(item) for item in found} == {"E1b", "R5k"}


def test_a_run_of_one_statement_is_not_a_whole_run(tmp_path: Path) -> None:
    """Which must settle every statement: the others are not run here, and that is no failure."""
    options = ("-k", "test_a_million_neurons", "--statement", "E4")
    assert run(*options, folder=tmp_path / "run").returncode == 0
    found = by_statement(tmp_path / "run")
    assert found.pop("E4") == SUPPORTED
    assert set(found.values()) == {NOT_RUN}
