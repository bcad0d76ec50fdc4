"""Alma's export for the bursar (`xml-fragment`): read as a stream, a user at a time, nothing expanded or fetched.

Elements are known by their names in the format's namespace, misspelt as they are there (`itemCallNumebr`,
`owneredEntity`). Two sibling blocks each hold a part: `exportNumber` is taken from any, fees from all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from . import export_shapes
from .fees import WRITTEN, Columns, Problem, Reading, Unreadable
from .said import conclude

KIND = "bursar_export"
NAMESPACE = "http://com/exlibris/urm/rep/externalsysfinesfees/xmlbeans"
FIELDS = {
    "fineFeeComment": "comment",
    "fineFeeType": "fee_type",
    "lastTransactionDate": "date_text",
    "itemTitle": "title",
    "itemCallNumebr": "call_number",
    "itemCallNumber": "call_number",
    "itemLibrary": "item_library",
    "itemLocation": "location",
    "itemInternalLocation": "internal_location",
    "itemDueDate": "due_date",
    "itemBarcode": "barcode",
    "bursarTransactionId": "reference",
}
PARTS = {
    "owneredEntity": {"InstitutionId": "institution", "libraryId": "library_id", "libraryCode": "library_code"},
    "compositeSum": {"currency": "currency", "sum": "amount_text", "vat": "vat_text"},
}
_PARSER = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip
_HERE = f"{{{NAMESPACE}}}"
_USER = {"user_type": "user/type", "user_id": "user/value", "user_institution": "user/owneredEntity/InstitutionId",
         "name": "patronName"}  # fmt: skip
_PLACE = {name: place for place, name in enumerate(WRITTEN)}
_PLACES = {_HERE + tag: _PLACE[name] for tag, name in FIELDS.items()}
_INSIDE = {
    _HERE + tag: {_HERE + inner: _PLACE[name] for inner, name in inside.items()} for tag, inside in PARTS.items()
}


def sniff(path: Path) -> bool:
    """Say whether this is such an export, by its root."""
    try:
        _, root = next(iter(etree.iterparse(str(path), events=("start",), **_PARSER)))
    except (etree.XMLSyntaxError, StopIteration):
        return False
    return bool(root.tag == f"{_HERE}xml-fragment")


def read(path: Path, name: str) -> Reading:
    """Read an export. Raises Unreadable: broken off, a document type inside, another kind of XML, amounts or currencies
    that nobody can read.
    """
    try:
        _check_root(path, name)
        return _read(path, name)
    except etree.XMLSyntaxError as error:
        place = f" (line {error.lineno})" if error.lineno else ""
        message = (
            f"The XML breaks off or is damaged{place}: {error.msg}. It may still have been written when it was "
            "fetched: fetch it again, or export it again."
        )
        raise Unreadable(name, [Problem(message, error.lineno)]) from error


def _read(path: Path, name: str) -> Reading:
    user, number = _HERE + "userExportedFineFeesList", _HERE + "exportNumber"
    plain = export_shapes.read(path, NAMESPACE, _fees, etree.XMLParser(**_PARSER))
    if plain:
        columns, around, users = plain
        numbers = [each.text or "" for each in around.iter(number)]
    else:
        columns, numbers, users = Columns(), [], 0
        for _, element in etree.iterparse(str(path), events=("end",), tag=(user, number), **_PARSER):
            if element.tag == number:
                numbers.append(element.text or "")
                continue
            users += 1
            for fee in _fees(element):
                columns.add(fee)
            _forget(element)
    export = next(filter(None, map(str.strip, numbers)), "")
    return conclude(columns.frame(), name=name, kind=KIND, export=export, users=users)


def _fees(user: etree._Element) -> Iterator[list[str]]:
    """Yield the fees of one user, each with WRITTEN's fields in their order."""
    told = [""] * len(WRITTEN)
    for name, path in _USER.items():
        told[_PLACE[name]] = user.findtext("/".join(_HERE + tag for tag in path.split("/"))) or ""
    for fee in user.iter(_HERE + "userFineFee"):
        yield _fee(fee, told.copy())


def _fee(fee: etree._Element, values: list[str]) -> list[str]:
    unknown: dict[str, str] = {}
    for child in fee:
        tag = child.tag
        if (place := _PLACES.get(tag)) is not None:
            values[place] = child.text or ""
        elif (inside := _INSIDE.get(tag)) is not None:
            for part in child:
                if (place := inside.get(part.tag)) is not None:
                    values[place] = part.text or ""
        else:
            unknown[_local(child)] = "".join(child.itertext()).strip()
    if unknown:
        values[_PLACE["extra"]] = json.dumps(unknown, ensure_ascii=False, sort_keys=True)
    return values


def _check_root(path: Path, name: str) -> None:
    _, root = next(iter(etree.iterparse(str(path), events=("start",), **_PARSER)))
    information = root.getroottree().docinfo
    if information.internalDTD is not None or information.doctype:
        message = (
            "The XML declares a document type (DOCTYPE). Alma's exports have none, and such files can do harm: it is "
            "refused."
        )
        raise Unreadable(name, [Problem(message)])
    if root.tag != f"{_HERE}xml-fragment":
        message = (
            f"The file is XML with “{_local(root)}” at its root. Alma's export for the bursar begins "
            "with “xml-fragment”; fetch the file that the job “Export to Bursar” wrote."
        )
        raise Unreadable(name, [Problem(message)])


def _local(element: etree._Element) -> str:
    """Return an element's name without its namespace. A prefix that nobody declared stays: it is no namespace."""
    return str(element.tag).rpartition("}")[2]


def _forget(element: etree._Element) -> None:
    """Free a user that has been read, and the blanks and siblings before."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
