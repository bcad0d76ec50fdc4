"""What is drawn on each order equals a sum taken by another way: from arbitrary months, and from the files with a known
truth, read anew by the plainest means there are.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from core.jobs import NullProgress
from reconcile.models import Entry, Order, Run
from reconcile.services import books, copo, intake
from reconcile.services.copo import Ledger

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MONTHS = Path(__file__).resolve().parents[4] / "shared" / "months"
FOLDERS = sorted(path.parent for path in MONTHS.glob("**/truth.json"))
SIDES = ("alma", "oracle")


class Spent(NamedTuple):
    """A line of an invoice as the second way reads it: pennies, and which invoice it stands on."""

    invoice: tuple[str, ...]
    order: str
    kind: str  # item, tax, or any other charge
    amount: int


def second_way(lines: Iterable[Spent], taxed: bool) -> dict[str, int]:
    """Sum up what is drawn on each order ('' is what draws on none), one invoice after the other, as the contract says
    it: an order's own lines, and the charges of invoices whose item lines all name that one order; with tax or without.
    """
    invoices: dict[tuple[str, ...], list[Spent]] = defaultdict(list)
    for line in lines:
        invoices[line.invoice].append(line)
    drawn: dict[str, int] = defaultdict(int)
    for invoice in invoices.values():
        named = [line.order for line in invoice if line.kind == "item"]
        common = named[0] if named and all(order == named[0] for order in named) else ""
        for line in invoice:
            if line.kind == "tax" and not taxed:
                continue
            drawn[line.order if line.kind == "item" else line.order or common] += line.amount
    return drawn


def holds(lines: dict[str, list[Spent]]) -> None:
    """Compare every order's ledger with the second way, on both sides and both bases, and the sum of all with the
    months' totals.
    """
    books.catch_up()
    for basis in ("net", "gross"):
        for number in {line.order for side in SIDES for line in lines[side]} - {""}:
            Order.objects.update_or_create(
                number=number, defaults={"supplier": "X", "value": 10_000_000, "basis": basis}
            )
        oracle, alma = second_way(lines["oracle"], basis == "gross"), second_way(lines["alma"], True)
        found = copo.ledgers()
        assert {each.number for each in found} >= (oracle.keys() | alma.keys()) - {""}
        for each in found:
            expected = {"oracle": oracle.get(each.number, 0), "alma": alma.get(each.number, 0)}
            assert each.drawn == expected, (basis, each.number)
            assert each.left is not None and each.left == 10_000_000 - expected["oracle"]
            adds_up(each)
    totals(found)


def adds_up(each: Ledger) -> None:
    """An order's lines come to what its head says, and its last balance is what is left."""
    for side in SIDES:
        assert sum(line.amount for line in each.lines if line.side == side) == each.drawn[side]
    assert [line.balance for line in each.lines if line.balance is not None][-1] == each.left


def totals(found: Sequence[Ledger]) -> None:
    """All orders and what names none come to the months' own totals: nothing is lost, nothing is counted twice."""
    runs = Run.objects.filter(current=True)
    nowhere = {side: sum(entry.amount for entry in Entry.objects.filter(side=side, order="")) for side in SIDES}
    for side in SIDES:
        whole = sum(line.gross or 0 for each in found for line in each.lines if line.side == side)
        assert whole + nowhere[side] == sum(getattr(run, f"{side}_total") for run in runs)


# --- Arbitrary months -------------------------------------------------------------------------------------------------

ALMA = (
    "Invoice-Number,Vendor Code,Vendor Name,Vendor Financial Code,Invoice Line-Number,Invoice-Date,Transaction Date,"
    "Invoice-Status,Transaction Item Type,Transaction Expenditure Amount,PO Line Reference,Reporting Code,PO Number,"
    "Fund Code,Fund Type\n"
)
ORACLE = (
    "Supplier Name,Supplier Number,Invoice Number,Invoice Date,GL Date,Line Number,Line Type,Line Amount,"
    "Invoice Currency,Invoice Source,PO Number,Overlay Dist Code Concat,Business Unit,Legal Entity Name,Payment Term\n"
)
SUPPLIERS = (("BROWNS", "Browns Books", "10001"), ("GOBI", "GOBI Library Solutions", "10002"))
ORDERS = ("", "70001234", "70005678", "70009999")
KINDS = {"item": "Item", "tax": "Tax", "carriage": "Freight", "charge": "Miscellaneous"}


