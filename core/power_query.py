"""A live table as a query in Power Query's language, to be pasted into Excel's or Power BI's advanced editor."""

from __future__ import annotations

from core.live import Table
from core.live_kinds import CELLS


def query(table: Table, address: str) -> str:
    """Return the query; `address` is that of the table's JSON. A parameter that is left empty is not given.

    Parameters stand apart from the address because Power BI's service refreshes no query whose address it cannot see in
    advance; types are set with a culture because a decimal point must not hang on the reader's Windows.
    """
    given = ", ".join(f'{one.name} = ""' for one in table.parameters)
    asking = f", [Query = [{given}]]" if given else ""
    types = ",\n        ".join(f'{{"{one.name}", {CELLS[one.kind].power_query}}}' for one in table.columns)
    return (
        "let\n"
        f"    Types = {{\n        {types}\n    }},\n"
        f'    Answer = Json.Document(Web.Contents("{address}"{asking}), TextEncoding.Utf8),\n'
        "    Rows = Table.FromRecords(Answer[rows], List.Transform(Types, each _{0})),\n"
        '    Typed = Table.TransformColumnTypes(Rows, Types, "en-GB")\n'
        "in\n"
        "    Typed\n"
    )
