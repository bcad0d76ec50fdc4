"""A line of the invoice register as people read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core import money
from reconcile.models import Run

from . import latest

RATE = Decimal("0.000001")
NAMES = (
    "pk", "month__period", "side", "fund", "ledger", "cost_centre", "material", "supplier", "supplier_code", "order",
    "pol", "description", "number", "invoice_date", "accounting_date", "item", "charge", "tax", "vat_amount", "amount",
    "currency", "source_amount", "receipt", "voucher", "payment_date", "status", "outcome", "waits", "group",
    "file_id", "row",
)  # fmt: skip
_AS_THEY_ARE = (
    "pk", "side", "fund", "ledger", "cost_centre", "material", "supplier", "supplier_code", "order", "pol",
    "description", "number", "invoice_date", "accounting_date", "currency", "receipt", "voucher", "status", "group",
    "file_id", "row",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What an invoice spent on one order and fund, on one side. Money is in minor units: `net`, `vat` and `gross` of
    the library's currency (net and vat None where Alma's file does not tell them apart), `source` of the invoice's.
    """

    pk: int
    period: str
    side: str
    fund: str
    ledger: str
    cost_centre: str
    material: str
    supplier: str
    supplier_code: str
    order: str
    pol: str
    description: str
    number: str
    invoice_date: date | None
    accounting_date: date | None
    net: int | None
    vat: int | None
    gross: int
    currency: str  # the invoice's
    source: int | None
    rate: str  # of the library's currency for one of the invoice's: '0.853211'; '' in its own or where nothing says it
    receipt: str
    voucher: str
    paid: date | None
    status: str
    outcome: str  # as it stands at last, or in the month that was asked for
    settled_in: str  # the later month that settled what its own left open, or ''
    group: int  # in its own month's run
    file_id: int
    row: int


def lines_of(entries: Iterable[dict[str, Any]], as_at: str = "") -> list[Line]:
    """Return entries (values of NAMES) as lines, in their order, as they stand when the month `as_at` is the last."""
    found = list(entries)
    later = latest.outcomes(((each["file_id"], each["row"]) for each in found if each["waits"]), as_at)
    own = currencies()
    return [_line(each, later, own.get(each["month__period"], "")) for each in found]


def _line(entry: dict[str, Any], later: dict[latest.Place, tuple[str, str]], own: str) -> Line:
    outcome, settled_in = entry["outcome"], ""
    if entry["waits"]:
        outcome, settled_in = later.get((entry["file_id"], entry["row"]), (outcome, ""))
    vat = _vat(entry)
    return Line(
        **{name: entry[name] for name in _AS_THEY_ARE},
        period=entry["month__period"],
        net=None if vat is None else entry["amount"] - vat,
        vat=vat,
        gross=entry["amount"],
        source=entry["source_amount"],
        rate=rate(entry["amount"], entry["source_amount"], entry["currency"], own),
        paid=entry["payment_date"],
        outcome=outcome,
        settled_in=settled_in,
    )


def _vat(entry: dict[str, Any]) -> int | None:
    """Return the VAT in the amount: Oracle's tax lines; Alma's own word, else its tax lines where it has some."""
    if entry["side"] == "oracle":
        return int(entry["tax"])
    return entry["vat_amount"] if entry["vat_amount"] is not None else entry["tax"] or None


def rate(amount: int, source: int | None, currency: str, own: str) -> str:
    """Return how much of the library's own currency one of the invoice's cost: '0.853211', or ''."""
    if not source or currency in ("", own) or not own:
        return ""
    paid = Decimal(amount).scaleb(-money.decimals(own))
    return str((paid / Decimal(source).scaleb(-money.decimals(currency))).quantize(RATE))


def currencies() -> dict[str, str]:
    """Return the library's own currency in each month."""
    return dict(Run.objects.filter(current=True).values_list("month__period", "currency"))
