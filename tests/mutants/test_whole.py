"""The tool on a project of one module: what is noticed, what is not, what hangs; going on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutants.judging import KILLED, NEVER_RUN, SURVIVED, TIMEOUT
from benchmarks.mutants.results import Kept
from tests.mutants.toy import FAMILY, FILES, WHOLE, session

pytestmark = pytest.mark.slow
ALL = 1000
SEED = 1  # with it, of the edits of a site, those that are looked for below


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every mutant was asked about."""
    folder = tmp_path_factory.mktemp("toy")
    assert session(folder, ALL, SEED).run(["toy"]) == 1  # there are holes
    return folder


def found(folder: Path) -> dict[tuple[str, str], Any]:
    kept = Kept(folder / "found/mutants.jsonl").found.values()
    return {(f.before, f.operator): f for f in kept}


@pytest.mark.long
def test_what_a_test_notices_is_killed_by_it(folder: Path) -> None:
    lost = found(folder)["found += left[-1]", "statement lost"]
    assert (lost.status, lost.killed_by) == (KILLED, "checks/test_sums.py::test_total")
    assert lost.tests == 1  # the others do not run it
    at_import = found(folder)["2", "constant"]
    assert (at_import.status, at_import.killed_by) == (KILLED, "checks/test_sums.py::test_many")


def test_what_nothing_looks_at_survives(folder: Path) -> None:
    survivors = [f for f in found(folder).values() if f.status == SURVIVED]
    assert survivors
    assert {f.line for f in survivors} == {20}  # in `unwatched`
    assert {f.tests for f in survivors} == {4}  # the one that runs it, and then the whole run
    assert {(f.compared, f.differing) for f in survivors} == {(1, 1)}


def test_what_no_test_runs_is_put_to_the_whole_run(folder: Path) -> None:
    lost = found(folder)["-value", "minus lost"]
    assert (lost.status, lost.tests, lost.is_noticed) == (NEVER_RUN, 3, False)
    page = (folder / "found/mutants.md").read_text()
    assert lost.id in page.split("Holes that no test runs:")[1]


def test_what_hangs_is_stopped(folder: Path) -> None:
    assert found(folder)["left.pop()", "statement lost"].status == TIMEOUT


def test_the_copy_is_as_it_was(folder: Path) -> None:
    for name, text in FILES.items():
        assert (folder / "copy" / name).read_text() == text
        assert (folder / "project" / name).read_text() == text


def test_viewers_can_read_what_was_found(folder: Path) -> None:
    report = json.loads((folder / "found/mutants.json").read_text())
    assert report["schemaVersion"] == "2"
    (file,) = report["files"].values()
    assert file["source"] == FILES["toy/sums.py"]
    lost = next(m for m in file["mutants"] if m["mutatorName"] == "statement lost")
    line = file["source"].splitlines()[lost["location"]["start"]["line"] - 1]
    assert line[lost["location"]["start"]["column"] - 1 :] in ("found += left[-1]", "left.pop()")
    assert {m["status"] for m in file["mutants"]} == {KILLED, NEVER_RUN, SURVIVED, TIMEOUT}


def test_the_page_names_the_holes(folder: Path) -> None:
    page = (folder / "found/mutants.md").read_text()
    assert "toy/sums.py:20:" in page
    assert "95%" in page
    assert "toy/sums.py:13:" not in page


def test_a_second_run_asks_nothing_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (folder / "found/mutants.jsonl").read_text()
    assert session(folder, ALL, SEED).run(["toy"]) == 1
    assert "0 to ask about" in capsys.readouterr().out
    assert (folder / "found/mutants.jsonl").read_text() == lines


def test_the_draw_follows_from_the_seed(folder: Path) -> None:
    tree = session(folder, 0).tree
    few, more = FAMILY.drawn(tree, 0, 3), FAMILY.drawn(tree, 0, 6)
    assert more[:3] == few
    assert FAMILY.drawn(tree, 0, 6) == more
    assert FAMILY.drawn(tree, 1, 6) != more


def test_an_interrupted_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = session(tmp_path, 2, seed=1)
    from benchmarks.mutants import __main__ as command

    asked = command.judged
    times = iter([True, False])

    def interrupted(*arguments: Any) -> Any:
        if not next(times):
            raise KeyboardInterrupt
        return asked(*arguments)

    monkeypatch.setattr(command, "judged", interrupted)
    assert one.run(["toy"]) == command.INTERRUPTED
    assert "Pending" in (tmp_path / "found/mutants.json").read_text()
    monkeypatch.setattr(command, "judged", asked)
    # a line that was cut off is asked about again
    with (tmp_path / "found/mutants.jsonl").open("a") as lines:
        lines.write('{"id": "toy/su')
    session(tmp_path, 2, seed=1).run(["toy"])
    assert len(Kept(tmp_path / "found/mutants.jsonl").found) == 2
    assert "2 drawn, 1 to ask about" in capsys.readouterr().out


def test_an_explained_one_with_equal_results_is_put_to_no_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those whose results differ, or cannot be compared, are."""
    from benchmarks.mutants import __main__ as command

    one = session(tmp_path, 3, SEED)
    ids = [m.id(name, one.tree.source(name)) for name, m in FAMILY.drawn(one.tree, SEED, 3)]
    calls = dict(zip(ids, [(7, 0), (7, 1), (0, 0)], strict=True))
    judged: list[str] = []

    def comparing(tree: Any, judge: Any, known: Any, name: str, m: Any, log: Any) -> Any:
        return calls[m.id(name, tree.source(name))]

    def judging(tree: Any, judge: Any, known: Any, name: str, m: Any, log: Any) -> Any:
        judged.append(m.id(name, tree.source(name)))
        return command.Verdict(KILLED, "a test", 1, 0.0)

    monkeypatch.setattr(command, "reasons", lambda: dict.fromkeys(ids, "A reason."))
    monkeypatch.setattr(command, "compared_calls", comparing)
    monkeypatch.setattr(command, "judged", judging)
    monkeypatch.setattr(
        command,
        "each",
        lambda ask, left, tree, log, workers: [
            (i, ask(tree, log, entry)) for i, entry in enumerate(left)
        ],
    )
    assert one.run(["toy"]) == 0
    assert judged == ids[1:]
    assert Kept(tmp_path / "found/mutants.jsonl").found[ids[0]].calls == "Equal results in 7 calls."


def test_a_judge_that_fails_without_a_mutant_is_refused(tmp_path: Path) -> None:
    """Or else every mutant would count as noticed."""
    one = session(tmp_path, 2)
    for folder in ("project", "copy"):
        conftest = tmp_path / folder / "checks/conftest.py"
        conftest.write_text(WHOLE.replace("and not part", "and part"), encoding="utf-8")
    with pytest.raises(RuntimeError, match="without a mutant: Killed by 'collecting the tests'"):
        one.run(["toy"])
    assert not (tmp_path / "found/mutants.jsonl").exists()


@pytest.mark.long
def test_several_at_once_find_the_same(folder: Path, tmp_path: Path) -> None:
    assert session(tmp_path, ALL, SEED, workers=3).run(["toy"]) == 1
    alone, together = (
        {id: (f.status, f.killed_by) for id, f in Kept(at / "found/mutants.jsonl").found.items()}
        for at in (folder, tmp_path)
    )
    assert together == alone
