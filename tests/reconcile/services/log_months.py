"""Months for the tests of the Log: two funds, two suppliers, orders that both funds draw on."""

from __future__ import annotations

from datetime import date

from core.models import User
from reconcile.services import budgets

ALMA = (
    "Invoice-Number,Vendor Code,Vendor Name,Vendor Financial Code,Invoice Line-Number,Invoice-Date,Transaction Date,"
    "Invoice-Status,Transaction Item Type,Transaction Expenditure Amount,Transaction Encumbrance Amount,"
    "Invoice-Currency,PO Line Reference,Reporting Code,Fund Code,Parent Fund Ledger Name,Fund External Id,"
    "Order Line Type,Fund Type\n"
)
ORACLE = (
    "Supplier Name,Supplier Number,Invoice Number,Invoice Date,GL Date,Line Number,Line Type,Line Amount,"
    "Invoice Currency,Invoice Status,Invoice Type,Invoice Source,PO Number,Overlay Dist Code Concat,Business Unit,"
    "Legal Entity Name,Tax Classification Code,Payment Term\n"
)
VENDORS = {"BROWNS": ("Browns Books", "10001"), "EBSCO": ("EBSCO Information Services", "10002")}
FUNDS = {"LAW": ("N01.LLB008.400305.0000", "Book"), "ART": ("N01.LAR001.400306.0000", "Journal")}
ONE, TWO, THREE = "70001111", "70002222", "70003333"


def alma(
    number: str, amount: str, day: str, po: str = ONE, fund: str = "LAW", line: int = 1, vendor: str = "BROWNS",
    status: str = "Closed",
) -> str:  # fmt: skip
    """One line of an invoice in Alma; `day` is dd/mm/yyyy."""
    name, code = VENDORS[vendor]
    distribution, sort = FUNDS[fund]
    return (
        f"{number},{vendor},{name},{code},{line},{day},{day},{status},Expenditure,{amount},,GBP,POL-{line},{po},{fund},"
        f"{fund} ledger,{distribution},{sort},Allocated fund\n"
    )


def promised(amount: str, day: str, po: str, fund: str = "LAW", pol: str = "POL-9") -> str:
    """One encumbrance in Alma."""
    distribution, sort = FUNDS[fund]
    return (
        f",BROWNS,Browns Books,10001,,,{day},,Encumbrance,,{amount},GBP,{pol},{po},{fund},{fund} ledger,{distribution},"
        f"{sort},Allocated fund\n"
    )


def oracle(
    number: str, amount: str, day: str, po: str = ONE, fund: str = "LAW", line: int = 1, vendor: str = "BROWNS",
    kind: str = "Item",
) -> str:  # fmt: skip
    """One line of an invoice in Oracle."""
    name, code = VENDORS[vendor]
    return (
        f"{name},{code},{number},{day},{day},{line},{kind},{amount},GBP,Validated,Standard,Interface,{po},"
        f"{FUNDS[fund][0]},University,University,ZERO,30 days\n"
    )


LAST_YEAR = {
    "alma_2024.csv": ALMA + alma("L-0001", "80.00", "12/03/2024"),
    "oracle_2024.csv": ORACLE + oracle("L-0001", "80.00", "14/03/2024"),
}
# One invoice on two funds; one on two orders, in Alma only; one in Oracle only; one with VAT in Oracle.
MARCH = {
    "alma.csv": ALMA
    + alma("A-1001", "60.00", "12/03/2025")
    + alma("A-1001", "40.00", "12/03/2025", fund="ART", line=2)
    + alma("A-1002", "30.00", "13/03/2025")
    + alma("A-1002", "25.50", "13/03/2025", po=TWO, line=2)
    + alma("E-5001", "500.00", "14/03/2025", po=TWO, fund="ART", vendor="EBSCO")
    + promised("75.00", "15/03/2025", THREE)
    + promised("20.00", "15/03/2025", ONE, pol="POL-8"),
    "oracle.csv": ORACLE
    + oracle("A-1001", "60.00", "14/03/2025")
    + oracle("A-1001", "40.00", "14/03/2025", fund="ART", line=2)
    + oracle("X-77771", "9.99", "15/03/2025")
    + oracle("E-5001", "500.00", "15/03/2025", po=TWO, fund="ART", vendor="EBSCO")
    + oracle("E-5001", "100.00", "15/03/2025", po="", fund="ART", vendor="EBSCO", line=2, kind="Tax"),
}
# What was in Alma only arrives.
APRIL = {
    "alma_april.csv": ALMA + alma("B-2001", "20.00", "12/04/2025") + promised("-5.00", "12/04/2025", THREE),
    "oracle_april.csv": ORACLE
    + oracle("B-2001", "20.00", "14/04/2025")
    + oracle("A-1002", "30.00", "15/04/2025")
    + oracle("A-1002", "25.50", "15/04/2025", po=TWO, line=2),
}


def give(user: User, fund: str, amount: int, day: str = "2024-08-01") -> None:
    """Give a fund so much more for 2024/25 from a day on."""
    budgets.change(
        user, year=2024, fund=fund, amount=amount, date=date.fromisoformat(day), approver="charlie",
        reason="So agreed.", new_fund=True,
    )  # fmt: skip
