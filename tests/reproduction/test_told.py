"""What a run says: of times, of its progress, of its end, and of how it compares."""

import pytest

from verifier.reproduction import told
from verifier.reproduction.runner.progress import Ended, Failure, Progress


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (99, "99 s"), (720, "12 min"), (12_600, "3.5 h")]
)
def test_times_are_told_as_people_say_them(seconds: float, text: str) -> None:
    assert told.duration(seconds) == text


def test_progress_tells_the_time_left_if_it_is_known_and_what_failed() -> None:
    begun = Progress(0, 8, 0.0, 80.0, failed=0, elapsed=1.0, left=None, last="")
    assert told.during(begun).rstrip() == "0 of 8 results, 1 s"
    later = Progress(3, 8, 30.0, 80.0, failed=2, elapsed=60.0, left=100.0, last="a point")
    assert told.during(later) == "3 of 8 results, 60 s, about 2 min left  2 FAILED  a point"


def test_an_end_names_what_failed_and_how_to_go_on() -> None:
    failures = (Failure("one", "died"), Failure("other", "raised", "a traceback\n"))
    ended = Ended(total=8, reused=1, done=4, elapsed=50.0, failures=failures, interrupted=True)
    assert told.after(ended) == [
        "done         4 of 8, 3 new, 50 s",
        "interrupted; all that was finished is kept: the same command goes on",
        "FAILED       one: died",
        "FAILED       other: raised",
        "a traceback",
    ]


def test_a_comparison_is_told_by_series_with_every_miss_and_of_g_by_figure() -> None:
    counts = {"inside": 5, "near": 2, "stable": 8, "chaotic": 3, "unjudged": 0}
    miss = {"panel": "p", "series": "agreement", "x": 100.0, "mean": 0.5, "published": 0.61}
    figures = [
        {"title": title, "g": {"chaotic": chaotic, "above": above}}
        for title, chaotic, above in (("High (a)", 3, 2), ("Stable (a)", 0, 0), ("Low (a)", 9, 0))
    ]
    summary = {"series": [{"series": "agreement", **counts}], "misses": [miss]}
    assert told.of_comparison({"summary": summary, "figures": figures}) == [
        "published    agreement of f and g: 7 of 8 stable values fit; 3 chaotic",
        "published    High (a): 2 of g's 3 chaotic values are above our mean",
        "published    Low (a): 0 of g's 9 chaotic values are above our mean",
        "off          p agreement at 100: 0.500, published 0.610",
    ]
