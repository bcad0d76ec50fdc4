"""What a table of orders does to the ledger: orders that are new, values that are others than before, blanks filled in.

A later table never overwrites: a value that differs is a dated change that says whose word it is, what is written
already stays, and only what was blank is filled in. A status of finance's is the newest word; an order that it calls
finally closed is closed here too, with nothing released, since the report keeps its amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.timezone import localdate

from core import audit
from core.models import User
from reconcile.books.ordered import Ordered, rolled_up
from reconcile.formats import Unreadable, order_tables
from reconcile.formats.canonical import Problem, Reading
from reconcile.formats.oracle_orders import KIND as ORACLE
from reconcile.models import Fund, Order, OrderChange, OrderLine, SourceFile

from . import rules, vault
from .orders import subject

Kind, State = OrderChange.Kind, Order.State
FILLED = ("supplier_number", "description", "fund", "cost_centre", "starts", "ends")  # where they were blank
WORTH = (Kind.UPLIFT, Kind.REDUCTION)  # changes of what the order is for; closing is none
CLOSED = ("finally closed", "finally close")
SOME = 500  # orders asked for at a time


@dataclass(slots=True)
class Done:
    """What a table did, by order number."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


def read(file: SourceFile) -> tuple[Reading, list[Ordered]]:
    """Read a file's orders. Raises Unreadable where it is no table of orders or anything in it is wrong."""
    reading = order_tables.read(vault.where(file), file.name, rules.options())
    found, problems = rolled_up(reading, settings.LIBRA_CURRENCY)
    wrong = [*reading.errors, *problems, *_unknown_funds(reading, found)]
    if not found and not wrong:
        wrong = [Problem("There is no order in it: headings, and no row with a value below them.")]
    if wrong:
        raise Unreadable(file.name, wrong)
    return reading, found


def keep(file: SourceFile, found: Sequence[Ordered], user: User | None) -> Done:
    """Take orders into the ledger within the caller's transaction, and record what that did."""
    audit.hold()
    source = _Source(file, user)
    known = _known([each.number for each in found])
    worth = _worth(known.values())
    done = Done()
    fresh = [each for each in found if each.number not in known]
    source.add(fresh)
    done.new = [each.number for each in fresh]
    for each in found:
        if order := known.get(each.number):
            (done.changed if source.compare(order, each, worth[order.pk]) else done.same).append(each.number)
    source.store()
    if done.new or done.changed:
        audit.record(
            "orders.taken", user, [f"file:{file.sha256}", *map(subject, (*done.new, *done.changed))], name=file.name,
            sha256=file.sha256, new=len(done.new), same=len(done.same), values=source.told,
        )  # fmt: skip
    return done


