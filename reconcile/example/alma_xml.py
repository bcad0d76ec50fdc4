"""Alma's invoice export: one XML document, written invoice by invoice."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd

from core.money import to_text
from reconcile.example.alma_table import order_texts
from reconcile.example.documents import CARRIAGE, DISCOUNT
from reconcile.example.ledger import SUMMARY, ZERO, Book
from reconcile.example.world import CURRENCIES, FUNDS, METHOD_CODES, RATES, SUMMARY_FUNDS, SUPPLIERS

LINE_TYPES = {CARRIAGE: "SHIPMENT", DISCOUNT: "DISCOUNT"}
OPENING = '<?xml version="1.0" encoding="UTF-8"?>\n<payment_data xmlns="http://com/exlibris/repository/acq/invoice/xmlbeans">\n<invoice_list>\n'
Row = tuple[int, int]  # what it is, position of its line


def write_xml(book: Book, period: str, path: Path) -> int:
    """Write the export in the order of the book's rows; returns 0, for it has no heading row."""
    docs = book.docs.to_dict("list")
    lines = book.lines.to_dict("list")
    orders = order_texts(book.docs).to_dict("list")
    rows = list(zip(book.rows["what"].tolist(), book.rows["line"].tolist(), strict=True))
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(OPENING)
        for doc, its_rows in groupby(rows, key=lambda row: lines["doc"][row[1]]):
            out.write(_invoice(doc, list(its_rows), docs, lines, orders, period))
        out.write("</invoice_list>\n</payment_data>\n")
    return 0


def _invoice(doc: int, rows: list[Row], docs: dict, lines: dict, orders: dict, period: str) -> str:
    supplier, currency = SUPPLIERS[docs["supplier"][doc]], CURRENCIES[docs["currency"][doc]]
    total = sum(lines["source"][line] for what, line in rows if what not in (SUMMARY, ZERO))
    finance = _tag("vendor_FinancialSys_Code", supplier.finance_code) if supplier.finance_code else ""
    rate = ""
    if docs["currency"][doc]:
        value = f"{RATES[docs['currency'][doc]] / 100_000:.5f}"
        rate = (
            f"<invoice_exchange_rate_list><exchange_rate><rate>{value}</rate><currency>{currency}</currency>"
            "<explicit_ind>false</explicit_ind></exchange_rate></invoice_exchange_rate_list>"
        )
    return (
        f"<invoice>{_tag('invoice_number', docs['number'][doc])}<invoice_owner>University Library</invoice_owner>"
        f"<invoice_amount><currency>{currency}</currency><sum>{_short(total)}</sum></invoice_amount>"
        f"{_tag('vendor_code', supplier.code)}{_tag('vendor_name', supplier.name)}{finance}"
        "<vendor_liable_for_vat>false</vendor_liable_for_vat><vendor_payment_address_list/>"
        f"<unique_identifier>10{period[2:4]}{period[5:]}{doc:08d}3126</unique_identifier>"
        f"<invoice_date>{_day(docs['printed'][doc])}</invoice_date>"
        f"<payment_method>{METHOD_CODES[docs['method'][doc]]}</payment_method><number_of_attachments>0</number_of_attachments>"
        f"<invoice_ownered_entity><creationDate>{_day(docs['booked'][doc])}</creationDate><customerId>3120</customerId>"
        "<institutionId>3126</institutionId></invoice_ownered_entity>"
        "<vat_info><expended_from_fund_ind>true</expended_from_fund_ind><inclusive_ind>true</inclusive_ind><vat_amount>0.0</vat_amount>"
        "<vat_percentage>0.0</vat_percentage><vat_type>INCLUSIVE</vat_type><vat_in_invoice_line_level>false</vat_in_invoice_line_level></vat_info>"
        f"{rate}<invoice_line_list>{_lines(doc, rows, docs, lines, orders, currency, period)}</invoice_line_list>"
        "</invoice>\n"
    )


def _lines(doc: int, rows: list[Row], docs: dict, lines: dict, orders: dict, currency: str, period: str) -> str:
    """Invoice lines; rows that share a line number are one line with several funds. A placeholder has no fund."""
    texts = []
    numbered = [(what, line, lines["number"][line] + (what == ZERO)) for what, line in rows]
    for number, together in groupby(numbered, key=lambda row: row[2]):
        funds = [(what, line) for what, line, _ in together]
        what, line = funds[0]
        total = 0 if what == ZERO else sum(lines["source"][i] for w, i in funds if w != SUMMARY)
        kind = LINE_TYPES.get(lines["kind"][line], "REGULAR")
        shown = (
            abs(total) if kind == "DISCOUNT" else total
        )  # a discount's price is positive, what its fund pays negative
        charge = lines["pol"][line] < 0
        body = (
            f"<line_number>{number}</line_number><line_type>{kind}</line_type><quantity>{0 if charge else 1}</quantity>"
        )
        if not charge and what != ZERO:
            body += _orders(doc, line, lines, orders, total)
        else:
            body += f"<total_price>{_price(shown)}</total_price><price>{_price(shown)}</price>"
        if what != ZERO:
            body += (
                f"<fund_info_list>{''.join(_fund(w, i, lines, currency, period) for w, i in funds)}</fund_info_list>"
            )
        texts.append(f"<invoice_line>{body}</invoice_line>")
    return "".join(texts)


def _orders(doc: int, line: int, lines: dict, orders: dict, total: int) -> str:
    end = "" if lines["order"][line] else "_without"
    code, second, reference = (orders[f"{name}{end}"][doc] for name in ("code", "second", "reference"))
    return (
        (_tag("reporting_code", code) if code else "")
        + (_tag("secondary_reporting_code", second) if second else "")
        + f"<total_price>{_price(total)}</total_price><price>{_price(total)}</price>"
        f"<po_line_info><po_line_owner>University Library</po_line_owner>"
        f"<po_line_number>POL-{lines['pol'][line]}</po_line_number><po_line_price>{_price(total)}</po_line_price>"
        f"{_tag('additional_order_reference', reference) if reference else ''}</po_line_info>"
    )


def _fund(what: int, line: int, lines: dict, currency: str, period: str) -> str:
    fund = (SUMMARY_FUNDS if what == SUMMARY else FUNDS)[lines["fund"][line]]
    return (
        f"<fund_info><amount><currency>{currency}</currency><sum>{_short(lines['source'][line])}</sum></amount>"
        f"<local_amount><currency>GBP</currency><sum>{_short(lines['amount'][line])}</sum></local_amount>"
        f"<code>{fund.code}</code>{_tag('name', fund.name)}<fiscal_period>FY-{period[:4]}</fiscal_period>"
        f"<external_id>{fund.distribution}</external_id><type>{'SUMMARY' if what == SUMMARY else 'ALLOCATED'}</type>"
        f"<ledger_code>LIB-{period[:4]}</ledger_code><ledger_name>Library resources</ledger_name></fund_info>"
    )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _day(day: int) -> str:
    return pd.Timestamp(day, unit="D").strftime("%m/%d/%Y")


def _price(minor: int) -> str:
    """As Alma writes prices: at least one decimal."""
    text = to_text(minor, "GBP")
    return text[:-1] if text.endswith("0") else text


def _short(minor: int) -> str:
    """As Alma writes sums: no zeros at the end."""
    return to_text(minor, "GBP").rstrip("0").rstrip(".")
