"""What may be stored in a month and what is turned away, each refusal a sentence: what is wrong, where, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.timezone import localtime

from core.jobs import UserError
from reconcile.matching.terms import Rules
from reconcile.models import SourceFile

from . import overlap
from .lines import Piece
from .overlap import Overlap
from .runs import missing_side, open_month


class CannotRead(UserError):
    """A file is not recognised, or something in it cannot be read. `problems` say what, row by row."""


class Repeats(UserError):
    """A new file repeats rows that are stored. `overlaps` say which; `replaceable`: it may take the old one's place."""

    def __init__(self, overlaps: list[Overlap]) -> None:
        self.overlaps = overlaps
        self.replaceable = all(each.replaces for each in overlaps)
        sentences = [each.sentence() for each in overlaps]
        super().__init__(" ".join(sentences), [{"message": sentence, "severity": "error"} for sentence in sentences])


def readable(files: Sequence[SourceFile]) -> None:
    """Raise CannotRead when a file was not recognised or has errors."""
    problems = [
        problem | {"file": file.name} for file in files for problem in file.problems if problem["severity"] == "error"
    ]
    if problems:
        names = list(dict.fromkeys(problem["file"] for problem in problems))
        more = f" There are {len(problems):,} errors in all." if len(problems) > 1 else ""
        raise CannotRead(f"{' and '.join(names)} cannot be taken in. {describe(problems[0])}{more}", problems)
    unseen = [file.name for file in files if not file.kind]
    if unseen:
        raise UserError(f"{' and '.join(unseen)} is still being read. Wait until it shows what it was recognised as.")


def allowed(files: Sequence[SourceFile], period: str, rules: Rules) -> None:
    """Check all that can be told without looking into the rows. Raises UserError."""
    if not files:
        raise UserError("There are no files to take in. They were taken in or put away already; drop them again.")
    readable(files)
    month = open_month(period)
    twice(files)
    not_stored(files)
    sides = {file.side for file in files}
    if month:
        sides |= set(month.files.filter(state=SourceFile.State.STORED).values_list("side", flat=True))
    missing_side(period, sides)
    for file in files:
        if file.currency and file.currency != rules.currency:
            raise UserError(
                f"The amounts of {file.name} are in {file.currency}, but the ledger here is kept in {rules.currency}. "
                f"Export the amounts in {rules.currency}, or have LIBRA_CURRENCY set to {file.currency}."
            )


def twice(files: Sequence[SourceFile]) -> None:
    """Raise UserError when two of the files are the same to the byte, whatever they are called."""
    seen: dict[str, SourceFile] = {}
    for file in files:
        first = seen.setdefault(file.sha256, file)
        if first is not file:
            raise UserError(
                f"{file.name} and {first.name} are the same file, byte for byte. Give it once, and beside it the other "
                f"side's report."
            )


def not_stored(files: Sequence[SourceFile]) -> None:
    """Raise UserError when a file is stored already, and say where."""
    stored = {
        file.sha256: file
        for file in SourceFile.objects.filter(
            sha256__in=[file.sha256 for file in files], state=SourceFile.State.STORED
        ).select_related("month")
    }
    sentences = [f"{already(file, stored[file.sha256])}" for file in files if file.sha256 in stored]
    if sentences:
        raise UserError(" ".join([*sentences, "Nothing was stored a second time."]))


def already(file: SourceFile, first: SourceFile) -> str:
    """Return the sentence that points to the first of two equal files."""
    name = "" if first.name == file.name else f" as {first.name}"
    where = first.month or "the ledger of orders"
    return f"{file.name} is stored already{name}, in {where}, since {localtime(first.uploaded_at):%-d %B %Y}."


def overlapping(pieces: list[Piece], period: str, replace: bool) -> list[Overlap]:
    """Return what the new files replace. Raises Repeats when rows would count twice."""
    found = overlap.find(pieces, period)
    if found and not (replace and all(each.replaces for each in found)):
        raise Repeats(found)
    return found


def describe(problem: dict[str, Any]) -> str:
    """Return a problem as one line: where, what was found, what is wrong."""
    places = [
        problem.get("file") or "",
        f"row {problem['row']}" if problem.get("row") else "",
        problem.get("column") or "",
    ]
    where = ", ".join(place for place in places if place)
    value = f" ‘{problem['value']}’:" if problem.get("value") else ""
    return f"{where}:{value} {problem['message']}" if where else f"{problem['message']}"
