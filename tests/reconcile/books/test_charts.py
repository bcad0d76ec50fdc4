"""Charts as plain geometry: nothing outside, nothing upon another, lengths that are amounts, tables that add up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconcile.books.charts import (
    Ageing,
    Bucket,
    BurnDown,
    Change,
    Chart,
    Range,
    Shares,
    SpendAgainstBudget,
    Waterfall,
    letters,
    paper,
    scales,
)
from reconcile.books.charts.bars import THINNEST
from reconcile.books.charts.geometry import HATCH, KINDS, LETTER, Bar, Drawing, Line, Mark, Shape, Word
from reconcile.formats.paper import Paper
from tests.reconcile.books.some_charts import (
    AMOUNTS,
    CURRENCIES,
    MONTHS,
    WIDTHS,
    ageings,
    budgets,
    burn_downs,
    charts,
    shares,
    waterfalls,
)  # fmt: skip

CREATED = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
NEAR = 0.01  # units


def box(mark: Mark) -> tuple[float, float, float, float]:
    """Return a mark's left, top, right and bottom edge; words are as wide as they can be at most."""
    match mark:
        case Bar():
            return mark.x, mark.y, mark.x + mark.width, mark.y + mark.height
        case Word():
            wide = letters.width(mark.text, bold=mark.role == "strong")
            left = mark.x - wide * {"start": 0, "middle": 0.5, "end": 1}[mark.anchor]
            return left, mark.y - LETTER * 0.75, left + wide, mark.y + LETTER * 0.25
    points = mark.points if isinstance(mark, Shape) else [point for run in mark.runs for point in run]
    return min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points)


def of(drawing: Drawing, kind: type, *kinds: str) -> list:
    return [mark for mark in drawing.marks if isinstance(mark, kind) and (not kinds or mark.kind in kinds)]


@given(charts(), WIDTHS)
def test_every_mark_lies_inside_its_drawing(chart: Chart, width: float) -> None:
    assume(not chart.empty)
    drawing = chart.drawing(width)
    for mark in drawing.marks:
        left, top, right, bottom = box(mark)
        assert left >= -NEAR and top >= -NEAR, mark
        assert right <= drawing.width + NEAR and bottom <= drawing.height + NEAR, mark


@given(charts(), WIDTHS)
def test_no_words_lie_on_others(chart: Chart, width: float) -> None:
    assume(not chart.empty)
    boxes = [(box(mark), mark) for mark in of(chart.drawing(width), Word)]
    for (one, first), (other, second) in combinations(boxes, 2):
        beside = one[2] <= other[0] + NEAR or other[2] <= one[0] + NEAR
        assert beside or one[3] <= other[1] + NEAR or other[3] <= one[1] + NEAR, (first, second)


@given(charts())
def test_what_is_empty_says_so_and_what_is_not_reads_in_sentences(chart: Chart) -> None:
    assert chart.reading and chart.form.endswith(".")
    assert chart.reading == chart.empty or not chart.empty
    if not isinstance(chart, Shares | Waterfall):  # these name suppliers and causes, which are any text
        assert chart.reading.endswith(".") and "None" not in chart.reading


@pytest.mark.parametrize(
    "chart",
    [
        BurnDown(title="", currency="GBP", opened=date(2026, 1, 1), value=0, changes=(), today=date(2026, 1, 2)),
        SpendAgainstBudget(title="", currency="GBP", months=MONTHS, spent=(None,) * 12),
        SpendAgainstBudget(title="", currency="GBP", months=(), spent=()),
        Waterfall(title="", currency="GBP", start=0, end=0, causes=()),
        Ageing.of([], title="", currency="GBP"),
        Shares(title="", currency="GBP", amounts=()),
    ],
)
def test_nothing_is_said_in_words(chart: Chart) -> None:
    assert chart.empty and chart.reading == chart.empty


# --- Bars -------------------------------------------------------------------------------------------------------------


@given(shares() | ageings(), WIDTHS)
def test_bars_are_as_long_as_their_amounts(chart: Shares | Ageing, width: float) -> None:
    assume(not chart.empty)
    amounts = [row[-1] if isinstance(chart, Ageing) else row[1] for row in chart.table.rows]
    bars = of(chart.drawing(width), Bar)
    assert len(bars) == len(amounts)
    longest = max(amounts, key=abs)
    unit = bars[amounts.index(longest)].width / abs(longest) if longest else 0
    for bar, amount in zip(bars, amounts, strict=True):
        assert bar.width == pytest.approx(abs(amount) * unit, abs=THINNEST + NEAR)
        assert (bar.width > 0) == (amount != 0)


