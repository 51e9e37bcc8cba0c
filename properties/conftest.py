"""Hypothesis draws configurations; the statements decide. `pytest properties/` runs everything."""

from verifier.suite.hooks import (
    full_precision,
    one_thread,
    profile,
    pytest_addoption,
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_runtest_protocol,
    pytest_sessionfinish,
    pytest_terminal_summary,
    suite,
)

__all__ = [
    "full_precision",
    "one_thread",
    "profile",
    "pytest_addoption",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_runtest_protocol",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "suite",
]