@dataclass(frozen=True)
class Invoice:
    supplier: tuple[str, str, str]
    number: str
    day: int
    lines: tuple[tuple[str, str, int, str], ...]  # kind, order, pennies, fund


AMOUNTS = (500, 1000, 1200, 333, -250, 1)
LINES = st.tuples(*map(st.sampled_from, ([*KINDS, "item", "item"], ORDERS, AMOUNTS, ("LAW", "ARTS", "SCI"))))
INVOICES = st.builds(
    Invoice, st.sampled_from(SUPPLIERS), st.sampled_from([f"N-{n}" for n in range(1, 9)]), st.integers(1, 28),
    st.lists(LINES, min_size=1, max_size=4).map(tuple),
)  # fmt: skip
SIDE = st.lists(INVOICES, max_size=7, unique_by=lambda each: (each.supplier, each.number))


@settings(max_examples=8, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(months=st.tuples(st.tuples(SIDE, SIDE), st.tuples(SIDE, SIDE)))
def test_arbitrary_months_draw_on_each_order_what_their_lines_say(
    db: None, months: tuple[tuple[list[Invoice], list[Invoice]], ...]
) -> None:
    with transaction.atomic():  # each example begins with an empty database
        lines: dict[str, list[Spent]] = {side: [] for side in SIDES}
        # The same numbers in both months: an invoice may have lines in each of them.
        for month, (ours, theirs) in enumerate(months, 3):
            # Oracle's files carry order numbers, or none of Alma's texts would be one.
            known = Invoice(SUPPLIERS[0], f"KNOWN-{month}", 15, (("item", "70001234", 4242, "LAW"),))
            alma, oracle = [*ours, known], [*theirs, known]
            files = {
                f"alma{month}.csv": ALMA + "".join(alma_rows(alma, month)),
                f"oracle{month}.csv": ORACLE + "".join(oracle_rows(oracle, month)),
            }
            take_in(files, f"2025-{month:02d}")
            lines["alma"] += spent(alma, month)
            lines["oracle"] += spent(oracle, month)
        holds(lines)
        transaction.set_rollback(True)


def alma_rows(invoices: Iterable[Invoice], month: int) -> Iterator[str]:
    for each in invoices:
        code, name, finance = each.supplier
        day = f"{each.day:02d}/{month:02d}/2025"
        for place, (kind, order, pennies, fund) in enumerate(each.lines, 1):
            number = place if kind == "item" else 999990 + place
            yield (
                f"{each.number},{code},{name},{finance},{number},{day},{day},Closed,Expenditure,"
                f"{Decimal(pennies).scaleb(-2)},POL-1,{order},PO-123,{fund},Allocated fund\n"
            )


def oracle_rows(invoices: Iterable[Invoice], month: int) -> Iterator[str]:
    for each in invoices:
        _, name, finance = each.supplier
        day = f"{each.day:02d}/{month:02d}/2025"
        for place, (kind, order, pennies, _) in enumerate(each.lines, 1):
            yield (
                f"{name},{finance},{each.number},{day},{day},{place},{KINDS[kind]},{Decimal(pennies).scaleb(-2)},GBP,"
                f"Interface,{order},R01.LLB008.400305,University,University,30 days\n"
            )


def spent(invoices: Iterable[Invoice], month: int) -> Iterator[Spent]:
    for each in invoices:
        for kind, order, pennies, _ in each.lines:
            yield Spent((str(month), each.supplier[2], each.number), order, kind, pennies)


def take_in(files: dict[str, str], period: str) -> None:
    staged = intake.receive([(name, io.BytesIO(text.encode())) for name, text in files.items()], None)
    intake.look(str(staged[0].batch), NullProgress())
    intake.take_in(intake.batch_files(staged[0].batch), period, None, NullProgress())


# --- Months with a known truth ----------------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.skipif(not FOLDERS, reason="the shared months with a known truth are not here")
def test_every_order_of_the_months_with_a_known_truth_comes_to_what_the_files_say() -> None:
    lines: dict[str, list[Spent]] = {side: [] for side in SIDES}
    for folder in FOLDERS:
        truth = json.loads((folder / "truth.json").read_text())
        staged = intake.receive([(each["name"], (folder / each["name"]).open("rb")) for each in truth["files"]], None)
        intake.look(str(staged[0].batch), NullProgress())
        intake.take_in(intake.batch_files(staged[0].batch), truth["period"], None, NullProgress())
        for file in truth["files"]:
            read = READERS[file["side"], file["form"]]
            out = {each["row"] for each in truth["excluded"] if each["file"] == file["name"]}
            lines[file["side"]] += read(folder / file["name"], file["heading_row"], out)
    holds(lines)


Rows = Iterator[dict[str, str]]


def of_csv(path: Path, heading: int, out: set[int]) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    names = [name.strip() for name in rows[heading - 1]]
    for row, cells in enumerate(rows[heading:], heading + 1):
        if row not in out:
            yield dict(zip(names, cells, strict=True))


def of_workbook(path: Path, heading: int, out: set[int]) -> Rows:
    rows = list(openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True))
    names = [str(name).strip() for name in rows[heading - 1] if name is not None]
    above: list[str] = []
    for row, cells in enumerate(rows[heading:], heading + 1):
        if row in out:
            continue
        texts = ["" if cell is None else str(cell) for cell in cells[: len(names)]]
        for place, text in enumerate(texts):  # what the report does not repeat in its leading columns
            if text or not above:
                break
            texts[place] = above[place]
        above = texts
        yield dict(zip(names, texts, strict=True))