@given(waterfalls(), WIDTHS)
def test_a_waterfall_leads_from_one_total_to_the_other(chart: Waterfall, width: float) -> None:
    assume(not chart.empty)
    bars = of(chart.drawing(width), Bar)
    joints = [run for mark in of(chart.drawing(width), Line, "joint") for run in mark.runs]
    steps = [chart.start, *(amount for _, amount in chart.causes)]
    assert [bar.kind for bar in bars] == ["total", *("up" if each >= 0 else "down" for each in steps[1:]), "total"]
    assert all(bar.open == (amount < 0) for bar, amount in zip(bars[1:], steps[1:], strict=False))
    touched = {round(x, 3) for run in joints for x, _ in run}
    for one, other in pairwise(bars):  # each bar has the joint to the next at one of its ends
        ends = [{round(end, 3) for end in (bar.x, bar.x + bar.width)} for bar in (one, other)]
        thin = min(one.width, other.width) <= THINNEST + NEAR
        assert thin or ends[0] & ends[1] & touched


def test_a_waterfall_whose_causes_do_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match=r"The causes leave −£0\.01 unexplained\."):
        Waterfall(title="", currency="GBP", start=100, end=149, causes=(("VAT", 50),))


def test_small_steps_between_large_totals_are_seen_and_the_totals_are_shown_as_cut_off() -> None:
    small = Waterfall(title="", currency="GBP", start=100_000_00, causes=(("VAT", 900_00),), end=100_900_00)
    large = Waterfall(title="", currency="GBP", start=100_00, causes=(("VAT", 900_00),), end=1_000_00)
    cut, whole = small.drawing(560), large.drawing(560)
    assert len(of(cut, Shape, "gap")) == 2 and any("cut off" in word.text for word in of(cut, Word))
    assert not of(whole, Shape, "gap") and of(cut, Bar)[1].width > 100
    assert of(whole, Bar)[0].width == pytest.approx(of(whole, Bar)[2].width / 10, abs=NEAR)


def test_a_hatching_stays_inside_its_bar() -> None:
    drawing = Ageing(title="", currency="GBP", buckets=(Bucket(), Bucket(), Bucket(), Bucket(1, 5_00))).drawing(560)
    bar = of(drawing, Bar, "late")[0]
    left, top, right, bottom = box(of(drawing, Line, "late")[0])
    assert bar.x - NEAR <= left and right <= bar.x + bar.width + NEAR
    assert bar.y - NEAR <= top and bottom <= bar.y + bar.height + NEAR
    assert len(of(drawing, Line, "late")[0].runs) == int((bar.width + bar.height) / HATCH)


def test_items_fall_into_their_age() -> None:
    items = [(-3, 1), (0, 2), (30, 4), (31, 8), (60, 16), (61, 32), (90, 64), (91, 128), (4000, 256)]
    ageing = Ageing.of(items, title="Open", currency="GBP")
    assert ageing.buckets == (Bucket(3, 7), Bucket(2, 24), Bucket(2, 96), Bucket(2, 384))
    assert ageing.reading == "9 items open, £5.11 together; 2 of them for more than 90 days, £3.84."


def test_one_supplier_too_many_is_not_called_others() -> None:
    amounts = tuple((f"Supplier {number}", 100 - number) for number in range(4))
    chart = Shares(title="", currency="GBP", amounts=amounts, most=3)
    assert [row[0] for row in chart.table.rows] == [name for name, _ in amounts]
    chart = Shares(title="", currency="GBP", amounts=amounts, most=2)
    assert [row[0] for row in chart.table.rows] == ["Supplier 0", "Supplier 1", "2 others"]
    assert chart.reading == "Supplier 0 has £1.00, 25.4 % of £3.94; the 2 largest have £1.99, 50.5 %."


# --- Lines ------------------------------------------------------------------------------------------------------------


@given(burn_downs(), WIDTHS)
def test_a_burn_down_ends_with_what_is_left(chart: BurnDown, width: float) -> None:
    assume(not chart.empty)
    drawing = chart.drawing(width)
    steps = of(drawing, Line, "main")[-1].runs[0]
    zero = next(one[1] for mark in of(drawing, Line, "zero") for one, other in mark.runs if one[1] == other[1])
    left, start = zero - steps[-1][1], zero - steps[0][1]
    assert left * chart.value == pytest.approx(start * chart.left, abs=max(abs(chart.value), abs(chart.left)) * NEAR)
    assert all(
        one[0] <= other[0] + NEAR and (one[0] == other[0] or one[1] == other[1]) for one, other in pairwise(steps)
    )


