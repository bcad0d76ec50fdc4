"""Charts on a page: markup for a strict policy and a screen reader, words that stay words, colours that are seen."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from hypothesis import given
from playwright.sync_api import Browser

from core.money import show
from reconcile.books.charts import Ageing, Bucket, BurnDown, Change, Chart, Range, Shares, SpendAgainstBudget, Waterfall
from reconcile.books.charts.geometry import KINDS
from reconcile.web.charts import figure
from tests.reconcile.books.some_charts import MONTHS, charts

STATIC = Path(__file__).parents[3] / "static/css"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;]]>'"
TEXT, MARK = 4.5, 3.0  # contrast, at the least

OPENED = date(2025, 8, 1)
CHANGES = tuple(
    Change(OPENED + timedelta(20 * each), -1_900_00 - each * 77, f"Invoice {each}") for each in range(1, 11)
)
UPLIFT = Change(date(2025, 11, 20), 12_000_00, "Uplift", value=True)
SPENT = (*range(31_000_00, 39_000_00, 1_000_00), *(None,) * 4)
LONG = "Quay Information Services and Periodicals Limited"
NAMES = ("Northern Books", LONG, HOSTILE, "W" * 80, "Łódź", "Ćmielów", "Jot")
ALL: list[Chart] = [
    BurnDown(
        title="PO 70012345", currency="GBP", opened=OPENED, value=30_000_00, changes=(*CHANGES, UPLIFT),
        today=date(2026, 3, 12), until=date(2026, 7, 31), runs_out=date(2026, 5, 3),
    ),
    BurnDown(title="New", currency="KWD", opened=OPENED, value=10**15, changes=(), today=OPENED),
    SpendAgainstBudget(
        title="Spend against budget", currency="GBP", months=MONTHS, spent=SPENT,
        budget=(*(480_000_00,) * 3, *(500_000_00,) * 9), last_year=(38_000_00,) * 12,
        forecast=(*(None,) * 11, Range(518_000_00, 458_000_00, 586_000_00)),
    ),
    SpendAgainstBudget(title="Credits", currency="GBP", months=MONTHS, spent=(-1_345_67, -20_00, *(None,) * 10)),
    Waterfall(
        title="From Alma to Oracle", currency="GBP", start=182_340_15, end=187_340_15,
        causes=(("VAT", 9_000_00), ("Timing", -4_020_00), (HOSTILE, 0), ("Rounding", 20_00)),
    ),
    Ageing(
        title="Open items", currency="GBP",
        buckets=(Bucket(48, 12_120_44), Bucket(11, 4_020_00), Bucket(), Bucket(3, -5_00)),
    ),
    Shares(
        title="Suppliers", currency="GBP", amounts=tuple((name, 9 ** (12 - each)) for each, name in enumerate(NAMES)),
        most=5,
    ),
]  # fmt: skip


def page(shown: list[Chart]) -> str:
    return "".join(
        render_to_string("reconcile/charts/figure.html", {"figure": figure(chart, f"chart-{number}")})
        for number, chart in enumerate(shown)
    )


class Seen(HTMLParser):
    """What a browser makes of markup: its elements, their attributes, its words."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


# --- Markup -----------------------------------------------------------------------------------------------------------


@given(charts())
def test_a_drawing_is_xml_with_a_name_and_without_styles_or_scripts(chart: Chart) -> None:
    for drawing in figure(chart, "one").drawings:
        root = ElementTree.fromstring(drawing)
        assert root.get("role") == "img" and re.fullmatch(r"0 0 [\d.]+ [\d.]+", root.get("viewBox", ""))
        title, description = (root.find(f"{SVG}{name}") for name in ("title", "desc"))
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert description.text == chart.form
        known = {f"{SVG}{name}" for name in ("svg", "title", "desc", "path", "polygon", "rect", "text")}
        assert {each.tag for each in root.iter()} <= known
        names = {name for each in root.iter() for name in each.attrib}
        assert "style" not in names and not any(name.startswith("on") or "href" in name for name in names)
        assert not any("nan" in value or "inf" in value for each in root.iter() for value in each.attrib.values())


@given(charts())
def test_a_page_holds_no_element_that_a_name_brought_along(chart: Chart) -> None:
    seen = Seen(page([chart]))
    furniture = "figure figcaption h3 p div svg title desc path polygon rect text details summary span table caption"
    known = {*furniture.split(), "thead", "tbody", "tfoot", "tr", "th", "td", "bdi"}
    assert {tag for tag, _ in seen.elements} <= known
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for _, attributes in seen.elements:
        assert not any(name == "style" or name.startswith("on") for name in attributes)
        assert set((attributes.get("aria-labelledby") or "").split()) <= set(ids)


def test_a_hostile_name_is_words_in_drawing_and_table() -> None:
    chart = Shares(title=HOSTILE, currency="GBP", amounts=((HOSTILE, 5_00), ("Other", 1_00)))
    shown = figure(chart, "one")
    root = ElementTree.fromstring(shown.drawings[0])
    label = root.findall(f"{SVG}text")[0]
    assert label[0].text == HOSTILE and label[0].tail.endswith("…")  # cut, and in full where somebody points at it
    assert HOSTILE in "".join(Seen(page([chart])).words)


