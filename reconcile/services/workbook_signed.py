"""The workbook's sheets of a sign-off: who signed what, what was open, what was decided; and what came late for months
that were signed off before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.timezone import localtime

from core import money
from core.dates import month_name
from core.models import User
from reconcile.formats.sheet_xml import as_money
from reconcile.formats.workbook_writer import Column, Listing, Page
from reconcile.models import Run, SignOff

from . import workbook_lists as lists
from .signed_figures import open_groups
from .workbook_data import RunData, cause_label
from .workbook_statement import Pen

OPEN = (
    lists.NUMBER, Column("outcome", "Outcome", 13), lists.CAUSE, lists.COUNTS, lists.SUPPLIER, lists.PO, lists.ALMA,
    lists.ORACLE, lists.DATE, lists.ALMA_AMOUNT, lists.ORACLE_AMOUNT, lists.DIFFERENCE, lists.NEXT_STEP, lists.WHO,
)  # fmt: skip
DECIDED = (
    Column("at", "When", 17), Column("by", "Who", 14), Column("what", "What", 20), Column("month", "In", 14),
    Column("suppliers", "Supplier", 16), Column("alma", "Alma invoices", 26, "wrapped"),
    Column("oracle", "Oracle invoices", 26, "wrapped"), lists.ALMA_AMOUNT, lists.ORACLE_AMOUNT,
    Column("cause", "Cause", 17), Column("comment", "Comment", 44, "wrapped"), Column("expires", "Until", 12),
    Column("taken_back", "Taken back", 30),
)  # fmt: skip
LATE = (
    Column("belongs", "Belongs to", 15), Column("side", "Side", 9), Column("file", "File", 26),
    Column("row", "Row", 9, "number"), lists.SUPPLIER, Column("number", "Invoice", 18), lists.DATE,
    Column("was", "Was", 14, "money"), Column("amount", "Is", 14, "money"),
    Column("difference", "Difference", 14, "money"),
)  # fmt: skip


def signed_sheets(signoff: SignOff, data: RunData, sheet_rows: int) -> list[Page | Listing]:
    """Return the sheets Signed, Open items and Decisions."""
    numbers = pa.array(sorted(open_groups(data.run).values_list("number", flat=True)), pa.int64())
    still = Listing(
        "Open items",
        "Open items",
        "What was open when the month was signed. It goes on to later months until it is settled there.",
        OPEN,
        data.groups.filter(pc.is_in(data.groups["number"], value_set=numbers)),
        "Nothing was open.",
        sheet_rows=sheet_rows,
    )
    return [
        Page("Signed", lambda sheet, styles: _draw(Pen(sheet, styles), signoff)),
        still,
        _decided(signoff, sheet_rows),
    ]


def signers(signoff: SignOff) -> list[tuple[str, str]]:
    """Return who prepared and who reviewed the month, and when."""
    both = ((signoff.prepared_by, signoff.prepared_at), (signoff.reviewed_by, signoff.reviewed_at))
    return [(name(who), moment(at)) for who, at in both if who and at]


def name(person: User) -> str:
    full = person.get_full_name()
    return f"{full} ({person.get_username()})" if full else person.get_username()


def moment(at: datetime) -> str:
    return f"{localtime(at):%d/%m/%Y %H:%M}"


def _draw(pen: Pen, signoff: SignOff) -> None:
    for index, width in enumerate((24, 34, 18, 70)):
        pen.sheet.set_column(index, index, width)
    pen.line((f"Signed: {month_name(signoff.month.period)}", "title"))
    pen.line(("Nothing in this month changes any more. What comes late goes to an open month.", "note"))
    pen.gap()
    pen.headings("", "Who", "When", "Comment", right=4)
    comments = (signoff.prepared_comment, signoff.reviewed_comment)
    for role, (who, when), comment in zip(("Prepared by", "Reviewed by"), signers(signoff), comments, strict=True):
        pen.line((role, "text bold"), (who, "text"), (when, "text"), (comment, "wrapped"))
    pen.gap()
    pen.line(("SHA-256 of the figures", "text bold"), (signoff.digest, "text"))


def _decided(signoff: SignOff, sheet_rows: int) -> Listing:
    entries = signoff.decisions
    columns = {
        "at": [moment(datetime.fromisoformat(each["at"])) for each in entries],
        "month": [month_name(each["month"]) for each in entries],
        "cause": [cause_label(each["cause"]) for each in entries],
        **{key: [each[key] for each in entries] for key in ("by", "what", "comment", "expires")},
        **{key: [", ".join(each[key]) for each in entries] for key in ("suppliers", "alma", "oracle")},
        "taken_back": [taken_back(each) for each in entries],
    }
    table = pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()})
    for side in ("alma_amount", "oracle_amount"):
        table = table.append_column(side, _money((each[side] for each in entries), signoff.run.currency))
    note = "What people decided in this month, also what they took back, and earlier decisions that hold here."
    return Listing(
        "Decisions", "Decisions", note, DECIDED, table, "Nobody had to decide anything.", sheet_rows=sheet_rows
    )


def taken_back(entry: dict[str, Any]) -> str:
    """Say who took a decision back, and when; '' while it stands."""
    back = entry["taken_back"]
    return f"{back['by']}, {moment(datetime.fromisoformat(back['at']))}" if back else ""


def adjustments(run: Run, sheet_rows: int) -> list[Listing]:
    """Return the sheet of what came late for signed-off months; none where nothing did."""
    found = list(run.adjustments.select_related("month", "file"))
    if not found:
        return []
    table = pa.table(
        {
            "belongs": pa.array([month_name(each.month.period) for each in found], pa.string()),
            "side": pa.array([each.side.capitalize() for each in found], pa.string()),
            "file": pa.array([each.file.name for each in found], pa.string()),
            "row": pa.array([each.row for each in found], pa.int64()),
            "supplier": pa.array([each.supplier for each in found], pa.string()),
            "number": pa.array([each.number for each in found], pa.string()),
            "date": pa.array([each.date for each in found], pa.date32()),
            **{
                key: _money((getattr(each, key) for each in found), run.currency)
                for key in ("was", "amount", "difference")
            },
        }
    )
    note = (
        "Rows of these files that belong to signed-off months, whose figures stay. They are in no total of this month."
    )
    return [Listing("Adjustments", "Adjustments to signed-off months", note, LATE, table, sheet_rows=sheet_rows)]


def _money(amounts: Iterable[int | None], currency: str) -> pa.Array:
    return as_money(pa.array(list(amounts), pa.int64()), money.decimals(currency))
