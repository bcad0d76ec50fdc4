"""Alma's invoice export as flat rows: a stream over the document that keeps one invoice line in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from lxml import etree

from . import strangers
from .canonical import Problem, Unreadable

CHUNK = 50_000
# What is kept of an invoice, field -> path of the element.
HEADER = {
    "invoice_number": "invoice_number",
    "invoice_id": "unique_identifier",
    "supplier_code": "vendor_code",
    "supplier_name": "vendor_name",
    "finance_code": "vendor_FinancialSys_Code",
    "account_finance_code": "vendor_account_FinancialSys_Code",
    "invoice_date": "invoice_date",
    "payment_method": "payment_method",
    "currency": "invoice_amount/currency",
    "header_amount": "invoice_amount/sum",
    "accounting_date": "invoice_ownered_entity/creationDate",
}
LINE = {
    "line_number": "line_number",
    "line_type": "line_type",
    "total_price": "total_price",
    "vat_amount": "vat_amount",
    "reporting_code": "reporting_code",
    "reporting_code_2": "secondary_reporting_code",
    "reporting_code_3": "tertiary_reporting_code",
    "pol": "po_line_info/po_line_number",
    "order_reference": "po_line_info/additional_order_reference",
    "description": "po_line_info/po_line_title",
}
FUND = {
    "source_currency": "amount/currency",
    "source_amount": "amount/sum",
    "local_currency": "local_amount/currency",
    "local_amount": "local_amount/sum",
    "fund": "code",
    "fund_name": "name",
    "distribution": "external_id",
    "fund_type": "type",
    "ledger": "ledger_name",
}
PATHS = {
    **HEADER,
    **{name: f"invoice_line/{path}" for name, path in LINE.items()},
    **{name: f"fund_info/{path}" for name, path in FUND.items()},
    "amount": "fund_info/local_amount/sum",
    "amount_currency": "fund_info/local_amount/currency",
}
_ROW = (*LINE, *FUND, "funded")
_LINE_AT = {path: place for place, path in enumerate(LINE.values())}
_FUND_AT = {path: len(LINE) + place for place, path in enumerate(FUND.values())}
_HEADER_AT = {path: place for place, path in enumerate(HEADER.values())}
_NESTED = {"invoice_amount", "invoice_ownered_entity", "po_line_info", "amount", "local_amount"}


def flatten(path: Path, name: str) -> pd.DataFrame:
    """Return one row a line and fund, all text: the fields of HEADER, LINE, FUND, with `amount` and `amount_currency` (local, else
    as invoiced), `funded` ('1' or '') and `ordinal` (the invoice's number in the document, from 0).

    Raises Unreadable: broken off, a document type inside, not an invoice export.
    """
    rows, headers, counts = _Columns(_ROW), _Columns(tuple(HEADER)), []
    try:
        _check_root(path, name)
        waiting = 0
        for element in _elements(path):
            if etree.QName(element).localname == "invoice":
                headers.add(_header(element))
                counts.append(waiting)
                waiting = 0
            else:
                waiting += _line(element, rows)
            _forget(element)
    except etree.XMLSyntaxError as error:
        place = f" (line {error.lineno})" if error.lineno else ""
        message = f"The XML breaks off or is damaged{place}: {error.msg}. Export the file again, or fetch it again from the server."
        raise Unreadable(name, [Problem(message, error.lineno)]) from error
    return _joined(rows.frame(), headers.frame(), np.array(counts, dtype=np.int64))


def _parser_options() -> dict[str, bool]:
    return {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True, "remove_pis": True}


def _check_root(path: Path, name: str) -> None:
    _, root = next(iter(etree.iterparse(str(path), events=("start",), **_parser_options())))
    information = root.getroottree().docinfo
    if information.internalDTD is not None or information.doctype:
        message = "The XML declares a document type (DOCTYPE). Alma's exports have none, and such files can do harm: it is refused."
        raise Unreadable(name, [Problem(message)])
    tag = etree.QName(root)
    if tag.localname != "payment_data":
        raise Unreadable(name, [Problem(strangers.by_root(tag.localname, tag.namespace or ""))])


def _elements(path: Path) -> Iterator[etree._Element]:
    tags = ("{*}invoice_line", "{*}invoice")
    for _, element in etree.iterparse(str(path), events=("end",), tag=tags, **_parser_options()):
        yield element


def _forget(element: etree._Element) -> None:
    """Free an element that has been read, and the blanks and siblings before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _header(invoice: etree._Element) -> list[str]:
    values = [""] * len(HEADER)
    _take(invoice, _HEADER_AT, values, "")
    return values


def _line(line: etree._Element, rows: _Columns) -> int:
    """Add a row for each fund of the line, or one for a line without funds; return how many."""
    values = [""] * len(_ROW)
    funds = _take(line, _LINE_AT, values, "")
    if funds is None or len(funds) == 0:
        rows.add(values)
        return 1
    values[-1] = "1"
    for number, fund in enumerate(funds):
        row = values.copy()
        if number:
            row[_LINE_AT["vat_amount"]] = ""  # the line's VAT, once
        _take(fund, _FUND_AT, row, "")
        rows.add(row)
    return len(funds)


def _take(element: etree._Element, places: dict[str, int], values: list[str], prefix: str) -> etree._Element | None:
    """Put the texts of known children into their places, one level deep; return the list of funds if it is among them."""
    funds = None
    for child in element:
        tag = child.tag.rpartition("}")[2]
        if tag in _NESTED:
            _take(child, places, values, tag + "/")
        elif tag == "fund_info_list":
            funds = child
        elif (place := places.get(prefix + tag)) is not None and child.text:
            values[place] = child.text
    return funds


class _Columns:
    """Columns of text that grow by rows and are packed in chunks, so that a million rows stay small."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.rows: list[list[str]] = []
        self.chunks: list[pa.RecordBatch] = []

    def add(self, row: list[str]) -> None:
        self.rows.append(row)
        if len(self.rows) >= CHUNK:
            self._pack()

    def _pack(self) -> None:
        columns = zip(*self.rows, strict=True) if self.rows else ([] for _ in self.names)
        self.chunks.append(pa.record_batch([pa.array(list(c), pa.large_string()) for c in columns], names=list(self.names)))
        self.rows = []

    def frame(self) -> pd.DataFrame:
        self._pack()
        table = pa.Table.from_batches(self.chunks)
        dtype = pd.StringDtype(storage="pyarrow", na_value=np.nan)
        return table.to_pandas(types_mapper={pa.large_string(): dtype}.get)


def _joined(rows: pd.DataFrame, headers: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    ordinal = np.repeat(np.arange(len(counts)), counts)
    data = {name: headers[name].take(ordinal).reset_index(drop=True) for name in headers}
    data |= {name: rows[name] for name in rows}
    local = rows["local_amount"].str.strip() != ""
    data["amount"] = rows["local_amount"].where(local, rows["source_amount"])
    data["amount_currency"] = rows["local_currency"].where(local, rows["source_currency"])
    data["ordinal"] = pd.Series(ordinal).astype("str")
    return pd.DataFrame(data)
