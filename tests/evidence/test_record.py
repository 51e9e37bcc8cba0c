"""A record is the same whether it was made at once or of parts, and keeps what it has."""

import json
from pathlib import Path

import pytest

from tests.report.records import evidence
from verifier.errors import InputError
from verifier.evidence.folders import INTERRUPTED, PART, WHOLE, latest_run, newest_report
from verifier.evidence.record import Record


def part(statement: str, run_seed: str = "0") -> Record:
    """What one test may have found."""
    record = Record(about={"run_seed": run_seed})
    record.add(evidence(statement))
    record.reject("E1", "diverged")
    record.search("E1", 3)
    record.spend("exact: random configurations", statement, 1.0)
    record.control("E1", "E1-adam", None if statement == "E1" else 4)
    record.necessity.append({"premise": statement})
    return record


def test_a_record_takes_what_others_found_in_their_order() -> None:
    whole = Record()
    whole.take(part("E1"))
    whole.take(part("E2", run_seed="7"))
    assert [e.statement for e in whole.evidence] == ["E1", "E2"]
    assert whole.about == {"run_seed": "0"}
    assert whole.rejected == {"E1": {"diverged": 2}}
    assert whole.examples == {"E1": 6}
    assert whole.seconds == {"exact: random configurations": {"E1": 1.0, "E2": 1.0}}
    assert whole.controls == {"E1": {"E1-adam": 4}}
    assert whole.necessity == [{"premise": "E1"}, {"premise": "E2"}]


def test_a_part_survives_json() -> None:
    found = part("E1")
    lines = [e.to_json() for e in found.evidence]
    assert Record.from_summary(json.loads(json.dumps(found.summary())), lines) == found


def test_a_cleared_record_holds_nothing() -> None:
    found = part("E1")
    found.clear()
    assert found == Record()
    found.reject("E2", "diverged")
    assert Record().rejected == {}


def test_a_folder_holds_all_from_the_first_moment(tmp_path: Path) -> None:
    record = Record()
    record.open(tmp_path)
    record.take(part("E1"))
    assert (tmp_path / "evidence.jsonl").read_text() == record.evidence[0].to_json() + "\n"
    record.close()
    assert vars(Record.load(tmp_path)) == vars(record) | {"_lines": None}
    assert not (tmp_path / "evidence.jsonl.new").exists()


def test_a_whole_file_takes_the_place_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An end that fails halfway loses nothing."""
    record = Record()
    record.open(tmp_path)
    record.take(part("E1"))

    def full(*_: object, **__: object) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="no space"):
        record.close()
    assert (tmp_path / "evidence.jsonl").read_text() == record.evidence[0].to_json() + "\n"


def test_a_run_that_died_is_readable_and_says_so(tmp_path: Path) -> None:
    """Its last line may be cut; what was kept before it is not lost."""
    record = Record()
    record.open(tmp_path)
    record.take(part("E1"))
    record.save_summary()
    with (tmp_path / "evidence.jsonl").open("a", encoding="utf-8") as lines:
        lines.write(record.evidence[0].to_json()[:40])
    found = Record.load(tmp_path)
    assert found.state == INTERRUPTED
    assert found.evidence == record.evidence
    assert found.controls == record.controls


def test_a_run_is_readable_from_its_first_moment(tmp_path: Path) -> None:
    record = Record()
    record.open(tmp_path)
    assert Record.load(tmp_path).state == INTERRUPTED
    record.close()
    assert Record.load(tmp_path).state == PART


def test_the_newest_whole_run_is_meant_and_the_newest_of_all_has_a_name(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    with pytest.raises(InputError, match="no finished run yet"):
        latest_run(root)
    for name, state in (("1", PART), ("2", WHOLE), ("3", INTERRUPTED)):
        if name == "2":
            with pytest.raises(InputError, match="no run of the whole suite"):
                latest_run(root)
        record = Record()
        record.open(root / name)
        record.state = state
        record.close()
    assert latest_run(root) == root / "2"
    assert (tmp_path / "last").resolve() == (root / "3").resolve()


def test_the_report_of_an_older_run_is_not_linked(tmp_path: Path) -> None:
    root, page = tmp_path / "runs", tmp_path / "reproduce" / "laptop" / "gallery.html"
    assert newest_report(page, root) is None  # no run at all
    for name, state in (("1", WHOLE), ("2", WHOLE), ("3", PART)):
        record = Record(about={"started": f"2026-11-0{name}T10:00:00+00:00"})
        record.open(root / name)
        record.state = state
        record.close()
        if name != "2":
            (root / name / "report.html").touch()
        found = newest_report(page, root)
        assert found == (
            None if name != "1" else ("../../runs/1/report.html", "2026-11-01T10:00:00+00:00")
        )
    (root / "2" / "report.html").touch()
    found = newest_report(page, root)
    assert found == ("../../runs/2/report.html", "2026-11-02T10:00:00+00:00")
