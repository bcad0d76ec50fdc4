"""Return files of the student system: each row becomes a payment of the ledger's fees, or stands on a list.

All of a file is stored, or nothing of it: its rows, what happened to fees, and control totals that balance.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from typing import BinaryIO

import pandas as pd
from django.db import transaction
from django.utils.timezone import localtime

from bursar.formats import returns
from bursar.formats.fees import Unreadable
from bursar.models import Fee, FeeEvent, Payment, PaymentFile, Profile
from bursar.rules import pay
from bursar.rules.sort import NotBalanced
from core import audit
from core.jobs import UserError
from core.models import User

from . import ledger, moves, payment_parts, payment_totals, profiles, vault

BLOCK = 1 << 20


def take(profile: Profile, name: str, stream: BinaryIO, user: User | None, day: date) -> PaymentFile:
    """Take a return file in on a day; a file that was taken before is returned as it was stored then.

    Raises UserError: it cannot be read (`problems` say where), the profile has no layout of it, or the disk is full;
    NotBalanced: Libra's own fault. Nothing is stored then.
    """
    layout = profiles.return_layout(profile)
    with vault.room():
        received = vault.receive(name, iter(partial(stream.read, BLOCK), b""))
        try:
            return _take(profile, name, received, layout, user, day)
        finally:
            vault.forget(received)


def find(profile: Profile, sha256: str) -> PaymentFile | None:
    """Return the file of these bytes, where it was taken before: by this profile or one of the same student system."""
    return PaymentFile.objects.filter(profile__in=ledger.siblings(profile), sha256=sha256).first()


def owed(profile: Profile, users: Collection[str], references: Collection[str]) -> pd.DataFrame:
    """Return the charges that were sent and that rows of these users and references may be meant for: pay.FEES."""
    names = ("id", "user_id_text", "reference", "currency", "amount", "balance", "date")
    many = ledger.siblings(profile)
    sent = FeeEvent.objects.filter(kind=FeeEvent.Kind.SENT, fee__profile__in=many).values("fee")
    charges = Fee.objects.filter(profile__in=many, amount__gt=0, pk__in=sent).order_by("pk").values_list(*names)
    meant = (fee for fee in charges.iterator(chunk_size=5000) if fee[1] in users or (fee[2] and fee[2] in references))
    frame = pd.DataFrame(meant, columns=list(pay.FEES)).astype({"id": "int64", "amount": "int64", "balance": "int64"})
    return frame.assign(date=pd.to_datetime(frame["date"]))


@transaction.atomic
def _take(
    profile: Profile, name: str, received: vault.Received, layout: returns.Returns, user: User | None, day: date
) -> PaymentFile:
    list(ledger.siblings(profile).select_for_update())  # one file at a time
    if known := find(profile, received.sha256):
        return known
    payments = _read(name, received, layout)
    _refuse_repeated(profile, name, payments, layout)
    found = _allocated(profile, payments, layout)
    rows = [
        payment_totals.Row(each.verdict, amount, each.used)
        for each, amount in zip(found, payments["amount"].tolist(), strict=True)
    ]
    file = PaymentFile(
        profile=profile, name=name[:255], sha256=received.sha256, path=vault.keep(received),
        cumulative=layout.cumulative, by=user, totals={**payment_totals.reckon(rows), "currency": layout.currency},
    )  # fmt: skip
    stored = _payments(file, payments, found)
    file.save()
    Payment.objects.bulk_create(stored, batch_size=500)
    _move(file, payments, found, user, day)
    audit.record(
        "bursar.payments_taken", user, [f"bursar-profile:{profile.code}", f"bursar-payments:{file.code}"],
        profile=profile.code, file=file.name, sha256=file.sha256, bursar_totals=shown(file),
    )  # fmt: skip
    return file


def shown(file: PaymentFile) -> dict[str, dict[str, int]]:
    """Return the control totals of a file, and nothing else that is kept with them."""
    return {name: file.totals[name] for name in payment_totals.WORDS}


def _read(name: str, received: vault.Received, layout: returns.Returns) -> pd.DataFrame:
    try:
        payments = returns.read(received.path, name, layout)
    except Unreadable as error:
        told = f"{name} was not taken: it cannot be read by the layout “{layout.title}”. Nothing of it was stored."
        raise UserError(told, [asdict(each) for each in error.problems]) from error
    # What tells rows apart is what the layout reads of them; a running number beside it makes no new payment.
    charge = payments["charge"].astype("str").fillna("")
    beside = payments["item_type"] + "\x1f" + payments["description"] + "\x1f" + charge
    return payments.assign(currency=layout.currency, external=beside)


def _refuse_repeated(profile: Profile, name: str, payments: pd.DataFrame, layout: returns.Returns) -> None:
    """A file of new payments that holds exactly an earlier one's rows, dates and all, was sent again."""
    if layout.cumulative or payments.empty or payments["day"].isna().any():
        return
    made = set(pay.keys(payments))
    alike = Payment.objects.filter(file__profile__in=ledger.siblings(profile), key=min(made)).select_related("file")
    for file in {payment.file for payment in alike}:
        if set(file.payments.values_list("key", flat=True)) == made:
            told = f"{name} holds exactly the rows of {file.name}, taken on {localtime(file.at):%-d %B %Y}."
            raise UserError(f"{told} Nothing of it was stored: it would pay the same fees again.")


