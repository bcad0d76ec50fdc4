"""Alma's own XML of fees, written: what Libra exports in Alma's place, and what it reports back as paid.

Both have the structure of the export. A report of payments repeats each fee as it was exported and puts the amount paid
in `sum`; Alma has no word there for a waiver or a refund, so a sum is always above nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pandas as pd
from lxml import etree

from core import money

from .export_xml import FIELDS, NAMESPACE, PARTS

_XB = f"{{{NAMESPACE}}}"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_OF_ITEMS = frozenset({"call_number", "item_library", "location", "internal_location", "due_date", "barcode"})
# The order of the elements, as all known exports have it; `itemCallNumebr` is spelt so in the format.
_ORDER = (
    "fineFeeComment", "fineFeeType", "owneredEntity", "lastTransactionDate", "itemTitle", "itemCallNumebr",
    "itemLibrary", "itemLocation", "itemInternalLocation", "itemDueDate", "itemBarcode", "compositeSum",
    "bursarTransactionId",
)  # fmt: skip


def export(fees: pd.DataFrame, number: str) -> bytes:
    """Write fees (canonical columns, users together or not) as Alma exports them, under an export number."""
    return _written(fees, number, fees["amount_text"])


def payments(fees: pd.DataFrame, paid: Iterable[int], number: str) -> bytes:
    """Write what was paid of fees: `paid` is each one's amount in minor units, above nothing.

    Raises ValueError for an amount of nothing or less, which Alma would not understand.
    """
    sums = [_sum(amount, currency) for amount, currency in zip(paid, fees["currency"].tolist(), strict=True)]
    return _written(fees, number, pd.Series(sums, index=fees.index, dtype="str"))


def _sum(amount: int, currency: str) -> str:
    if amount <= 0:
        raise ValueError("A payment that is reported to Alma must be above nothing.")
    return money.to_text(amount, currency)


def _written(fees: pd.DataFrame, number: str, sums: pd.Series) -> bytes:
    out = io.BytesIO()
    with etree.xmlfile(out, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element(_XB + "xml-fragment", nsmap={"xb": NAMESPACE}):
            with xml.element(_XB + "userExportedFineFees"):
                xml.write(_element("exportNumber", number))
            with xml.element(_XB + "userExportedFineFees"), xml.element(_XB + "userExportedList"):
                told = fees.assign(sum_text=sums)
                keys = ["user_type", "user_id", "user_institution"]
                for _, one in told.groupby(keys, sort=False):
                    xml.write(_user(one.to_dict("records")))
    return out.getvalue()


def _user(fees: list[dict[Any, Any]]) -> etree._Element:
    made = etree.Element(_XB + "userExportedFineFeesList", nsmap={"xb": NAMESPACE})
    user = etree.SubElement(made, _XB + "user")
    user.append(_element("type", fees[0]["user_type"]))
    user.append(_element("value", fees[0]["user_id"]))
    owner = etree.SubElement(user, _XB + "owneredEntity")
    owner.append(_element("InstitutionId", fees[0]["user_institution"] or "null"))
    made.append(_element("patronName", fees[0]["name"]))
    several = etree.SubElement(made, _XB + "finefeeList")
    for fee in fees:
        several.append(_fee(fee))
    return made


def _fee(fee: dict[Any, Any]) -> etree._Element:
    made = etree.Element(_XB + "userFineFee")
    has_item = any(fee[name] for name in _OF_ITEMS)
    values = fee | {"date_text": f"{fee['date']:%m/%d/%Y %H:%M:%S}" if pd.notna(fee["date"]) else ""}
    if values["date_text"] and fee["zone"]:
        values["date_text"] += f" {fee['zone']}"
    for tag in _ORDER:
        if (parts := PARTS.get(tag)) is not None:
            inner = etree.SubElement(made, _XB + tag)
            for part, name in parts.items():
                value = fee["sum_text"] if name == "amount_text" else values[name]
                if value or name in ("vat_text", "institution"):
                    inner.append(_element(part, value))
        elif has_item or FIELDS[tag] not in _OF_ITEMS:
            made.append(_element(tag, values[FIELDS[tag]]))
    return made


def _element(tag: str, text: str) -> etree._Element:
    """Make an element; without a text it is nil, as Alma writes it."""
    made = etree.Element(_XB + tag, nsmap={"xb": NAMESPACE})
    if text:
        made.text = text
    else:
        made.set(f"{{{_XSI}}}nil", "true")
    return made
