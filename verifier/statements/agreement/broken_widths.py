"""What R5m must refute of R5's sizes: altered formulas of what a width adds to errors."""

from __future__ import annotations

from torch import Tensor

from verifier.statements.agreement.finite_width import FiniteWidth
from verifier.statements.control import Control

_WITHOUT_END = 10**30  # a width at which second terms are nothing


class FlipsForgotten(FiniteWidth):
    def output_square(self, z: Tensor, width: int) -> Tensor:
        # V alone
        return super().output_square(z, _WITHOUT_END)


class KernelPartLess(FiniteWidth):
    def output_square(self, z: Tensor, width: int) -> Tensor:
        # 0.9 V, C as it is
        return super().output_square(z, width) - 0.1 * super().output_square(z, _WITHOUT_END)


class SecondOfTurnForgotten(FiniteWidth):
    def gradient_square(self, h: Tensor, width: int) -> Tensor:
        # c alone
        return super().gradient_square(h, _WITHOUT_END)


class TurnLess(FiniteWidth):
    def gradient_square(self, h: Tensor, width: int) -> Tensor:
        # 0.9 c, c2 as it is
        return super().gradient_square(h, width) - 0.1 * super().gradient_square(h, _WITHOUT_END)


def _control(name: str, what: str, kind: type[FiniteWidth]) -> Control:
    return Control(name, what, ("R5m",), altered={FiniteWidth: kind})


CONTROLS = (
    _control("width-flips-forgotten", "V for V - C/(2 sqrt m)", FlipsForgotten),
    _control("width-kernel-less", "0.9 V", KernelPartLess),
    _control("width-second-forgotten", "c for c + c2/sqrt m", SecondOfTurnForgotten),
    _control("width-turn-less", "0.9 c", TurnLess),
)
