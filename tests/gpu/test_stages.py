"""What is started and for how long: within ten minutes, in full precision, most of it on CUDA."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from benchmarks.gpu.stages import GRACE, PACKING, PINNED, SECONDS, Stage, stage_environment, stages
from verifier.suite.drawing import EXAMPLES


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_all_stages_fit_however_long_each_one_takes(device: str) -> None:
    spent = 30.0  # for installing packages and asking for the card
    for stage in stages(device, Path("out")):
        limit = stage.limit(SECONDS - spent)
        assert limit > 30
        spent += limit + GRACE  # all of it, and then it has to be killed
    assert spent <= SECONDS - PACKING
    assert SECONDS <= 10 * 60


def test_time_that_a_stage_leaves_is_for_the_last_one() -> None:
    *_, last = stages("cuda", Path("out"))
    assert last.limit(400.0) == 400.0 - GRACE - PACKING
    assert Stage("first", (), 50.0).limit(400.0) == 50.0
    assert last.limit(30.0) == 0.0


def test_the_device_is_that_of_every_stage() -> None:
    on_cuda = [shlex.split(stage.told) for stage in stages("cuda", Path("out"))]
    on_cpu = [shlex.split(stage.told) for stage in stages("cpu", Path("out"))]
    for words in on_cuda:
        assert "cuda" in words
        assert words[0] == "python"
    assert not any("cuda" in word for words in on_cpu for word in words)
    assert "paper" in on_cuda[-1]
    assert "smoke" in on_cpu[-1]
    assert EXAMPLES["quick"] == min(EXAMPLES.values())


def test_nothing_from_outside_decides_about_tf32() -> None:
    given = {
        "NVIDIA_TF32_OVERRIDE": "1",
        "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1",
        "PYTHONPATH": "/mine",
        "HOME": "/root",
    }
    found = stage_environment(given, ["/site", "/checkout"])
    assert found.pop("PYTHONPATH").split(os.pathsep) == ["/site", "/checkout", "/mine"]
    assert found == {"HOME": "/root", "PYTHONUNBUFFERED": "1", **PINNED}