def _allocated(profile: Profile, payments: pd.DataFrame, layout: returns.Returns) -> list[pay.Allocation]:
    fees = owed(profile, set(payments["user_id"]) - {""}, set(payments["reference"]) - {""})
    seen: set[str] = set()
    if layout.cumulative:
        earlier = Payment.objects.filter(file__profile__in=ledger.siblings(profile), file__cumulative=True)
        seen = set(earlier.values_list("key", flat=True))
    return pay.allocate(payments, fees, pay.Earlier(seen, payment_parts.known(ledger.siblings(profile))))


def _payments(file: PaymentFile, payments: pd.DataFrame, found: Sequence[pay.Allocation]) -> list[Payment]:
    """Return the rows to store: all but those that an earlier file held; the totals count these."""
    days = [None if pd.isna(day) else day.date() for day in payments["day"].tolist()]
    columns = (payments[name].tolist() for name in ("user_id", "reference", "amount", "currency"))
    stored = []
    for each, day, user_id, reference, amount, currency in zip(found, days, *columns, strict=True):
        if each.verdict == "twice":
            continue
        payment = Payment(
            file=file, row=each.row, key=each.key, user_id_text=user_id, reference=reference, day=day,
            currency=currency, amount=amount, verdict=each.verdict, note=each.reason,
        )  # fmt: skip
        payment_parts.put(file, payment, each.parts)
        stored.append(payment)
    return stored


def _move(
    file: PaymentFile, payments: pd.DataFrame, found: Sequence[pay.Allocation], user: User | None, day: date
) -> None:
    """Move the fees in the order in which the payments were allocated: by day, then by row."""
    told = payments.assign(undated=payments["day"].isna(), back=payments["amount"] < 0)
    order = told.assign(place=range(len(told))).sort_values(["undated", "day", "back", "row"])
    steps = []
    for place, said in zip(order["place"].tolist(), order["day"].tolist(), strict=True):
        each = found[place]
        when = day if pd.isna(said) else min(said.date(), day)
        steps += steps_of(each.parts, when, f"{file.name}, row {each.row}.")
    events = moves.make(steps, user)
    if -sum(event.amount for event in events) != sum(each.used for each in found):
        raise NotBalanced("What the fees were paid is not what the payments come to.")


def steps_of(parts: Sequence[pay.Part], day: date, note: str) -> list[moves.Move]:
    """Return what a payment does to its fees; money given back opens them again."""
    said = moves.Move(0, "paid", day, note=note)
    return [
        replace(said, fee=fee, kind="paid" if amount > 0 else "refunded", amount=abs(amount)) for fee, amount in parts
    ]
