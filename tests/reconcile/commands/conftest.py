"""Two small months as files in a folder."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

HEADINGS = {
    "alma": (
        "Invoice-Number,Vendor Code,Vendor Name,Vendor Financial Code,Invoice Line-Number,Invoice-Date,"
        "Transaction Date,Invoice-Status,Transaction Item Type,Transaction Expenditure Amount,"
        "Reporting Code,Fund Code\n"
    ),
    "oracle": (
        "Supplier Name,Supplier Number,Invoice Number,Invoice Date,GL Date,Line Number,Line Type,Line Amount,"
        "Invoice Currency,Invoice Source,PO Number,Overlay Dist Code Concat,Business Unit,"
        "Legal Entity Name,Payment Term\n"
    ),
}


def alma(*rows: tuple[str, str, str]) -> str:
    """Alma's report; each row is number, amount, day as dd/mm/yyyy."""
    return HEADINGS["alma"] + "".join(
        f"{number},BROWNS,Browns Books,10001,1,{day},{day},Closed,Expenditure,{amount},70001234,LAW\n"
        for number, amount, day in rows
    )


def oracle(*rows: tuple[str, str, str]) -> str:
    """Oracle's report of the same supplier."""
    return HEADINGS["oracle"] + "".join(
        f"Browns Books,10001,{number},{day},{day},1,Item,{amount},GBP,Interface,70001234,R01.LLB008.400305,"
        "University,University,30 days\n"
        for number, amount, day in rows
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "alma.csv").write_text(alma(("A-1001", "100.00", "12/03/2025"), ("A-1002", "55.50", "13/03/2025")))
    (tmp_path / "oracle.csv").write_text(oracle(("A-1001", "100.00", "14/03/2025"), ("X-77771", "9.99", "15/03/2025")))
    return tmp_path


@pytest.fixture
def run(db: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call a command as the shell does."""

    def called(name: str, *arguments: object) -> Ended:
        out, err, code = io.StringIO(), io.StringIO(), 0
        try:
            call_command(name, *map(str, arguments), stdout=out, stderr=err)
        except CommandError as error:
            code = error.returncode
            err.write(str(error))
        printed = capsys.readouterr()
        return Ended(code, out.getvalue() + printed.out, err.getvalue() + printed.err)

    return called
