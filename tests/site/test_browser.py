"""Reports, gallery and documentation in headless Chromium, at a phone's width and wider.

`make test-slow` installs what they need; without it they are skipped, and say so.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.site.pages import DOCS, bad_report, gallery, good_report
from verifier.statements import REGISTRY

pytestmark = pytest.mark.very_slow

Addresses = Callable[[str], Path]
"""The page of a name."""
TABLE_OF_ALL = "A table of all, to search and to sort"
"""What unfolds the table of every statement."""
WIDTHS = (390, 768, 1280)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
MADE: dict[str, Callable[[Path], Path]] = {
    "report": good_report,
    "refuted": bad_report,
    "gallery": gallery,
}
OF_DOCS = (
    *("index", "identities", "limits", "reading-a-report", "newest-run", "transcript"),
    *("api", "examples/index", "findings", "gpu", "gpu/README", "README"),
)
READ_FIRST = (
    *("index", "reading-a-report", "your-code", "findings", "gpu"),
    *("identities", "certificates", "agreement", "limits"),
)
REPEATED = (
    "figure svg > *, article:nth-of-type(n+2), section[id^=chapter]:nth-of-type(n+8), "
    "tbody tr:nth-child(n+4), svg.graph > :nth-child(n+40)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="make test-slow installs it")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as running:
        found = running.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Addresses:
    made: dict[str, Path] = {}

    def address(name: str) -> Path:
        if name in MADE:
            if name not in made:
                made[name] = MADE[name](tmp_path_factory.mktemp(name))
            return made[name]
        path = DOCS / f"{name}.html"
        if not path.exists():
            pytest.skip("the documentation is not built: make docs")
        return path

    return address


def opened(browser: Any, path: Path, width: int = 1280) -> tuple[Any, list[str]]:
    """The page, and the errors of its scripts and of what it wanted to load."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("requestfailed", lambda request: errors.append(request.url))
    page.on("request", lambda r: None if r.url[:5] in ("file:", "data:") else errors.append(r.url))
    page.goto(path.as_uri())
    return page, errors


