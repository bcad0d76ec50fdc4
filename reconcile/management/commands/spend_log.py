"""The Log of some months from the command line: what was spent on which fund with which supplier, on both sides."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.console import table
from core.dates import month_name
from core.jobs import TerminalProgress
from core.money import show, symbol, to_text
from reconcile.services import books, log
from reconcile.services.log_gather import in_the_books

from .reconcile import BAD_USAGE, period


class Command(BaseCommand):
    help = "Tell what months spent, by fund and supplier. Exit 0: done. 2: bad usage, or none of the months is there."
    requires_system_checks = ()  # they would load every page first

    def add_arguments(self, parser: ArgumentParser) -> None:
        for option, name in (("--from", "first"), ("--to", "last")):
            parser.add_argument(
                option,
                required=True,
                type=period,
                dest=name,
                metavar="YYYY-MM",
                help=f"the {name} month: 2025-03",
            )
        parser.add_argument("--json", metavar="PATH", help="write it as JSON; - is standard output")
        parser.add_argument("--xlsx", type=Path, metavar="PATH", help="write the Log of these months as a workbook")

    def handle(self, *args: Any, first: str, last: str, **options: Any) -> None:
        if first > last:
            raise CommandError(
                f"--from {first} is later than --to {last}. Give the earlier month as --from.", returncode=BAD_USAGE
            )
        books.catch_up()
        periods = months_between(first, last)
        found = in_the_books(first, last)
        currency = self.currency(first, last, found)
        cells = log.spent_cells(list(found))
        # With --json - standard output belongs to a program; the tables then go where people look.
        out = self.stderr if options["json"] == "-" else self.stdout
        out.write(in_words(cells, currency))
        if missing := [month_name(each) for each in periods if each not in found]:
            self.stderr.write(f"Not in the books: {', '.join(missing)}.")
        text = json.dumps(as_json(first, last, cells, currency), ensure_ascii=False, indent=1)
        if options["json"] == "-":
            self.stdout.write(text)
        elif options["json"]:
            Path(options["json"]).write_text(f"{text}\n", encoding="utf-8")
        if options["xlsx"]:
            self.workbook(first, last, options["xlsx"])

    def currency(self, first: str, last: str, found: dict[str, str]) -> str:
        """Return the currency of the months. Raises CommandError when there is none of them, or they have several."""
        if not found:
            raise CommandError(
                f"No month from {first} to {last} is in the books. Reconcile one of them first.", returncode=BAD_USAGE
            )
        different = sorted(set(found.values()))
        if len(different) > 1:
            raise CommandError(
                f"These months are in {' and '.join(different)}, which cannot be added up. Ask for those of one.",
                returncode=BAD_USAGE,
            )
        return different[0]

    def workbook(self, first: str, last: str, path: Path) -> None:
        from reconcile.services.log_workbook import write_workbook

        progress = TerminalProgress()
        try:
            write_workbook(first, last, path, progress)
        finally:
            progress.close()


def months_between(first: str, last: str) -> list[str]:
    """Return the periods from the first to the last, both inclusive."""
    start, end = (int(each[:4]) * 12 + int(each[5:]) - 1 for each in (first, last))
    return [f"{number // 12}-{number % 12 + 1:02d}" for number in range(start, end + 1)]


def as_json(first: str, last: str, cells: Sequence[log.SpentCell], currency: str) -> dict[str, Any]:
    """Return the contract's JSON."""
    return {
        "from": first,
        "to": last,
        "cells": [
            {
                "period": cell.period,
                "fund": cell.fund,
                "ledger": cell.ledger,
                "supplier": cell.supplier,
                "alma": to_text(cell.alma, currency),
                "oracle": to_text(cell.oracle, currency),
            }
            for cell in cells
        ],
        "totals": {side: to_text(amount, currency) for side, amount in total(cells).items()},
    }


def total(cells: Sequence[log.SpentCell]) -> dict[str, int]:
    return {"alma": sum(cell.alma for cell in cells), "oracle": sum(cell.oracle for cell in cells)}


def in_words(cells: Sequence[log.SpentCell], currency: str) -> str:
    """Return the tables that a person reads on a terminal: by month, then by fund, each with its total."""
    by_month = sums("Month", cells, lambda cell: cell.period, currency)
    by_fund = sums("Fund", cells, lambda cell: cell.fund or "(no fund named)", currency)
    return f"{by_month}\n\n{by_fund}"


def sums(name: str, cells: Sequence[log.SpentCell], of: Callable[[log.SpentCell], str], currency: str) -> str:
    added: dict[str, list[log.SpentCell]] = {}
    for cell in cells:
        added.setdefault(of(cell), []).append(cell)
    sign = symbol(currency)
    rows: list[tuple[str, ...]] = [(name, f"Alma {sign}", f"Oracle {sign}", f"Oracle less Alma {sign}")]
    for key, some in [*sorted(added.items()), ("Total", list(cells))]:
        alma, oracle = total(some).values()
        rows.append((key, *(show(amount, currency) for amount in (alma, oracle, oracle - alma))))
    heading, *lines = table(rows, numbers=(1, 2, 3)).splitlines()
    rule = "-" * max(map(len, (heading, *lines)))
    return "\n".join([heading, rule, *lines[:-1], rule, lines[-1]])
