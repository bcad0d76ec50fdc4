"""The file for Alma's Fund Allocation Loader: money given to funds, or taken from them, one row each.

The five headings, which of them must be filled, that a row's amount is added to what the fund has (a negative one takes
money out), that amounts bear no currency, and that the file is CSV or Excel, are documented by Ex Libris: "Synchronize
Fund Information" (Ex Libris Developer Network) and "How to upload a list of Fund allocations from a file to Alma?"
(Ex Libris Knowledge Center). So is that the first column takes a fund's external id or its code; we write the code.
That several rows may be of one fund is told by a university that uses it. Inferred, since no page says it: UTF-8
without a byte order mark, which the first heading could be misread with; a point before the decimals; lines that end in
CRLF.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from core.money import to_text

FUND, PERIOD, AMOUNT = "FUND_EXTERNAL_ID", "FISCAL_PERIOD_ID", "AMOUNT"
REFERENCE, NOTE = "TRANSACTION_REFERENCE_NUMBER", "TRANSACTION_NOTE"
HEADINGS = (FUND, PERIOD, AMOUNT, REFERENCE, NOTE)


@dataclass(frozen=True, slots=True)
class Allocation:
    """One row: what is added to a fund."""

    fund: str  # its code
    period: str  # Alma's number of the fiscal period, as its table of fiscal periods shows it
    amount: int  # minor units; negative takes away
    reference: str = ""
    note: str = ""


def write(allocations: Iterable[Allocation], currency: str) -> bytes:
    """Return the file; the same rows give the same bytes. Line breaks in notes become blanks."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(HEADINGS)
    for each in allocations:
        note = " ".join(each.note.split())
        rows.writerow([each.fund, each.period, to_text(each.amount, currency), each.reference, note])
    return text.getvalue().encode()
