"""The budgets of a year beside what was spent of them: fund by fund, and which of them need somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q, Sum
from django.utils.timezone import localdate

from core.years import months_of, year_of
from reconcile.models import BudgetChange, Cell, Fund, Month

Kind = BudgetChange.Kind
NOTHING: dict[str, Any] = {"ledger": "", "allocation": 0, "transfers": 0, "changes": 0}
UNSPENT: dict[str, Any] = {"spent": 0, "in_alma": 0}


@dataclass(frozen=True, slots=True)
class FundBudget:
    """One fund's year, in minor units. `spent` is what Oracle has booked, `in_alma` what Alma says of the same months.

    fund: '' holds what is spent on no fund. known: Alma's files name it.
    """

    fund: str
    name: str
    ledger: str
    allocation: int
    transfers: int
    changes: int
    spent: int
    in_alma: int
    has_budget: bool
    known: bool

    @property
    def budget(self) -> int:
        return self.allocation + self.transfers + self.changes

    @property
    def left(self) -> int:
        return self.budget - self.spent

    @property
    def without(self) -> bool:
        """Whether it spends and nobody gave it anything."""
        return bool(self.fund) and not self.has_budget and bool(self.spent or self.in_alma)

    @property
    def stranger(self) -> bool:
        """Whether it has a budget under a code that Alma's files do not name."""
        return self.has_budget and not self.known

    @property
    def over(self) -> bool:
        return self.has_budget and self.left < 0


def by_fund(year: int) -> list[FundBudget]:
    """Return every fund that has a budget or spends in the year, by code; what is spent on no fund comes last."""
    given, spent, known = _given(year), _spent(year), _known()
    found = []
    for code in sorted(given.keys() | spent.keys(), key=lambda code: (not code, code)):
        name, ledger = known.get(code, ("", ""))
        budget = given.get(code, NOTHING)
        found.append(
            FundBudget(
                fund=code, name=name, ledger=budget["ledger"] or ledger, allocation=budget["allocation"],
                transfers=budget["transfers"], changes=budget["changes"], has_budget=code in given,
                known=code in known, **spent.get(code, UNSPENT),
            )
        )  # fmt: skip
    return found


def years() -> list[int]:
    """Return the financial years that have budgets or months, and the present one; the first one first."""
    held = set(BudgetChange.objects.order_by("year").values_list("year", flat=True).distinct())
    held |= {year_of(period) for period in Month.objects.values_list("period", flat=True)}
    return sorted(held | {year_of(f"{localdate():%Y-%m}")})


def _given(year: int) -> dict[str, dict[str, Any]]:
    """Return what each fund was given, by code: the sum of each kind of change."""
    sums = {
        name: Sum("amount", filter=Q(kind=kind), default=0)
        for name, kind in (("allocation", Kind.ALLOCATION), ("transfers", Kind.TRANSFER), ("changes", Kind.CHANGE))
    }
    changes = BudgetChange.objects.filter(year=year).order_by().values("fund")
    return {each["fund"]: dict(each) for each in changes.annotate(ledger=Max("ledger"), **sums)}


def _spent(year: int) -> dict[str, dict[str, Any]]:
    """Return what each fund spent in the months of the year that are in the books, by code."""
    cells = Cell.objects.filter(month__period__in=months_of(year)).order_by().values("fund")
    sums = cells.annotate(spent=Sum("oracle"), in_alma=Sum("alma"))
    return {
        fund: {"spent": spent, "in_alma": alma} for fund, spent, alma in sums.values_list("fund", "spent", "in_alma")
    }


def _known() -> dict[str, tuple[str, str]]:
    """Return the name and ledger of the funds that Alma's files name, by code; what says something counts."""
    found: dict[str, tuple[str, str]] = {}
    for code, ledger, name in Fund.objects.order_by("code", "ledger").values_list("code", "ledger", "name"):
        before = found.get(code, ("", ""))
        found[code] = (name or before[0], ledger or before[1])
    return found
