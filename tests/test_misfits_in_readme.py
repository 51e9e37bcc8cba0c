"""README's table of what is off has each row as it was found, the paper's own predictor last."""

from __future__ import annotations

from benchmarks.findings.__main__ import kept
from benchmarks.gpu import drawn, for_readme
from docs.misfits import Misfit, in_table, misfits, predictor
from docs.run_in_words import CARD
from docs.update_readme import README


def test_the_share_of_wrong_signs_is_the_finding_s() -> None:
    effect = kept()["published-predictor"].effect
    assert predictor().at == f"{effect.mean:.0%} of points"
    assert effect.low > 0.1  # it stands


def test_it_is_the_last_of_what_is_off() -> None:
    told = in_table([Misfit("a", "1 of 2", "b")])
    last = f"| {predictor().what} | **{predictor().at}** | {predictor().cause} |"
    assert told.endswith(f"\n|---|---|---|\n| a | **1 of 2** | b |\n{last}")


def test_readme_has_what_does_not_fit() -> None:
    card = drawn.kept(CARD)
    assert card is not None
    said = in_table(misfits(card, for_readme.read(CARD / drawn.VALUES)))
    assert f"<!-- figures: begin (make readme) -->\n{said}\n\n*Below: " in README.read_text(
        encoding="utf-8"
    )


def test_each_cause_has_one_row() -> None:
    some = [Misfit("a", "1 of 2", "b", "c"), Misfit("d", "3 of 4", "e"), Misfit("f", "5 of 6", "b")]
    told = "\n| a; f | **1 of 2; 5 of 6** | b; c |\n| d | **3 of 4** | e |\n"
    assert told in in_table(some)
    both = Misfit("g", "7 of 8", "b", "h")
    assert "\n| a; g | **1 of 2; 7 of 8** | b; c; h |\n" in in_table([some[0], both])
