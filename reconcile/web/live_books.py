"""What may be read live of the books: the Log and the invoice register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from core.jobs import UserError
from core.live import Column, Parameter, Table
from core.models import User
from core.money import to_text
from core.roles import CAN_DOWNLOAD
from core.years import year_name, year_of
from reconcile.services import books, log, register
from reconcile.services.log_terms import FIELDS
from reconcile.services.register import SIDES, Narrowed
from reconcile.services.register_lines import Line

FROM = Parameter("from", "The first month to tell of; without it, the first there is.", kind="month")
TO = Parameter("to", "The last month to tell of; without it, the last there is.", kind="month")
PAGE = 2_000  # lines of the register that are read at once
OWN = "the row's currency"
LOG_AMOUNTS = {
    "budget": "The financial year's budget, as changed up to the end of the month.",
    "spent": "In Oracle and reconciled, to date.",
    "waiting": "In Oracle and not reconciled yet, to date.",
    "accrued": "In Alma only and still open, to date.",
    "committed": "What open orders have left, and what Alma says is promised on other orders.",
    "left": "Budget less spent, waiting, accrued and committed.",
    "alma": "All in Alma, to date.",
    "oracle": "All in Oracle, to date: spent and waiting.",
    "month_alma": "All in Alma, of the month.",
    "month_oracle": "All in Oracle, of the month.",
    "last_year_month": "In Oracle, the same month of the year before.",
    "last_year_to_date": "In Oracle, up to that month of the year before.",
    "forecast": "The year's outturn, as foretold.",
    "low": "The low end of the forecast's range.",
    "high": "The high end of the forecast's range.",
    "variance": "Budget less forecast.",
}
ALWAYS = ("spent", "waiting", "accrued", "alma", "oracle", "month_alma", "month_oracle")


def entered() -> None:
    """Bring the books up to date. Raises UserError while that takes long: half of the truth is none."""
    if books.up_to_date():
        raise UserError("The books are being brought up to date. Ask again in a few minutes.")


def amount(minor: int | None, currency: str) -> str | None:
    """Write an amount, or nothing where there is none."""
    return None if minor is None else to_text(minor, currency)


# ---- The Log ----


def log_rows(user: User, given: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the Log's lines up to a month, by one of its fields."""
    entered()
    held = log.years()
    through = given.get("through") or (log.latest(held[-1]) if held else "")
    if not through:
        return
    by = given.get("by", "fund")
    found = log.table(year_of(through), through, by)
    for one in found.rows:
        yield {
            "year": year_name(found.year),
            "through": through,
            "signed_off": found.frozen,
            "by": by,
            "key": one.key,
            "name": one.name,
            "currency": found.currency,
            **{name: amount(getattr(one, name), found.currency) for name in LOG_AMOUNTS},
            "basis": one.basis,
        }


LOG = Table(
    name="log",
    title="The Log",
    description=(
        "One row a fund (or what else it is asked by) with what the financial year has spent up to a month, beside the "
        "budget, last year and the forecast. A month that is signed off is told as it was signed."
    ),
    permission=CAN_DOWNLOAD,
    parameters=(
        Parameter("through", "Up to which month; without it, the last there is.", kind="month"),
        Parameter("by", "What a row is of; without it, a fund.", choices=FIELDS),
    ),
    columns=(
        Column("year", "text", "The financial year."),
        Column("through", "month", "The last month that the figures hold."),
        Column("signed_off", "yes_no", "Whether that month is signed off, so that the figures are frozen."),
        Column("by", "text", "What the row is of."),
        Column("key", "text", "The code of what the row is of; '-' where none is named."),
        Column("name", "text", "Its name."),
        Column("currency", "text", "The currency of its amounts, by its three letters."),
        *(Column(name, "amount", said, OWN, optional=name not in ALWAYS) for name, said in LOG_AMOUNTS.items()),
        Column("basis", "text", "What the forecast rests on, or why there is none."),
    ),
    rows=log_rows,
)


# ---- The register ----


def register_rows(user: User, given: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the register's lines, a page at a time."""
    first, last = given.get("from", ""), given.get("to", "")
    if first and last and first > last:
        raise UserError("The parameter “from” is later than “to”. Give the earlier month as “from”.")
    entered()
    asked = {name: given.get(name, "") for name in ("fund", "supplier", "order", "side")}
    narrowed, after = Narrowed(first=first, last=last, **asked), ""
    while True:
        page = register.page(narrowed, after=after, size=PAGE)
        for line in page.rows:
            yield _register_row(line)
        if not page.later:
            return
        after = str(page.rows[-1].pk)


def _register_row(one: Line) -> dict[str, Any]:
    currency = settings.LIBRA_CURRENCY
    plain = (column.name for column in REGISTER.columns if column.name not in REGISTER_AMOUNTS)
    return {
        **{name: getattr(one, name) for name in plain},
        **{name: amount(getattr(one, name), currency) for name in ("net", "vat", "gross")},
        "source": amount(one.source, one.currency or currency),
    }


REGISTER_AMOUNTS = ("net", "vat", "gross", "source")
REGISTER = Table(
    name="register",
    title="Invoice register",
    description="One row for each invoice, order and fund, as each side has it, in the order of the months.",
    permission=CAN_DOWNLOAD,
    parameters=(
        FROM,
        TO,
        Parameter("fund", "A fund's code; '-' for what names none."),
        Parameter("supplier", "A supplier's name as it stands in the register; '-' for what names none."),
        Parameter("order", "An order's number."),
        Parameter("side", "One side alone.", choices=SIDES),
    ),
    columns=(
        Column("period", "month", "The month whose file holds the invoice."),
        Column("side", "text", "alma or oracle."),
        Column("fund", "text", "The fund's code."),
        Column("cost_centre", "text", "Its cost centre."),
        Column("ledger", "text", "Its ledger in Alma."),
        Column("material", "text", "The sort of material."),
        Column("supplier", "text", "The supplier."),
        Column("supplier_code", "text", "The supplier's code on that side."),
        Column("order", "text", "The order it draws on."),
        Column("pol", "text", "The PO line in Alma."),
        Column("description", "text", "What was bought."),
        Column("number", "text", "The invoice's number."),
        Column("invoice_date", "date", "The invoice's date.", optional=True),
        Column("accounting_date", "date", "The date in the books.", optional=True),
        Column("net", "amount", "Without VAT, where it is told apart.", "the library's currency", optional=True),
        Column("vat", "amount", "VAT, where it is told apart.", "the library's currency", optional=True),
        Column("gross", "amount", "All of it.", "the library's currency"),
        Column("currency", "text", "The invoice's currency, by its three letters."),
        Column("source", "amount", "The amount in the invoice's currency.", "the invoice's currency", optional=True),
        Column("rate", "text", "The rate at which that became the library's currency."),
        Column("receipt", "text", "The receipt in Oracle."),
        Column("voucher", "text", "The voucher in Oracle."),
        Column("paid", "date", "When it was paid.", optional=True),
        Column("status", "text", "How it stands on that side."),
        Column("outcome", "text", "The reconciliation's outcome, as it is at last."),
        Column("settled_in", "text", "The later month that settled what its own left open."),
    ),
    rows=register_rows,
)
TABLES = (LOG, REGISTER)
