"""Suppliers' bills (consolidated invoices and statements): each invoice on them against what Libra holds, and which of
them a person confirms to be members, which the next reconciliation then puts together.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Max
from django.utils.timezone import now

from core import audit
from core.jobs import UserError
from core.models import User
from reconcile.books import bill_check
from reconcile.models import Bill, BillLine, Posting

from . import bill_held, bill_intake, vault
from .bill_intake import Typed, subject, take, typed
from .bill_suppliers import Register, Supplier

__all__ = [
    "Standing", "Typed", "check", "confirm", "name_supplier", "proposed", "remove", "standing", "subject",
    "take", "typed", "withdraw",
]  # fmt: skip

ASK = ("billed_twice", "already_paid", "extra", "different_amount", "missing")  # verdicts that somebody must look at
MEMBERS = ("both", "different_amount", "credit_netted")  # what a consolidated invoice usually stands for
LONGEST_REASON = 1000
_LINE = ("row", "number", "date", "order", "net", "vat", "gross", "cancels")
_TYPES = {"row": "Int64", "date": "datetime64[s]", "net": "Int64", "vat": "Int64", "gross": "Int64"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bill stands in a few figures, minor units of its currency. `asks`: by verdict, how many invoices somebody
    must look at; `amount`: what they come to, without signs; `known`: the register has the supplier.
    """

    asks: dict[str, int]
    amount: int
    known: bool

    @property
    def open(self) -> int:
        return sum(self.asks.values())


def check(bill: Bill, register: Register | None = None) -> pd.DataFrame:
    """Return `bill_check.check` of a bill as the books stand: its columns are described there."""
    supplier = (register or Register()).of(bill)
    lines = pd.DataFrame.from_records(list(bill.lines.values_list(*_LINE)), columns=list(_LINE))
    text = dict.fromkeys(("number", "order", "cancels"), "str")
    held = bill_held.held(bill, supplier)
    return bill_check.check(lines.astype(text | _TYPES), held, currency=bill.currency, bill_number=bill.number)


def proposed(result: pd.DataFrame) -> set[int]:
    """Return the rows that are likely to be members: what Libra holds and nobody billed or paid before. Where it holds
    none of them their month is not here yet, and all are.
    """
    on_bill = result[result["row"].notna()]
    likely = on_bill[on_bill["verdict"].isin(MEMBERS) & (on_bill["side"] != "")]
    if (on_bill["verdict"] == "extra").all():
        likely = on_bill
    return {int(row) for row in likely["row"]}


def standing(bill: Bill, register: Register) -> Standing:
    """Return how a bill stands. Remembered until a month is entered anew, or another bill comes or goes."""
    books = Posting.objects.aggregate(Max("at"), Count("pk"))
    others = Bill.objects.aggregate(Max("pk"), Count("pk"))
    said = [*books.values(), *others.values(), bill.supplier, bill.supplier_code]
    mark = zlib.crc32(repr(said).encode())
    found: Standing | None = cache.get(f"bill:{bill.code}:{mark}")
    if found is None:
        result = check(bill, register)
        asks = result[result["verdict"].isin(ASK)]
        counts = {verdict: int(count) for verdict in ASK if (count := (asks["verdict"] == verdict).sum())}
        found = Standing(counts, int(_at_stake(asks).sum()), register.of(bill) is not None)
        cache.set(f"bill:{bill.code}:{mark}", found)
    return found


def _at_stake(asks: pd.DataFrame) -> pd.Series:
    """What hangs on each: the difference where amounts differ, else the whole invoice."""
    whole = asks["bill_amount"].fillna(asks["held_amount"])
    return asks["difference"].where(asks["verdict"] == "different_amount", whole).fillna(0).abs()


