"""What the page draws: pictures first, the graph, every test, where failures lie, the last runs."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.report.records import Balanced, by_id, configuration, evidence, outcome, whole_record
from verifier.evidence.folders import WHOLE
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.envelope import envelope, nearest
from verifier.report.failures import failures
from verifier.report.graph import columns, graph
from verifier.report.history import history, worst
from verifier.report.html import page
from verifier.report.pictures import explained, figure, maps
from verifier.statements import STATEMENTS

ROW = {"label": -1, "sample": [0.0] * 784, "perturbation": [0.1] * 784, "sum": [0.1] * 784}
EXAMPLE: dict[str, Any] = {
    "configuration": configuration().to_json(),
    "rows": [{**ROW, "start": [-0.2, *[0.0] * 783]}],
    "apart": 3e-16,
    "plane": {
        "f": [[-1.0, 2.0], [-1.0, 2.0]],
        "g": [[-1.0, -2.0], [1.0, 2.0]],
        "samples": [[-0.5, 0.0], [0.5, 0.0]],
        "labels": [-1, 1],
        "low": -1.0,
        "high": 1.0,
    },
    "shares": {"wrong": 0.5, "f": 1.0, "g": 0.9, "agree": 0.75},
}


def whole() -> dict[str, Any]:
    record = whole_record()
    record.example = EXAMPLE
    return gather(record)


def test_what_a_perturbation_is_made_of_shares_a_scale_that_the_image_has_no_part_in() -> None:
    row = EXAMPLE["rows"][0] | {"sample": [9.0] * 784}
    shown = figure(EXAMPLE | {"rows": [row]})
    images = [image for axes in shown.axes for image in axes.get_images()]
    assert [image.get_clim() for image in images[1:]] == [(-0.2, 0.2)] * 3
    kept = (row[name] for name in ("sample", "perturbation", "sum", "start"))
    for image, values in zip(images, kept, strict=True):
        assert np.asarray(image.get_array()).ravel().tolist() == values


def test_the_page_opens_with_the_pictures() -> None:
    text = page(whole())
    parsed = Balanced(text)
    words = " ".join(parsed.words.split())
    assert "exactly a weighted sum of the training samples" in words
    assert "decides like f on 75% of fresh points" in words
    assert text.index('id="pictures"') < text.index('id="statements"') < text.index('id="overview"')
    alternatives = [
        value for tag, name, value in parsed.attributes if (tag, name) == ("img", "alt")
    ]
    assert len(alternatives) == 4
    assert all(alternatives)
    assert len(text.encode()) < 2e6


def test_without_an_example_there_are_no_pictures() -> None:
    text = page(gather(Record()))
    assert 'id="pictures"' not in text
    assert "<img" not in text


def test_pictures_of_what_has_a_sign_share_a_scale() -> None:
    (row,) = explained(EXAMPLE)
    assert [picture["name"] for picture in row] == ["sample", "perturbation", "sum", "start"]
    assert row[1]["source"] == row[2]["source"] != row[3]["source"]
    assert all(p["source"].startswith("data:image/png;base64,") for p in row)


def test_maps_mark_each_sample_by_its_class() -> None:
    drawn = maps(EXAMPLE)
    assert drawn["f"] != drawn["g"]
    for svg in drawn.values():
        Balanced(svg)
        assert svg.count('class="plus"') == svg.count('class="minus"') == 1
        assert "class +1 on 50% of the plane" in svg


def test_the_graph_has_every_statement_right_of_what_it_rests_on() -> None:
    content = whole()
    svg = graph(content["chapters"])
    Balanced(svg)
    at = {i: float(x) for i, x in re.findall(r'data-id="(\w+)".*?<rect x="([\d.]+)"', svg)}
    assert set(at) == set(STATEMENTS)
    for statement in STATEMENTS.values():
        assert all(at[below] < at[statement.id] for below in statement.rests_on)
    assert svg.count('class="edge"') == sum(len(s.rests_on) for s in STATEMENTS.values())


def test_the_graph_says_a_verdict_in_words_and_by_a_sign() -> None:
    record = whole_record()
    record.add(evidence("E1", error=3.0))
    record.control("E2", "harmless", None)
    svg = graph(gather(record)["chapters"])
    assert re.search(r'class="node refuted" data-id="E1"><title>E1, refuted', svg)
    assert ">✗ E1<" in svg
    assert ">✗ E2<" in svg  # a check that misses a control says nothing
    assert ">✓ E3<" in svg


def test_a_circle_of_statements_ends() -> None:
    assert set(columns({"A": ["B"], "B": ["A"]})) == {"A", "B"}


def test_the_envelope_shows_every_test_once() -> None:
    content = whole()
    content_of = by_id(content)
    tests = sum(len(s["test_list"]) for s in content_of.values())
    svg = envelope(content_of.values())
    Balanced(svg)
    assert svg.count('class="test"') == tests
    assert 'class="beyond"' not in svg
    record = whole_record()
    for error in (2.0, np.inf):
        record.add(evidence("P1", error=error, tests=(outcome(error=error),)))
    svg = envelope(by_id(gather(record)).values())
    assert svg.count('class="beyond"') == 2
    assert f"Errors of {tests + 2} statistical tests" in svg
    assert envelope([]) == ""


def test_the_tests_nearest_to_refuting_are_listed_each_name_once() -> None:
    record = Record()
    for error in (0.2, np.inf, 0.7):
        tests = (outcome(conclusion="a rate", error=error), outcome(conclusion="a mean", error=0.5))
        record.add(evidence("P1", tests=tests))
    found = nearest(by_id(gather(record)).values())
    assert [(t["conclusion"], t["error"]) for t in found] == [("a rate", None), ("a mean", 0.5)]
    assert nearest(by_id(gather(record)).values(), 1) == found[:1]


def test_failures_are_laid_out_by_size_and_precision() -> None:
    def one(width: int, dtype: str, error: float) -> Any:
        described = configuration(width=width, dtype=dtype).to_json()
        return evidence("E1", configuration=described, error=error)

    kept = [one(10, "float64", 0.1), one(20, "float32", 5.0), one(40, "float32", np.inf)]
    places = {place["name"]: place for place in failures(kept)}
    width = places["width m"]
    assert (width["fail"], width["of"]) == (2, 3)
    assert width["failing"] == [20, 40]
    assert width["drawn"] == [10, 40]
    assert places["precision"]["failing"] == [32, 32]
    assert failures(kept[:1]) == []
    words = " ".join(Balanced(page(gather(Record(evidence=kept)))).words.split())
    assert "2 of 3 draws fail, at width m 20 to 40 (drawn: 10 to 40)" in words
    assert "precision float32 (drawn: float32 to float64)" in words
    assert "Where it fails: 2 of 3 draws, by width m." in words


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Reports of two whole runs, of a part and of another code."""
    for name, state, code in (
        ("1", WHOLE, "reference"),
        ("2", "part", "reference"),
        ("3", WHOLE, "mine:Mine"),
        ("4", WHOLE, "reference"),
    ):
        record = whole_record()
        record.about["implementation"] = code
        record.state = state
        if name == "4":
            record.add(evidence("E1", error=3.0))
        (tmp_path / name).mkdir()
        told = json.dumps(gather(record))
        (tmp_path / name / "report.json").write_text(told, encoding="utf-8")
    (tmp_path / "5").mkdir()
    (tmp_path / "5" / "report.json").write_text("{", encoding="utf-8")
    return tmp_path


def test_history_has_whole_runs_of_the_same_code_and_what_changed(runs: Path) -> None:
    found = history(whole(), runs / "6")
    assert [one["changed"] for one in found] == [
        [],
        ["E1 supported → refuted"],
        ["E1 refuted → supported"],
    ]
    record = whole_record()
    record.folder = runs / "6"
    words = Balanced(page(gather(record))).words
    assert "verdicts changed: E1 refuted → supported" in " ".join(words.split())
    assert len(history(whole(), None)) == 1
    assert worst([0.1, None]) is None


def test_a_finding_comes_first_with_its_cause_and_what_follows_from_it() -> None:
    found = [evidence(name, error=9.0) for name in ("E0", "E1", "E4")]
    record = Record(evidence=found, causes={"E0": "the bias moves", "E4": "the sign is lost"})
    text = page(gather(record))
    first = text[text.index('<section id="findings"') : text.index('<section id="statements"')]
    words = " ".join(Balanced(first).words.split())
    assert "Likely cause: the bias moves" in words
    assert "so do not hold either E1 both sides" in words
    assert "Likely cause: the sign is lost" in words
    assert "0 of 3 statements supported, 3 refuted" in " ".join(Balanced(text).words.split())
