"""Taking bills in: from a supplier's file, or typed line by line. All of a bill or nothing of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date as day
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from core import audit
from core.jobs import UserError
from core.models import User
from core.roles import CAN_CHECK_BILLS, refusal
from reconcile.formats import Unreadable, bills
from reconcile.formats import bill as formats
from reconcile.formats.canonical import Problem
from reconcile.matching.numbers import normalise, normalise_all
from reconcile.models import Bill, BillLine

from . import bill_suppliers, order_files, rules, vault
from .bill_suppliers import Register

STATED = ("number", "date", "kind", "currency")  # as the reader's bill has them
KINDS = ("invoice", "statement")


@dataclass(frozen=True, slots=True)
class Typed:
    """An invoice on a bill as a person typed it. Money in minor units; a credit note's is below nothing."""

    number: str
    gross: int | None
    date: day | None = None
    order: str = ""
    net: int | None = None
    vat: int | None = None
    description: str = ""


def take(name: str, stream: BinaryIO, user: User) -> Bill:
    """Take a supplier's file in. Raises UserError where the same file is here already, admission.CannotRead with
    everything that is wrong where it cannot be read; nothing is stored then.
    """
    allowed(user)
    got = vault.receive(name, stream, settings.LIBRA_UPLOAD_MB << 20)
    path = vault.root() / got.path
    try:
        _not_here(name, got.sha256)
        try:
            read = bills.read(path, name, rules.options())
        except Unreadable as error:
            raise order_files.refused(name, error.problems) from None
        return _keep_file(read, path, got.sha256, user)
    finally:
        path.unlink(missing_ok=True)


def typed(
    user: User,
    *,
    supplier: str,
    number: str,
    date: day | None,
    currency: str,
    lines: Sequence[Typed],
    kind: str = "invoice",
    total: int | None = None,
) -> Bill:
    """Take a bill in that a person typed; rows are counted from 1. Raises admission.CannotRead with what is wrong."""
    allowed(user)
    what = "The bill as typed"
    columns: dict[str, Any] = {
        name: [getattr(line, name) for line in lines]
        for name in ("number", "order", "date", "net", "vat", "gross", "description")
    }
    frame = formats.frame(columns | {"row": range(1, len(lines) + 1)}, len(lines))
    said = formats.Bill(what, _kind(kind), supplier.strip(), "", number.strip(), date, currency, total, frame)
    missing = [] if said.supplier_name else [Problem("Say which supplier the bill is from.", None, "supplier")]
    try:
        read = formats.conclude(said, missing, lambda row: f"line {row}")
    except Unreadable as error:
        raise order_files.refused(what, error.problems) from None
    with transaction.atomic():
        return _keep(read, user)


def allowed(user: User) -> None:
    if not user.has_perm(CAN_CHECK_BILLS):
        raise PermissionDenied(refusal(user, CAN_CHECK_BILLS))


def subject(bill: Bill) -> str:
    """Return what the record calls a bill."""
    return f"bill:{bill.code}"


def _kind(word: str) -> formats.Kind:
    if word == "invoice":
        return "invoice"
    if word == "statement":
        return "statement"
    raise TypeError(f"A bill is an invoice or a statement, not {word!r}.")


def _not_here(name: str, sha256: str) -> None:
    first = Bill.objects.filter(sha256=sha256).first()
    if first:
        called = "" if first.name == name else f" as {first.name}"
        raise UserError(
            f"{name} is here already{called}, {_described(first)} Nothing was stored a second time.",
            [{"message": f"Look at {first.name}.", "severity": "error", "row": None, "column": "", "value": ""}],
        )


def _described(bill: Bill) -> str:
    number = f" {bill.number}" if bill.number else ""
    return f"the {bill.kind}{number} of {bill.supplier}, since {localtime(bill.at):%-d %B %Y}."


def _keep_file(read: formats.Bill, path: Path, sha256: str, user: User) -> Bill:
    """Store a bill with its file. The file is in its place before the row names it."""
    place = Path("bills") / sha256[:2] / sha256
    kept = vault.root() / place
    kept.parent.mkdir(parents=True, exist_ok=True)
    path.replace(kept)
    try:
        with transaction.atomic():
            return _keep(read, user, name=read.name[-255:], sha256=sha256, path=str(place))
    except IntegrityError:  # somebody else has just taken the same file in: its place is theirs
        _not_here(read.name, sha256)
        raise
    except BaseException:
        kept.unlink(missing_ok=True)
        raise


def _keep(read: formats.Bill, user: User, **file: str) -> Bill:
    """Store a bill and its lines within the caller's transaction, and record it."""
    audit.hold()
    bill = Bill(
        code=uuid.uuid4(), supplier=read.supplier_name, supplier_code=read.supplier_number, total=read.amount,
        stated=read.total, problems=[asdict(problem) for problem in read.problems], by=user,
        **{name: getattr(read, name) for name in STATED}, **file,
    )  # fmt: skip
    known = Register().of(bill)
    if known:
        bill.supplier, bill.supplier_code = known.name, known.number
    not_billed(bill)
    bill.save()
    BillLine.objects.bulk_create(_lines(bill, read.lines), batch_size=1000)
    audit.record(
        "bill.taken", user, [subject(bill)], name=bill.name or "typed", supplier=bill.supplier, number=bill.number,
        sha256=bill.sha256, invoices=len(read.lines), total=bill.total, currency=bill.currency,
    )  # fmt: skip
    return bill


def not_billed(bill: Bill) -> None:
    """Raise UserError where a bill of this number is here already from the same supplier."""
    if not bill.number:
        return
    others = Bill.objects.exclude(pk=bill.pk).filter(kind=bill.kind)
    for other in bill_suppliers.same(bill, others.order_by("pk")):
        if normalise(other.number) == normalise(bill.number):
            raise UserError(
                f"Number {bill.number} is here already: {_described(other)} Where this one corrects it, take that one "
                f"out first. Nothing was stored."
            )


def _lines(bill: Bill, lines: pd.DataFrame) -> list[BillLine]:
    shown = lines.assign(number_key=normalise_all(lines["number"]), date=lines["date"].dt.date).astype(object)
    names = [
        "row", "number", "number_key", "date", "order", "description", "net", "vat", "gross", "amount", "cancels",
    ]  # fmt: skip
    rows = shown[names].where(shown[names].notna(), None).to_dict("records")
    return [BillLine(bill=bill, **{str(name): value for name, value in row.items()}) for row in rows]