def analytics(rows: Rows) -> Iterator[Spent]:
    for said in rows:
        kind = "charge" if int(said["Invoice Line-Number"]) >= 999991 else "item"
        order = order_in(said["Reporting Code"], said["Additional Order Reference"], said["PO Number"])
        invoice = (said["Vendor Code"], said["Invoice-Number"])
        yield Spent(invoice, order, kind, pennies(said["Transaction Expenditure Amount"]))


def payables(rows: Rows) -> Iterator[Spent]:
    for said in rows:
        kind = {"Item": "item", "Tax": "tax"}.get(said["Line Type"], "charge")
        invoice = (said["Supplier Number"] or said["Supplier Name"], said["Invoice Number"])
        yield Spent(invoice, said["PO Number"].strip(), kind, pennies(said["Line Amount"]))


def export(path: Path, heading: int, out: set[int]) -> Iterator[Spent]:
    row = 0
    for invoice in etree.parse(path).getroot().iterfind(".//{*}invoice"):
        for line in invoice.iterfind(".//{*}invoice_line"):
            where = ("{*}reporting_code", "{*}additional_order_reference", "{*}po_number")
            order = order_in(*(found.text or "" for tag in where for found in line.iterfind(f".//{tag}")))
            kind = "item" if line.findtext("{*}line_type") == "REGULAR" else "charge"
            for fund in line.findall(".//{*}fund_info") or [None]:
                row += 1
                if row not in out:
                    told = fund.findtext("{*}local_amount/{*}sum") or fund.findtext("{*}amount/{*}sum")
                    yield Spent((invoice.findtext("{*}unique_identifier"),), order, kind, pennies(told))


def order_in(*texts: str) -> str:
    """Oracle's orders are eight digits that begin with 70, alone or after PO or COPO."""
    for text in texts:
        for part in text.split("|"):
            bare = "".join(part.upper().split()).removeprefix("CO").removeprefix("PO")
            if len(bare) == 8 and bare.isdigit() and bare.startswith("70"):
                return bare
    return ""


def pennies(text: str) -> int:
    return int(Decimal(text.replace(",", "")) * 100)


READERS: dict[tuple[str, str], Any] = {
    ("alma", "csv"): lambda *where: analytics(of_csv(*where)),
    ("alma", "xlsx"): lambda *where: analytics(of_workbook(*where)),
    ("alma", "xml"): export,
    ("oracle", "csv"): lambda *where: payables(of_csv(*where)),
    ("oracle", "xlsx"): lambda *where: payables(of_workbook(*where)),
}
