"""README's table of what is off has each row as it was found, the paper's own predictor last."""

from __future__ import annotations

from benchmarks.findings.__main__ import kept
from benchmarks.gpu import drawn, for_readme
from docs.misfits import Misfit, in_bullets, misfits, predictor
from docs.run_in_words import CARD
from docs.update_readme import README


def test_the_share_of_wrong_signs_is_the_finding_s() -> None:
    effect = kept()["published-predictor"].effect
    assert predictor().at == f"{effect.mean:.0%} of points"
    assert effect.low > 0.1  # it stands


def test_it_is_the_last_of_what_is_off() -> None:
    told = in_bullets([Misfit("a", "1 of 2", "b")])
    last = f"- **{predictor().cause}:** {predictor().what} at **{predictor().at}**."
    assert told.endswith(f":**\n\n- **b:** a at **1 of 2**.\n{last}")


def test_readme_has_what_does_not_fit() -> None:
    card = drawn.kept(CARD)
    assert card is not None
    said = in_bullets(misfits(card, for_readme.read(CARD / drawn.VALUES)))
    assert (
        f"<!-- figures: begin (make readme) -->\n{said}\n<!-- figures: end -->"
        in README.read_text(encoding="utf-8")
    )


def test_each_cause_has_one_bullet() -> None:
    some = [Misfit("a", "1 of 2", "b", "c"), Misfit("d", "3 of 4", "e"), Misfit("f", "5 of 6", "b")]
    told = "\n- **b:** a at **1 of 2** (c), f at **5 of 6**.\n- **e:** d at **3 of 4**.\n"
    assert told in in_bullets(some)
