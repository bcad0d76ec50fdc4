"""What the Log says: its rows, its months, and what came late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

# By what the Log may be grouped and filtered, and what a group or filter is called that names none of it.
FIELDS = ("fund", "cost_centre", "ledger", "supplier", "material")
NOTHING_NAMED = "-"


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the Log, or its total; amounts in minor units. What has no meaning in a row is None: nobody gives a
    supplier a budget.

    key              of the row: a fund, a supplier …, NOTHING_NAMED, '' for the total
    budget           of the financial year, as changed up to the end of the month
    spent, waiting   to date: in Oracle and reconciled; in Oracle and not reconciled yet
    accrued          to date: in Alma only, and still open
    committed        what open orders have left, and what Alma says is promised on other orders
    left             budget less spent, waiting, accrued and committed
    alma, oracle     to date, what each side has; oracle is spent and waiting
    month_…          the same of the one month
    last_year_month  Oracle, the same month of the year before; None where the books do not have it
    last_year_to_date  Oracle, up to that month; None where the books have none of them
    forecast         the year's outturn; low and high are its range. basis: what it rests on, or why there is none
    variance         budget less forecast; variance_percent: what part of the budget that is
    by_month         Oracle in each of `Log.months`
    """

    key: str
    name: str
    budget: int | None
    spent: int
    waiting: int
    accrued: int
    committed: int | None
    left: int | None
    alma: int
    oracle: int
    month_alma: int
    month_oracle: int
    month_spent: int
    month_waiting: int
    month_accrued: int
    last_year_month: int | None
    last_year_to_date: int | None
    forecast: int | None
    low: int | None
    high: int | None
    basis: str
    variance: int | None
    variance_percent: str
    by_month: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MonthSums:
    """What one month comes to under the Log's filters, in minor units, as it stands when `Log.through` is the last."""

    period: str
    alma: int
    oracle: int
    spent: int
    waiting: int
    accrued: int


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """A month of a year as a list of its months shows it. What the books do not have has no sums (None).

    waiting, accrued: of a frozen month as it stood then, else of the month alone, whatever later months settled.
    """

    period: str
    state: str  # one of Month.State; '' where there is no such month
    frozen: bool
    alma: int | None
    oracle: int | None
    waiting: int | None
    accrued: int | None


@dataclass(frozen=True, slots=True)
class Commitment:
    """Money that is promised. source: 'order' (what is left on an open order, less what is accrued on it) or 'alma'
    (encumbrances); no order stands under both.
    """

    source: str
    order: str
    pol: str
    supplier: str
    fund: str
    ledger: str
    cost_centre: str
    amount: int


@dataclass(frozen=True, slots=True)
class Late:
    """A row that came late for a month that was signed off: a dated adjustment, which is in no total.

    brought: the month whose file holds the row; belongs: the one it is of. was: None where that month holds nothing of
    it. fund, ledger and cost centre are '' where nothing tells them.
    """

    brought: str
    belongs: str
    date: date
    side: str
    supplier: str
    number: str
    fund: str
    ledger: str
    cost_centre: str
    file: str
    row: int
    was: int | None
    amount: int
    difference: int


@dataclass(frozen=True, slots=True)
class Log:
    """The Log of a financial year up to and with the month `through`, by one of FIELDS.

    frozen: as it stood when that month was signed off. basis: sentences that say what the figures rest on. choices: by
    what each field may be filtered.
    """

    year: int
    through: str
    by: str
    filters: Mapping[str, str]
    currency: str
    frozen: bool
    rows: Sequence[Figures]
    totals: Figures
    months: Sequence[MonthSums]
    adjustments: Sequence[Late]
    basis: Sequence[str]
    choices: Mapping[str, Sequence[str]]