@pytest.mark.parametrize("chart", ALL, ids=lambda chart: chart.title)
def test_the_table_has_every_figure_to_the_penny(chart: Chart) -> None:
    shown = figure(chart, "one")
    for row, cells in zip((*chart.table.rows, chart.table.foot), (*shown.rows, shown.foot), strict=True):
        for value, column, cell in zip(row, chart.table.columns, cells, strict=True):
            written = show(value, chart.currency, signed=column.signed) if isinstance(value, int) else value or ""
            assert cell.text == written and cell.figures == (column.money or column.figures)


def test_a_chart_of_nothing_is_a_sentence() -> None:
    seen = Seen(page([Ageing.of([], title="Open items", currency="GBP")]))
    assert {tag for tag, _ in seen.elements} == {"figure", "figcaption", "h3", "p"}
    assert "Nothing is open." in seen.words


def test_every_page_takes_the_charts_styles_along() -> None:
    assert "/css/charts" in render_to_string("base.html")


# --- Colours ----------------------------------------------------------------------------------------------------------


def colours(theme: int) -> dict[str, str]:
    """Return the custom properties that are colours: of light (0) or dark (1)."""
    css = (STATIC / "libra.css").read_text() + (STATIC / "charts.css").read_text()
    return {name: pair[theme] for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)}


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def rules() -> dict[str, str]:
    """Return the custom property that each class of a mark or of words takes its colour from."""
    css = (STATIC / "charts.css").read_text().split("@media")[0]
    found = re.findall(r"^(\.c-[^{]+)\{ (?:color|fill): var\(--([\w-]+)\)", css, re.M)
    return {name: colour for names, colour in found for name in re.findall(r"\.c-(\w+)", names)}


def test_every_kind_of_mark_has_its_colour() -> None:
    assert set(rules()) == {*KINDS, "tick", "label", "strong"}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["sheet", "paper"])
def test_marks_and_words_stand_out(theme: int, ground: str) -> None:
    palette = colours(theme)
    seen = {name: contrast(palette[colour], palette[ground]) for name, colour in rules().items()}
    assert all(seen[name] >= TEXT for name in ("tick", "label", "strong")), seen
    marks = set(KINDS) - {"grid", "band", "gap"}  # a grid only helps, a band has edges, a gap is the ground itself
    assert all(seen[name] >= MARK for name in marks), seen


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_lines_stand_out_from_the_band_that_they_cross(theme: int) -> None:
    palette = colours(theme)
    seen = {name: contrast(palette[rules()[name]], palette["chart-band"]) for name in ("ahead", "edge", "plan", "past")}
    assert min(seen.values()) >= MARK, seen


# --- In a browser -----------------------------------------------------------------------------------------------------

MEASURE = """() => [...document.querySelectorAll('svg')].filter(one => one.clientWidth).flatMap(one => {
  const whole = one.viewBox.baseVal, boxes = [...one.querySelectorAll('text')].map(text => text.getBBox());
  const out = boxes.filter(b => b.x < -2 || b.x + b.width > whole.width + 2
    || b.y < -2 || b.y + b.height > whole.height + 2);
  const on = boxes.filter((b, n) => boxes.slice(0, n).some(a => a.x < b.x + b.width && b.x < a.x + a.width
    && a.y + 3 < b.y + b.height - 3 && b.y + 3 < a.y + a.height - 3));
  return [...out, ...on].map(b => [one.getAttribute('aria-labelledby'), b.x, b.y, b.width, b.height]);
})"""

LETTERS = "one => one.getBoundingClientRect().width / one.viewBox.baseVal.width * 13"


@pytest.fixture
def shown(browser: Browser) -> Any:
    context = browser.new_context()
    sheet = context.new_page()
    sheet.set_content(f"<html lang=en><title>Charts</title><main><h1>All</h1><h2>Charts</h2>{page(ALL)}</main></html>")
    for name in ("libra.css", "charts.css"):
        sheet.add_style_tag(path=STATIC / name)
    yield sheet
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 640, 1280])
def test_words_keep_apart_and_inside_at_every_width(shown: Any, width: int) -> None:
    shown.set_viewport_size({"width": width, "height": 900})
    drawn = shown.locator("svg:visible")
    assert drawn.count() == len(ALL)
    letters = shown.evaluate(
        "[...document.querySelectorAll('svg')].map(o => o.getBoundingClientRect().width / o.viewBox.baseVal.width * 13)"
    )
    assert all(each == 0 or 11 <= each <= 17 for each in letters)  # pixels
    assert shown.evaluate(MEASURE) == []
    assert shown.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_checker_finds_nothing(shown: Any, theme: str) -> None:
    shown.emulate_media(color_scheme=theme)
    shown.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    result = Axe().run(shown)
    assert result.violations_count == 0, result.generate_report()
