"""Hypothesis draws configurations; the statements decide. `pytest properties/` runs everything."""

from verifier.suite.gathering import pytest_runtest_makereport, pytest_runtest_protocol
from verifier.suite.hooks import (
    full_precision,
    one_thread,
    profile,
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_sessionfinish,
    pytest_terminal_summary,
    suite,
)
from verifier.suite.options import pytest_addoption
from verifier.suite.processes import (
    pytest_cmdline_main,
    pytest_xdist_make_scheduler,
    pytest_xdist_setupnodes,
)

__all__ = [
    "full_precision",
    "one_thread",
    "profile",
    "pytest_addoption",
    "pytest_cmdline_main",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_xdist_make_scheduler",
    "pytest_xdist_setupnodes",
    "suite",
]
