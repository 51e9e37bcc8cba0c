"""What is read off a device, and when."""

from __future__ import annotations

from contextlib import suppress

import pytest
import torch

from tests.devices.host_reads import counted
from verifier.errors import InputError
from verifier.model.device import (
    all_finite,
    ends,
    read,
    read_deciding,
    read_together,
    reads_wait,
    require_finite,
    require_value,
)

YES, NO = torch.tensor(True, device="cpu"), torch.tensor(False, device="cpu")


def ask(holds: torch.Tensor, argument: str = "x") -> None:
    require_value(holds, argument, lambda: "found", "must be so")


def together(*rules: tuple[torch.Tensor, str]) -> None:
    with read_together():
        for holds, argument in rules:
            ask(holds, argument)


def test_a_rule_by_itself_is_decided_at_once() -> None:
    ask(YES)
    with pytest.raises(InputError, match="x = found: must be so"):
        ask(NO)


def test_rules_together_are_decided_in_order_by_one_read() -> None:
    with counted() as found, read_together():
        ask(YES)
        ask(YES)
    assert found["reads"] == 1
    with pytest.raises(InputError, match="second"):
        together((YES, "first"), (NO, "second"), (NO, "third"))


def test_rules_within_rules_wait_for_the_outer_end() -> None:
    with counted() as found, read_together():
        with read_together():
            ask(YES)
        ask(YES)
    assert found["reads"] == 1


def test_what_is_read_within_decides_the_rules_that_wait() -> None:
    with counted() as found, read_together():
        ask(YES)
        number, flag = read_deciding([torch.tensor(2.5, dtype=torch.float64, device="cpu"), NO])
    assert (number, flag) == (2.5, 0.0)
    assert found["reads"] == 1


def test_what_is_read_within_is_withheld_where_a_rule_is_broken() -> None:
    found: list[object] = []

    def reading() -> None:
        with read_together():
            together((YES, "first"), (NO, "second"))
            found.extend(read_deciding([YES]))

    with pytest.raises(InputError, match="second"):
        reading()
    assert not found


def test_what_was_decided_is_not_asked_again() -> None:
    with counted() as found, read_together():
        ask(YES)
        read_deciding([YES])
    assert found["reads"] == 1


def test_another_error_comes_first_and_leaves_nothing_behind() -> None:
    with suppress(KeyError), read_together():
        ask(NO)
        raise KeyError
    with pytest.raises(InputError):
        ask(NO)


def test_nothing_is_read_where_nothing_is_asked() -> None:
    with counted() as found, read_together():
        pass
    assert found["reads"] == 0


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_finite(bad: float) -> None:
    value = torch.full((3,), 1e308, dtype=torch.float64, device="cpu")
    value[0] = -1e308  # their difference is not finite
    require_finite(value, "value")
    assert all_finite(read(torch.stack(ends(value))))
    value[1] = bad
    assert not all_finite(read(torch.stack(ends(value))))
    with pytest.raises(InputError, match="value = a tensor with NaN or infinity: must be finite"):
        require_finite(value, "value")


def test_the_host_waits_for_all_but_itself() -> None:
    assert not reads_wait(torch.device("cpu"))
    assert reads_wait(torch.device("cuda"))
    assert reads_wait(torch.device("mps"))
