"""README tells what the paper's own predictor of g leaves out, with the share that was found."""

from __future__ import annotations

from benchmarks.findings.__main__ import kept
from docs.misfits import in_bullets, predictor


def test_the_share_of_wrong_signs_is_the_finding_s() -> None:
    effect = kept()["published-predictor"].effect
    assert f"[**{effect.mean:.0%}** of fresh points]" in predictor()
    assert effect.low > 0.1  # it stands


def test_it_is_the_last_of_what_is_off() -> None:
    assert in_bullets({"b": ["a"]}).endswith(f"\n- **Likely b:** a\n- {predictor()}")
