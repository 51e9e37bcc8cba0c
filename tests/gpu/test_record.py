"""What is read off the stages' logs and files, kept as JSON, and shown as a page."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from benchmarks.gpu import for_readme
from benchmarks.gpu.page import page, verdict
from benchmarks.gpu.record import (
    SCHEMA,
    VERSION,
    BadRecord,
    Record,
    counts,
    pack,
    ratios,
    unpack,
)
from benchmarks.gpu.running import Ended, run
from benchmarks.gpu.stages import stages
from docs import update_gpu
from tests.gpu.records import FIGURES, LOG, TIMINGS, a_record
from verifier.reproduction.in_words import other_misfits


def test_tests_are_counted_in_a_log_that_breaks_off() -> None:
    assert counts(LOG) == {
        "passed": 1,
        "failed": 3,
        "skipped": 2,
        "failures": ["tests/a.py::test_two[a b-cuda]", "tests/a.py::test_four[cuda]", "tests/b.py"],
    }
    assert counts("") == {"passed": 0, "failed": 0, "skipped": 0, "failures": []}


@pytest.mark.parametrize("shared", [[], ["-n", "2"]], ids=["alone", "among workers"])
def test_what_pytest_prints_is_what_is_counted(tmp_path: Path, shared: list[str]) -> None:
    """By these very versions of pytest and pytest-xdist, whose lines are read."""
    (tmp_path / "test_a.py").write_text(
        "import pytest\n"
        "@pytest.fixture\ndef broken(): raise OSError\n"
        "@pytest.mark.parametrize('x', ['a b', 'c'])\ndef test_good(x): pass\n"
        "def test_bad(): assert 0\n"
        "def test_skipped(): pytest.skip('PASSED elsewhere')\n"
        "def test_error(broken): pass\n"
    )
    (tmp_path / "test_b.py").write_text("import no_such_module\n")
    command = [*stages("cpu", tmp_path)[0].command[:3], str(tmp_path), "-v", "--color=no", "-ra"]
    command += ["--continue-on-collection-errors", "-p", "no:cacheprovider", *shared]
    assert run(command, tmp_path / "log.txt", 60).outcome == "failed"
    found = counts((tmp_path / "log.txt").read_text(encoding="utf-8"))
    assert (found["passed"], found["failed"], found["skipped"]) == (2, 3, 1)


def test_ratios_are_the_library_s(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps(TIMINGS), encoding="utf-8")
    assert ratios(tmp_path / "bench.json") == {
        "train, paper-sized, float32, cuda": {"seconds": 0.005, "to_limit": 2.0, "error": 3e-7},
        "train, paper-sized, tf32, cuda": {"seconds": 0.0005, "to_limit": 4.0, "error": None},
    }


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    record.write(tmp_path / "gpu.json")
    whole = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
    assert set(whole) == {"schema", "version", *(f.name for f in fields(Record))}
    assert whole["stages"]["properties"].keys() == {
        *("command", "outcome", "seconds", "passed", "failed", "skipped", "failures")
    }
    assert Record.read(tmp_path / "gpu.json") == record


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"schema": SCHEMA, "version": VERSION}),
        json.dumps({"schema": SCHEMA, "version": VERSION + 1}),
        json.dumps({"schema": SCHEMA, "version": VERSION, "other": 1}),
    ],
)
def test_another_file_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "gpu.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadRecord, match=r"gpu\.json"):
        Record.read(tmp_path / "gpu.json")


def test_a_failed_test_is_a_failure_of_a_stage_that_was_interrupted(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    assert not record.failed
    log = tmp_path / "log.txt"
    log.write_text(LOG, encoding="utf-8")
    stage = stages("cuda", tmp_path)[2]
    record.add(stage, Ended(90.0, 2, interrupted=True, killed=False), tmp_path, log)
    assert record.failed


def test_points_are_packed_and_come_back_and_nothing_else_does(tmp_path: Path) -> None:
    folder = unpack(tmp_path)
    for name in ("cache/results/ab.json", "evidence/run.json", "bench.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}", encoding="utf-8")
    pack(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.tar.gz"]
    folder = unpack(tmp_path)
    assert [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()] == [
        "cache/results/ab.json"
    ]
    (folder / "cache/results/cd.json").write_text("{}", encoding="utf-8")  # and then it is killed
    assert len(list(unpack(tmp_path).rglob("*.json"))) == 2


def test_the_page_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps(TIMINGS), encoding="utf-8")
    (tmp_path / "figures.json").write_text(json.dumps(FIGURES), encoding="utf-8")
    shown = page([a_record(tmp_path)])
    for said in (
        "| card | NVIDIA Example, 80 GiB, 50 MiB of L2, compute capability 9.0, 132 multi",
        "CUDA 13.0, driver 580.1, numpy 2.5.2, scipy 1.18.0, pytest missing",
        "| NVIDIA_TF32_OVERRIDE | not set |",
        "| the tests on the device | 2026-11-26 05:00 | passed | 20 s | 1 passed |",
        "| interrupted after 159 s | 159 s | 1 passed |",
        "| figures | the paper's figures |  | not run |",
        "| stages | tests, properties |",
        "| train, paper-sized |  | 2 (5 ms, error 3e-07) | 4 (0.5 ms) |",
        "At paper scale 70 of 5656 results, 60 of them new in 200 s; failed trainings: 0.",
        "| gauss-a | 1 of 2 | 70 of 180 |",
        r"| \|cos\| of perturbation | 29 of 30 |",
    ):
        assert said in shown, said
    assert "earlier" not in shown
    instead = page([a_record(tmp_path)], "What is known of the figures.")
    assert "\n\nWhat is known of the figures.\n" in instead
    assert "29 of 30" not in instead


def test_a_stage_has_one_row_of_its_newest_run_and_others_are_folded(tmp_path: Path) -> None:
    oldest, earlier, newest = (a_record(tmp_path) for _ in range(3))
    oldest.started, earlier.started = "2026-11-24T05:00:00+00:00", "2026-11-25T05:00:00+00:00"
    newest.stages = {"tests": {**newest.stages["tests"], "failed": 1, "failures": ["t::new"]}}
    earlier.stages["tests"] |= {"failed": 1, "failures": ["t::mended"]}
    earlier.stages["trial"] = {
        **earlier.stages["properties"],
        **{"outcome": "interrupted after 4 s", "passed": 0, "seconds": 4.0},
    }
    text, _, told = page([newest, earlier, oldest]).partition("## The newest run")
    above, folded = text.rsplit("<details>", 1)
    folded = folded.split("</details>")[0]
    stages = above.split("## The stages")[1]
    assert [row.split(" | ")[0] for row in stages.splitlines()[6:11]] == [
        f"| {name}" for name in ("tests", "properties", "benchmarks", "trial", "figures")
    ]
    assert "| tests | the tests on the device | 2026-11-26 05:00 |" in stages
    assert "| every statement, profile `quick` | 2026-11-25 05:00 |" in stages
    assert "| 2026-11-25 05:00 | interrupted after 4 s: no test had ended |" in stages
    assert "Failed in *tests*: `t::new`" in stages
    assert "2026-11-24" not in above
    assert "t::mended" not in above + folded
    assert [line.split(" | ")[:2] for line in folded.splitlines()[4:] if line] == [
        *(["| tests", "2026-11-25 05:00"], ["| tests", "2026-11-24 05:00"]),
        ["| properties", "2026-11-24 05:00"],
    ]
    assert "not run" not in folded
    other = "that of 2026-11-25 05:00, with the same card, versions and settings."
    assert other in told
    assert "| 2026-11-24 05:00 | abc1234 |" in told
    assert "`-dirty`" not in told
    earlier.environment = {**earlier.environment, "card": "NVIDIA Other", "commit": "other"}
    assert "that of 2026-11-25 05:00, on NVIDIA Other, 80 GiB" in page([newest, earlier])


def test_the_verdict_is_of_each_stage_s_newest_run(tmp_path: Path) -> None:
    newest, earlier = a_record(tmp_path), a_record(tmp_path)
    earlier.started, earlier.figures = "2026-11-25T05:00:00+00:00", FIGURES
    earlier.stages["tests"] = {**newest.stages["tests"], "failed": 1}
    unfinished = {"outcome": "interrupted after 4 s", "passed": 0, "seconds": 4.0}
    earlier.stages["trial"] = {**newest.stages["tests"], **unfinished}
    earlier.stages["figures"] = {**newest.stages["tests"], **unfinished}
    late = "3 of 4 stages did not finish, as time was up"
    told = f"**No test failed; {late}**, on NVIDIA"
    assert verdict([newest, earlier]) == f"{told} Example."
    assert verdict([earlier]).startswith("**Not everything passed")
    for failed in ({"failed": 1}, {"outcome": "failed"}):
        newest.stages["properties"] |= failed
        assert verdict([newest]).startswith("**Not everything passed")


def test_figures_that_lack_results_did_not_finish(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    record.stages = {"figures": record.stages["tests"]}
    record.figures = {**FIGURES, "done": FIGURES["of"]}
    assert verdict([record]).startswith("**No test failed**, on NVIDIA")
    record.figures = FIGURES
    assert "1 of 1 stages did not finish, as time was up" in verdict([record])


def test_what_does_not_fit_is_on_the_first_screen_of_the_committed_page() -> None:
    opening = update_gpu.PAGE.read_text(encoding="utf-8").split("\n## ")[0]
    shown = update_gpu.drawn.kept(update_gpu.FIGURES)
    assert shown is not None
    rows = for_readme.read(update_gpu.FIGURES / update_gpu.drawn.VALUES)
    misfits = [*update_gpu.drawn.misfits(shown, rows), *other_misfits(shown)]
    assert all(said in opening for said in misfits)
    rest = update_gpu.PAGE.read_text(encoding="utf-8").removeprefix(opening)
    assert "**What does not fit" not in rest  # once is enough
    assert not any(said in rest for said in misfits)
    shown["summary"]["g"]["chaotic"] = 0
    assert update_gpu.drawn.misfits(shown, rows) == []


def test_where_runs_come_from_is_told_last(tmp_path: Path) -> None:
    record = a_record(tmp_path)
    record.environment = {**record.environment, "commit": "abc1234-dirty"}
    for text in (page([record]), update_gpu.whole([record])):
        found, _, told = text.partition("## The newest run")
        assert "dirty" not in found
        assert "| 2026-11-26 05:00 | abc1234-dirty |" in told
        assert "`-dirty`: of this commit with changes" in told
        assert "\n## " not in told


def test_the_page_without_a_run_has_no_number() -> None:
    shown = page([])
    assert shown.count("ot run") == 8
    assert not any(character.isdigit() for character in shown.replace("float64", ""))
    assert "not been run on a GPU yet" in update_gpu.whole([])


def test_the_committed_page_is_the_one_that_is_written() -> None:
    assert update_gpu.PAGE.read_text(encoding="utf-8") == update_gpu.whole(update_gpu.kept())


def test_timings_and_figures_are_the_newest_there_are(tmp_path: Path) -> None:
    earlier, newest = a_record(tmp_path), a_record(tmp_path)
    earlier.started, earlier.figures = "2026-11-25T05:00:00+00:00", FIGURES
    shown = page([newest, earlier])
    assert "The run of 2026-11-25 05:00. At paper scale 70 of 5656" in shown


def test_the_documents_show_no_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_gpu, "PAGE", tmp_path / "gpu.md")
    monkeypatch.setattr(update_gpu, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(update_gpu, "FIGURES", tmp_path / "figures")
    (tmp_path / "runs").mkdir()
    record = a_record(tmp_path)
    for device, shown in (("cpu", False), ("cuda", True)):
        record.device = device
        record.write(tmp_path / "gpu.json")
        assert update_gpu.main(tmp_path) == 0
        assert ("NVIDIA Example" in (tmp_path / "gpu.md").read_text(encoding="utf-8")) is shown
    (tmp_path / "gpu.json").write_text("{", encoding="utf-8")
    assert update_gpu.main(tmp_path) == 2
