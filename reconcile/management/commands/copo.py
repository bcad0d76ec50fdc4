"""Print the ledger of call-off orders, or write it as JSON or as a workbook."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.console import table
from core.jobs import TerminalProgress, UserError
from core.money import show, to_text
from reconcile.services import books, copo, order_news
from reconcile.services.copo import Ledger
from reconcile.services.order_flags import FLAGS

BAD_USAGE = 2
NONE = "–"


class Command(BaseCommand):
    help = "Show call-off orders: their value, what is drawn on each side, what is left. Exit 2: no such order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--order", metavar="NUMBER", help="one order, with every line of its ledger")
        parser.add_argument("--json", metavar="PATH", help="write the orders as JSON; - is standard output")
        parser.add_argument(
            "--tell", action="store_true", help="mail what is new to LIBRA_ORDERS_TELL; put this into a daily job"
        )
        parser.add_argument("--xlsx", type=Path, metavar="PATH", help="write the orders as a workbook")

    def handle(self, *args: Any, order: str | None, json: str | None, xlsx: Path | None, **options: Any) -> None:
        bring_up_to_date()
        try:
            found = [copo.ledger(order)] if order is not None else copo.ledgers()
            told = order_news.tell() if options["tell"] else 0
        except UserError as error:
            raise CommandError(str(error), returncode=BAD_USAGE) from None
        # With --json - standard output belongs to a program; the table then goes where people look.
        out = self.stderr if json == "-" else self.stdout
        out.write(ledger_table(found[0]) if order is not None else list_table(found))
        if told:
            self.stderr.write(f"News of {told} order{'' if told == 1 else 's'} went by mail.")
        try:
            if json == "-":
                self.stdout.write(as_json(found))
            elif json:
                Path(json).write_text(as_json(found) + "\n", encoding="utf-8")
            if xlsx:
                from reconcile.services.copo_workbook import write_workbook

                write_workbook(found, xlsx)
        except OSError as error:
            raise CommandError(
                f"{error.filename} cannot be written: {error.strerror}. Choose another path.", returncode=BAD_USAGE
            ) from None


def bring_up_to_date() -> None:
    """Enter what is not in the books yet; nobody waits for a page here."""
    progress = TerminalProgress()
    try:
        books.catch_up(progress)
    finally:
        progress.close()


def as_json(found: Sequence[Ledger]) -> str:
    return json.dumps({"orders": [_plain(each) for each in found]}, ensure_ascii=False, indent=1)


def _plain(each: Ledger) -> dict[str, Any]:
    """Return an order as plain JSON; amounts are text."""
    return {
        "number": each.number,
        "supplier": each.supplier,
        "value": None if each.value is None else to_text(each.value, each.currency),
        "drawn": {side: to_text(amount, each.currency) for side, amount in each.drawn.items()},
        "left": None if each.left is None else to_text(each.left, each.currency),
        "flags": list(each.flags),
        "entries": [
            {
                "date": line.date.isoformat(),
                "invoice": line.number,
                "amount": to_text(line.amount, each.currency),
                "side": line.side,
                "file": line.file,
                "row": line.row,
                "outcome": line.outcome,
            }
            for line in each.lines
            if line.side
        ],
    }


def list_table(found: Sequence[Ledger]) -> str:
    """Return orders as a person reads them on a terminal."""
    if not found:
        return "No orders are kept, and no invoice names one."
    rows: list[tuple[str, ...]] = [
        ("Order", "Supplier", "Value", "Drawn in Oracle", "Drawn in Alma", "Left", "What it needs")
    ]
    for each in found:
        figures = (each.value, each.drawn["oracle"], each.drawn["alma"], each.left)
        rows.append((each.number, each.supplier, *(_shown(amount, each) for amount in figures), _flags(each)))
    return table(rows, numbers=(2, 3, 4, 5))


def ledger_table(each: Ledger) -> str:
    """Return one order with every line of its ledger."""
    head = [
        ("Order", each.number),
        ("Supplier", each.supplier),
        ("Value", _shown(each.value, each)),
        ("Basis", each.basis),
        ("Drawn in Oracle", _shown(each.drawn["oracle"], each)),
        ("Drawn in Alma", _shown(each.drawn["alma"], each)),
        ("Committed in Alma", _shown(each.committed, each)),
        ("Left", _shown(each.left, each)),
        ("Used up on", f"{each.exhausted:%-d %B %Y}" if each.exhausted else NONE),
        ("What it needs", _flags(each)),
    ]
    rows = [("Date", "What", "Side", "Number", "Amount", "Left after it", "Outcome", "File", "Row"), *_lines(each)]
    return f"{table(head)}\n\n{table(rows, numbers=(4, 5, 8))}"


def _lines(each: Ledger) -> Iterator[tuple[str, ...]]:
    for line in each.lines:
        yield (
            line.date.isoformat(), line.kind, line.side, line.number, _shown(line.amount, each),
            "" if line.balance is None else _shown(line.balance, each), line.outcome, line.file, str(line.row or ""),
        )  # fmt: skip


def _flags(each: Ledger) -> str:
    return "; ".join(FLAGS[flag] for flag in each.flags)


def _shown(amount: int | None, each: Ledger) -> str:
    return NONE if amount is None else show(amount, each.currency)
