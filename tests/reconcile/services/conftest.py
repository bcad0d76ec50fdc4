"""Two small months, written by hand: what a test needs to see is on one screen."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from core.jobs import NullProgress, Progress
from reconcile.models import Run, SourceFile
from reconcile.services import intake

ALMA = (
    "Invoice-Number,Vendor Code,Vendor Name,Vendor Financial Code,Invoice Line-Number,Invoice-Date,Transaction Date,"
    "Invoice-Status,Transaction Item Type,Transaction Expenditure Amount,Invoice-Currency,PO Line Reference,"
    "Reporting Code,Fund Code,Fund Type\n"
)
ORACLE = (
    "Supplier Name,Supplier Number,Invoice Number,Invoice Date,GL Date,Line Number,Line Type,Line Amount,"
    "Invoice Amount,Invoice Currency,Invoice Status,Invoice Type,Invoice Source,PO Number,Overlay Dist Code Concat,"
    "Business Unit,Legal Entity Name,Tax Classification Code,Payment Term\n"
)


def alma_row(number: str, amount: str, day: str, po: str = "70001234", status: str = "Closed") -> str:
    """One Alma line of the only vendor; `day` is dd/mm/yyyy."""
    vendor = "BROWNS,Browns Books,10001"
    return f"{number},{vendor},1,{day},{day},{status},Expenditure,{amount},GBP,POL-1,{po},LAW,Allocated fund\n"


def oracle_row(number: str, amount: str, day: str, po: str = "70001234") -> str:
    """One Oracle line of the only supplier."""
    return (
        f"Browns Books,10001,{number},{day},{day},1,Item,{amount},{amount},GBP,Validated,Standard,Interface,{po},"
        "R01.LLB008.400305.0000,University,University,ZERO,30 days\n"
    )


MARCH = {
    "alma.csv": ALMA + alma_row("A-1001", "100.00", "12/03/2025") + alma_row("A-1002", "55.50", "13/03/2025"),
    "oracle.csv": ORACLE + oracle_row("A-1001", "100.00", "14/03/2025") + oracle_row("X-77771", "9.99", "15/03/2025"),
}
APRIL = {
    "alma_april.csv": ALMA + alma_row("B-2001", "20.00", "12/04/2025"),
    "oracle_april.csv": ORACLE
    + oracle_row("B-2001", "20.00", "14/04/2025")
    + oracle_row("A-1002", "55.50", "15/04/2025"),
}

Upload = Callable[[dict[str, str]], list[SourceFile]]
TakeIn = Callable[..., Run]


@pytest.fixture
def upload(db: None) -> Upload:
    """Drop files and have them read, as the browser does."""

    def dropped(files: dict[str, str]) -> list[SourceFile]:
        staged = intake.receive([(name, io.BytesIO(text.encode())) for name, text in files.items()], None)
        intake.look(str(staged[0].batch), NullProgress())
        return intake.batch_files(staged[0].batch)

    return dropped


@pytest.fixture
def take_in(upload: Upload) -> TakeIn:
    """Drop files, have them read, and take them into a month."""

    def taken(files: dict[str, str], period: str, *, replace: bool = False, progress: Progress | None = None) -> Run:
        return intake.take_in(upload(files), period, None, progress or NullProgress(), replace=replace)

    return taken
