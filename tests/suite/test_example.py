"""The example that the report shows: what is kept of it, and that it is a check like any other."""

import json

import numpy as np
import pytest

from verifier.statements.broken_codes import LabelsShuffled
from verifier.suite.example import keep_example, setting
from verifier.suite.run import Refuted, Suite
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject


def test_the_example_is_kept_as_plain_data_and_is_what_e1_says() -> None:
    suite = Suite(Subject(settings=Settings(run_seed=3)))
    keep_example(suite)
    kept = json.loads(json.dumps(suite.record.example))
    assert [evidence.statement for evidence in suite.record.evidence] == ["E1", "E5"]
    assert kept["apart"] < 1e-13
    for row in kept["rows"]:
        parts = np.array(row["sum"]) + np.array(row["start"])
        np.testing.assert_allclose(row["perturbation"], parts, atol=1e-3)  # three digits are kept
        assert np.linalg.norm(row["perturbation"]) == pytest.approx(1, abs=1e-3)
        assert np.dot(row["sum"], row["perturbation"]) > 0.8  # training outgrows the start
    assert {row["label"] for row in kept["rows"]} == {-1, 1}
    plane, shares = kept["plane"], kept["shares"]
    assert np.shape(plane["f"]) == np.shape(plane["g"])
    at = np.array(plane["samples"])
    assert plane["low"] < at.min() < at.max() < plane["high"]
    side = at[:, 0] * np.array(plane["labels"])
    assert side.mean() > 0  # the first axis runs towards class +1
    assert 0.3 < shares["wrong"] < 0.7
    assert min(shares["f"], shares["g"], shares["agree"]) > 0.8  # as the paper says


def test_a_broken_code_is_refuted_on_it() -> None:
    suite = Suite(Subject(LabelsShuffled()))
    with pytest.raises(Refuted):
        keep_example(suite)
    assert not suite.record.example


class WithoutTraining:
    def output(self, params: object, z: object, slope: float) -> None: ...


def test_a_code_that_offers_less_has_no_example() -> None:
    with pytest.raises(pytest.skip.Exception, match="no example"):
        keep_example(Suite(Subject(WithoutTraining())))


def test_without_images_there_are_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.data.images.find", lambda *_: None)
    assert setting(Settings()).data.family == "shifted"
