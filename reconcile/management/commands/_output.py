"""What the commands print: a run's statement, and problems as lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.console import table
from core.money import show, symbol
from reconcile.models import Run
from reconcile.services import statement


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