@transaction.atomic
def confirm(bill: Bill, user: User, members: Collection[int]) -> Bill:
    """Confirm that the bill stands for the invoices on these rows: the next reconciliation puts them together.

    Raises UserError where it is confirmed already, names no number or supplier to look for, or a row is not on it.
    """
    bill = _held(bill, user)
    if bill.confirmed_at:
        raise UserError(f"{_name(bill)} is confirmed already. Take that back first, then confirm it anew.")
    if bill.kind == "invoice" and Register().of(bill) is None:
        raise UserError(f"No month has an invoice of {bill.supplier or 'this supplier'}. Say which supplier it is.")
    chosen = set(members)
    lines = list(bill.lines.all())
    if unknown := sorted(chosen - {line.row for line in lines}):
        raise UserError(f"Row {unknown[0]} is not on this bill. Look at it again.")
    if bill.kind == "invoice" and not chosen:
        raise UserError("Tick the invoices that the bill stands for.")
    for line in lines:
        line.member = line.row in chosen
    BillLine.objects.bulk_update(lines, ["member"], batch_size=500)
    bill.confirmed_by, bill.confirmed_at = user, now()
    bill.save(update_fields=["confirmed_by", "confirmed_at"])
    ticked = [line for line in lines if line.member]
    audit.record(
        "bill.confirmed", user, [subject(bill)], supplier=bill.supplier, number=bill.number, invoices=len(lines),
        members=[line.number for line in ticked], amount=sum(line.amount for line in ticked), currency=bill.currency,
    )  # fmt: skip
    return bill


@transaction.atomic
def withdraw(bill: Bill, user: User, reason: str) -> Bill:
    """Take a confirmation back: the next reconciliation knows no more of it. Raises UserError without a reason."""
    bill, why = _held(bill, user), _reason(reason)
    if not bill.confirmed_at:
        raise UserError(f"{_name(bill)} is not confirmed, so there is nothing to take back.")
    bill.confirmed_by = bill.confirmed_at = None
    bill.save(update_fields=["confirmed_by", "confirmed_at"])
    bill.lines.update(member=False)
    audit.record("bill.withdrawn", user, [subject(bill)], supplier=bill.supplier, number=bill.number, reason=why)
    return bill


@transaction.atomic
def remove(bill: Bill, user: User, reason: str) -> None:
    """Take a bill out that was taken in by mistake, with its file. Raises UserError while it is confirmed."""
    bill, why = _held(bill, user), _reason(reason)
    if bill.confirmed_at:
        raise UserError(f"{_name(bill)} is confirmed. Take that back first.")
    about, path = subject(bill), bill.path
    told = {"supplier": bill.supplier, "number": bill.number, "sha256": bill.sha256, "total": bill.total}
    bill.delete()
    audit.record("bill.removed", user, [about], reason=why, currency=bill.currency, **told)
    if path:
        transaction.on_commit(lambda: (vault.root() / path).unlink(missing_ok=True))


@transaction.atomic
def name_supplier(bill: Bill, user: User, name: str) -> Bill:
    """Say which of the register's suppliers a bill is from, by the name that the register has."""
    bill = _held(bill, user)
    if bill.confirmed_at:
        raise UserError(f"{_name(bill)} is confirmed. Take that back before it becomes another supplier’s.")
    chosen: Supplier | None = Register().find(name, "")
    if not chosen:
        raise UserError("Choose a supplier that a month’s invoices name.")
    before = bill.supplier
    bill.supplier, bill.supplier_code = chosen.name, chosen.number
    bill_intake.not_billed(bill)
    bill.save(update_fields=["supplier", "supplier_code"])
    audit.record("bill.supplier", user, [subject(bill)], number=bill.number, before=before, supplier=bill.supplier)
    return bill


def _held(bill: Bill, user: User) -> Bill:
    bill_intake.allowed(user)
    audit.hold()
    found = Bill.objects.select_for_update().filter(pk=bill.pk).first()
    if not found:
        raise UserError("This bill was taken out in the meantime.")
    return found


def _reason(text: str) -> str:
    said = text.strip()
    if not said:
        raise UserError("Say why: it stays in the record.")
    if len(said) > LONGEST_REASON:
        raise UserError(f"Say why in at most {LONGEST_REASON:,} characters.")
    return said


def _name(bill: Bill) -> str:
    name = bill_held.called(bill)
    return name[:1].upper() + name[1:]
