"""The devices that work can be done on, asked for by name; any other is refused with a reason.

What is missing is asked of torch, never read off its messages: they differ between versions.
"""

from __future__ import annotations

import re
import warnings

import torch

from verifier.errors import InputError

NAMES = "must be cpu, cuda or cuda:INDEX"
"""The kinds of device that the suite can be run on."""


def usable_device(name: object, argument: str = "device") -> torch.device:
    """The device called `name`, once float64 has been computed with there.

    Raises `InputError` for any other, in one line and before any work: no such kind of device, a
    torch without CUDA, no driver or GPU, a GPU that is not there or does not answer.

    >>> usable_device("cpu")
    device(type='cpu')
    """
    named = isinstance(name, str | torch.device)
    parts = re.fullmatch(r"([a-z]+)(?::(\d+))?", str(name)) if named else None
    if parts is None:
        raise InputError(argument, repr(name), NAMES)
    kind, index = parts[1], parts[2]
    reason = _refusal(kind, int(index or 0))
    device = torch.device("cpu")
    if not reason:
        device = torch.device(kind, int(index)) if index else torch.device(kind)
        reason = _failure(device)
    if reason:
        raise InputError(argument, name, reason)
    return device


def _refusal(kind: str, index: int) -> str:
    """Why there is no such device for the suite; empty if there is."""
    if kind == "mps":
        return f"has no float64, which the checks are made in; {NAMES}"
    if kind == "meta":
        return f"holds no data, so nothing can be checked there; {NAMES}"
    if kind not in ("cpu", "cuda"):
        return NAMES
    missing = _missing_for_cuda() if kind == "cuda" else ""
    if missing:
        return missing
    count = torch.cuda.device_count() if kind == "cuda" else 1
    last = f" to {kind}:{count - 1}" if count > 1 else ""
    return f"is not there; there is {kind}:0{last}" if index >= count else ""


def _missing_for_cuda() -> str:
    """What any work on CUDA lacks here: a build of torch for it, a driver, a GPU; else empty."""
    if torch.version.cuda is None and torch.version.hip is None:
        return (
            f"torch {torch.__version__} is built without CUDA; install a build with it, as "
            "https://pytorch.org/get-started says"
        )
    with warnings.catch_warnings(record=True) as told:  # such as: the driver is too old
        warnings.simplefilter("always")
        available = torch.cuda.is_available()
    if available:
        return ""
    reasons = "".join(f"; {_first_line(warning.message)}" for warning in told[:1])
    return f"torch finds no driver or no GPU; see nvidia-smi and CUDA_VISIBLE_DEVICES{reasons}"


def _failure(device: torch.device) -> str:
    """How the least work in float64 on `device` fails; empty if it does not."""
    try:
        float(torch.ones((), dtype=torch.float64, device=device) + 1)
    except (RuntimeError, AssertionError) as problem:
        return f"does not work: {_first_line(problem)}"
    return ""


def _first_line(problem: object) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0]
