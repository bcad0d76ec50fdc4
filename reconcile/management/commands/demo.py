"""Fill an empty Libra with an example library: two consecutive months, taken in as people's own files are; and where
somebody has the role finance, its call-off orders and budgets.
"""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.jobs import TerminalProgress
from core.models import User
from core.roles import FINANCE
from reconcile.models import Month, SourceFile
from reconcile.services import intake, runs

from . import _example_books
from ._output import statement_table

SEED = 7


class Command(BaseCommand):
    help = "Make two example months and reconcile them. Refuses when there are months or files already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lines", type=int, default=1500, help="how many lines a side has, about")
        parser.add_argument("--if-empty", action="store_true", help="do nothing, in silence, where there is something")

    def handle(self, *args: Any, lines: int, if_empty: bool, **options: Any) -> None:
        if Month.objects.exists() or SourceFile.objects.exists():
            if if_empty:
                return
            raise CommandError(
                "There are months or files here already. The example goes into an empty Libra only.", returncode=2
            )
        from reconcile.example import write_pair  # brings its world of suppliers and orders along; only this needs it

        first = (pd.Timestamp.now().to_period("M") - 2).strftime("%Y-%m")
        folder = Path(settings.DATA_DIR) / "example"
        for month in write_pair(folder, first, seed=SEED, lines=lines):
            self.reconcile(month.period, [month.alma, month.oracle])
        person = User.objects.filter(groups__name=FINANCE).order_by("pk").first()
        for sentence in _example_books.write(folder, person) if person else ():
            self.stdout.write(sentence)
        self.stdout.write(f"The example's files are in {folder}.")

    def reconcile(self, period: str, paths: list[Path]) -> None:
        progress = TerminalProgress()
        with ExitStack() as stack:
            files = intake.receive([(path.name, stack.enter_context(path.open("rb"))) for path in paths], None)
        frames = {file.pk: frame for file, frame in intake.read_all(files, progress) if frame is not None}
        run = intake.take_in(files, period, None, progress, frames=frames)
        progress.close()
        for file in files:
            self.stdout.write(f"{file.name}: {file.rows:,} rows")
        self.stdout.write(f"\n{statement_table(run)}\n{runs.sentence(run)}\n")