def broken_links(page: Any, path: Path) -> list[str]:
    """Those to a file that is not there, or to a place that the page has not."""
    links = page.evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))")
    ids = set(page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
    local = [(link, urlsplit(link)) for link in links if link and not urlsplit(link).scheme]
    assert links
    return [
        link
        for link, parts in local
        if not (path.parent / unquote(parts.path)).exists()
        or (not parts.path and unquote(parts.fragment) not in {"", *ids})  # "#": to the top
    ]


def violations(page: Any) -> list[str]:
    """Of axe's rules, contrast among them; of what repeats only the first: axe is slow."""
    axe = pytest.importorskip("axe_core_python", reason="make test-slow installs axe")
    page.evaluate(f"document.querySelectorAll('{REPEATED}').forEach(part => part.remove())")
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


def across(page: Any) -> int:
    """The width of what is shown, in pixels."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def tables_cut(page: Any) -> list[str]:
    """Those wider than what they stand in, and not to be scrolled."""
    cut: list[str] = page.evaluate(
        "[...document.querySelectorAll('table')]"
        ".filter(t => !t.closest('.scroll, .table-wrapper, details:not([open])'))"
        ".filter(t => t.offsetWidth > t.parentElement.clientWidth + 1).map(t => t.className)"
    )
    return cut


FAULTY = """<!DOCTYPE html><html lang="en"><title>Faults</title><main><h1>Faults</h1>
<p style="color: #ccc; background: #fff">faint</p>
<a href="#nowhere">one</a> <a href="no.html">two</a>
<div style="width: 2000px">wide</div> <table class="cut" style="width: 3000px"></table>
<script>nowhere()</script></main></html>"""


def test_faults_are_noticed(browser: Any, tmp_path: Path) -> None:
    (path := tmp_path / "faulty.html").write_text(FAULTY, encoding="utf-8")
    page, errors = opened(browser, path, 390)
    assert len(errors) == 1
    assert across(page) > 2000
    assert tables_cut(page) == ["cut"]
    assert broken_links(page, path) == ["#nowhere", "no.html"]
    assert [told.partition(":")[0] for told in violations(page)] == ["color-contrast"]
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*MADE, *OF_DOCS])
def test_it_fits_and_loads_nothing_from_elsewhere(
    name: str, width: int, browser: Any, addresses: Addresses
) -> None:
    page, errors = opened(browser, addresses(name), width)
    assert not errors
    assert across(page) <= width
    assert not tables_cut(page)
    missing = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.alt)"
    assert not page.evaluate(missing)
    page.close()


@pytest.mark.parametrize("name", [*MADE, *OF_DOCS])
def test_every_link_leads_somewhere(name: str, browser: Any, addresses: Addresses) -> None:
    page, _ = opened(browser, addresses(name))
    assert not broken_links(page, addresses(name))
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", MADE)
def test_it_is_accessible(name: str, scheme: str, browser: Any, addresses: Addresses) -> None:
    page, _ = opened(browser, addresses(name))
    page.emulate_media(color_scheme=scheme)
    assert not violations(page)
    page.close()


def test_statements_are_filtered_and_sorted(browser: Any, addresses: Addresses) -> None:
    page, errors = opened(browser, addresses("refuted"))
    page.get_by_text(TABLE_OF_ALL).click()
    rows = page.locator("table.overview tbody tr:visible")
    whole = rows.count()
    page.get_by_label("Find").fill("input gradient")
    assert 0 < rows.count() < whole
    page.get_by_label("Find").fill("")
    page.get_by_label("Verdict").select_option("refuted")
    assert rows.count() == 1
    assert "1 of" in page.locator(".filter output").inner_text()
    page.get_by_label("Verdict").select_option("")
    page.get_by_role("button", name="error", exact=True).click()
    assert rows.first.locator("th").inner_text() == "E1"  # the largest error first
    for _ in range(2):
        page.locator("table.overview thead button").first.click()
    assert rows.first.locator("th").inner_text() == "D1"
    assert not errors
    page.close()


def test_a_node_of_the_graph_leads_to_its_statement(browser: Any, addresses: Addresses) -> None:
    page, _ = opened(browser, addresses("report"))
    page.get_by_text("The graph", exact=True).click()  # folded where nothing is refuted
    node = page.locator('svg.graph [data-id="D3"]')
    node.hover()
    assert page.locator("svg.graph .edge.lit").count() > 1
    assert not (whole := page.locator("#D3")).is_visible()  # what holds is folded
    node.click()
    assert page.url.endswith("#D3")
    assert whole.is_visible()
    page.close()


def test_a_link_opens_a_folded_chapter_and_the_statement_in_it(
    browser: Any, addresses: Addresses
) -> None:
    page, _ = opened(browser, addresses("report"), WIDTHS[0])
    chapter = page.locator("details.long:has(> article #D3)")
    assert chapter.get_attribute("open") is None
    heading = page.locator("section:has(#D3) > h2")
    assert not heading.is_visible()  # a line says it
    # by the page's own script: newer browsers would open both by themselves
    page.evaluate("history.replaceState(null, '', '#D3'); dispatchEvent(new Event('hashchange'))")
    assert page.locator("#D3").is_visible()
    assert heading.is_visible()
    page.close()


def test_a_chapter_s_page_lists_the_controls_of_each_statement(
    browser: Any, addresses: Addresses
) -> None:
    page, _ = opened(browser, addresses("identities"))
    listed = page.locator("details:has(summary:text('negative controls alter')) li")
    assert listed.count() == sum(
        len(REGISTRY.controls_of(s.id)) for s in REGISTRY.chapter_of("E1").statements
    )
    page.close()


def test_on_a_phone_cells_stand_below_each_other_with_their_columns_names(
    browser: Any, addresses: Addresses
) -> None:
    for width in (WIDTHS[0], WIDTHS[-1]):
        page, _ = opened(browser, addresses("newest-run"), width)
        row = page.locator("table.stacked tr:has(a):has(td:nth-child(5))").first
        stands_below = width == WIDTHS[0]
        assert row.locator(".name").all_inner_texts() == ["draws: ", "error: ", "controls: "]
        assert row.locator(".name").first.is_visible() is stands_below
        assert page.locator("table.stacked thead").first.is_visible() is not stands_below
        page.close()


def test_on_a_phone_the_names_of_rows_stay_where_a_table_scrolls(
    browser: Any, addresses: Addresses
) -> None:
    page, _ = opened(browser, addresses("scale"), WIDTHS[0])
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    table = page.locator("table.named:not(.stacked):has(th:nth-child(5))").first
    name = table.locator("td").first
    before = name.bounding_box()
    scroll = "t => { const box = t.parentElement; box.scrollLeft = 5; return box.scrollLeft }"
    assert table.evaluate(scroll) == 5
    assert name.bounding_box() == before
    page.close()


@pytest.mark.parametrize("name", READ_FIRST)
def test_on_a_phone_formulas_and_code_are_read_without_scrolling(
    name: str, browser: Any, addresses: Addresses
) -> None:
    page, _ = opened(browser, addresses(name), WIDTHS[0])
    wide = page.evaluate(
        "[...document.querySelectorAll('.formula, .highlight pre')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    )
    assert not wide
    page.close()


def test_what_is_refuted_is_not_folded(browser: Any, addresses: Addresses) -> None:
    page, _ = opened(browser, addresses("refuted"))
    assert page.locator("#E1").is_visible()
    assert not page.locator("#E3").is_visible()
    page.close()


def test_on_a_phone_names_take_the_place_of_the_graph(browser: Any, addresses: Addresses) -> None:
    page, _ = opened(browser, addresses("report"), WIDTHS[0])
    assert not page.locator("svg.graph").is_visible()
    page.get_by_text("What each uses (a wider screen").click()  # folded: it is long
    names = page.locator(".uses a:visible")
    assert names.count() == page.locator("svg.graph .node").count()
    names.filter(has_text="D3").first.click()
    assert page.url.endswith("#D3")
    assert page.locator("section:has(#D3) .back a").is_visible()
    page.close()


def test_without_scripts_nothing_is_missing(browser: Any, addresses: Addresses) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(addresses("report").as_uri())
    page.get_by_text(TABLE_OF_ALL).click()
    assert page.locator("table.overview tbody tr:visible").count() > 50
    assert not page.locator(".filter").is_visible()
    context.close()