@given(budgets(), WIDTHS)
def test_more_money_stands_higher(chart: SpendAgainstBudget, width: float) -> None:
    assume(not chart.empty)
    amounts = [row[2] for row in chart.table.rows if row[2] is not None]
    dots = [box(mark) for mark in of(chart.drawing(width), Shape, "main")][1:]  # without the legend's
    dots = dots if len(dots) == len(amounts) else [box(mark) for mark in of(chart.drawing(width), Shape, "main")]
    by_amount = sorted(zip(amounts, dots[-len(amounts) :] if amounts else [], strict=True))
    assert all(one[1][1] >= other[1][1] - NEAR for one, other in pairwise(by_amount))


def test_a_burn_down_says_when_it_runs_out_and_how_early() -> None:
    changes = (Change(date(2026, 1, 8), -20_000_00, "INV-1"), Change(date(2026, 2, 1), 10_000_00, "Uplift", value=True))
    order = {"title": "PO 7", "currency": "GBP", "opened": date(2025, 8, 1), "value": 30_000_00, "changes": changes}
    chart = BurnDown(**order, today=date(2026, 3, 12), until=date(2026, 7, 31), runs_out=date(2026, 7, 30))
    left = "£20,000.00 of £40,000.00 left on 12 March 2026"
    assert chart.reading == f"{left}; at this pace it runs out on 30 July 2026, 1 day before its end on 31 July 2026."
    assert of(chart.drawing(560), Shape, "ahead") and of(chart.drawing(560), Shape, "total")
    late = BurnDown(**order, today=date(2026, 3, 12), until=date(2026, 7, 31), runs_out=date(2090, 1, 1))
    assert "after its end" in late.reading
    assert len(of(late.drawing(560), Shape, "ahead")) == 1  # the legend's: the axis ends long before
    assert BurnDown(**order, today=date(2026, 3, 12)).reading == f"{left}."
    spent = Change(date(2026, 2, 2), -20_000_01, "INV-2")
    over = BurnDown(**{**order, "changes": (*changes, spent)}, today=date(2026, 3, 12), runs_out=date(2026, 5, 1))
    assert over.reading == "Overspent by £0.01 on 12 March 2026: £40,000.00 ordered."


def test_even_use_begins_anew_where_the_order_is_changed() -> None:
    changes = (Change(date(2026, 1, 6), 500, "Uplift", value=True), Change(date(2026, 1, 4), -9_99, "INV-1"))
    chart = BurnDown(
        title="", currency="GBP", opened=date(2026, 1, 1), value=10_00, changes=changes, today=date(2026, 1, 7),
        until=date(2026, 1, 11),
    )  # fmt: skip
    even = of(chart.drawing(560), Line, "plan")[-1].runs[0]
    zero = even[-1][1]
    assert [round((zero - y) / (zero - even[0][1]), 2) for _, y in even] == [1.0, 0.5, 1.0, 0.0]


def test_spend_is_read_against_budget_last_year_and_forecast() -> None:
    chart = SpendAgainstBudget(
        title="", currency="GBP", months=MONTHS, spent=(100_00, 200_00, *(None,) * 10), budget=(1_000_00,) * 12,
        last_year=(150_00,) * 12, forecast=(*(None,) * 11, Range(1_100_00, 900_00, 1_300_00)),
    )  # fmt: skip
    assert chart.reading == (
        "Spent £300.00 of £1,000.00 by September 2025, as much as by then last year; forecast £1,100.00 by July 2026, "
        "between £900.00 and £1,300.00: £100.00 over the budget."
    )
    assert len(of(chart.drawing(560), Shape, "band")) == 1


def test_values_for_other_months_are_refused() -> None:
    with pytest.raises(ValueError, match="2 values do not stand for 12 months"):
        SpendAgainstBudget(title="", currency="GBP", months=MONTHS, spent=(1, 2))


# --- Tables -----------------------------------------------------------------------------------------------------------


