"""Fees become files for the student system: read, sorted, written by a layout, and counted against each other.

Nothing is stored here: the command line does this and no more, a run does it inside its transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

import pandas as pd

from bursar.formats import analytics, export_xml
from bursar.formats.fees import Reading
from bursar.formats.layout import Layout
from bursar.formats.layout_toml import NAMED
from bursar.formats.layout_writer import Made, Occasion, write
from bursar.rules.credits import Earlier
from bursar.rules.pool import CHARGES
from bursar.rules.sort import NotBalanced, Sorted, sort, totals
from bursar.rules.terms import Term
from core import csv_text
from core.money import to_text

SORTED = {"title"}  # what sorting needs besides what is listed
LISTED = {
    "row": "Row", "user_id": "Identifier", "name": "Name", "reference": "Reference", "fee_id": "Fee id",
    "fee_type": "Fee type", "library_code": "Library", "amount": "Amount", "currency": "Currency", "date": "Date",
    "barcode": "Barcode", "reason": "Why",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of fees: each sorted into one place, and the files that hold those that go out."""

    sorted: Sorted
    files: list[Made]


def read(path: Path, name: str, currency: str) -> Reading:
    """Read an export of Alma's or a report of fees; the report's amounts are in `currency` where it does not say.

    Raises fees.Unreadable.
    """
    with path.open("rb") as file:
        start = file.read(200).lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n")  # whatever the encoding
    return export_xml.read(path, name) if start.startswith(b"<") else analytics.read(path, name, currency)


def convert(
    fees: pd.DataFrame, total: dict[str, int], layout: Layout, calendar: Sequence[Term], occasion: Occasion,
    earlier: Earlier,
) -> Conversion:  # fmt: skip
    """Make the files of fees that come to `total` by currency (minor units).

    Raises NotBalanced when what came out is not what came in, OverflowError when a header cannot hold a total.
    """
    found = sort(fees, layout, calendar, occasion.day, earlier)
    del fees  # where nobody else needs them, their room is for the files
    found.check(total)
    kinds = _kinds(found, layout)
    files = list(_files(kinds, layout, occasion))
    _check(kinds, files)
    return Conversion(found, files)


def slim(fees: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """Return fees with the columns alone that sorting, lists and this layout need: many fees then take less room."""
    columns = (*layout.columns, *layout.elsewhere)
    values = {text for column in columns for text in (column.value, column.reversal or "")}
    named = {name for text in values for name in (text, *NAMED.findall(text))}
    named |= {"amount_text"} if any(column.as_written for column in columns) else set()
    return fees[[name for name in fees if name in named | LISTED.keys() | SORTED]]


def no_ledger() -> Earlier:
    """Return what is known where there is no ledger: credits can take back charges of the same file only."""
    return Earlier(pd.DataFrame({name: [] for name in CHARGES}))


def listing(fees: pd.DataFrame) -> bytes:
    """Return a list of fees with the reason of each, as a CSV that opens in Excel."""
    there = {name: heading for name, heading in LISTED.items() if name in fees}
    told = fees[list(there)].assign(
        amount=[to_text(*pair) for pair in zip(fees["amount"].tolist(), fees["currency"].tolist(), strict=True)],
        date=fees["date"].dt.strftime("%Y-%m-%d").fillna(""),
    )
    columns = [
        told[name].tolist() if name in ("row", "amount") else [csv_text.harmless(text) for text in told[name].tolist()]
        for name in there
    ]
    return "".join(csv_text.pieces(there.values(), zip(*columns, strict=True))).encode()


def _files(kinds: Mapping[str, pd.DataFrame], layout: Layout, occasion: Occasion) -> Iterator[Made]:
    """Make one file of each kind and currency. Numbers within a run: charges odd, reversals even."""
    taken: set[str] = set()
    for kind, fees in kinds.items():
        currencies = sorted(fees["currency"].unique())
        for place, currency in enumerate(currencies):
            one = fees[fees["currency"] == currency] if len(currencies) > 1 else fees
            made = write(kind, one, layout, occasion, 2 * place + (2 if kind == "reversals" else 1))
            yield replace(made, name=free(made.name, taken, currency))


def _kinds(found: Sorted, layout: Layout) -> dict[str, pd.DataFrame]:
    """Return the fees that go into files, by the kind of file."""
    if "all" in layout.files:
        parts = [part for part in (found.charges, found.reversals) if len(part)]
        kinds = {"all": pd.concat(parts).sort_values("row") if len(parts) == 2 else (parts or [found.charges])[0]}
    else:
        kinds = {"charges": found.charges, "reversals": found.reversals}
    if "elsewhere" in layout.files:
        kinds["elsewhere"] = found.elsewhere
    return {kind: fees for kind, fees in kinds.items() if len(fees)}


def free(name: str, taken: set[str], mark: str = "") -> str:
    """Return a name that none of `taken` is, and add it: charges.dat, charges-EUR.dat, charges-2.dat."""
    stem, dot, end = name.rpartition(".") if "." in name.strip(".") else (name, "", "")
    marked = [f"{stem}-{mark}{dot}{end}"] if mark else []
    tries = chain([name], marked, (f"{stem}-{number}{dot}{end}" for number in count(2)))
    found = next(each for each in tries if each.casefold() not in taken)
    taken.add(found.casefold())
    return found


def _check(kinds: Mapping[str, pd.DataFrame], files: Sequence[Made]) -> None:
    """The files must hold exactly the fees that were sorted into them."""
    for kind, fees in kinds.items():
        made = [file for file in files if file.kind == kind]
        sums = {file.currency: file.amount for file in made}  # of a kind there is one a currency
        if sum(file.count for file in made) != len(fees) or sums != totals(fees):
            raise NotBalanced(f"The {kind} file does not hold the fees that were sorted into it.")
