"""The place that the example months are set in: a library's suppliers, funds, currencies and the words of its reports.

The companies are real suppliers of libraries; their codes, numbers and prices are made up, and so is the university.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

UNIVERSITY = "Example University"
LIBRARY = "Example University Library"
BUSINESS_UNIT = "EXU BU"
ORDER_FIRST = 31_000_000  # Oracle's orders: eight digits that begin with 31
COST_CENTRES = ("LIB210", "LIB220", "LIB230", "LIB240", "LIB250", "LIB260")
ELSEWHERE = "EST700"  # another department's cost centre

CURRENCIES = ("GBP", "EUR", "USD")
RATES = (100_000, 85_310, 78_640)  # pounds for one unit of it, in hundred thousandths


@dataclass(frozen=True, slots=True)
class Supplier:
    """One supplier as both systems know it.

    `number` is a template with one `{}` for the running number; `first` is where the numbers begin. `price` is what a
    line costs, in pence, in the middle; `lines` how many lines an invoice has on average; `weight` how often it comes.
    """

    code: str
    name: str
    finance_code: str  # as Alma writes it; '' where nobody filled it in: only the name can tell then
    oracle_number: str
    oracle_name: str
    number: str
    first: int
    price: int
    lines: float
    weight: int
    vat: bool
    currency: int  # index into CURRENCIES


def _suppliers() -> tuple[Supplier, ...]:
    with (Path(__file__).parent / "suppliers.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Supplier(
                row["code"], row["name"], row["finance_code"], row["oracle_number"], row["oracle_name"], row["number"],
                int(row["first"]), int(row["price"]), float(row["lines"]), int(row["weight"]), row["vat"] == "yes",
                CURRENCIES.index(row["currency"]),
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


SUPPLIERS = _suppliers()


@dataclass(frozen=True, slots=True)
class Fund:
    code: str
    name: str
    distribution: str


def _funds() -> tuple[Fund, ...]:
    areas = ("Arts", "Business", "Health", "Law", "Science", "Technology")
    uses = (
        ("BKS", "books", 610110),
        ("EBK", "e-books", 610120),
        ("JNL", "journals", 610210),
        ("DBS", "databases", 610220),
    )
    return tuple(
        Fund(f"{area[:3].upper()}-{use}", f"{area} {name}", distribution(centre, account))
        for area, centre in zip(areas, COST_CENTRES, strict=True)
        for use, name, account in uses
    )


def distribution(cost_centre: str, account: int) -> str:
    """An account combination of Oracle's: entity, cost centre, account and four segments that no library uses."""
    return f"E01.{cost_centre}.{account}.000000.000000000000.000000.000000"


FUNDS = _funds()
SUMMARY_FUNDS = tuple(Fund(f"{f.code[:3]}-ALL", f"{f.name.split()[0]} (summary)", f.distribution) for f in FUNDS)
WORDS = ("", "", "BOOK", "EBOOK", "SERIAL", "DATABASE")  # reporting codes that are no orders
STATUSES = ("Closed", "Waiting for Payment", "Ready to be Paid", "In Review", "In Approval")
METHODS = ("Accounting Department", "Credit Card", "Deposit Account", "Cash")
METHOD_CODES = ("ACCOUNTINGDEPARTMENT", "CREDITCARD", "DEPOSITACCOUNT", "CASH")
INVOICE_TYPES = ("Standard", "Credit Memo", "")
SOURCES = ("INTLB02", "Image", "Supplier Portal", "Manual", "Spreadsheet")
ORACLE_STATUSES = ("Validated", "Needs revalidation", "Not validated")
LINE_TYPES = ("Item", "Tax", "Freight", "Miscellaneous")
TAX_CODES = ("ZERO RATE INPUT", "STANDARD RATE INPUT", "REDUCED RATE INPUT", "REVERSE CHARGE SERVICES", "")
