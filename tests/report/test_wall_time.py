"""Where a run's wall time went: the parts add up, the slowest property comes first."""

from pathlib import Path

from tests.report.records import Balanced
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.html import page
from verifier.report.terminal import render
from verifier.report.wall_time import REST, SLOWEST, wall_time


def timed_record() -> Record:
    record = Record(wall=40.0)
    for k in range(2 * SLOWEST):
        record.spend("exact: random configurations", f"E{k}", 0.5)
    record.spend("negative controls: is refuted", "E1-adam", 12.0)
    record.spend("negative controls: is refuted", "E1-adam", 8.0)
    record.search("E1", 300)
    record.search("E2", 100)
    return record


def test_the_times_of_the_parts_add_up_to_the_run_s() -> None:
    found = wall_time(timed_record())
    assert found is not None
    assert [(p.name.split(":")[0], p.seconds, p.share, p.properties) for p in found.parts] == [
        ("negative controls", 20.0, 0.5, 1),
        ("exact", 10.0, 0.25, 2 * SLOWEST),
        (REST, 10.0, 0.25, 0),
    ]
    assert found.total == 40.0
    assert found.examples == 400
    assert wall_time(Record()) is None


def test_of_several_processes_the_time_of_all_divides() -> None:
    record = timed_record()
    record.wall, record.about["processes"] = 17.5, "2"
    found = wall_time(record)
    assert found is not None
    assert (found.wall, found.processes, found.total) == (17.5, 2, 35.0)
    assert [p.seconds for p in found.parts] == [20.0, 10.0, 5.0]
    assert "where 18 s in each of 2 processes went" in render(gather(record))


def test_the_slowest_property_is_named_first() -> None:
    found = wall_time(timed_record())
    assert found is not None
    assert len(found.slowest) == SLOWEST
    assert found.slowest[0].name == "negative controls: is refuted [E1-adam]"
    assert (found.slowest[0].seconds, found.slowest[0].share) == (20.0, 0.5)


def test_times_are_kept_and_shown_by_every_report(tmp_path: Path) -> None:
    record = timed_record()
    record.open(tmp_path)
    record.close()
    record = Record.load(tmp_path)
    assert wall_time(record) == wall_time(timed_record())
    shown = render(gather(record))
    assert "where 40 s went (400 examples in searches):" in shown
    assert "50%    20.0 s  negative controls: is refuted\n" in shown
    content = gather(record)
    assert [part["seconds"] for part in content["wall_time"]["parts"]] == [20.0, 10.0, 10.0]
    words = " ".join(Balanced(page(content)).words.split())
    assert "negative controls: is refuted [E1-adam] 20.0" in words
    assert gather(Record())["wall_time"] is None
    assert "Where the time went" not in page(gather(Record()))
