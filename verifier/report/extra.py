"""Packages of the extra `report`: without them a page or a picture says what to install."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from verifier.errors import InputError
from verifier.evidence.extras import install


@contextmanager
def extra(what: str) -> Iterator[None]:
    """Within it, `InputError` in place of a failed import; `what`: what needs the package."""
    try:
        yield
    except ModuleNotFoundError as problem:
        raise InputError(
            "package",
            problem.name,
            f"is not installed; the {what} needs {install('report')}",
        ) from None
