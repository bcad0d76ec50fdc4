"""The canonical frame: what every reader gives, whatever the file was.

One row a source row below the heading, excluded rows included, in the order of the file. No Django here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd  # heavy, and only named here

Side = Literal["alma", "oracle", "orders"]
Severity = Literal["error", "warning", "note"]

# Text columns hold '' where the file says nothing, never NaN. Identifiers are text as the file writes them, stripped of
# blanks at both ends (every kind of blank, the non-breaking one too).
TEXT = (
    # '' or the contract's cause: summary_fund, not_expenditure, total_row, blank, repeated_header, zero_placeholder
    "excluded",
    "supplier_code",  # Alma: vendor code. Oracle: supplier number
    "supplier_name",
    # The finance system's supplier number. Alma: vendor financial code, the part before '|'. Oracle: supplier number.
    "finance_code",
    # The invoice's own unique identifier, where the file has one (XML, REST). Analytics' is the line's and is not this.
    "invoice_id",
    "invoice_number",
    "line_number",
    "line_type",  # as the file says it
    "line_kind",  # item, tax, carriage, discount or charge: what the line is, told from type and number
    "pol",  # Alma's PO line
    "po_number",  # Alma: PO Number. Oracle: PO Number
    "reporting_code",  # Alma: all reporting codes, joined by ' | '
    "order_reference",  # Alma: Additional Order Reference
    "status",  # invoice status (Alma), validation status (Oracle)
    "payment_method",
    "fund",  # fund code
    "fund_name",
    "ledger",
    "distribution",  # Alma: the fund's external id. Oracle: the account combination
    "cost_centre",  # its own column where there is one, else the second segment of the distribution
    "tax_code",
    "source",  # Oracle: invoice source
    "invoice_type",  # Oracle: Standard, Credit Memo …
    "voucher",  # Oracle's own number of the booked invoice
    "description",
    "material",  # what sort of thing was bought, as Alma says it: Order Line Type or Material Type
    "receipt",  # Oracle: the number or the word by which the line is receipted
    "currency",  # the invoice's currency
)
# Whole minor units of the ledger's currency (pence). Excluded rows without a readable amount hold 0.
MONEY = ("amount",)  # Alma: fund expenditure. Oracle: line (distribution) amount
# Nullable Int64: <NA> means that the file does not say.
MONEY_OR_NA = (
    "source_amount",  # the same line in the invoice's currency, minor units of that currency
    "header_amount",  # the invoice's header, in the invoice's currency, as repeated on the row
    "vat_amount",  # Alma XML: the line's own VAT
    # Alma Analytics: what an encumbrance row adds to or takes from what is promised; such rows are no expenditure.
    "encumbrance",
)
DATES = ("invoice_date", "accounting_date", "payment_date")  # datetime64[s], NaT where the file says nothing

COLUMNS = ("row", *TEXT, *MONEY, *MONEY_OR_NA, *DATES)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file, as a person can find it: row and column are as the sheet shows them."""

    message: str
    row: int | None = None
    column: str = ""
    value: str = ""
    severity: Severity = "error"


class Unreadable(Exception):
    """The file cannot be taken: `problems` say what was expected, what was found, where, and what to do."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name, self.problems = name, problems
        super().__init__(f"{name}: {problems[0].message}" if problems else name)


@dataclass(frozen=True, slots=True)
class UnrecognisedSheet:
    """A sheet that no reader knows, for a person to say which column is what."""

    name: str
    heading_row: int  # from 1: the row that looks most like headings
    headings: tuple[str, ...]  # as written
    rows: list[tuple[str, ...]]  # the sheet's first 20 rows, headings and all


class Unrecognised(Unreadable):
    """The file is a table, but none that a reader knows; `sheets` is what a mapping page shows."""

    def __init__(self, name: str, problems: list[Problem], sheets: list[UnrecognisedSheet]) -> None:
        self.sheets = sheets
        super().__init__(name, problems)


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader is told and must not guess."""

    currency: str = "GBP"  # the ledger's own
    date_order: Literal["dmy", "mdy"] = "dmy"  # how 03/04/2025 is read in tables
    xml_date_order: Literal["dmy", "mdy"] = "mdy"  # the same in Alma's invoice export
    cost_centre_segment: int = 2  # which segment of a distribution is the cost centre, from 1
    mappings: tuple[Mapping, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """A saved column mapping: which heading means what, for files whose headings are exactly these."""

    side: Literal["alma", "oracle"]
    headings: tuple[str, ...]  # normalised headings of the file, in order
    columns: dict[str, str]  # canonical column -> heading as written
    date_order: Literal["dmy", "mdy"] = "dmy"


@dataclass(slots=True)
class Reading:
    """One file, read. `lines` is the canonical frame; the rest describes it for a person and for the contract's
    `inspect`.
    """

    name: str
    kind: str  # the contract's kinds
    side: Side
    heading_row: int  # 0 in XML
    rows: int  # source rows below the heading
    documents: int
    total: int  # minor units of `currency`, over rows that are not excluded
    currency: str
    first: date | None  # span of the accounting dates
    last: date | None
    columns: dict[str, str]  # canonical column -> heading as the file writes it
    excluded: dict[str, int]
    lines: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)
    sheet: str = ""

    @property
    def errors(self) -> list[Problem]:
        return [p for p in self.problems if p.severity == "error"]
