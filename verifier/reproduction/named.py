"""What panels are called where a reader meets them: their names are of the code."""

from __future__ import annotations

from typing import Any

from verifier.reproduction.panels import (
    AXES,
    PUBLISHED_NAMES,
    PointSetting,
    published_maps,
    published_panels,
)


def in_words(name: str) -> str:
    """A panel's data, scenario, loss and axis for its name, which is of the code.

    >>> in_words("gauss-a-epochs-g")
    'Gaussian (a), by epochs of g'
    """
    if name.startswith("claim-"):
        return f"the claim, {in_words(name.removeprefix('claim-'))}"
    if name.endswith("-subset"):
        return f"{in_words(name.removesuffix('-subset'))}, with fewer images"
    panel, drawn = published_panels().get(name), published_maps().get(name)
    if drawn is not None:
        return f"where f and g agree, {_data(drawn.setting)} ({drawn.setting.scenario})"
    if panel is None:
        return name
    setting = panel.settings[0]
    data = _data(setting)
    loss = "" if setting.loss == "identity" else f", {setting.loss} loss"
    if "cossim" in panel.series:
        return f"|cos|, {data}{loss}, by {AXES[panel.x]}"
    return f"{data} ({setting.scenario}){loss}, by {AXES[panel.x]}"


def _data(setting: PointSetting) -> str:
    return next(k for k, v in PUBLISHED_NAMES.items() if v == setting.data)


def titles(content: dict[str, Any]) -> dict[str, str]:
    """Each picture's title where its figure's does not stand above it, by the picture's name."""
    every = {name: in_words(name) for name in published_panels()}
    return every | {
        i["name"]: i["heading"] if f["name"] == "cossim" else f"{f['title']}, {i['heading']}"
        for f in content["figures"]
        for i in f["items"]
    }
