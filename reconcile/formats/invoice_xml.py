"""Alma's invoice export as flat rows: a stream over the document that keeps one invoice line in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
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
_VAT = list(LINE).index("vat_amount")


class _Wanted:
    """Which elements below another are kept: by tag, the place of their text, or what is wanted of their own
    children."""

    def __init__(self, paths: Iterable[str], namespace: str, first: int = 0, within: tuple[str, ...] = ()) -> None:
        """`paths` take the places from `first` on; elements `within` are handed back to be looked into by the
        caller."""
        self.places: dict[str, int] = {}
        self.below: dict[str, _Wanted] = {}
        self.within = frozenset(namespace + tag for tag in within)
        for place, path in enumerate(paths, start=first):
            head, _, tail = path.rpartition("/")
            if head:
                inner = self.below.setdefault(namespace + head, _Wanted((), namespace))
                inner.places[namespace + tail] = place
            else:
                self.places[namespace + path] = place

    def take(self, element: etree._Element, values: list[str]) -> etree._Element | None:
        """Put the texts of wanted elements into their places; return the last element that is to be looked into."""
        found = None
        for child in element:
            tag = child.tag
            if (place := self.places.get(tag)) is not None:
                if child.text:
                    values[place] = child.text
            elif (inner := self.below.get(tag)) is not None:
                inner.take(child, values)
            elif tag in self.within:
                found = child
        return found


def flatten(path: Path, name: str) -> pd.DataFrame:
    """Return one row a line and fund, all text: the fields of HEADER, LINE, FUND, with `amount` and `amount_currency`
    (local, else as invoiced), `funded` ('1' or '') and `ordinal` (the invoice's number in the document, from 0).

    Raises Unreadable: broken off, a document type inside, not an invoice export.
    """
    try:
        return _read(path, _namespace(path, name))
    except etree.XMLSyntaxError as error:
        place = f" (line {error.lineno})" if error.lineno else ""
        message = (
            f"The XML breaks off or is damaged{place}: {error.msg}. Export the file again, or fetch it "
            "again from the server."
        )
        raise Unreadable(name, [Problem(message, error.lineno)]) from error


def _read(path: Path, namespace: str) -> pd.DataFrame:
    header = _Wanted(HEADER.values(), namespace)
    line = _Wanted(LINE.values(), namespace, within=("fund_info_list",))
    fund = _Wanted(FUND.values(), namespace, len(LINE))
    rows, headers, counts, waiting = _Columns(_ROW), _Columns(tuple(HEADER)), [], 0
    invoice = namespace + "invoice"
    tags = (invoice, namespace + "invoice_line")
    for _, element in etree.iterparse(str(path), events=("end",), tag=tags, **_parser_options()):
        if element.tag == invoice:
            values = [""] * len(HEADER)
            header.take(element, values)
            headers.add(values)
            counts.append(waiting)
            waiting = 0
        else:
            values = [""] * len(_ROW)
            waiting += _add_funds(line.take(element, values), fund, values, rows)
        _forget(element)
    return _joined(rows.frame(), headers.frame(), np.array(counts, dtype=np.int64))


def _add_funds(found: etree._Element | None, fund: _Wanted, values: list[str], rows: _Columns) -> int:
    """Add a row for each fund of a line, or one for a line without funds; return how many."""
    if found is None or not len(found):
        rows.add(values)
        return 1
    for number, element in enumerate(found):
        row = values.copy()
        row[-1] = "1"
        if number:
            row[_VAT] = ""  # the line's VAT, once
        fund.take(element, row)
        rows.add(row)
    return len(found)


def _parser_options() -> dict[str, bool]:
    return {
        "resolve_entities": False,
        "no_network": True,
        "load_dtd": False,
        "huge_tree": False,
        "remove_comments": True,
        "remove_pis": True,
    }


def _namespace(path: Path, name: str) -> str:
    """Return the root's namespace in braces, '' if it has none. Raises Unreadable: a document type, or another root."""
    _, root = next(iter(etree.iterparse(str(path), events=("start",), **_parser_options())))
    information = root.getroottree().docinfo
    if information.internalDTD is not None or information.doctype:
        message = (
            "The XML declares a document type (DOCTYPE). Alma's exports have none, and such files can "
            "do harm: it is refused."
        )
        raise Unreadable(name, [Problem(message)])
    tag = etree.QName(root)
    if tag.localname != "payment_data":
        raise Unreadable(name, [Problem(strangers.by_root(tag.localname, tag.namespace or "", *root.nsmap.values()))])
    return f"{{{tag.namespace}}}" if tag.namespace else ""


def _forget(element: etree._Element) -> None:
    """Free an element that has been read, and the blanks and siblings before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


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
        self.chunks.append(
            pa.record_batch([pa.array(list(c), pa.large_string()) for c in columns], names=list(self.names))
        )
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