class _Source:
    """Whose word it is, and what it changes until that is stored at once."""

    def __init__(self, file: SourceFile, user: User | None) -> None:
        self.file, self.user, self.today = file, user, localdate()
        self.by_oracle = file.kind == ORACLE
        whose = "Oracle’s report" if self.by_oracle else "The library’s list"
        self.reason = f"{whose} of {self.today:%-d %B %Y}: {file.name}"
        self.approver = "Oracle" if self.by_oracle or not user else user.get_username()
        self.changes: list[OrderChange] = []
        self.amended: list[Order] = []
        self.told: list[list[Any]] = []  # number, value before, value now

    def add(self, fresh: Sequence[Ordered]) -> None:
        """Set up the orders that nobody knew."""
        orders = Order.objects.bulk_create(
            [
                Order(
                    number=each.number, supplier=each.supplier, supplier_number=each.supplier_number,
                    description=each.description, fund=each.fund, cost_centre=each.cost_centre, starts=each.starts,
                    ends=each.ends, value=each.value, basis=each.basis or Order.Basis.NET, kind=each.kind,
                    finance_status=each.status, state=State.CLOSED if _is_closed(each) else State.OPEN, file=self.file,
                    created_by=self.user,
                )
                for each in fresh
            ],
            batch_size=SOME,
        )  # fmt: skip
        OrderLine.objects.bulk_create(
            [
                OrderLine(order=order, **asdict(line))
                for order, each in zip(orders, fresh, strict=True)
                for line in each.billing
            ],
            batch_size=SOME,
        )
        self.told += [[each.number, None, each.value] for each in fresh]
        self.changes += [self._change(order, Kind.CLOSED) for order in orders if order.state == State.CLOSED]

    def compare(self, order: Order, each: Ordered, worth: int) -> bool:
        """Note what the table says otherwise of an order that is kept; say whether it does."""
        if each.value != worth:
            kind = Kind.UPLIFT if each.value > worth else Kind.REDUCTION
            self.changes.append(self._change(order, kind, each.value - worth))
            self.told.append([order.number, worth, each.value])
        amended = self._amend(order, each)
        return amended or each.value != worth

    def _amend(self, order: Order, each: Ordered) -> bool:
        """Fill in what is blank, and take finance's newest word of its status."""
        blank = [name for name in FILLED if not getattr(order, name) and getattr(each, name)]
        for name in blank:
            setattr(order, name, getattr(each, name))
        status = bool(each.status) and each.status != order.finance_status
        if status:
            order.finance_status = each.status
        closes = order.state == State.OPEN and _is_closed(each)
        if closes:
            order.state = State.CLOSED
            self.changes.append(self._change(order, Kind.CLOSED))
        if blank or status or closes:
            self.amended.append(order)
        return bool(blank or status or closes)

    def _change(self, order: Order, kind: str, amount: int = 0) -> OrderChange:
        return OrderChange(
            order=order, kind=kind, date=self.today, amount=amount, approver=self.approver, reason=self.reason,
            by=self.user,
        )  # fmt: skip

    def store(self) -> None:
        OrderChange.objects.bulk_create(self.changes, batch_size=SOME)
        Order.objects.bulk_update(self.amended, [*FILLED, "finance_status", "state"], batch_size=SOME)


def _is_closed(each: Ordered) -> bool:
    return each.status.strip().lower().replace("_", " ") in CLOSED


def _known(numbers: Sequence[str]) -> dict[str, Order]:
    found: dict[str, Order] = {}
    for start in range(0, len(numbers), SOME):
        some = Order.objects.filter(number__in=numbers[start : start + SOME])
        found |= {order.number: order for order in some}
    return found


def _worth(orders: Iterable[Order]) -> dict[int, int]:
    """Return what orders are worth as the finance system would say it: what closing released is still in it."""
    sums = Order.objects.annotate(more=Sum("changes__amount", filter=Q(changes__kind__in=WORTH)))
    more = dict(sums.exclude(more=None).values_list("pk", "more"))
    return {order.pk: order.value + int(more.get(order.pk, 0)) for order in orders}


def _unknown_funds(reading: Reading, found: Sequence[Ordered]) -> list[Problem]:
    """Say which funds of a list no month and no budget has named. Where none is known at all, nothing can be said."""
    known = set(Fund.objects.values_list("code", flat=True))
    if not known:
        return []
    heading = reading.columns.get("fund", "")
    lines = reading.lines
    named = lines[(lines["excluded"] == "") & (lines["fund"] != "") & ~lines["fund"].isin(known)]
    return [
        Problem(
            f"Row {row}, {heading}: “{fund}” is no fund that a month’s file or a budget names. Correct it, or leave "
            f"it blank.", row, heading, fund,
        )
        for row, fund in named[["row", "fund"]].itertuples(index=False)
    ]  # fmt: skip


def make_known(files: Iterable[SourceFile], user: User | None) -> None:
    """Take the orders of a month's own files into the ledger. What is wrong with one does not stop the month: the file
    says so.
    """
    for file in files:
        if file.side != "orders":
            continue
        try:
            _, found = read(file)
            with transaction.atomic():
                keep(file, found, user)
        except Unreadable as error:
            told = f"Its orders were not taken into the ledger of orders. {error.problems[0].message}"
            file.problems = [*file.problems, asdict(Problem(told, error.problems[0].row, severity="warning"))]
            SourceFile.objects.filter(pk=file.pk).update(problems=file.problems)
