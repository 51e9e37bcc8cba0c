"""The figures as data: all of them, reduced by the paper's rule, and found by name."""

import itertools
from dataclasses import replace

import pytest

from verifier.errors import InputError
from verifier.reproduction.panels import (
    AXES,
    IMAGES,
    SERIES,
    Panel,
    chosen,
    published_maps,
    published_panels,
)


def test_every_published_figure_is_there() -> None:
    panels, maps = published_panels(), published_maps()
    assert (len(panels), len(maps)) == (62, 8)
    assert sum("cossim" in p.series for p in panels.values()) == 6
    assert len({(p.figure, p.row, p.col, p.loss) for p in panels.values()}) == 62
    for panel in panels.values():
        assert panel.x in AXES
        assert set(panel.series) <= set(SERIES)
        assert panel.factor == 1
        assert len(panel.xs) == len(panel.settings) == len(set(panel.settings))
        assert len({s.loss for s in panel.settings}) == len({s.data for s in panel.settings}) == 1


@pytest.mark.parametrize("panel", published_panels().values(), ids=lambda p: p.name)
def test_along_a_panel_nothing_varies_but_its_x_and_what_the_paper_ties_to_it(panel: Panel) -> None:
    # with d the paper scales eps ~ sqrt d; its figures over the size of images too vary one thing
    tied = {"eps"} if panel.x == "d" else set()
    for x, setting in zip(panel.xs, panel.settings, strict=True):
        assert getattr(setting, panel.x) == x
        for name in set(vars(setting)) - tied - {panel.x}:
            assert getattr(setting, name) == getattr(panel.settings[0], name), name


def test_reduced_data_keep_eps_over_sqrt_d_and_images_their_dimension() -> None:
    for panel in published_panels().values():
        small = panel.reduced(20)
        assert small.factor == 20
        assert small.name.endswith("-reduced")
        assert len(small.xs) == len(set(small.xs))
        if panel.x in ("d", "N", "eps"):
            assert small.xs == tuple(getattr(s, panel.x) for s in small.settings)
        for setting in small.settings:
            assert setting.N % 2 == 0
        if panel.x not in ("d", "N"):
            for whole, setting in zip(panel.settings, small.settings, strict=True):
                assert pytest.approx(whole.N / 20, abs=1) == setting.N
                if whole.data in IMAGES:
                    assert (setting.d, setting.eps) == (whole.d, whole.eps)
                else:
                    assert setting.d == pytest.approx(whole.d / 20, abs=0.5)
                    ratio = whole.eps**2 / whole.d
                    assert setting.eps**2 / setting.d == pytest.approx(ratio, rel=1e-12)


def test_a_thinned_panel_keeps_its_ends_and_spreads_the_rest() -> None:
    panel = published_panels()["shifted-gauss-a-m"]
    for count in (2, 3, 8, len(panel.xs), 100):
        thin = panel.thinned(count)
        assert len(thin.xs) == min(count, len(panel.xs))
        assert (thin.xs[0], thin.xs[-1]) == (panel.xs[0], panel.xs[-1])
        places = [panel.xs.index(x) for x in thin.xs]
        gaps = [b - a for a, b in itertools.pairwise(places)]
        assert max(gaps) - min(gaps) <= 1
        assert [s.m for s in thin.settings] == list(thin.xs)


def test_a_reduced_map_shrinks_with_the_class_means() -> None:
    drawn = published_maps()["map-shifted-b"]
    small = drawn.reduced(25)
    assert (small.setting.d, small.setting.N) == (4, 200)
    assert small.limits == pytest.approx([v / 5 for v in drawn.limits])
    images = published_maps()["map-mnist-a"]
    assert images.reduced(10).limits == images.limits


def test_names_choose_panels_by_how_they_begin() -> None:
    everything = chosen([])
    assert (len(everything[0]), len(everything[1])) == (62, 8)
    panels, maps = chosen(["shifted-gauss-a-d", "map-mnist"])
    assert [p.name for p in panels] == ["shifted-gauss-a-d", "shifted-gauss-a-d-logistic"]
    assert [m.name for m in maps] == ["map-mnist-a", "map-mnist-b"]
    for wrong in ("shifted-gauss-a-de", "", "shifted-gauss-a-d-"):
        with pytest.raises(InputError, match="PANEL"):
            chosen(["mnist-a", wrong])


def test_odd_sizes_are_made_even() -> None:
    setting = replace(published_panels()["shifted-gauss-a-d"].settings[0], N=70)
    assert setting.reduced(10).N in (6, 8)
    assert setting.reduced(1000).N == 2
