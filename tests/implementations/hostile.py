"""Codes that do what no training code should: each is named by what it does in `train`."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import Any

import hypothesis
import numpy as np
import pytest
import torch
from torch import Tensor

from tests.implementations.right import Right
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


class Hangs(Right):
    def harm(self) -> None:
        while True:
            pass


class Sleeps(Right):
    def harm(self) -> None:
        time.sleep(10**6)


class HangsInC(Right):
    def harm(self) -> None:
        ctypes.CDLL(None).pause()


class IgnoresSignals(Right):
    def harm(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(10**6)


class Exits(Right):
    def harm(self) -> None:
        os._exit(0)


class ExitsBadly(Right):
    def harm(self) -> None:
        os._exit(7)


class SystemExits(Right):
    def harm(self) -> None:
        sys.exit(0)


class Segfaults(Right):
    def harm(self) -> None:
        ctypes.string_at(0)


class Aborts(Right):
    def harm(self) -> None:
        os.abort()


class KillsItself(Right):
    def harm(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class KillsItsGroup(Right):
    def harm(self) -> None:
        os.killpg(0, signal.SIGTERM)


class ForkBomb(Right):
    def harm(self) -> None:
        while True:
            if os.fork() == 0:
                time.sleep(10**6)


class PrintsForEver(Right):
    def harm(self) -> None:
        while True:
            print("x" * 10**6)


class Allocates(Right):
    def harm(self) -> None:
        kept = []
        while True:
            kept.append(np.ones(2**24))


class Recurses(Right):
    def harm(self) -> None:
        self.harm()


class ClosesEverything(Right):
    def harm(self) -> None:
        os.closerange(3, 1000)


class Reads(Right):
    def harm(self) -> None:
        input()


class Raises(Right):
    def harm(self) -> None:
        raise ZeroDivisionError("one too many")


class Interrupts(Right):
    def harm(self) -> None:
        raise KeyboardInterrupt


class Skips(Right):
    def harm(self) -> None:
        pytest.skip("not today")


class Fails(Right):
    def harm(self) -> None:
        pytest.fail("no")


class Xfails(Right):
    def harm(self) -> None:
        pytest.xfail("as ever")


class ExitsPytest(Right):
    def harm(self) -> None:
        pytest.exit("enough", 0)


class Rejects(Right):
    def harm(self) -> None:
        hypothesis.reject()


class Assumes(Right):
    def harm(self) -> None:
        hypothesis.assume(False)


class Answers(Right):
    """Something else than it should."""

    answer: Any = None

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        return self.answer


class AnswersNothing(Answers):
    pass


class AnswersText(Answers):
    answer = "trained"


class AnswersTwo(Answers):
    answer = (1.0, 2.0)


class AnswersItself(Answers):
    answer = object()


class AnswersNaN(Right):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        return Parameters(params.W * torch.nan, params.b, params.a)


class AnswersTransposed(Right):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        return params.W.T, params.b, params.a


class AnswersIntegers(Right):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        return tuple(t.long() for t in params)


class AnswersEnormously(Right):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        return torch.ones(2**31), params.b, params.a


DIE = {
    Hangs: "took more than",
    Sleeps: "took more than",
    HangsInC: "took more than",
    IgnoresSignals: "took more than",
    PrintsForEver: "took more than",
    Exits: "ended the process with status 0",
    ExitsBadly: "ended the process with status 7",
    Segfaults: "was ended by SIGSEGV",
    Aborts: "was ended by SIGABRT",
    KillsItself: "was ended by SIGKILL",
    KillsItsGroup: "was ended by SIGTERM",
    ClosesEverything: "",
}
"""With isolation alone: their process comes to its end, or is brought to it."""

GROW = {
    ForkBomb: "processes",
    Allocates: "of memory",
    AnswersEnormously: "of memory",
}
"""They are stopped before they take all that there is."""

RAISE = {
    SystemExits: "SystemExit",
    Recurses: "RecursionError",
    Reads: "EOFError",
    Raises: "one too many",
    Interrupts: "KeyboardInterrupt",
    Skips: "Skipped",
    Fails: "Failed",
    Xfails: "XFailed",
    ExitsPytest: "Exit",
    Rejects: "UnsatisfiedAssumption",
    Assumes: "UnsatisfiedAssumption",
    AnswersNothing: "must be (W, b, a)",
    AnswersText: "must be (W, b, a)",
    AnswersTwo: "must be (W, b, a)",
    AnswersItself: "must be (W, b, a)",
    AnswersNaN: "must be finite",
    AnswersTransposed: "must be",
    AnswersIntegers: "must be floating",
}
"""An exception, or an answer of another kind, says what."""