@given(charts())
def test_a_table_adds_up_to_its_chart(chart: Chart) -> None:
    table = chart.table
    assert all(len(row) == len(table.columns) for row in (*table.rows, table.foot))
    match chart:
        case BurnDown():
            assert sum(row[2] for row in table.rows) == chart.left == table.foot[3] == table.rows[-1][3]
        case SpendAgainstBudget():
            assert table.foot[1] == sum(each or 0 for each in chart.spent)
        case Waterfall():
            assert chart.start + sum(row[1] or 0 for row in table.rows) == table.foot[2] == table.rows[-1][2]
        case Ageing():
            assert table.foot[2] == sum(row[2] for row in table.rows) == sum(each.amount for each in chart.buckets)
        case Shares():
            assert table.foot[1] == sum(row[1] for row in table.rows) == sum(amount for _, amount in chart.amounts)


# --- Scales and letters -----------------------------------------------------------------------------------------------


@given(AMOUNTS, AMOUNTS, st.integers(2, 8), CURRENCIES)
def test_an_axis_takes_in_every_amount_in_few_round_steps(one: int, other: int, most: int, currency: str) -> None:
    low, high = min(one, other), max(one, other)
    ticks = scales.amounts(low, high, most, currency)
    texts = scales.labels(ticks, currency)
    assert ticks[0] <= low and high <= ticks[-1] and 2 <= len(ticks) <= most + 1
    assert str(ticks.step).rstrip("0") in ("1", "2", "5") and len(set(texts)) == len(texts)


def test_amounts_of_an_axis_are_all_of_one_size() -> None:
    assert scales.labels(range(0, 150_000_001, 50_000_000), "GBP") == ["£0", "£0.5m", "£1.0m", "£1.5m"]
    assert scales.labels(range(-5_000_00, 5_000_01, 5_000_00), "GBP") == ["−£5,000", "£0", "£5,000"]
    assert scales.labels(range(0, 101, 50), "GBP") == ["£0", "£0.50", "£1.00"]
    assert scales.labels(range(0, 30_000, 10_000), "JPY") == ["JP¥0", "JP¥10k", "JP¥20k"]


def test_short_amounts_have_three_figures() -> None:
    shorts = {
        1_234_567_89: "£1.23m",
        -412_000_00: "−£412k",
        999_999_99: "£1m",
        987_65: "£988",
        -50: "−£0.50",
        0: "£0.00",
    }
    assert {amount: scales.short(amount, "GBP") for amount in shorts} == shorts
    assert scales.short(20_000_00, "GBP", signed=True) == "+£20k" and scales.short(0, "GBP", signed=True) == "–"


@given(st.dates(), st.dates())
def test_an_axis_of_days_always_finds_marks(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    for ticks in scales.days(first, last):
        assert len(ticks) <= 70 and all(0 <= tick.at <= 1 for tick in ticks)
    assert ticks and ticks[0].year


@given(st.text(st.characters()), st.floats(0, 500))
def test_what_is_cut_fits_and_holds_nothing_that_is_no_text(text: str, room: float) -> None:
    cut = letters.shorten(text, room)
    assert letters.width(cut) <= max(room, letters.width("…")) + NEAR
    assert cut == letters.plain(text) or cut.endswith("…")
    assert not set(cut) & {*map(chr, range(32)), "\u202e", "\ufffe"} and cut == letters.plain(cut)


def test_a_letter_keeps_what_is_written_over_it() -> None:
    assert letters.shorten("e\u0301" * 20, 60).removesuffix("…") in ["e\u0301" * number for number in range(10)]
    assert letters.plain("a\x00b\ud800c\u202ed\n e") == "a b c d e"


# --- Paper ------------------------------------------------------------------------------------------------------------


def on_paper(path: Path, chart: Chart) -> tuple[float, bytes]:
    sheet = Paper("Charts", "Libra", CREATED)
    tall = paper.draw(sheet.pdf, chart, 20, 20, 170)
    sheet.save(path)
    return tall, path.read_bytes()


def test_the_same_chart_is_drawn_on_paper(tmp_path: Path) -> None:
    chart = Ageing.of([(5, 300_00), (95, -20_00)], title="Open", currency="GBP")
    tall, content = on_paper(tmp_path / "one.pdf", chart)
    assert tall == pytest.approx(paper.height(chart, 170)) and 10 < tall < 60
    assert (tall, content) == on_paper(tmp_path / "two.pdf", chart)
    nothing = Ageing.of([], title="Open", currency="GBP")
    assert on_paper(tmp_path / "nothing.pdf", nothing)[0] == paper.height(nothing, 170) < 10


def test_every_kind_of_mark_has_its_colour_on_paper() -> None:
    assert set(paper.COLOURS) == set(KINDS)
