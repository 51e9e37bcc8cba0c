"""What README says of a run: only what was found, and not what was hoped for."""

from __future__ import annotations

from docs.update_readme import verdict
from tests.report.records import whole_record
from verifier.report.content import gather


def test_a_result_without_its_controls_is_not_counted_as_covered() -> None:
    content = gather(whole_record())
    count = len(content["coverage"])
    for lost in (0, 1):
        for result in content["coverage"]:
            result["covered"] = True
        content["coverage"][0]["covered"] = not lost
        assert f"{count - lost} of the paper's {count} results are covered." in verdict(content)
