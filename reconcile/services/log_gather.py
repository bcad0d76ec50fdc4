"""Gathering what a month's Log is made of from the books, as they stand now."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from django.conf import settings

from core.dates import month_end, month_name
from core.years import months_of, year_name
from reconcile.models import Fund, Run

from . import budgets, log_history, register
from .log_committed import committed
from .log_facts import CELL, SUMS, Facts, frame, typed
from .log_forecast import forecast
from .log_late import late
from .register import Narrowed

_TEXTS = ["period", *CELL]


def gather(year: int, through: str) -> Facts:
    """Return what the books say of a year up to a month. Months in another currency than the last one are left out."""
    year_before = [f"{int(period[:4]) - 1}{period[4:]}" for period in months_of(year)]
    wanted = [period for period in months_of(year) if period <= through]
    currencies = in_the_books("", through)
    last = next((period for period in reversed(wanted) if period in currencies), "")
    currency = currencies.get(last, settings.LIBRA_CURRENCY)
    held = [period for period, own in currencies.items() if own == currency]
    months = [period for period in held if period >= wanted[0]]
    past = [period for period in held if period < wanted[0]]
    before = [period for period in past if year_before[0] <= period <= year_before[len(wanted) - 1]]
    known, cells = _funds(), _cells(months, through)
    spent = log_history.earlier(past, ["fund", "supplier"])
    promised = _placed(committed(held, wanted[0], through), known)
    given = frame("budgets", budgets.totals(year, month_end(through)).items())
    return Facts(
        year=year,
        through=through,
        currency=currency,
        months=months,
        months_before=before,
        cells=cells,
        before=_before(before, year_before[len(wanted) - 1]),
        funds=known,
        budgets=given,
        committed=promised,
        forecast=forecast(held, currency, spent, cells, promised, given) if months else frame("forecast", []),
        late=late(months),
        basis=_basis(year, through, wanted, months, before, promised, given),
    )


def in_the_books(first: str, last: str) -> dict[str, str]:
    """Return the months from `first` to `last` that stand in the books, in order, with the currency that each is in."""
    runs = Run.objects.filter(current=True, month__posting__isnull=False)
    found = runs.filter(month__period__gte=first, month__period__lte=last).order_by("month__period")
    return dict(found.values_list("month__period", "currency"))


def _cells(months: list[str], through: str) -> pd.DataFrame:
    """Return the months' cells: both sides, and of Oracle what waits and of Alma what is accrued as of `through`."""
    if not months:
        return frame("cells", [])
    asked = {"first": months[0], "last": through, "as_at": through}
    parts = [
        log_history.earlier(months[:-1], CELL, ["alma", "oracle"]),
        log_history.cells(months[-1:], CELL, ["alma", "oracle"]),
        _open("waiting", Narrowed(side="oracle", state="waiting", **asked)),
        _open("accrued", Narrowed(state="accrued", **asked)),
    ]
    whole = pd.concat([part.assign(**dict.fromkeys(set(SUMS) - set(part), np.int64(0))) for part in parts])
    return typed("cells", whole.groupby(_TEXTS, as_index=False)[SUMS].sum())


def _open(name: str, narrowed: Narrowed) -> pd.DataFrame:
    found = pd.DataFrame(register.by_cell(narrowed, CELL), columns=[*_TEXTS, name])
    return found.astype({**dict.fromkeys(_TEXTS, "str"), name: "int64"})


def _before(months: Sequence[str], same: str) -> pd.DataFrame:
    """Return what Oracle has in the same month of the year before, and up to it."""
    spent = log_history.earlier(months, CELL)
    sums = spent.assign(month=spent["oracle"].where(spent["period"] == same, 0)).rename(columns={"oracle": "to_date"})
    return typed("before", sums.groupby(CELL, as_index=False)[["month", "to_date"]].sum())


def _funds() -> pd.DataFrame:
    """Return each fund once, as it was named last. What its ledgers do not agree in is ''."""
    names = ["fund", "name", "ledger", "cost_centre"]
    known = pd.DataFrame(list(Fund.objects.order_by("pk").values_list("code", *names[1:])), columns=names, dtype="str")
    for name in ("ledger", "cost_centre"):
        said = known[known[name] != ""].drop_duplicates(["fund", name])
        alone = said[~said["fund"].duplicated(keep=False)].set_index("fund")[name]
        known[name] = alone.reindex(known["fund"]).fillna("").to_numpy()
    return frame("funds", known.drop_duplicates("fund", keep="last"))


def _placed(promised: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Give commitments the ledger and the cost centre of their fund where they name none."""
    by_fund = known.set_index("fund")
    for name in ("ledger", "cost_centre"):
        own = by_fund[name].reindex(promised["fund"]).fillna("").to_numpy()
        promised = promised.assign(**{name: promised[name].where(promised[name] != "", own)})
    return frame("committed", promised)


def _basis(
    year: int, through: str, wanted: list[str], months: list[str], before: list[str], promised: pd.DataFrame,
    given: pd.DataFrame,
) -> list[str]:  # fmt: skip
    """Say what the figures rest on."""
    said = [
        f"Spent is what Oracle has from {month_name(wanted[0])} to {month_name(through)} and the reconciliation has "
        f"settled; what is in Oracle and not reconciled yet stands apart. Accrued is what is in Alma only and was "
        f"still open then."
    ]
    if missing := [period for period in wanted if period not in months]:
        said.append(f"Not in the books: {_named(missing)}.")
    said.append(_committed_in_words(promised))
    end = month_end(through)
    said.append(
        f"Budgets are those of {year_name(year)} with all changes up to {end:%-d %B %Y}; a fund without one counts as "
        f"one with nothing."
        if len(given)
        else f"No fund has a budget for {year_name(year)}, so nothing can be said of what is left."
    )
    last = year_name(year - 1)
    if not before:
        said.append(f"Last year’s figures are missing: no month of {last} up to then is in the books.")
    elif len(before) < len(wanted):
        said.append(f"Of {last} the books have {_named(before)} only.")
    return said


def _committed_in_words(promised: pd.DataFrame) -> str:
    orders = promised.loc[promised["source"] == "order", "order"].nunique()
    lines = int((promised["source"] == "alma").sum())
    if not orders and not lines:
        return "Nothing is known to be committed: no open order has anything left, and Alma’s files promise nothing."
    parts = []
    if orders:
        who = "open order has" if orders == 1 else "open orders have"
        parts.append(f"what {orders} {who} left, less what is accrued on them")
    if lines:
        parts.append(f"what Alma says is promised on {lines} {'line' if lines == 1 else 'lines'} of other orders")
    return f"Committed is {', and '.join(parts)}."


def _named(periods: Sequence[str]) -> str:
    names = [month_name(period) for period in periods]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
