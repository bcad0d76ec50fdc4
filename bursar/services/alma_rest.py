"""Alma's REST of users' fees: what is owed, and payments. A payment is told once, however often it is tried: Alma keeps
our name of it with the fee, and what is owed there is read first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

import requests
from django.conf import settings

from bursar.rules.heard import Transaction
from core.jobs import UserError
from core.money import decimals, show_with_symbol, to_text

Status = Literal["ACTIVE", "INDISPUTE", "EXPORTED", "CLOSED"]
CLOSED = "API does not support closed fees"
TRIES = 5
LONGEST = 60.0  # seconds between two tries
TIMEOUT = (10, 60)


class Refused(Exception):
    """Alma said no; the sentence says to what and why."""


class Barred(Refused):
    """Alma refuses us, whomever we ask for: the key or the address is wrong."""


class Unreachable(Exception):
    """Alma did not answer, or was too busy, for all our tries."""


@dataclass(frozen=True, slots=True)
class AlmaFee:
    """A fee as Alma has it; minor units of the currency that was asked in."""

    id: str
    status: str
    kind: str
    library: str
    reference: str
    user_id: str
    balance: int
    amount: int
    told: Mapping[str, int]  # what payments of ours came to, by our names of them
    transactions: tuple[Transaction, ...] = ()
    title: str = ""
    barcode: str = ""
    comment: str = ""
    created: str = ""  # when it arose, else when it last changed, as Alma writes it
    vat: int = 0


@dataclass(frozen=True, slots=True)
class Paid:
    """What Alma now knows of a payment: `amount` of it (minor units), and a sentence where that is not all of it."""

    amount: int
    said: str = ""


class Client:
    """Alma's REST under its base address. `pause` waits so many seconds."""

    def __init__(self, base: str, key: str, pause: Callable[[float], None] = time.sleep) -> None:
        self.base, self.pause = base.rstrip("/"), pause
        self.session = requests.Session()
        self.session.headers.update({"Authorization": f"apikey {key}", "Accept": "application/json"})

    def fees(self, user: str, currency: str, status: Status = "ACTIVE") -> list[AlmaFee]:
        """Return a user's fees of a status. Raises Refused and Unreachable."""
        asked = {"user_id_type": "all_unique", "status": status}
        answer = self._until_answered("GET", self._path(user), asked)
        many = [_fee(each, currency) for each in answer.get("fee") or ()]
        if len(many) != int(answer.get("total_record_count", len(many))):
            raise Refused(f"Alma names {answer['total_record_count']} fees of a user, and gives {len(many)} of them.")
        return many

    def fee(self, user: str, fee: str, currency: str) -> AlmaFee | None:
        """Return a fee; None when it is closed. Raises Refused and Unreachable."""
        try:
            found = _fee(self._until_answered("GET", self._path(user, fee), {}), currency)
        except Refused as error:
            if CLOSED in str(error):
                return None
            raise
        return None if found.status == "CLOSED" else found

    def pay(self, user: str, fee: str, amount: int, currency: str, name: str, comment: str) -> Paid:
        """Tell Alma of a payment (minor units, above nothing) that we call `name`: never of more than is owed there.

        Safe to repeat. Raises Refused and Unreachable.
        """
        before: int | None = None
        sum_ = 0
        for wait in _waits():
            found = self.fee(user, fee, currency)
            if found is not None and name in found.told:
                return _as_told(found.told[name], amount, currency)
            if before is not None and found is not None and found.balance == before - sum_:
                return _as_told(sum_, amount, currency)  # it came through, though we were not told so
            if found is None or found.balance <= 0:
                settled = before is not None and sum_ == before
                return _as_told(sum_ if settled else 0, amount, currency)
            before, sum_ = found.balance, min(found.balance, amount)
            told = comment if sum_ == amount else f"{comment} {_capped(sum_, amount, currency)}"
            asked = {
                "op": "pay", "amount": to_text(sum_, currency), "method": "ONLINE", "external_transaction_id": name,
                "comment": told,
            }  # fmt: skip
            try:
                self._ask("POST", self._path(user, fee), asked)
            except _Busy as error:
                self.pause(error.wait or wait)
                continue
            except Refused as error:
                if CLOSED not in str(error):
                    raise
                return _as_told(0, amount, currency)
            return _as_told(sum_, amount, currency)
        raise Unreachable("Alma did not answer. Payments that it was not told of yet are told next time.")

    def _until_answered(self, method: str, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        for wait in _waits():
            try:
                return self._ask(method, path, asked)
            except _Busy as error:
                self.pause(error.wait or wait)
        raise Unreachable("Alma did not answer. Try again later.")

    def _ask(self, method: str, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """Ask once. Raises _Busy where another try may help, Refused where it cannot, Barred where none would."""
        try:
            answer = self.session.request(
                method, self.base + path, params=asked, timeout=TIMEOUT, allow_redirects=False
            )
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _Busy(0) from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise _Busy(_seconds(answer.headers.get("Retry-After", "")))
        if not answer.ok or answer.is_redirect:
            code, why = _why(answer)
            no = Refused if code.isdecimal() else Barred  # what Alma has against one user or fee has a number
            raise no(f"Alma refused it (HTTP {answer.status_code}): {why}")
        try:
            told: dict[str, Any] = answer.json(parse_float=Decimal)
        except ValueError as error:
            raise Barred("Alma's answer is no JSON. Is LIBRA_ALMA_URL the address of its REST?") from error
        return told

    def _path(self, user: str, fee: str = "") -> str:
        return f"/almaws/v1/users/{quote(user, safe='')}/fees" + (f"/{quote(fee, safe='')}" if fee else "")


def client() -> Client:
    """Return Alma's REST as Libra is set up. Raises UserError where it is not."""
    if not (settings.LIBRA_ALMA_URL and settings.ALMA_KEY):
        raise UserError("Alma's REST is not set up: whoever runs Libra sets LIBRA_ALMA_URL and LIBRA_ALMA_KEY.")
    return Client(settings.LIBRA_ALMA_URL, settings.ALMA_KEY)


class _Busy(Exception):
    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__()


def _waits() -> list[float]:
    return [min(2.0**number, LONGEST) for number in range(TRIES)]


def _seconds(text: str) -> float:
    return min(float(text), LONGEST) if text.isdecimal() else 0


def _why(answer: requests.Response) -> tuple[str, str]:
    """Return Alma's code of an error and what it says of it."""
    try:
        told = answer.json()["errorList"]["error"][0]
        return str(told.get("errorCode", "")), str(told["errorMessage"])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return "", answer.text[:200].strip() or "no reason given"


def _fee(told: Mapping[str, Any], currency: str) -> AlmaFee:
    text = partial(_text, told)
    transactions = tuple(_transaction(each, currency) for each in _transactions(told))
    payments = {each.name: each.amount for each in transactions if each.name}
    return AlmaFee(
        text("id"), text("status"), text("type"), text("owner"), text("bursar_transaction_id"), text("user_primary_id"),
        _minor(told.get("balance"), currency), _minor(told.get("original_amount"), currency), payments, transactions,
        text("title"), text("barcode"), text("comment"), text("creation_time") or text("status_time"),
        _minor(told.get("remaining_vat_amount"), currency),
    )  # fmt: skip


def _transactions(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a fee's transactions, which stand in a list, or in a list within an object."""
    found = told.get("transaction") or told.get("transactions") or ()
    return list(found.get("transaction") or () if isinstance(found, Mapping) else found)


def _transaction(told: Mapping[str, Any], currency: str) -> Transaction:
    text = partial(_text, told)
    note = " ".join(part for part in (text("reason"), text("comment")) if part)
    return Transaction(
        text("transaction_id") or text("id"), text("type").casefold(), abs(_minor(told.get("amount"), currency)),
        text("external_transaction_id"), note,
    )  # fmt: skip


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return str((value.get("value") if isinstance(value, Mapping) else value) or "")


def _minor(value: object, currency: str) -> int:
    minor = Decimal(str(value or 0)).scaleb(decimals(currency))
    if minor != minor.to_integral_value():
        raise Refused(f"Alma names the amount {value}, which {currency} cannot hold.")
    return int(minor)


def _as_told(told: int, amount: int, currency: str) -> Paid:
    return Paid(told, "" if told == amount else _capped(told, amount, currency))


def _capped(told: int, amount: int, currency: str) -> str:
    if not told:
        return "Nothing is owed of it in Alma any more."
    return f"{show_with_symbol(told, currency)} of {show_with_symbol(amount, currency)}: no more was owed in Alma."
