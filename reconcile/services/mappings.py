"""Tables that nobody knows: a person says which column is what, sees the rows read that way, and saves it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, replace
from typing import Literal

from django.db import IntegrityError, transaction

from core import audit
from core.jobs import UserError
from core.models import User
from reconcile import formats
from reconcile.formats.canonical import DATES, MONEY, MONEY_OR_NA, TEXT, Reading, Unreadable
from reconcile.formats.canonical import Mapping as ColumnMapping
from reconcile.formats.headings import normalise
from reconcile.formats.mapped import fingerprint
from reconcile.models import Mapping, SourceFile

from . import intake, lines, vault
from .rules import options

Side = Literal["alma", "oracle"]
Order = Literal["dmy", "mdy"]
COLUMNS = frozenset((*TEXT, *MONEY, *MONEY_OR_NA, *DATES)) - {"excluded"}
NEEDED = {"invoice_number": "the invoice number", "amount": "the amount"}
SUPPLIER = ("supplier_code", "supplier_name", "finance_code")


def preview(file: SourceFile, sheet: int, side: Side, columns: dict[str, str], date_order: Order = "dmy") -> Reading:
    """Read a dropped file as the person says. `columns`: canonical column -> heading as the sheet writes it.

    Raises UserError when the mapping says too little, or nothing can be read by it.
    """
    candidate = _candidate(file, sheet, side, columns, date_order)
    told = options()
    others = tuple(each for each in told.mappings if each.headings != candidate.headings)
    try:
        return formats.read(vault.where(file), file.name, replace(told, mappings=(candidate, *others)))
    except Unreadable as error:
        raise UserError(
            f"{file.name} cannot be read this way. {error.problems[0].message}",
            [asdict(each) for each in error.problems],
        ) from None


def save(
    name: str, file: SourceFile, sheet: int, side: Side, columns: dict[str, str], user: User, date_order: Order = "dmy"
) -> Mapping:
    """Keep a mapping once the file can be read by it without an error; the file is then like any other of its batch.

    Raises UserError, and keeps nothing, when a row has an error or files with these headings have a mapping already.
    """
    reading = preview(file, sheet, side, columns, date_order)
    if reading.errors:
        raise UserError(
            f"{file.name} cannot be read this way: {reading.errors[0].message} Say again which column is what.",
            [asdict(each) for each in reading.errors],
        )
    candidate = _candidate(file, sheet, side, columns, date_order)
    key = hashlib.sha256("\x1f".join(candidate.headings).encode()).hexdigest()
    try:
        with transaction.atomic():
            mapping = Mapping.objects.create(
                name=name[:100], side=side, fingerprint=key, headings=list(candidate.headings),
                columns=candidate.columns, date_order=date_order, created_by=user,
            )  # fmt: skip
            intake.describe(file, reading)
            intake.note(file)
            lines.keep(file, reading.lines)
            told = {"name": mapping.name, "side": side, "columns": candidate.columns, "date_order": date_order}
            audit.record("mapping.saved", user, [f"mapping:{key}", f"file:{file.sha256}"], **told)
    except IntegrityError:
        raise UserError(
            "Files with these headings have a mapping already. Delete that one first, or drop the file again."
        ) from None
    return mapping


@transaction.atomic
def delete(mapping: Mapping, user: User | None) -> None:
    """Forget a mapping. Files that were read by it stay as they are."""
    mapping.delete()
    audit.record("mapping.deleted", user, [f"mapping:{mapping.fingerprint}"], name=mapping.name)


def _candidate(file: SourceFile, sheet: int, side: Side, columns: dict[str, str], date_order: Order) -> ColumnMapping:
    if not 0 <= sheet < len(file.sheets):
        raise UserError(f"{file.name} has no table to map. Drop it again.")
    headings = file.sheets[sheet]["headings"]
    chosen = {column: heading for column, heading in columns.items() if heading}
    missing = [words for column, words in NEEDED.items() if column not in chosen]
    if not any(column in chosen for column in SUPPLIER):
        missing.append("the supplier (its code or its name)")
    if missing:
        raise UserError(
            f"Say which column holds {' and which holds '.join(missing)}. Without it nothing can be matched."
        )
    for column, heading in chosen.items():
        if column not in COLUMNS or heading not in headings:
            raise UserError(
                f"{file.name} has no column ‘{heading}’ that could be taken for {column.replace('_', ' ')}."
            )
    twice = [heading for heading, times in Counter(map(normalise, chosen.values())).items() if times > 1]
    if twice:
        raise UserError(f"The column ‘{twice[0]}’ is chosen for more than one thing. Choose another for one of them.")
    return ColumnMapping(side=side, headings=fingerprint(headings), columns=chosen, date_order=date_order)
