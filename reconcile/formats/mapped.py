"""Any other table, read through what a person said its columns mean. A mapping holds for files with exactly its
headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from . import exclude, fields, headings, sections
from .canonical import DATES, MONEY_OR_NA, TEXT, Mapping, Options, Reading
from .frame import Canvas, cost_centres, first_of
from .headings import Heading
from .tables import Sheet

SPECIAL = frozenset({"excluded", "line_kind", "finance_code", "currency", "cost_centre"})


def fingerprint(texts: Sequence[str]) -> tuple[str, ...]:
    """Return headings in the form a mapping keeps them: normalised, in order, without empty ones at the end."""
    plain = [headings.normalise(text) for text in texts]
    while plain and not plain[-1]:
        plain.pop()
    return tuple(plain)


def sniff(sheets: list[Sheet], mappings: Sequence[Mapping]) -> tuple[Sheet, Heading, Mapping] | None:
    """Return the first sheet, heading row and mapping that agree in every heading, or None."""
    wanted = {tuple(mapping.headings): mapping for mapping in mappings}
    for sheet in sheets if wanted else []:
        for row in range(min(headings.SEARCHED_ROWS, len(sheet.cells))):
            texts = headings.read_row(sheet.cells, row)
            if mapping := wanted.get(fingerprint(texts)):
                return sheet, headings.assign(row, texts, vocabulary(mapping)), mapping
    return None


def vocabulary(mapping: Mapping) -> dict[str, tuple[str, ...]]:
    """Return a mapping as field -> the one name it goes by."""
    return {column: (headings.normalise(heading),) for column, heading in mapping.columns.items() if heading}


def read(sheet: Sheet, heading: Heading, mapping: Mapping, name: str, options: Options) -> Reading:
    """Read the table below `heading` as its mapping says; Libra's rules for blank, total and zero rows hold here
    too."""
    options = replace(options, date_order=mapping.date_order)
    table = sections.below(sheet, heading, vocabulary(mapping), "amount", ("amount",))
    money = [column for column in ("amount", *MONEY_OR_NA) if table.has(column)]
    causes = exclude.furniture(table, "invoice_number", money)
    exclude.fill_leading(table, (causes == "").to_numpy(dtype=bool))
    canvas = Canvas(table, options, causes)
    canvas.copy(*(column for column in TEXT if column not in SPECIAL and table.has(column)))
    canvas.amount()
    lines = canvas.lines
    code = (
        first_of(table.text("finance_code"), lines["supplier_code"])
        if mapping.side == "oracle"
        else table.text("finance_code")
    )
    lines["finance_code"] = fields.translate(code, lambda text: text.split("|")[0].strip())
    lines["currency"] = table.text("currency").str.upper()
    canvas.check_currencies("currency")
    for column in MONEY_OR_NA:
        canvas.money_or_na(column, column, lines["currency"])
    for column in DATES:
        canvas.date(column, column)
    lines["cost_centre"] = first_of(
        table.text("cost_centre"), cost_centres(lines["distribution"], options.cost_centre_segment)
    )
    lines["line_kind"] = first_of(
        table.text("line_kind").str.lower(), lines["line_kind"].where(lines["line_kind"] != "", "item")
    )
    return canvas.reading(name, f"mapped_{mapping.side}", mapping.side, table.columns())
