"""What a gallery lets a reader conclude: true of whatever was counted, and no more than that."""

from typing import Any

import pytest

from verifier.reproduction import conclusion, one_draw
from verifier.reproduction.one_draw import OneDraw

NONE: list[tuple[int, int]] = []


def content_of(
    stable: int = 6,
    off: int = 0,
    of_g: list[tuple[int, int]] = NONE,
    of_others: list[tuple[int, int]] = NONE,
    **changed: Any,
) -> dict[str, Any]:
    """So many stable values, so many off; of wrong ones of each kind how many fit, of how many."""
    controls = [{"matched": [fit, 0], "stable": [n, 0]} for fit, n in of_g]
    controls += [{"matched": [0, fit], "stable": [0, n]} for fit, n in of_others]
    fit = {"stable": stable, "matched": stable - off, "g": {"stable": 2, "matched": 1}}
    summary = {**fit, "misses": [{}] * off, "controls": controls}
    return {"run": 40, "run_reduced": 7, "summary": summary, "figures": [], **changed}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (content_of(), "All 6 stable published values fit"),
        (content_of(1234), "All 1,234 stable published values fit"),
        (content_of(1), "The one stable published value fits"),
        (content_of(of_g=[(10, 20)]), "All 6 stable published values fit, a weak test"),
        (
            content_of(of_g=[(10, 20), (20, 20)], of_others=[(11, 20)]),
            "All 6 stable published values fit, a weak test",
        ),
        (
            content_of(of_g=[(10, 20)], of_others=[(9, 20)]),
            "All 6 stable published values fit, a weak test of g",
        ),
        (
            content_of(of_g=[(9, 20), (20, 20)], of_others=[(1, 20)]),
            "All 6 stable published values fit (of wrong ones, 5% to 100% would)",
        ),
        (content_of(of_g=[(0, 20)]), "All 6 stable published values fit (of wrong ones, 0% would)"),
        (
            content_of(of_g=[(10, 20)], figures=[{"title": "A", "g": {"above": 9, "chaotic": 10}}]),
            "Published g lies above ours in one figure",
        ),
        (
            content_of(
                figures=[{"title": "A", "g": {"above": a, "chaotic": 10}} for a in (9, 5, 1)]
            ),
            "Published g lies above ours in one figure, below in another",
        ),
        (
            content_of(
                figures=[{"title": "A", "g": {"above": a, "chaotic": 10}} for a in (1, 10, 0)]
            ),
            "Published g lies above ours in one figure, below ours in 2 figures",
        ),
        (
            content_of(
                figures=[
                    {"learns": True, "g": {"above": 0, "chaotic": 0}},
                    {"title": "A", "g": {"above": 9, "chaotic": 9}},
                ]
            ),
            "g learns from perturbations alone; published g lies above ours in one figure",
        ),
        (
            content_of(figures=[{"g": {"above": 6, "chaotic": 10}}]),
            "All 6 stable published values fit",
        ),
        (content_of(off=1, of_g=[(20, 20)]), "1 of 6 stable published values does not fit"),
        (content_of(1234, 2), "2 of 1,234 stable published values do not fit"),
        (content_of(0), "47 points trained, no published value tested"),
        (content_of(0, run=0), "A trial in little: 7 points trained, no published value tested"),
        (content_of(0, run=0, run_reduced=0), "0 points trained, no published value tested"),
    ],
)
def test_a_headline_says_no_more_than_was_counted(content: dict[str, Any], said: str) -> None:
    assert conclusion.headline(content) == said


def test_a_headline_says_that_draws_of_ours_lie_as_far_only_where_some_do_in_every_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = [{"title": t, "g": {"above": 9, "chaotic": 9}} for t in ("A", "B")]
    figures.append({"title": "neither side", "g": {"above": 4, "chaotic": 9}})
    figures.append({"title": "claim", "learns": True, "g": {"above": 0, "chaotic": 0}})
    draw_matters = "A network learns from perturbations alone; how well depends on the random draw"
    sides = "g learns from perturbations alone; published g lies above ours in 2 figures"
    for as_far, said in (
        ({"A": 1, "B": 2}, draw_matters),
        ({"A": 1, "B": 0}, sides),
        ({"A": 1}, sides),
    ):
        found = {t: OneDraw(t, 6, n, True, "g", {}) for t, n in as_far.items()}
        monkeypatch.setattr(one_draw, "draws", lambda found=found: found)
        assert conclusion.headline(content_of(figures=figures)) == said


def test_how_sure_it_is_is_not_typed() -> None:
    def told(**wrong: list[tuple[int, int]]) -> tuple[str, str]:
        return conclusion.how_sure(content_of(6, 2, **wrong)["summary"])

    assert told() == ("", "")
    weak = told(of_g=[(18, 20), (20, 20)], of_others=[(16, 20)])
    assert weak == ("hardly tested", "80% to 100%")
    assert told(of_g=[(18, 20)], of_others=[(1, 20)]) == ("hardly tested of g", "5% to 90%")
    assert told(of_g=[(1, 20)]) == ("", "5%")


def test_the_figure_that_leans_most_comes_first() -> None:
    def figure(above: int, chaotic: int) -> dict[str, Any]:
        return {"g": {"above": above, "chaotic": chaotic}}

    half, high, low, none = figure(4, 10), figure(197, 232), figure(0, 33), figure(0, 0)
    content = content_of(figures=[half, low, none, high])
    assert conclusion.leaning(content) == [high, low, half]
    assert [conclusion.leans_in(f) for f in (high, low, half, none)] == [True, True, False, False]


@pytest.mark.parametrize(("above", "leans"), [(75, True), (25, True), (74, False), (26, False)])
def test_published_g_leans_from_three_times_out_of_four(above: int, leans: bool) -> None:
    assert conclusion.leans_in({"g": {"above": above, "chaotic": 100}}) is leans
