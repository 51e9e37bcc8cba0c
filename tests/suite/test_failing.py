"""What pytest shows of failures: no finding, and each error of the code once, by its own lines."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.suite.running import QUICK, run
from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.implementations.reference import Reference
from verifier.statements import PATHWISE, REGISTRY
from verifier.suite.failing import FAILED, REFUTES, Told, own_lines, shortened
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

SETTING = Configuration(Data("gaussian", 3, 4), 20, 0.3, True, (0.1,), (0.1,), 0.5, "b")
BROKEN = """from verifier.implementations.reference import Reference

class Broken(Reference):
    def train(self, *arguments):
        return self.step(*arguments)

    def step(self, *arguments):
        raise RuntimeError("no such step")
"""


class Raising(Reference):
    def train(self, *arguments: Any) -> Any:
        raise RuntimeError("no such step")


class Shapeless(Reference):
    def output(self, *arguments: Any) -> Any:
        return super().output(*arguments)[:1]


def raised(code: type) -> BaseException:
    with pytest.raises((RuntimeError, InputError)) as problem:
        PATHWISE["E2"].check(SETTING, Subject(code()))
    return problem.value


def test_an_error_is_told_by_the_lines_of_the_code_under_test() -> None:
    first, line, last = own_lines(raised(Raising)).splitlines()
    assert Path(first.split(":")[0]).name == Path(__file__).name
    assert first.endswith("in train")
    assert line == '    raise RuntimeError("no such step")'
    assert last == "RuntimeError: no such step"


def test_a_result_that_cannot_be_is_told_by_its_rule_alone() -> None:
    assert own_lines(raised(Shapeless)).splitlines()[-1].startswith("BadResult: output(...)")


def test_of_errors_elsewhere_nothing_is_left_out() -> None:
    with pytest.raises(ZeroDivisionError) as problem:
        1 / 0  # noqa: B018
    assert own_lines(problem.value) == ""


def test_findings_are_not_shown_again_and_an_error_once() -> None:
    reports = [SimpleNamespace(longrepr=text) for text in ("one", "one", "two")]
    finding = SimpleNamespace(longrepr="E1 refuted", **{REFUTES: "E1"})
    stats: dict[str, list[Any]] = {FAILED: [finding, *reports], "passed": [finding]}
    with shortened(stats):
        assert [str(report.longrepr) for report in stats[FAILED]] == ["one", "two"]
        assert stats["passed"] == [finding]
    assert stats[FAILED] == [finding, *reports]
    with shortened({}):
        pass


def test_where_there_is_one_line_it_is_the_last() -> None:
    told = Told("code.py:8: in step\n    raise ValueError\nValueError: no such step\n")
    assert told.reprcrash.message == "ValueError: no such step"


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("ci", ["", "true"])
def test_the_verdict_comes_before_pytest_s_failures(
    tmp_path: Path, ci: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)  # pytest cuts nothing there
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    (tmp_path / "broken.py").write_text(BROKEN, encoding="utf-8")
    wanted = ("--statement", "E1", "--statement", "E2", *QUICK, "-k", "random")
    code = ("--implementation", "broken:Broken")
    code += ("--controls", "third")
    done = run(*wanted, *code, folder=tmp_path / "run", path=tmp_path)
    own = sum(len(REGISTRY.controls_of(name)) for name in ("E1", "E2"))
    assert f"of {own} this run, by its seed" in done.stdout
    assert done.returncode == 1
    verdict, failures = (done.stdout.index(x) for x in ("why  E1, E2: RuntimeError", "FAILURES"))
    assert verdict < failures
    assert done.stdout.count("in step\n") == 1  # of both
    assert "- Runtime" in done.stdout[done.stdout.index("short test summary") :]
    assert "Failing test case" not in done.stdout
    sign = ("--implementation", "verifier.statements.broken_codes:SignLostInAttack")
    refuted = run("-k", "random", *QUICK, *sign, "--statement", "E4", folder=tmp_path / "refuted")
    assert refuted.returncode == 1
    assert "FAILURES" not in refuted.stdout
    assert "1 failed" in refuted.stdout
    assert "FINDING  E4" in refuted.stdout
    assert "by its seed" not in refuted.stdout  # of one statement asked for, every control is tried
