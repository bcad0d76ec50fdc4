"""Take a return file of the student system from the command line, and write the file by which Alma learns of it."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.timezone import localdate

from bursar.models import OutFile, PaymentFile, Profile
from bursar.rules.sort import NotBalanced
from bursar.services import due, paying, payment_totals, reporting, vault
from bursar.services.writing import write_all
from core.console import table
from core.jobs import UserError
from core.money import show, show_with_symbol

BAD_USAGE, UNREADABLE = 2, 3
SHOWN = 50  # payments on a list that are printed
CUT_OFF = (
    "an earlier run was cut off while it wrote this. Look whether it is there or Alma has taken it, and say in Libra "
    "that it was taken, or to send it again. It is never written twice by itself."
)


class Command(BaseCommand):
    help = (
        "Take the file that student finance sends back, and write the XML by which Alma learns of the payments. Exit "
        "0: done, or done before. 2: bad usage. 3: unreadable or not balancing; nothing was stored or written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what student finance sent back")
        parser.add_argument("--profile", required=True, metavar="CODE", help="the bursar profile's code")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where Alma's file goes")

    def handle(self, *args: Any, file: Path, out: Path, **options: Any) -> None:
        profile = Profile.objects.filter(code__iexact=options["profile"]).first()
        if profile is None:
            known = ", ".join(Profile.objects.values_list("code", flat=True)) or "none"
            told = f"There is no profile {options['profile']}. There are: {known}."
            raise CommandError(told, returncode=BAD_USAGE)
        if not profile.return_layout:
            told = f"{profile.code} has no layout for the file that student finance sends back. Give it one."
            raise CommandError(told, returncode=BAD_USAGE)
        if out.exists() and not out.is_dir():
            raise CommandError(f"{out} is no folder. Name one with --out.", returncode=BAD_USAGE)
        try:
            before, taken = self.take(profile, file)
            written = self.write(profile, out)
        except UserError as error:
            lines = [str(error), *(f"{file.name}: {each['message']}" for each in error.problems)]
            raise CommandError("\n".join(lines), returncode=UNREADABLE) from None
        except NotBalanced as error:
            raise CommandError(f"{error} Nothing was stored.", returncode=UNREADABLE) from None
        except OSError as error:
            told = f"{error.filename or file}: {error.strerror}. No file was written; put that right and run it again."
            raise CommandError(told, returncode=UNREADABLE) from None
        self.show(taken, written, out, before=before)

    def take(self, profile: Profile, file: Path) -> tuple[bool, PaymentFile]:
        """Take the file in and make Alma's, both or neither; say whether it was there before."""
        with file.open("rb") as stream, transaction.atomic():
            known = paying.find(profile, hashlib.file_digest(stream, "sha256").hexdigest())
            stream.seek(0)
            taken = known or paying.take(profile, file.name, stream, None, localdate())
            if profile.way != Profile.Way.TWO_WAY:
                reporting.by_file(profile, None)
        return known is not None, taken

    def write(self, profile: Profile, out: Path) -> list[OutFile]:
        """Write what was made and never given to anybody: what an earlier run could not write, too."""
        for each in reporting.cut_off(profile):
            self.stderr.write(f"warning: {each.name}: {CUT_OFF}")
        files = reporting.claim(profile)
        try:
            if files:
                write_all(out, {each.name: vault.where(each.path).read_bytes() for each in files})
        except OSError:  # none of them is there
            reporting.let_go(files)
            raise
        reporting.given(files)
        return files

    def show(self, taken: PaymentFile, written: list[OutFile], out: Path, *, before: bool) -> None:
        profile, currency = taken.profile, taken.totals["currency"]
        if before:
            self.stdout.write(f"This file was taken before, as {taken.name}: nothing of it is new.")
        rows = [("", "Rows", currency)]
        for name, words in payment_totals.WORDS.items():
            said = taken.totals[name]
            if said["count"] or name == "source":
                rows.append((words, f"{said['count']:,}", show(said["amount"], currency)))
        self.stdout.write(f"{taken.name} for {profile.code}")
        self.stdout.write(table(rows, numbers=(1, 2)))
        self.stdout.write("Source = went to fees + left over + no such fee + waits + in an earlier file.\n")
        for each in written:
            told = f"{each.count:,} fees, {show(each.amount, each.currency)} {each.currency}"
            self.stdout.write(f"{out / each.name}: {told}; needs a test in Alma's sandbox first")
        if not written:
            self.stdout.write("No file for Alma was written: there is nothing new to tell.")
        self.lists(profile)

    def lists(self, profile: Profile) -> None:
        """Print what waits for a person, of this file and earlier ones."""
        for payment in reporting.waiting(profile)[:SHOWN]:
            left = show_with_symbol(payment.amount - payment.used, payment.currency)
            self.stdout.write(f"waits: {payment.file.name}, row {payment.row}: {left}: {payment.note}")
        found = due.due(profile)
        if profile.way == Profile.Way.TWO_WAY and found.told:
            self.stdout.write(f"waits: {len(found.told):,} payments go to Alma one by one, by its REST.")
        for payment, reason in found.held[:SHOWN]:
            self.stdout.write(f"not told: {payment.file.name}, row {payment.row}: {reason}")
