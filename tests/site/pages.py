"""Pages to open in a browser: a good and a bad report, a gallery, and the documentation."""

from pathlib import Path

from tests.report.records import configuration, evidence, statistical_evidence, whole_record
from tests.report.test_pictures import EXAMPLE
from tests.reproduction.results import crossed_map, explained, rising
from verifier.report.content import gather
from verifier.report.html import page
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.page import write
from verifier.reproduction.panels import published_maps, published_panels

DOCS = Path(__file__).parents[2] / "docs" / "_build" / "html"


def good_report(folder: Path) -> Path:
    """Everything supported, with pictures, figures of every kind and a history."""
    record = whole_record()
    record.example = EXAMPLE
    for found in statistical_evidence("R1"):
        record.add(found)
    content = gather(record)
    return _write(folder, page({**content, "history": content["history"] * 2}))


def bad_report(folder: Path) -> Path:
    """Refuted, with failures in one precision and from a width on."""
    record = whole_record()
    for width in (10, 100, 1000):
        described = configuration(width=width, dtype="float32").to_json()
        record.add(evidence("E1", configuration=described, error=width / 20))
    record.control("E2", "harmless", None)
    return _write(folder, page(gather(record)))


def gallery(folder: Path) -> Path:
    """Two panels, a map and explained images."""
    panels = [published_panels()[n] for n in ("shifted-gauss-a-d", "cossim-shifted-d")]
    drawn = published_maps()["map-shifted-a"]
    results = [r for panel in panels for r in rising(panel, 3, 0.02)]
    results += rising(panels[0], 3, 0.02, "theory")
    run = Reproduction(
        panels=panels,
        results=results,
        maps=[drawn],
        map_results={drawn.name: crossed_map(drawn)},
        explained=[explained()],
        seeds=3,
    )
    return write(run, folder)


def _write(folder: Path, text: str) -> Path:
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    return path
