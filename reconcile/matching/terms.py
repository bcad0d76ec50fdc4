"""The engine's terms: what it is told (Rules) and what it gives (Result). The words are the contract's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import pandas as pd

RULE_VERSION = "1"

CERTAIN = ("matched", "explained", "differs")  # both sides, and each cause carries money of its own
ONE_SIDED = ("only_in_alma", "only_in_oracle")
OUTCOMES = (*CERTAIN, "suggested", *ONE_SIDED)
PAIR_CAUSES = ("vat", "exchange_rate", "carriage", "discount", "rounding", "sign", "keying_error", "unexplained")
FACTS = ("invoice_number_differs", "po_differs", "po_missing", "supplier_differs", "consolidated", "split")
ONE_SIDED_CAUSES = (
    "cancelled", "duplicate_in_alma", "duplicate_in_oracle", "not_approved", "paid_outside_oracle", "no_po", "journal",
    "timing", "missing_in_oracle", "missing_in_alma", "not_library",
)  # fmt: skip
OPEN_CAUSES = ("timing", "not_approved", "no_po", "missing_in_oracle", "missing_in_alma")  # carried into later months
STATEMENT_ORDER = (*PAIR_CAUSES[:-1], *ONE_SIDED_CAUSES, "suggested", "carried")


@dataclass(frozen=True, slots=True)
class Learned:
    """A habit of one supplier that people's decisions have shown and that a person has switched on.

    name: what the groups that it decides say, its own (`habits.name`). supplier: as Oracle's documents name it, by its
    number, or by its name where there is none. kind says what holds for that supplier:
    prefix, suffix: `side` writes `text` (letters and digits only) before or behind the number that the other side has.
    carriage: the sides differ by `amount`, Oracle minus Alma, which is carriage.
    vat: `side` holds VAT at `rate` basis points on the other side's amount.
    certain: False once people have undone too much of it; then it suggests pairs and explains nothing.
    """

    name: str
    kind: str
    supplier: str
    side: str = ""
    text: str = ""
    amount: int = 0  # minor units
    rate: int = 0
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Billed:
    """A supplier's consolidated invoice and the numbers of its members, as a person confirmed them.

    supplier: as Oracle's documents name it, by its number, or by its name where there is none.
    """

    supplier: str
    number: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of a run. Stored with it, so that a run can be repeated to the byte."""

    currency: str = "GBP"
    timing_days: int = 7  # the first and last days of a period in which a one-sided item is `timing`
    po_pattern: str = ""  # regular expression of Oracle's order numbers; empty: learned from Oracle's own files
    cost_centres: tuple[str, ...] = ()  # the library's scope; empty: everything
    vat_rates: tuple[int, ...] = (2000, 500)  # basis points
    crosswalk: tuple[tuple[str, str], ...] = ()  # (Alma vendor code, Oracle supplier number), confirmed by a person
    learned: tuple[Learned, ...] = ()  # switched on by a person
    billed: tuple[Billed, ...] = ()  # consolidated invoices whose members a person has confirmed


@dataclass(frozen=True, slots=True)
class Document:
    """A document as a decision knows it: by what it says, never by where a database keeps it.

    side, period (the month whose file holds it), supplier (Alma: vendor code, Oracle: supplier number; the name where
    there is no code), number and invoice_id as written tell it from all others. A row without a number is told by its
    date, amount and text, which stand in `invoice_id`. `place` counts documents that are told alike, from 1. The rest
    is what it said.
    """

    side: str
    period: str
    supplier: str
    number: str
    invoice_id: str
    place: int
    amount: int  # minor units
    order: str
    invoice_date: str  # ISO, '' where it has none
    accounting_date: str

    @property
    def key(self) -> str:
        """What stays when the document changes, as 32 characters: it is the same document by this and nothing else."""
        told = (self.period, self.side, self.supplier, self.number, self.invoice_id, str(self.place))
        return hashlib.blake2b("\x1f".join(told).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of documents. It stands above every rule.

    together: they are one event, and `cause` accounts for the difference between the sides ('': the engine says).
    apart: no Alma document of these belongs with any Oracle document of these; `rule`, if given, had joined them and
      may not join any of them again.
    alone: each stands on its side for good, for the reason `cause`.
    """

    code: str
    kind: str
    documents: tuple[Document, ...]
    cause: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the engine learns from a month as a whole; a part of the month is reconciled again with the same."""

    po_pattern: str  # of Oracle's order numbers, '' where its files carry none
    supplier_numbers: bool  # Oracle's invoices carry supplier numbers


@dataclass(slots=True)
class Result:
    """What a run found. Positions are those of the two frames the engine was given; money is int64 minor units.

    groups     one row a group, index 0..n-1 in the order of the contract's ids: outcome, rule, alma_amount,
               oracle_amount, difference, carried (True: only rows of earlier periods, still open, outside the
               statement), explanation, next_step, who (library, finance, supplier or ''), stopper (the one field that
               stopped a closer match), supplier, po, alma_number, oracle_number (first of its documents),
               documents_alma, documents_oracle, date (accounting date), cause (the leading one, '' when none), po_from
               (the field of Alma that named the order, '' where none did), decided (by a person), key (of its first
               document, where people may act on it; else ''), note (what changed since a person decided, '' mostly)
    members    side ('alma' or 'oracle'), position, group (index into groups); each row once, here or in `excluded`
    excluded   side, position, cause
    causes     group, cause, amount (Int64, <NA> for a fact), in the order a person should read them
    lines      the statement: cause, count, amount
    crosswalk  proposed supplier links for a person: alma_code, oracle_number, groups (evidence)
    verdicts   what became of each decision of which a document is there: code, group (-1 when it made none), changed
               (one sentence a change; '' while its documents say what they said)
    """

    groups: pd.DataFrame
    members: pd.DataFrame
    excluded: pd.DataFrame
    causes: pd.DataFrame
    lines: pd.DataFrame
    alma_total: int
    oracle_total: int
    unexplained: int
    crosswalk: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["alma_code", "oracle_number", "groups"])
    )
    verdicts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["code", "group", "changed"]))
    seen: Seen = field(default_factory=lambda: Seen("", supplier_numbers=False))
