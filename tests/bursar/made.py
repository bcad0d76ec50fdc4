"""Alma's export for the bursar, written for a test: a few fees in the real format."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

NAMESPACE = "http://com/exlibris/urm/rep/externalsysfinesfees/xmlbeans"
NIL = '<xb:{0} xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'


def fee(sum: str = "12.50", kind: str = "OVERDUEFINE", **told: Any) -> str:
    """One `userFineFee`. A value of None is xsi:nil, '' an empty element, an element not named is absent."""
    item = {"itemTitle": "A book", "itemCallNumebr": "QA 1", "itemBarcode": "3908"} if told.pop("item", True) else {}
    texts = {
        "fineFeeComment": None,
        "fineFeeType": kind,
        "lastTransactionDate": told.pop("date", "02/23/2022 11:44:33 EST"),
        **item,
        "bursarTransactionId": told.pop("reference", "15216075630006761"),
    }
    library = told.pop("library", "RTC")
    currency, vat = told.pop("currency", "USD"), told.pop("vat", None)
    institution = told.pop("institution", "6761")
    texts |= told
    owner = f"<xb:libraryCode>{library}</xb:libraryCode>" if library else ""
    body = "".join(element(name, value) for name, value in texts.items())
    return (
        f"<xb:userFineFee>{body}<xb:owneredEntity>{element('InstitutionId', institution)}{owner}</xb:owneredEntity>"
        f"<xb:compositeSum>{element('currency', currency)}{element('sum', sum)}{element('vat', vat)}"
        f"</xb:compositeSum></xb:userFineFee>"
    )


def element(name: str, value: str | None) -> str:
    return NIL.format(name) if value is None else f"<xb:{name}>{escape(value)}</xb:{name}>"


def user(identifier: str, *fees: str, name: str = "Doe, Jane") -> str:
    return (
        f"<xb:userExportedFineFeesList><xb:user><xb:type>02</xb:type>{element('value', identifier)}<xb:owneredEntity>"
        f"<xb:InstitutionId>6761</xb:InstitutionId></xb:owneredEntity></xb:user>{element('patronName', name)}"
        f"<xb:finefeeList>{''.join(fees)}</xb:finefeeList></xb:userExportedFineFeesList>"
    )


def export(*users: str, number: str = "15216075870006761") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><xb:xml-fragment xmlns:xb="{NAMESPACE}"><xb:userExportedFineFees>'
        f"<xb:exportNumber>{number}</xb:exportNumber></xb:userExportedFineFees><xb:userExportedFineFees>"
        f"<xb:userExportedList>{''.join(users)}</xb:userExportedList></xb:userExportedFineFees></xb:xml-fragment>"
    )


def written(folder: Path, *users: str) -> Path:
    path = folder / "LIB-123-1646000000000.xml"
    path.write_text(export(*users), encoding="utf-8")
    return path
