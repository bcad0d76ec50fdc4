"""The workbook's lists: which columns, which groups, in which words.

One row a group on the group lists, one row a source row on Excluded and Source rows: flat tables, so that sorting,
filtering and pivot tables do what people expect, and every sum in the Statement is a SUM or SUMIFS over one column.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from reconcile.formats.workbook_writer import Column, Listing
from reconcile.matching.terms import PAIR_CAUSES

from . import words
from .workbook_data import RunData

NUMBER = Column("number", "Group", 11, "number")
COUNTS = Column("counts", "In this month's balance", 12)
CAUSE = Column("cause", "Cause", 17)
SUPPLIER, PO = Column("supplier", "Supplier", 24), Column("po", "Order (PO)", 12)
ALMA, ORACLE = Column("alma_number", "Alma invoice", 17), Column("oracle_number", "Oracle invoice", 17)
DATE = Column("date", "Accounting date", 11, "date")
ALMA_AMOUNT = Column("alma_amount", "Alma amount", 14, "money")
ORACLE_AMOUNT = Column("oracle_amount", "Oracle amount", 14, "money")
DIFFERENCE = Column("difference", "Oracle less Alma", 14, "money")
CARRIED = Column("cause carried", "Rows of earlier months", 13, "money")
FACTS = Column("facts", "Also", 24)
EXPLANATION = Column("explanation", "Explanation", 44, "wrapped")
NEXT_STEP, WHO = Column("next_step", "Next step", 30, "wrapped"), Column("who", "Who", 9)


@dataclass(frozen=True, slots=True)
class Lists:
    person: Listing
    explained: Listing
    matched: Listing
    only_in_alma: Listing
    only_in_oracle: Listing
    excluded: Listing
    rows: Listing

    @property
    def by_group(self) -> tuple[Listing, ...]:
        return self.person, self.explained, self.matched, self.only_in_alma, self.only_in_oracle

    def all(self) -> tuple[Listing, ...]:
        return *self.by_group, self.excluded, self.rows


def lists(data: RunData, sheet_rows: int) -> Lists:
    """Return every list of a run. `sheet_rows` is how many rows, headings included, a sheet may have."""
    groups = data.groups
    outcome = {name: pc.equal(groups["outcome"], word.label) for name, word in words.OUTCOMES.items()}
    person = pc.or_(pc.equal(groups["needs_person"], 1), pc.or_(outcome["differs"], outcome["suggested"]))
    drawn = [
        _person(groups.filter(person)),
        _explained(groups.filter(outcome["explained"])),
        _matched(groups.filter(outcome["matched"])),
        _alone(groups.filter(outcome["only_in_alma"]), "Alma", (ALMA, ALMA_AMOUNT)),
        _alone(groups.filter(outcome["only_in_oracle"]), "Oracle", (ORACLE, ORACLE_AMOUNT)),
        _excluded(data.excluded),
        _rows(data.rows),
    ]
    return Lists(*(Listing(**listing, sheet_rows=sheet_rows) for listing in drawn))


def _causes(table: pa.Table) -> tuple[Column, ...]:
    """Return a column for each cause that carries money here, and for what rows of earlier months account for."""
    found = [cause for cause in PAIR_CAUSES if table[f"cause {cause}"].null_count < table.num_rows]
    return *(Column(f"cause {cause}", words.CAUSES[cause].label, 13, "money") for cause in found), *_carried(table)


def _carried(table: pa.Table) -> tuple[Column, ...]:
    return (CARRIED,) if table[CARRIED.name].null_count < table.num_rows else ()


def _person(table: pa.Table) -> dict:
    columns = (
        NUMBER,
        Column("outcome", "Outcome", 13),
        CAUSE,
        SUPPLIER,
        PO,
        ALMA,
        ORACLE,
        DATE,
        ALMA_AMOUNT,
        ORACLE_AMOUNT,
        DIFFERENCE,
        EXPLANATION,
        NEXT_STEP,
        WHO,
        COUNTS,
        *_causes(table),
        FACTS,
        Column("stopper", "What stopped a closer match", 24),
    )
    return {
        "name": "Needs a person",
        "title": "Needs a person",
        "note": "Everything that somebody must decide or put right. What stands only in Alma or only in Oracle stands "
        "on its own list too; the Statement counts it once.",
        "columns": columns,
        "table": table,
        "empty": "Nothing needs a person: everything was decided.",
        "printed": columns.index(WHO) + 1,
    }


def _explained(table: pa.Table) -> dict:
    columns = (
        NUMBER,
        CAUSE,
        SUPPLIER,
        PO,
        ALMA,
        ORACLE,
        DATE,
        ALMA_AMOUNT,
        ORACLE_AMOUNT,
        DIFFERENCE,
        EXPLANATION,
        *_causes(table),
        FACTS,
        NEXT_STEP,
        WHO,
    )
    return {
        "name": "Explained",
        "title": "Explained",
        "note": "Both sides have it and they differ; the causes account for the whole difference, to the penny.",
        "columns": columns,
        "table": table,
        "empty": "Nothing to explain: no pair differs with a known cause.",
        "printed": columns.index(EXPLANATION) + 1,
    }


def _matched(table: pa.Table) -> dict:
    return {
        "name": "Matched",
        "title": "Matched",
        "note": "Both sides have it, and the amounts are equal to the penny.",
        "columns": (
            NUMBER,
            SUPPLIER,
            PO,
            ALMA,
            ORACLE,
            DATE,
            ALMA_AMOUNT,
            ORACLE_AMOUNT,
            DIFFERENCE,
            *_causes(table),
            Column("documents_alma", "Alma invoices", 9, "number"),
            Column("documents_oracle", "Oracle invoices", 9, "number"),
            FACTS,
            Column("rule", "Rule that decided", 26),
        ),
        "table": table,
        "empty": "No invoice stands on both sides with the same amount.",
    }


def _alone(table: pa.Table, side: str, own: tuple[Column, ...]) -> dict:
    other = "Oracle" if side == "Alma" else "Alma"
    return {
        "name": f"Only in {side}",
        "title": f"Only in {side}",
        "note": f"{side} has it and {other} does not. Items of earlier months that are still open are listed, "
        "but are in no balance of this month.",
        "columns": (
            NUMBER,
            CAUSE,
            SUPPLIER,
            PO,
            own[0],
            DATE,
            own[1],
            DIFFERENCE,
            COUNTS,
            EXPLANATION,
            NEXT_STEP,
            WHO,
            *_carried(table),
        ),
        "table": table,
        "empty": f"Nothing: whatever {side} has, {other} has too.",
    }


def _excluded(table: pa.Table) -> dict:
    return {
        "name": "Excluded",
        "title": "Excluded",
        "note": "Rows of the files that are no invoice lines of this month. They are in no total.",
        "columns": (
            Column("file_number", "File no.", 10, "number"),
            Column("file", "File", 26),
            Column("row", "Row", 9, "number"),
            Column("side", "Side", 9),
            Column("cause", "Why it is left out", 40),
            SUPPLIER,
            Column("invoice_number", "Invoice", 18),
            Column("line_number", "Line", 8),
            Column("po_number", "Order (PO)", 13),
            Column("fund", "Fund or distribution", 26),
            Column("accounting_date", "Accounting date", 11, "date"),
            Column("amount", "Amount", 14, "money"),
            Column("description", "Description", 40),
        ),
        "table": table,
        "empty": "No row was left out.",
        "frozen": 3,
    }


def _rows(table: pa.Table) -> dict:
    return {
        "name": "Source rows",
        "title": "Source rows",
        "note": "Every row that stands in a group, by group: filter by a group's number to see what it is made of.",
        "columns": (
            Column("group", "Group", 12, "number"),
            Column("list", "Outcome", 16),
            Column("side", "Side", 8),
            COUNTS,
            Column("file_number", "File no.", 8, "number"),
            Column("file", "File", 24),
            Column("row", "Row", 9, "number"),
            SUPPLIER,
            Column("invoice_number", "Invoice", 18),
            Column("line_number", "Line", 8),
            Column("po_number", "Order (PO)", 13),
            Column("fund", "Fund or distribution", 26),
            Column("accounting_date", "Accounting date", 11, "date"),
            ALMA_AMOUNT,
            ORACLE_AMOUNT,
        ),
        "table": table,
        "empty": "No row stands in a group.",
    }
