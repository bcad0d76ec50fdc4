"""Say what files are, without storing anything."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.console import table
from core.money import show, to_text
from reconcile import formats
from reconcile.formats.canonical import Problem, Reading, Unreadable
from reconcile.services import rules
from reconcile.services.words import EXCLUDED, KINDS

from ._output import problem_lines

UNREADABLE = 3


class Command(BaseCommand):
    help = "Say what files are, their totals and problems, and store nothing. Exit 3: one could not be read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", metavar="PATH", help="write what was found as JSON; - is standard output")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        told = rules.options()
        found, unreadable = [], 0
        for path in files:
            try:
                reading = read(path, told)
            except Unreadable as error:
                unreadable += 1
                found.append(nothing(path.name, error.problems))
                self.refuse(path.name, error.problems)
            else:
                found.append(summary(reading))
                unreadable += bool(reading.errors)
                if options["json"] != "-":
                    self.show(reading)
        text = json.dumps({"files": found}, ensure_ascii=False, indent=1)
        if options["json"] == "-":
            self.stdout.write(text)
        elif options["json"]:
            Path(options["json"]).write_text(text + "\n", encoding="utf-8")
        if unreadable:
            what = "file could" if unreadable == 1 else "files could"
            raise CommandError(f"{unreadable} {what} not be read.", returncode=UNREADABLE)

    def show(self, reading: Reading) -> None:
        span = (
            f"{reading.first:%-d %B %Y} to {reading.last:%-d %B %Y}" if reading.first and reading.last else "no dates"
        )
        rows = [
            ("file", reading.name),
            ("recognised as", KINDS[reading.kind]),
            ("headings in row", str(reading.heading_row) if reading.heading_row else "none (XML)"),
            ("rows", f"{reading.rows:,}"),
            ("documents", f"{reading.documents:,}"),
            ("total", f"{show(reading.total, reading.currency)} {reading.currency}"),
            ("accounting dates", span),
            *(
                (f"left out, {EXCLUDED[cause].label.lower()}", f"{count:,}")
                for cause, count in sorted(reading.excluded.items())
            ),
            *((f"column {name.replace('_', ' ')}", heading) for name, heading in reading.columns.items()),
        ]
        self.stdout.write(table(rows))
        for line in problem_lines(asdict(problem) for problem in reading.problems):
            self.stdout.write(line)
        self.stdout.write("")

    def refuse(self, name: str, problems: list[Problem]) -> None:
        for line in problem_lines(asdict(problem) | {"file": name} for problem in problems):
            self.stderr.write(line)


def read(path: Path, told: formats.Options) -> Reading:
    if not path.is_file():
        raise Unreadable(path.name, [Problem(f"{path} is no file, or may not be opened. Check the path.")])
    return formats.read(path, path.name, told)


def summary(reading: Reading) -> dict[str, Any]:
    """Return the contract's description of a file."""
    return {
        "name": reading.name,
        "kind": reading.kind,
        "heading_row": reading.heading_row,
        "rows": reading.rows,
        "documents": reading.documents,
        "total": to_text(reading.total, reading.currency),
        "currency": reading.currency,
        "from": reading.first.isoformat() if reading.first else None,
        "to": reading.last.isoformat() if reading.last else None,
        "columns": reading.columns,
        "excluded": reading.excluded,
        "problems": described(reading.problems),
    }


def nothing(name: str, problems: list[Problem]) -> dict[str, Any]:
    """Return the same shape for a file of which nothing is known but what is wrong with it."""
    empty = dict.fromkeys(("kind", "heading_row", "rows", "documents", "total", "currency", "from", "to"))
    return {"name": name, **empty, "columns": {}, "excluded": {}, "problems": described(problems)}


def described(problems: list[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "row": each.row,
            "column": each.column,
            "value": each.value,
            "message": each.message,
            "severity": each.severity,
        }
        for each in problems
    ]
