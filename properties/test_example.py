"""The perturbation learning that the report shows: E1 and E5 on it, as on any other."""

from verifier.suite.example import keep_example
from verifier.suite.run import Suite


def test_what_the_report_shows(suite: Suite) -> None:
    keep_example(suite)
