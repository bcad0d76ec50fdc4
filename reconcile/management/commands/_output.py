"""What the commands print: tables with aligned columns, and problems as lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from core.money import show, symbol
from reconcile.models import Run
from reconcile.services import statement


def table(rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Return rows as text in columns; the columns named in `numbers` are aligned to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def statement_table(run: Run) -> str:
    """Return the statement of a run, as a person reads it on a terminal."""
    rows = [(f"Statement {run.month.period}", "Items", symbol(run.currency))]
    for row in statement.rows(run):
        count = "" if row.count is None else f"{row.count:,}"
        rows.append((row.label, count, show(row.amount, run.currency)))
    text = table(rows, numbers=(1, 2))
    heading, *lines = text.splitlines()
    rule = "-" * max(len(line) for line in (heading, *lines))
    return "\n".join([heading, rule, lines[0], *lines[1:-1], rule, lines[-1]])


def problem_lines(problems: Iterable[dict[str, Any]]) -> list[str]:
    """Return each problem as one line: file, row, column, value, what is wrong."""
    return [_line(problem) for problem in problems]


def _line(problem: dict[str, Any]) -> str:
    places = [
        str(problem.get("file") or ""),
        f"row {problem['row']}" if problem.get("row") else "",
        f"column {problem['column']}" if problem.get("column") else "",
        f"‘{problem['value']}’" if problem.get("value") else "",
    ]
    where = ", ".join(place for place in places if place)
    return f"{problem.get('severity', 'error')}: {where + ': ' if where else ''}{problem['message']}"
