"""A device that cannot be used is refused in one line that says why, at every door."""

from __future__ import annotations

import re
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.bad_input import P, X, Y, configuration, refused
from tests.statements.depth.settings import plain
from tests.suite.running import ROOT, command_line
from verifier.cli import main
from verifier.model.deep import train_deep
from verifier.model.flow import gradient_flow
from verifier.model.network import Parameters
from verifier.model.usable_device import usable_device
from verifier.statements.depth.trial import draw_deep
from verifier.trial.case import Case
from verifier.trial.settings import Settings

HAS_CUDA = torch.cuda.is_available()
BUILT_FOR_CUDA = torch.version.cuda is not None or torch.version.hip is not None
NAMES = "must be cpu, cuda or cuda:INDEX"

UNKNOWN: dict[str, tuple[Any, str]] = {
    "no device": ("gpu", NAMES),
    "no name": ("", NAMES),
    "no index": ("cuda:", NAMES),
    "an index below 0": ("cuda:-1", NAMES),
    "capitals": ("CUDA", NAMES),
    "two lines": ("cuda\ncuda", NAMES),
    "a number": (0, NAMES),
    "nothing": (None, NAMES),
    "no data": ("meta", "holds no data"),
    "no float64": ("mps", "has no float64"),
    "no float64, by index": ("mps:0", "has no float64"),
    "not known to keep float64": ("xpu", NAMES),
    "of another library": ("xla", NAMES),
    "a module that is not there": ("hpu", NAMES),
    "a name that torch warns of": ("mkldnn", NAMES),
    "a second cpu": ("cpu:1", "is not there; there is cpu:0"),
}


@pytest.mark.parametrize(("name", "rule"), UNKNOWN.values(), ids=list(UNKNOWN))
def test_what_is_no_usable_device_is_refused_in_one_line(name: Any, rule: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused(lambda: usable_device(name), "device", "", rule)
        refused(lambda: usable_device(name, "--device"), "--device", "", rule)


@pytest.mark.parametrize("name", ["cpu", "cpu:0", torch.device("cpu")])
def test_a_cpu_is_always_usable(name: Any) -> None:
    assert usable_device(name) == torch.device(name)
    assert torch.zeros(2, device=usable_device(name)).device.type == "cpu"


# CUDA, as torch might find it; what is asked of torch is replaced


def found(
    monkeypatch: pytest.MonkeyPatch,
    *,
    cuda: str | None = "13.0",
    hip: str | None = None,
    available: bool = True,
    count: int = 1,
) -> None:
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(torch.version, "hip", hip)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)


def test_a_torch_without_cuda_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, cuda=None, available=False, count=0)
    rule = f"torch {torch.__version__} is built without CUDA; install a build with it"
    refused(lambda: usable_device("cuda"), "device", "cuda", rule)
    refused(lambda: usable_device("cuda:3"), "device", "cuda:3", rule)


