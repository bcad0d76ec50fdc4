"""Charts of any amounts, days and names, as hypothesis draws them: what no ledger holds is among them."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from reconcile.books.charts import Ageing, Bucket, BurnDown, Change, Chart, Range, Shares, SpendAgainstBudget, Waterfall

AMOUNTS = st.one_of(st.integers(-500_000_00, 500_000_00), st.integers(-(10**17), 10**17), st.just(0))
CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD"])
NAMES = st.one_of(
    st.sampled_from(
        ["Northern Books", "<script>alert(1)</script>", '"><b onclick=x>&', "]]>", "W" * 60, "\u202eevil", ""]
    ),
    st.text(max_size=40),
)
DAYS = st.dates(date(1999, 1, 1), date(2060, 12, 31))
MONTHS = tuple(f"{2025 + month // 12}-{month % 12 + 1:02d}" for month in range(7, 19))
WIDTHS = st.floats(240, 1000)


def _maybe(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.none() | values


@st.composite
def burn_downs(draw: st.DrawFn) -> BurnDown:
    opened, today = draw(DAYS), draw(DAYS)
    changes = st.builds(Change, st.dates(opened, opened + timedelta(900)), AMOUNTS, NAMES, st.booleans())
    return BurnDown(
        title=draw(NAMES), currency=draw(CURRENCIES), opened=opened, value=draw(AMOUNTS),
        changes=tuple(draw(st.lists(changes, max_size=8))), today=today,
        until=draw(st.none() | DAYS), runs_out=draw(st.none() | DAYS),
    )  # fmt: skip


@st.composite
def budgets(draw: st.DrawFn) -> SpendAgainstBudget:
    months = MONTHS[: draw(st.integers(1, 12))]
    each = {"min_size": len(months), "max_size": len(months)}
    some = st.lists(_maybe(AMOUNTS), **each)
    ranges = st.none() | st.lists(AMOUNTS, min_size=3, max_size=3).map(sorted).map(lambda r: Range(r[1], r[0], r[2]))
    return SpendAgainstBudget(
        title=draw(NAMES), currency=draw(CURRENCIES), months=months, spent=tuple(draw(some)),
        budget=tuple(draw(st.just([]) | st.lists(AMOUNTS, **each))), last_year=tuple(draw(st.just([]) | some)),
        forecast=tuple(draw(st.just([]) | st.lists(ranges, **each))),
    )  # fmt: skip


@st.composite
def waterfalls(draw: st.DrawFn) -> Waterfall:
    start, causes = draw(AMOUNTS), tuple(draw(st.lists(st.tuples(NAMES, AMOUNTS), max_size=8)))
    end = start + sum(amount for _, amount in causes)
    return Waterfall(title=draw(NAMES), currency=draw(CURRENCIES), start=start, causes=causes, end=end)


@st.composite
def ageings(draw: st.DrawFn) -> Ageing:
    one, two, three, four = (Bucket(draw(st.integers(0, 10**7)), draw(AMOUNTS)) for _ in range(4))
    return Ageing(title=draw(NAMES), currency=draw(CURRENCIES), buckets=(one, two, three, four))


@st.composite
def shares(draw: st.DrawFn) -> Shares:
    amounts = tuple(draw(st.lists(st.tuples(NAMES, AMOUNTS), max_size=15)))
    return Shares(title=draw(NAMES), currency=draw(CURRENCIES), amounts=amounts, most=draw(st.integers(1, 8)))


def charts() -> st.SearchStrategy[Chart]:
    return st.one_of(burn_downs(), budgets(), waterfalls(), ageings(), shares())
