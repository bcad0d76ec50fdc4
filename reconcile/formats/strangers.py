"""Files that are no invoice report but get dropped here all the same: what they are, and where they belong."""

from __future__ import annotations

from pathlib import Path

from . import headings

_EXPECTED = "Expected here: an Alma Funds Expenditure report, an Alma invoice export, or an Oracle payables report."
_ROOTS = {
    "payment_confirmation_data": "a payment confirmation (from the finance system to Alma)",
    "query": "a finance system's answer about payments (a PeopleSoft query)",
    "voucher_build": "a set of vouchers for PeopleSoft",
    "userExportedFineFeesList": "an export of patrons' fines and fees; it belongs to student finance",
    "report": "Alma Analytics' answer to a program; export the report as CSV or Excel instead",
}
_HEADINGS = (
    ({"fund external id", "fiscal period id", "transaction reference number"}, "a fund allocation load for Alma"),
    ({"fund external id", "fiscal period id"}, "a fund allocation load for Alma"),
    ({"invoice id", "voucher id", "pymnt message"}, "a finance system's answer about payments"),
)


def by_bytes(path: Path) -> str:
    """Return what a file is that is no table and no XML, told from its first bytes, or ''."""
    with path.open("rb") as file:
        start = file.read(4096)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b'{"', b"[{", b"{\n", b"{\r", b"{ ", b"[\n", b"[\r", b"[ ", b"[]", b"{}")):
        return f"The file is JSON, an answer of a web service such as Alma's, not a report. {_EXPECTED}"
    if text.startswith(b"**HEADER"):
        return f"The file is a feed of fixed-width records for a finance system, not a report. {_EXPECTED}"
    return ""


def by_root(name: str, *namespaces: str) -> str:
    """Return what an XML document is that is no invoice export."""
    if any("externalsysfinesfees" in namespace for namespace in namespaces):
        name = "userExportedFineFeesList"
    what = _ROOTS.get(name, f"XML of another kind (its root element is “{name}”)")
    return f"The file is {what}. {_EXPECTED}"


def by_headings(texts: tuple[str, ...]) -> str:
    """Return what a table is that is known and of no use here, or ''."""
    plain = {headings.normalise(text) for text in texts}
    what = next((what for names, what in _HEADINGS if names <= plain), "")
    return f"The file is {what}, not a report of invoices. {_EXPECTED}" if what else ""
