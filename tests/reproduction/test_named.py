"""What panels are called where a reader meets them."""

import pytest

from verifier.reproduction.named import in_words, titles
from verifier.reproduction.panels import published_panels


def test_every_panel_has_a_name_in_words_of_its_own() -> None:
    named = {name: in_words(name) for name in published_panels()}
    assert named["gauss-a-epochs-g"] == "Gaussian (a), by epochs of g"
    assert named["fmnist-a-eps-logistic"].startswith("Fashion-MNIST 0 vs 9 (a), logistic loss, by ")
    assert named["cossim-shifted-d"].startswith("|cos|, mean-shifted Gaussian, by ")
    assert not set(named) & set(named.values())
    assert in_words("of another release") == "of another release"


def test_a_picture_s_own_heading_wins_over_its_panel_s_name() -> None:
    item = {"name": "gauss-a-d", "heading": "input dimension d, identity loss"}
    figure = {"name": "gauss-a", "title": "Gaussian (a)", "items": [item]}
    found = titles({"figures": [figure]})
    assert found["gauss-a-d"] == "Gaussian (a), input dimension d, identity loss"
    assert found["gauss-a-m"] == "Gaussian (a), by width m"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("claim-gauss-a-eps", "the claim, Gaussian (a), by perturbation size ε"),
        ("mnist-b-m-subset", "MNIST 1 vs 2 (b), by width m, with fewer images"),
        ("map-shifted-b", "where f and g agree, mean-shifted Gaussian (b)"),
        ("no-such-panel", "no-such-panel"),
    ],
)
def test_pictures_that_are_no_panel_as_published_are_named_too(name: str, words: str) -> None:
    assert in_words(name) == words
