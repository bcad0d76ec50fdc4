"""One page for managers: what a financial year has spent, promised and left, where it is heading, and what of it needs
somebody. The page and its PDF both tell this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.dates import month_end, month_name
from core.money import show_with_symbol
from core.years import months_of, year_name
from reconcile.books.charts import Ageing, Bucket, Range, Shares, SpendAgainstBudget
from reconcile.models import BudgetChange, SignOff

from . import copo, log, log_sheet, open_items
from .copo import Ledger
from .log_facts import Facts
from .log_needs import FUNDS, Need, needs, wrong
from .log_rows import build
from .log_terms import Figures, Log, MonthTotals
from .order_flags import FLAGS

FUNDS_SHOWN = 14
ORDERS_SHOWN = 12
SUPPLIERS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table of funds, in minor units. word: a key of log_needs.FUNDS, or ''; key: '' where the line is of
    several funds. promised: committed and accrued.
    """

    key: str
    name: str
    budget: int | None
    spent: int
    promised: int
    left: int | None
    forecast: int | None
    word: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """What managers read. `log` is by fund, without filters; `months` are its year's. orders: those that need somebody
    most; `orders_more` is how many more do. signed: the last sign-off of a month up to the Log's. as_at: up to when
    items have aged.
    """

    log: Log
    months: Sequence[MonthTotals]
    says: str
    needs: Sequence[Need]
    lines: Sequence[Line]
    total: Line
    spend: SpendAgainstBudget
    shares: Shares
    ageing: Ageing
    as_at: date
    orders: Sequence[Ledger]
    orders_more: int
    signed: SignOff | None


def overview(year: int, through: str) -> Overview:
    """Return what managers read of a year up to a month. Raises UserError as log.table does."""
    facts, frozen = log_sheet.facts(year, through)
    found, months = build(facts, "fund", {}, frozen), log.months(year)
    pressing, end = _pressing(copo.every()), open_items.today()
    return Overview(
        log=found,
        months=months,
        says=says(found),
        needs=needs(found, months),
        lines=_lines(found),
        total=_line(found.totals),
        spend=_spend(found, months),
        shares=_shares(facts),
        ageing=ageing(open_items.by_age(open_items.all_cells(end)), found.currency),
        as_at=end,
        orders=pressing[:ORDERS_SHOWN],
        orders_more=len(pressing[ORDERS_SHOWN:]),
        signed=_signed(through),
    )


def says(found: Log) -> str:
    """Say in a sentence or two how the year stands."""
    total, currency = found.totals, found.currency
    spent, promised = (show_with_symbol(each, currency) for each in (total.oracle, _promised(total)))
    if total.budget is None:
        said = f"{spent} is spent and {promised} more is promised. There are no budgets to hold that against."
    else:
        budget, left = (show_with_symbol(abs(each), currency) for each in (total.budget, total.left or 0))
        ends = "missing" if (total.left or 0) < 0 else "left"
        said = f"Of the budget of {budget}, {spent} is spent and {promised} promised; {left} is {ends}."
    if total.forecast is None or found.through == months_of(found.year)[-1]:
        return said
    ends = f"The year is heading for {show_with_symbol(total.forecast, currency)}"
    if total.variance is not None:
        over = (
            f"{show_with_symbol(abs(total.variance), currency)} {'over' if total.variance < 0 else 'under'} the budget"
        )
        ends = f"{ends}, {over}" if total.variance else f"{ends}, which is the budget"
    return f"{said} {ends}."


def _promised(one: Figures) -> int:
    return (one.committed or 0) + one.accrued


# ---- Funds ----


def _lines(found: Log) -> list[Line]:
    """Return the funds that go wrong, the worst first, then the largest; what there is no room for is one line."""
    words, places = wrong(found), {name: place for place, name in enumerate(FUNDS)}
    bad = [one for one in found.rows if one.key in words]
    bad.sort(key=lambda one: (places[words[one.key]], -FUNDS[words[one.key]].at_stake(one)))
    others = sorted((one for one in found.rows if one.key not in words), key=lambda one: (-one.oracle, one.key))
    ordered = [_line(one, words.get(one.key, "")) for one in (*bad, *others)]
    room = FUNDS_SHOWN if len(ordered) > FUNDS_SHOWN + 1 else len(ordered)
    return [*ordered[:room], _together(ordered[room:])] if ordered[room:] else ordered