@pytest.mark.parametrize("build", [{"cuda": "13.0"}, {"cuda": None, "hip": "7.0"}])
def test_a_build_for_gpus_without_one_says_where_to_look(
    build: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found(monkeypatch, **build, available=False, count=0)
    refused(lambda: usable_device("cuda"), "device", "cuda", "no driver or no GPU")


def test_what_torch_warns_of_is_told_in_the_same_line(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, available=False, count=0)

    def asked() -> bool:
        warnings.warn("the driver is too old\nfor this", stacklevel=1)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", asked)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused(lambda: usable_device("cuda"), "device", "cuda", "the driver is too old")


@pytest.mark.parametrize(
    ("count", "rule"), [(1, "there is cuda:0"), (4, "there is cuda:0 to cuda:3")]
)
def test_an_index_beyond_the_last_gpu_is_refused(
    count: int, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(monkeypatch, count=count)
    with pytest.raises(ValueError, match=rf"^device = cuda:7: is not there; {rule}$"):
        usable_device("cuda:7")


def test_a_gpu_that_fails_at_the_least_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch)

    def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no kernel image is available\nfor this device")

    monkeypatch.setattr(torch, "ones", failing)
    refused(lambda: usable_device("cuda"), "device", "cuda", "does not work: no kernel image")


# As it is on this machine


@pytest.mark.skipif(HAS_CUDA, reason="this machine has a CUDA device")
def test_cuda_is_refused_on_this_machine() -> None:
    rule = "no driver or no GPU" if BUILT_FOR_CUDA else "is built without CUDA"
    refused(lambda: usable_device("cuda"), "device", "cuda", rule)


@pytest.mark.skipif(not HAS_CUDA, reason="this machine has no CUDA device")
def test_every_gpu_is_usable_and_no_further_one_cuda() -> None:
    count = torch.cuda.device_count()
    for name in ("cuda", *(f"cuda:{i}" for i in range(count))):
        assert usable_device(name) == torch.device(name)
    refused(lambda: usable_device(f"cuda:{count}"), "device", f"cuda:{count}", "is not there")


# Tensors of two devices


def test_flow_and_deep_training_refuse_tensors_of_two_devices() -> None:
    """As `train`, `perturb` and the kernel do, see the tests of bad input."""
    away = Parameters(P.W, P.b.to("meta"), P.a)
    for params, points, marks, argument in (
        (P, X.to("meta"), Y, "X"),
        (P, X, Y.to("meta"), "y"),
        (away, X, Y, "b"),
    ):
        call = partial(gradient_flow, params, points, marks, 1.0)
        refused(call, f"{argument}.device", "meta", "must be cpu")
    start = draw_deep(plain())
    layers, recipe = start.layers, start.recipe
    (W, b), last = layers[0], layers[1:]
    for parts, points, marks, argument in (
        (layers, start.X.to("meta"), start.y, "X"),
        (layers, start.X, start.y.to("meta"), "y"),
        (((W, b.to("meta")), *last), start.X, start.y, "layers[0].b"),
    ):
        refused(
            lambda p=parts, x=points, y=marks: train_deep(p, x, y, recipe), argument, "meta", ""
        )


# The doors

BAD = pytest.mark.parametrize("name", ["gpu", "mps", "meta", f"cuda:{torch.cuda.device_count()}"])


@BAD
def test_settings_and_cases_refuse_it(name: str) -> None:
    refused(lambda: Settings(device=name), "device", name, "")
    case = Case.drawn(configuration()).to_json()
    refused(lambda: Case.from_json(case, name), "device", name, "")


@BAD
def test_commands_refuse_it_in_one_line_before_any_work(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "case.json"
    Case.drawn(configuration()).save(file)
    output = tmp_path / "none"
    commands = {
        "device": ["check", "E1", str(file)],
        "--device": ["reproduce", "--scale", "smoke", "--output", str(output)],
    }
    for argument, command in commands.items():
        assert main([*command, "--device", name]) == 2
        said = capfd.readouterr()
        assert not said.out
        assert re.fullmatch(rf"verifier: {argument} = '?{name}'?: .*\n", said.err), said.err
    assert not output.exists()


@BAD
def test_the_suite_refuses_it_in_one_line(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    suite = [str(ROOT / "properties"), "-p", "no:cacheprovider", "--device", name]
    assert pytest.main(suite) == pytest.ExitCode.USAGE_ERROR
    said = "".join(capfd.readouterr())
    assert re.fullmatch(rf"\n?ERROR: --device = '?{name}'?: .*\n\n?", said), said


@pytest.mark.slow
def test_a_process_of_its_own_says_no_more(tmp_path: Path) -> None:
    """Not even a warning that torch prints once in a process."""
    file = tmp_path / "case.json"
    Case.drawn(configuration()).save(file)
    name = f"cuda:{torch.cuda.device_count()}"
    done = command_line("check", "E1", str(file), "--device", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"verifier: device = {name}: .*\n", done.stderr), done.stderr
