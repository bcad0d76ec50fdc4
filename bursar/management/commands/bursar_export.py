"""Make the student system's files of fees from the command line: a pure conversion, which stores nothing in Libra."""

from __future__ import annotations

import gc
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localdate

from bursar.formats import layout_toml
from bursar.formats.fees import Problem, Reading, Unreadable
from bursar.formats.layout import Layout, shipped
from bursar.formats.layout_writer import Occasion
from bursar.rules.sort import NotBalanced, totals
from bursar.services.converting import Conversion, convert, free, listing, no_ledger, read, slim
from bursar.services.writing import write_all
from core.console import table
from core.money import show

from ._output import problem_lines

BAD_USAGE, UNREADABLE = 2, 3
SHOWN = 50  # rejected fees that are printed; the list beside the files has all of them
PARTS = {
    "charges": "Charges", "reversals": "Reversals", "elsewhere": "Not on campus", "rejected": "Rejected", "nil": "Nil",
}  # fmt: skip


def day(text: str | date) -> date:
    try:
        return text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is no date. Write it as 2025-03-01.") from None


@contextmanager
def in_bulk() -> Iterator[None]:
    """Look for no cycles meanwhile: bulk work makes next to none, and each look walks through all that is in memory.
    Arrow's own pool keeps what it had; the system's hands it back.
    """
    pool = pa.default_memory_pool()
    gc.disable()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)
        gc.enable()


class Command(BaseCommand):
    help = (
        "Make the student system's files of an export of Alma's or an Analytics report of fees. Exit 0: done. 2: bad "
        "usage. 3: unreadable or not balancing; nothing was written."
    )
    requires_system_checks = ()  # they would load every page first

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="an export XML, or an Analytics report as CSV")
        parser.add_argument("--layout", required=True, metavar="NAME", help="a shipped layout, or the path of a .toml")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the files go")
        parser.add_argument("--date", type=day, metavar="YYYY-MM-DD", help="stands for the day of the run")

    @in_bulk()
    def handle(self, *args: Any, **options: Any) -> None:
        file, out = Path(options["file"]), Path(options["out"])  # a program may give them as text
        layout = self.layout(options["layout"])
        if out.exists() and not out.is_dir():
            raise CommandError(f"{out} is no folder. Name one with --out.", returncode=BAD_USAGE)
        try:
            reading = self.read(file, layout)
            occasion = Occasion(day(options["date"] or localdate()), reading.export, 1, layout.code)
            count = len(reading.fees)
            made = convert(reading.hand_over(), reading.total, layout, (), occasion, no_ledger())
            lists = self.lists(made, layout, file.stem)
            write_all(out, {each.name: each.content for each in made.files} | lists)
        except Unreadable as error:
            lines = "\n".join(problem_lines(error.name, error.problems))
            raise CommandError(f"{lines}\nNothing was written.", returncode=UNREADABLE) from None
        except (NotBalanced, OverflowError) as error:
            raise CommandError(f"{error} Nothing was written.", returncode=UNREADABLE) from None
        except OSError as error:
            told = f"{error.filename or out}: {error.strerror}. Nothing was written."
            raise CommandError(told, returncode=UNREADABLE) from None
        self.show(reading, count, made, lists, out)

    def layout(self, name: str) -> Layout:
        known = shipped()
        text = known.get(name)
        if text is None and not name.endswith(".toml"):
            told = f"There is no layout {name}: choose from {', '.join(known)}, or name a .toml file."
            raise CommandError(told, returncode=BAD_USAGE)
        try:
            return layout_toml.load(text if text is not None else Path(name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The layout {name} cannot be read: {error}.", returncode=BAD_USAGE) from None
        except layout_toml.Wrong as error:
            lines = "\n".join(error.sentences)
            raise CommandError(f"The layout {name} cannot be used:\n{lines}", returncode=BAD_USAGE) from None

    def read(self, file: Path, layout: Layout) -> Reading:
        if not file.is_file():
            raise Unreadable(file.name, [Problem(f"{file} is no file, or may not be opened. Check the path.")])
        own = settings.LIBRA_CURRENCY
        reading = read(file, file.name, own if own in layout.currencies else layout.currencies[0])
        reading.fees = slim(reading.fees, layout)
        return reading

    def lists(self, made: Conversion, layout: Layout, stem: str) -> dict[str, bytes]:
        """Return lists of the fees that are in no file for the student system, each with its reason."""
        taken = {each.name.casefold() for each in made.files}
        found = made.sorted
        away = found.elsewhere.assign(reason="The identifier is not one of the campus's: not on campus.")
        unsent = [found.rejected, found.nil, *([] if "elsewhere" in layout.files else [away])]
        parts = [part for part in unsent if len(part)]
        if not parts:
            return {}
        return {free(f"{stem}.rejected.csv", taken): listing(pd.concat(parts).sort_values("row"))}

    def show(self, reading: Reading, count: int, made: Conversion, lists: Mapping[str, bytes], out: Path) -> None:
        for line in problem_lines(reading.name, reading.problems):
            self.stderr.write(line)
        currencies = sorted(reading.total) or [settings.LIBRA_CURRENCY]
        rows = [("", "Fees", *currencies), _row("Source", count, reading.total, currencies)]
        for name, words in PARTS.items():
            part = getattr(made.sorted, name)
            rows.append(_row(words, len(part), totals(part), currencies))
        self.stdout.write(f"{reading.name}: {_fees(count)}, users: {reading.users:,}")
        self.stdout.write(table(rows, numbers=range(1, len(rows[0]))))
        self.stdout.write("Source = charges + reversals + not on campus + rejected.\n")
        for each in made.files:
            self.stdout.write(
                f"{out / each.name}: {_fees(each.count)}, {show(each.amount, each.currency)} {each.currency}"
            )
        for name in lists:
            self.stdout.write(f"{out / name}: those that are in no file, with their reasons")
        unsent = pd.concat([made.sorted.rejected, made.sorted.nil]).head(SHOWN)
        for row, amount, currency, reason in zip(
            unsent["row"], unsent["amount"], unsent["currency"], unsent["reason"], strict=True
        ):
            self.stdout.write(f"not sent: {reading.name}, fee {row}: {show(amount, currency)} {currency}: {reason}")


def _fees(count: int) -> str:
    return f"{count:,} fee{'' if count == 1 else 's'}"


def _row(words: str, count: int, amounts: Mapping[str, int], currencies: list[str]) -> tuple[str, ...]:
    return (words, f"{count:,}", *(show(amounts.get(each, 0), each) for each in currencies))
