"""What the ledger of call-off orders is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reconcile.models import Order


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order's ledger. Money is in minor units.

    kind: opening, uplift, reduction, closed, reopened, rolled, invoice or credit. side is '' for what happened to the
    order itself. amount: of an invoice what it draws on the order's basis, of a change what it adds to the value.
    other: the whole amount that the other side has of the same invoice on this order, to set beside `gross`; None where
    it has none, or where several stand together and none can be told apart. differs: the two do not agree, and the
    group of the month says why. balance runs on with Oracle's lines and the changes; None on Alma's lines and where the
    order has no value.
    """

    date: date
    kind: str
    side: str
    number: str
    net: int | None
    vat: int | None
    gross: int | None
    amount: int
    receipt: str
    period: str  # the month whose file holds it, '' for a change
    outcome: str  # the latest
    group: int | None  # its number in the run of `period`
    file: str
    file_code: str
    row: int | None
    approver: str
    reason: str
    balance: int | None
    other: int | None
    differs: bool
    supplier: str = ""  # as the invoice names it
    wrong_supplier: bool = False  # the invoice is not of the order's supplier
    settled: str = ""  # the later month in which it was settled, '' when in its own or not yet
    settled_group: int | None = None  # its number in the run of `settled`


@dataclass(frozen=True, slots=True)
class Ledger:
    """An order with what is drawn on it. `order` is None, and value and left too, where it is met on invoices only."""

    number: str
    supplier: str
    order: Order | None
    value: int | None  # as first set, with all changes
    basis: str  # net or gross
    drawn: dict[str, int]  # by side
    committed: int  # promised in Alma
    left: int | None  # value less what is drawn in Oracle
    percent: int | None  # of the value, drawn in Oracle
    exhausted: date | None
    flags: tuple[str, ...]  # words of order_flags.FLAGS
    lines: tuple[Line, ...]
    currency: str
