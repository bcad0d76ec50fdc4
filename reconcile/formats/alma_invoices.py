"""Alma's invoice export for the finance system (XML, `payment_data`): one row a line and fund, in the order of the
document.

The truth is the sum of fund amounts: `total_price` has the wrong sign on discounts. The file is read as a stream, and
nothing in it is expanded or fetched.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from . import exclude, fields, invoice_xml
from .canonical import Options, Problem, Reading
from .frame import SHOWN, Canvas, by_pair, cost_centres, first_of, joined
from .headings import Heading
from .sections import Mask, Section, Table
from .tables import Sheet

KIND = "alma_invoices"
KINDS = {
    "SHIPMENT": "carriage",
    "DISCOUNT": "discount",
    "OVERHEAD": "charge",
    "INSURANCE": "charge",
    "OTHER": "charge",
    "REGULAR": "item",
    "": "item",
}


def read(path: Path, name: str, options: Options) -> Reading:
    """Read an export. Raises Unreadable: not whole, a document type inside, or another kind of XML."""
    options = replace(options, date_order=options.xml_date_order)
    table = _table(invoice_xml.flatten(path, name))
    canvas = Canvas(table, options, pd.Series("", index=table.cells.index, dtype="str"))
    funded = (table.text("funded") != "").to_numpy(dtype=bool)
    priced = fields.holds(table.text("total_price"), "[1-9]")
    exclude.mark(
        canvas.causes,
        table.text("fund_type").str.upper().isin(["SUMMARY", "LEDGER"]).to_numpy(dtype=bool),
        "summary_fund",
    )
    canvas.copy(
        "supplier_code",
        "supplier_name",
        "invoice_id",
        "invoice_number",
        "line_number",
        "line_type",
        "payment_method",
        "fund",
        "fund_name",
        "ledger",
        "distribution",
        "order_reference",
        "description",
        "pol",
    )
    _settle_currency(canvas)
    canvas.amount(placeholders=~funded & ~priced, open_rows=~funded & priced)
    _fill(canvas)
    _check_unfunded(canvas, ~funded & priced)
    _check_headers(canvas)
    _check_identifiers(canvas)
    return canvas.reading(name, KIND, "alma", {})


def _table(cells: pd.DataFrame) -> Table:
    """See the flattened document as a table whose headings are the paths of the elements."""
    cells = pd.DataFrame({name: fields.strip(cells[name]) for name in cells})
    positions = {name: place for place, name in enumerate(cells.columns)}
    texts = tuple(invoice_xml.PATHS.get(name, name) for name in cells.columns)
    cells.columns = pd.RangeIndex(len(cells.columns))
    heading = Heading(-1, texts, positions)
    return Table(Sheet("", cells), cells, [Section(0, len(cells), heading)], np.zeros(len(cells), dtype=bool))


def _settle_currency(canvas: Canvas) -> None:
    """The amounts are in the ledger's currency, or all in one other; where a fund gives only another one it is an
    error."""
    table = canvas.table
    place = table.heading.positions["amount_currency"]
    spent = fields.holds(table.text("amount"), "[1-9]") & canvas.counted
    currency = table.text("amount_currency").str.upper()
    found = currency[spent & (currency != "")].value_counts()
    own = canvas.options.currency if canvas.options.currency in found.index or found.empty else str(found.index[0])
    foreign = np.flatnonzero(spent & (currency != "").to_numpy(dtype=bool) & (currency != own).to_numpy(dtype=bool))
    told = (
        f"is in {{}} and has no amount in {own} (local_amount); look at the invoice's exchange rate "
        "in Alma and export it again"
    )
    canvas.tell("amount", {position: told.format(currency.iat[position]) for position in foreign.tolist()}, "error")
    table.cells[place] = pd.Series(own, index=table.cells.index, dtype="str")


def _fill(canvas: Canvas) -> None:
    table, lines = canvas.table, canvas.lines
    code = first_of(table.text("account_finance_code"), table.text("finance_code"))
    lines["finance_code"] = fields.translate(code, lambda text: text.split("|")[0].strip())
    lines["currency"] = table.text("currency").str.upper()
    canvas.check_currencies("currency")
    lines["reporting_code"] = joined(
        [table.text(column) for column in ("reporting_code", "reporting_code_2", "reporting_code_3")]
    )
    lines["pol"] = lines["pol"].where(lines["pol"] != "-1", "")
    own = first_of(table.text("source_currency").str.upper(), lines["currency"])
    canvas.money_or_na("source_amount", "source_amount", own)
    canvas.money_or_na("header_amount", "header_amount", lines["currency"])
    canvas.money_or_na("vat_amount", "vat_amount", lines["currency"])
    canvas.date("invoice_date", "invoice_date")
    canvas.date("accounting_date", "accounting_date")
    lines["cost_centre"] = cost_centres(lines["distribution"], canvas.options.cost_centre_segment)
    lines["line_kind"] = by_pair(lines["line_type"].str.upper(), lines["amount"].to_numpy() < 0, _line_kind)


def _line_kind(kind: str, negative: bool) -> str:
    if kind in KINDS:
        return KINDS[kind]
    if "TAX" in kind or "VAT" in kind:
        return "tax"
    return "discount" if negative else "charge"


def _check_unfunded(canvas: Canvas, rows: Mask) -> None:
    for position in np.flatnonzero(rows)[:SHOWN].tolist():
        row, price = position + 1, canvas.table.text("total_price").iat[position]
        number = canvas.lines["invoice_number"].iat[position]
        message = (
            f"Row {row}: a line of invoice {number} has a price of {price} but no fund, so nothing was "
            "spent on it; it counts as 0.00."
        )
        canvas.problems.append(Problem(message, row, "total_price", str(price), "warning"))


def _check_headers(canvas: Canvas) -> None:
    """Say where an invoice's header is not the sum of its funds: VAT beside the funds, missing lines, an edited
    file."""
    table, lines = canvas.table, canvas.lines
    ordinal = table.text("ordinal").astype("int64").to_numpy()
    kept = (lines["excluded"] != "summary_fund") & (canvas.causes != "summary_fund")
    spent = lines["source_amount"].where(kept, 0).fillna(0).astype("int64").groupby(ordinal).sum()
    header = lines["header_amount"].groupby(ordinal).first()
    firsts = lines["row"].groupby(ordinal).first().to_numpy(dtype=np.int64)
    wrong = header.notna() & (header.fillna(0).astype("int64") != spent)
    found = np.flatnonzero(wrong.to_numpy(dtype=bool))
    for place in found[:SHOWN].tolist():
        row = int(firsts[place])
        number, value = lines["invoice_number"].iat[row - 1], table.text("header_amount").iat[row - 1]
        message = (
            f"Invoice {number}, from row {row}: its header says {value}, its funds add up to something "
            "else. The funds count."
        )
        canvas.problems.append(Problem(message, row, invoice_xml.PATHS["header_amount"], str(value), "warning"))
    if len(found) > SHOWN:
        message = f"{len(found) - SHOWN:,} more invoices have a header that is not the sum of their funds."
        canvas.problems.append(Problem(message, int(firsts[found[SHOWN]]), "", "", "warning"))


def _check_identifiers(canvas: Canvas) -> None:
    """Say where two invoices of the file carry the same unique identifier: exported twice, or an edited copy."""
    ordinal = canvas.table.text("ordinal")
    invoices = canvas.lines.loc[~ordinal.duplicated(), ["row", "invoice_id", "invoice_number"]]
    again = invoices[(invoices["invoice_id"] != "") & invoices["invoice_id"].duplicated()]
    for row, identifier, number in again.head(SHOWN).itertuples(index=False):
        message = (
            f"Row {row}: invoice {number} carries the unique identifier {identifier} of an earlier invoice of this "
            "file. Both are counted, as one document; if it was exported twice, take one out."
        )
        canvas.problems.append(Problem(message, int(row), "unique_identifier", str(identifier), "warning"))
