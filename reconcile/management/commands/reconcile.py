"""Reconcile a month from the command line, as an upload in the browser does."""

from __future__ import annotations

import gc
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.core.management.base import BaseCommand, CommandError

from core.jobs import TerminalProgress, UserError
from reconcile.models import Run, SourceFile
from reconcile.services import admission, intake, report, rules, runs

from ._output import problem_lines, statement_table

BAD_USAGE, UNREADABLE = 2, 3


def period(text: str) -> str:
    if not re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", text):
        raise ArgumentTypeError(f"'{text}' is not a month. Write it as 2025-03.")
    return text


@contextmanager
def in_bulk() -> Iterator[None]:
    """Look for no cycles meanwhile: bulk work makes next to none, and each look walks through all that is in memory.
    Arrow's own pool hands memory back at once and asks for it again; the system's keeps what it had.
    """
    gc.disable()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        gc.enable()


class Command(BaseCommand):
    help = "Reconcile a month from files of both sides. Exit 0: done. 2: bad usage. 3: a file could not be read."
    requires_system_checks = ()  # they would load every page first

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="reports of Alma and of Oracle")
        parser.add_argument(
            "--period", required=True, type=period, metavar="YYYY-MM", help="the month, such as 2025-03"
        )
        parser.add_argument("--json", metavar="PATH", help="write the result as JSON; - is standard output")
        parser.add_argument("--xlsx", type=Path, metavar="PATH", help="write the result as a workbook")
        parser.add_argument(
            "--cost-centre",
            action="append",
            default=[],
            metavar="CODE",
            help="the library's cost centre; may be repeated",
        )
        parser.add_argument("--name", metavar="TEXT", default="", help="a name for this run, shown beside it")
        parser.add_argument(
            "--replace", action="store_true", help="let a later export take the place of the one that is stored"
        )

    @in_bulk()
    def handle(self, *args: Any, **options: Any) -> None:
        progress = TerminalProgress()
        try:
            run = self.reconcile(progress, **options)
        except admission.CannotRead as error:
            problems = "\n".join(problem_lines(error.problems))
            raise CommandError(f"{problems}\nNothing was stored.", returncode=UNREADABLE) from None
        except UserError as error:
            raise CommandError(str(error), returncode=BAD_USAGE) from None
        finally:
            progress.close()
        self.show(run, options["json"], options["xlsx"])

    def reconcile(self, progress: TerminalProgress, files: list[Path], period: str, **options: Any) -> Run:
        """Take the files in and reconcile. Files that the month has already are not stored again."""
        used = rules.rules(options["cost_centre"])
        with ExitStack() as stack:
            try:
                streams = [(path.name, stack.enter_context(path.open("rb"))) for path in files]
            except OSError as error:
                sentence = f"{error.filename} cannot be opened: {error.strerror}. Check the path."
                raise admission.CannotRead(sentence, [{"message": sentence}]) from None
            staged = intake.receive(streams, None)
        try:
            new, again = intake.part(staged, period)
            for file in again:
                self.stderr.write(
                    f"{file.name} is stored in {period} already; it is reconciled again and not stored twice."
                )
            if not new:
                return runs.reconcile_month(period, used, None, progress, name=options["name"])
            frames = {file.pk: frame for file, frame in intake.read_all(new, progress) if frame is not None}
            run = intake.take_in(
                new, period, None, progress, replace=options["replace"], rules=used, frames=frames, name=options["name"]
            )
            self.warn(new)
            return run
        finally:
            intake.discard(staged[0].batch)

    def warn(self, files: list[SourceFile]) -> None:
        for file in files:
            for line in problem_lines(problem | {"file": file.name} for problem in file.problems):
                self.stderr.write(line)

    def show(self, run: Run, json: str | None, xlsx: Path | None) -> None:
        # With --json - standard output belongs to a program; the table then goes where people look.
        out = self.stderr if json == "-" else self.stdout
        out.write(statement_table(run))
        out.write(runs.sentence(run))
        if json == "-":
            report.write(run, sys.stdout)
        elif json:
            with Path(json).open("w", encoding="utf-8") as stream:
                report.write(run, stream)
        if xlsx:
            from reconcile.services.workbook import write_workbook

            write_workbook(run, xlsx)
