"""What an upload of budgets would change, fund by fund, before any of it is stored.

A file says what each fund is given for the year. Where an earlier upload said another amount, the difference becomes a
dated change. Transfers and changes that people entered here stand on top of what uploads say, unless the person says
that the file's amounts hold them already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q, Sum
from rapidfuzz import process

from core import audit
from core.money import show_with_symbol
from reconcile.formats.budgets import Budget, Budgets
from reconcile.formats.canonical import Problem
from reconcile.models import BudgetChange, Fund

from . import budget_days
from .admission import CannotRead

LIKE = 80  # of 100: how alike a code must be to be offered for one that nobody knows
Kind = BudgetChange.Kind
UPLOADED = Q(batch__isnull=False)


@dataclass(frozen=True, slots=True)
class Line:
    """What one row of the file does. `amount` is added to what stands, from `date` on; minor units."""

    row: int
    fund: str
    ledger: str
    kind: str  # of BudgetChange.Kind; '' where nothing changes
    date: date
    stands: int  # the fund's budget for the year now
    amount: int
    reason: str
    known: bool  # whether Alma's files or earlier budgets name the fund
    like: str = ""  # a fund that may be meant, where it is not

    @property
    def then(self) -> int:
        return self.stands + self.amount


@dataclass(frozen=True, slots=True)
class Plan:
    """What an upload would change. `on`: from when what bears no date of its own holds."""

    year: int
    file: Budgets
    on: date
    whole: bool
    lines: tuple[Line, ...]
    absent: int  # funds with a budget that the file does not name; they stay as they are
    on_top: int  # the file's funds that people moved money from or to, or changed, here
    refusals: tuple[str, ...]

    @property
    def new(self) -> list[Line]:
        return [line for line in self.lines if line.kind == Kind.ALLOCATION]

    @property
    def changed(self) -> list[Line]:
        return [line for line in self.lines if line.kind == Kind.CHANGE]

    @property
    def same(self) -> int:
        return sum(not line.kind for line in self.lines)

    @property
    def unknown(self) -> list[Line]:
        return [line for line in self.lines if not line.known]

    @property
    def digest(self) -> str:
        """Name what would be stored: two plans that would store the same have the same."""
        told = [asdict(line) | {"date": line.date.isoformat()} for line in self.lines]
        return hashlib.sha256(audit.canonical(told).encode()).hexdigest()


def plan(file: Budgets, year: int, on: date | None = None, whole: bool = False) -> Plan:
    """Compare a file with the year's budgets as they stand. `whole`: its amounts hold transfers and changes made here.

    Raises CannotRead where several rows turn out to be of one fund.
    """
    held = _held(year)
    funds = _Funds()
    rows = [(row, *funds.find(row.fund)) for row in file.rows]
    _see_each_once(file, [(row, code) for row, code, _ in rows])
    day = on or budget_days.usual(year, begun=bool(held))
    lines = tuple(_line(row, code, known, held.get(code), day, whole, funds) for row, code, known in rows)
    named = {line.fund for line in lines}
    return Plan(
        year=year,
        file=file,
        on=day,
        whole=whole,
        lines=lines,
        absent=len(held.keys() - named),
        on_top=sum(one["entered"] > 0 for fund, one in held.items() if fund in named),
        refusals=tuple(budget_days.refusals(year, [line.date for line in lines if line.kind])),
    )


def known_funds() -> dict[str, str]:
    """Return the funds that Alma's files or budgets name, with their names, by code."""
    found = dict.fromkeys(BudgetChange.objects.order_by("fund").values_list("fund", flat=True).distinct(), "")
    for code, name in Fund.objects.order_by("code", "ledger").values_list("code", "name"):
        found[code] = name or found.get(code, "")
    return dict(sorted(found.items()))


def _held(year: int) -> dict[str, dict[str, Any]]:
    """Return by fund: the budget (`total`), what uploads said (`uploaded`, None for none) and when last (`newest`), and
    how many changes people `entered` here.
    """
    changes = BudgetChange.objects.filter(year=year).order_by().values("fund")
    sums = changes.annotate(
        total=Sum("amount"), uploaded=Sum("amount", filter=UPLOADED), newest=Max("date", filter=UPLOADED),
        ledger=Max("ledger"), entered=Count("pk", filter=~UPLOADED),
    )  # fmt: skip
    return {each["fund"]: dict(each) for each in sums}


class _Funds:
    """The funds that are known, by code and by external id."""

    def __init__(self) -> None:
        self.codes = list(known_funds())
        self._known = set(self.codes)
        self._by_id: dict[str, set[str]] = {}
        for code, external in Fund.objects.exclude(distribution="").values_list("code", "distribution"):
            self._by_id.setdefault(external, set()).add(code)

    def find(self, text: str) -> tuple[str, bool]:
        """Return the code that a text means, and whether it is known. An external id that one fund has is its code."""
        if text in self._known:
            return text, True
        codes = self._by_id.get(text, set())
        return (next(iter(codes)), True) if len(codes) == 1 else (text, False)

    def like(self, text: str) -> str:
        """Return a known code that may be meant, or ''."""
        found = process.extractOne(text, self.codes, processor=str.casefold, score_cutoff=LIKE)
        return str(found[0]) if found else ""


def _line(
    row: Budget, code: str, known: bool, held: dict[str, Any] | None, on: date, whole: bool, funds: _Funds
) -> Line:
    said = held and held["uploaded"] is not None
    base = (held["total"] if whole else held["uploaded"] or 0) if held else 0
    newest = held["newest"] if held else None
    amount = row.amount - base
    return Line(
        row=row.row,
        fund=code,
        ledger=row.ledger or (held["ledger"] if held else ""),
        kind=(Kind.CHANGE if amount else "") if said else Kind.ALLOCATION,
        date=row.date if row.date and (newest is None or row.date > newest) else on,
        stands=held["total"] if held else 0,
        amount=amount,
        reason=": ".join(filter(None, (row.reference, row.note))),
        known=known,
        like="" if known else funds.like(code),
    )


def _see_each_once(file: Budgets, rows: Iterable[tuple[Budget, str]]) -> None:
    """A fund may be named by its code in one row and by its external id in another: it is one fund all the same."""
    first: dict[str, Budget] = {}
    problems = [
        Problem(
            f"Row {row.row}: {row.fund} is the fund {code}, which stands in row {before.row} already. Add the amounts "
            f"up, or delete one of the rows.",
            row.row, "", row.fund,
        )
        for row, code in rows
        if (before := first.setdefault(code, row)) is not row
    ]  # fmt: skip
    if problems:
        raise cannot_read(file.name, problems)


def cannot_read(name: str, problems: list[Problem]) -> CannotRead:
    """Return the refusal of a file, with everything that is wrong with it."""
    more = f" There are {len(problems):,} errors in all." if len(problems) > 1 else ""
    return CannotRead(f"{name} cannot be taken in. {problems[0].message}{more}", [asdict(one) for one in problems])


def strangers(plan: Plan) -> str:
    """Say which funds of a plan nobody knows."""
    named = [
        f"{line.fund} ({show_with_symbol(line.then, settings.LIBRA_CURRENCY)}"
        f"{f'; do you mean {line.like}?' if line.like else ''})"
        for line in plan.unknown
    ]
    are = "fund is" if len(named) == 1 else "funds are"
    return (
        f"{len(named):,} {are} named neither by Alma’s files nor by earlier budgets: {', '.join(named)}. Correct the "
        f"code, or say that {'it is' if len(named) == 1 else 'they are'} new."
    )