def _line(one: Figures, needs_most: str = "") -> Line:
    return Line(one.key, one.name, one.budget, one.oracle, _promised(one), one.left, one.forecast, needs_most)


def _together(rest: Sequence[Line]) -> Line:
    """Add funds up. What of them has no forecast counts with what is spent and promised, as it does in the total."""
    budgets = [one.budget for one in rest if one.budget is not None]
    left = [one.left for one in rest if one.left is not None]
    foretold = any(one.forecast is not None for one in rest)
    return Line(
        key="",
        name=f"{len(rest):,} other funds",
        budget=sum(budgets) if budgets else None,
        spent=sum(one.spent for one in rest),
        promised=sum(one.promised for one in rest),
        left=sum(left) if left else None,
        forecast=sum(_likely(one) for one in rest) if foretold else None,
    )


def _likely(one: Line) -> int:
    return one.spent + one.promised if one.forecast is None else one.forecast


# ---- Charts ----


def _spend(found: Log, months: Sequence[MonthTotals]) -> SpendAgainstBudget:
    periods = tuple(one.period for one in months)
    before = tuple(one.oracle for one in log.months(found.year - 1))
    total, ends = found.totals, found.through == periods[-1]
    forecast: tuple[Range | None, ...] = ()
    if total.forecast is not None and not ends:
        low, high = (total.forecast if each is None else each for each in (total.low, total.high))
        forecast = (*(None,) * 11, Range(total.forecast, low, high))
    return SpendAgainstBudget(
        title=f"Spend against budget, {year_name(found.year)}",
        currency=found.currency,
        months=periods,
        spent=tuple(one.oracle if one.period <= found.through else None for one in months),
        budget=_budgets(found, periods),
        last_year=before if any(each is not None for each in before) else (),
        forecast=forecast,
    )


def _budgets(found: Log, periods: Sequence[str]) -> tuple[int, ...]:
    """Return the year's budget at the end of each month, none newer than the Log's."""
    if found.totals.budget is None:
        return ()
    changes = list(BudgetChange.objects.filter(year=found.year).values_list("date", "amount"))
    ends = [month_end(min(period, found.through)) for period in periods]
    return tuple(sum(amount for day, amount in changes if day <= end) for end in ends)


def _shares(facts: Facts) -> Shares:
    sums = facts.cells.groupby("supplier")["oracle"].sum()
    amounts = tuple((str(name) or "No supplier named", int(amount)) for name, amount in sums.items() if amount)
    title = f"Share of spend by supplier, to {month_name(facts.through)}"
    return Shares(title=title, currency=facts.currency, amounts=amounts, most=SUPPLIERS_SHOWN)


def ageing(sums: Sequence[open_items.Sums], currency: str) -> Ageing:
    """Return how long items have been open, from the sums of open_items.by_age."""
    *young, old, oldest = (Bucket(one.groups, one.amount) for one in sums)
    one, two, three = young
    last = Bucket(old.count + oldest.count, old.amount + oldest.amount)
    return Ageing(title="How long items have been open", currency=currency, buckets=(one, two, three, last))


# ---- Orders and signatures ----


def _pressing(orders: Sequence[Ledger]) -> list[Ledger]:
    """Return the orders that need somebody, by what they need, and then by how much is at stake."""
    places = {flag: place for place, flag in enumerate(FLAGS)}
    return sorted(
        (one for one in orders if one.flags),
        key=lambda one: (places[one.flags[0]], -abs(one.left if one.left is not None else one.drawn["oracle"])),
    )


def _signed(through: str) -> SignOff | None:
    """Return the last month's sign-off that stands, of the months up to this one."""
    standing = SignOff.objects.filter(month__period__lte=through, withdrawn_at=None).exclude(reviewed_at=None)
    return standing.select_related("month", "prepared_by", "reviewed_by").order_by("-month__period").first()
