"""An export entered in the ledger: its files, its fees and what happened to each, within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
from django.db.models import Count, Sum

from bursar.formats.layout_writer import Made
from bursar.models import Export, Fee, FeeEvent, OutFile, Profile
from bursar.rules.credits import Tie
from bursar.rules.pool import Place
from bursar.rules.sort import NotBalanced, Sorted
from bursar.rules.state import Kind, Standing, after
from core.models import User

from . import converting, entering, ledger, moves, vault
from .converting import Conversion

Files = dict[tuple[str, str], OutFile]
MANY = 1_000  # rows stored in one question
AT_ONCE = 5_000  # fees that are in memory as objects
AWAY = "The identifier is not one of the campus's."
TEXTS = {
    "user_id_text": "user_id", "user_type": "user_type", "name": "name", "reference": "reference", "fee_id": "fee_id",
    "fee_type": "fee_type", "barcode": "barcode", "title": "title", "item_type": "item_type", "term": "term",
    "currency": "currency",
}  # fmt: skip
LONGEST = {
    "user_id": 100, "user_type": 50, "reference": 100, "fee_id": 100, "fee_type": 100, "library_code": 100,
    "barcode": 100,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """What is the same for all rows that a run stores."""

    profile: Profile
    export: Export
    day: date
    by: User | None


def files(run: Run, made: Conversion, lists: Mapping[str, tuple[str, bytes]]) -> Files:
    """Store the made files, and lists by kind: name and content. Return the files by kind and currency."""
    found: Files = {}
    for each in made.files:
        found[each.kind, each.currency] = file(run, each)
    for kind, (name, content) in lists.items():
        found[kind, ""] = file(run, Made(kind, name, content, 0, 0, ""))
    return found


def fees(run: Run, found: Sorted, keys: Mapping[int, str], made: Files, there: Mapping[int, Fee] | None = None) -> None:
    """Store what was sorted. keys: the fees' keys by row. there: fees that the ledger has and that were set aside, by
    row; all others are new. Fees that are nil are counted and listed, not stored.
    """
    there = there or {}
    kind: Kind = "kept" if run.profile.way == Profile.Way.TWO_WAY else "sent"
    waits = found.rejected["waits"].to_numpy(dtype=bool)
    parts: tuple[tuple[pd.DataFrame, Kind], ...] = (
        (found.charges, kind), (found.reversals, kind), (found.elsewhere, "elsewhere"),
        (found.rejected[~waits], "rejected"), (found.rejected[waits], "waiting"),
    )  # fmt: skip
    ids: dict[int, int] = {}
    for part, what in parts:
        for start in range(0, len(part), AT_ONCE):
            some = list(_rows(run, part.iloc[start : start + AT_ONCE], what, keys, there))
            _store(run, some, made, there)
            ids |= {fee.row: fee.pk for fee in some}
    void = set(found.rejected["row"].tolist())
    tie(run, {row: each for row, each in found.ties.items() if row not in void and each.used}, ids)
    if not there:
        _check(run, [part for part, _ in parts])


def tie(run: Run, ties: Mapping[int, Tie], ids: Mapping[int, int]) -> None:
    """Write down which charge each credit takes back, of the ledger or of the same export. ids: the export's fees by
    row.
    """
    pairs = [(ids[row], _charge(each.charge, ids), each) for row, each in sorted(ties.items()) if each.charge]
    known: dict[int, Fee] = {}
    wanted = sorted({pk for credit, charge, _ in pairs for pk in (credit, charge)})
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        known |= {fee.pk: fee for fee in Fee.objects.select_for_update().filter(pk__in=some)}
    stand = moves.standing(known.values())
    events = []
    for credit, charge, each in pairs:
        stand[charge] = after(stand[charge], "credited", each.used)
        stand[credit] = after(stand[credit], "tied", each.used)
        known[credit].reverses_id = charge
        events += [
            FeeEvent(fee=known[credit], kind="tied", amount=each.used, day=run.day, note=each.reason, by=run.by),
            FeeEvent(fee=known[charge], kind="credited", amount=-each.used, day=run.day, note=each.reason, by=run.by),
        ]
    for pk, fee in known.items():
        fee.state, fee.ended, fee.balance = stand[pk].state, stand[pk].ended, stand[pk].balance
    Fee.objects.bulk_update(known.values(), ["state", "ended", "balance", "reverses"], batch_size=MANY)
    entering.enter(events)


def _charge(place: Place, ids: Mapping[int, int]) -> int:
    return ids[place.number] if place.where == "export" else place.number


def too_long(fees: pd.DataFrame) -> list[str]:
    """Say which identifiers are longer than any identifier is: the file is damaged."""
    return [
        f"Fee {row}, {name}: “{text[:40]}…” has {len(text):,} characters, and no identifier is so long."
        for name, most in LONGEST.items()
        for row, text in zip(fees["row"].tolist(), fees[name].tolist(), strict=True)
        if len(text) > most
    ]


def file(run: Run, made: Made) -> OutFile:
    """Store a made file under a name that no other of the student system's has."""
    path, sha256 = vault.store(made.content)
    taken = OutFile.objects.filter(export__profile__in=ledger.siblings(run.profile))
    names: set[str] = set()
    name = converting.free(made.name, names)
    while taken.filter(name__iexact=name).exists():
        name = converting.free(made.name, names)
    return OutFile.objects.create(
        export=run.export, kind=made.kind, name=name, path=path, sha256=sha256, size=len(made.content),
        count=made.count, amount=made.amount, currency=made.currency,
    )  # fmt: skip


def _rows(run: Run, part: pd.DataFrame, what: Kind, keys: Mapping[int, str], there: Mapping[int, Fee]) -> Iterator[Fee]:
    """Yield fees of one part as they stand after it; those that the ledger has keep their id and what was chosen."""
    columns = [part[name].tolist() for name in TEXTS.values()]
    libraries = part["library_code"].where(part["library_code"] != "", part["library_id"]).tolist()
    reasons = part["reason"].tolist() if "reason" in part else [AWAY if what == "elsewhere" else ""] * len(part)
    days = [None if pd.isna(each) else each.date() for each in part["date"].tolist()]
    own = zip(part["row"].tolist(), part["amount"].tolist(), days, libraries, reasons, strict=True)
    for (row, amount, day, library, reason), texts in zip(own, zip(*columns, strict=True), strict=True):
        told, before = dict(zip(TEXTS, texts, strict=True)), there.get(row)
        now = after(Standing(amount, told["currency"]), what)
        kept = {"pk": before.pk, "reverses_id": before.reverses_id, "chosen": before.chosen} if before else {}
        yield Fee(
            profile=run.profile, export=run.export, key=keys[row], row=row, reason=reason, library=library, date=day,
            amount=amount, state=now.state, balance=now.balance, **told, **kept,
        )  # fmt: skip


def _store(run: Run, some: list[Fee], made: Files, there: Mapping[int, Fee]) -> None:
    Fee.objects.bulk_create([fee for fee in some if fee.pk is None], batch_size=MANY)
    again = [fee for fee in some if fee.row in there]
    Fee.objects.bulk_update(again, ["state", "reason", "item_type", "term"], batch_size=MANY)
    events = []
    for fee in some:
        if fee.row not in there:
            events.append(FeeEvent(fee=fee, kind="arrived", amount=fee.amount, day=run.day, by=run.by))
        if not fee.reason:
            own = "charges" if fee.amount > 0 else "reversals"
            file = made.get(("all", fee.currency)) or made[own, fee.currency]
            events.append(FeeEvent(fee=fee, kind="sent", day=run.day, file=file, by=run.by))
        elif fee.row not in there or there[fee.row].reason != fee.reason:
            events.append(FeeEvent(fee=fee, kind="set_aside", day=run.day, note=fee.reason, by=run.by))
    entering.enter(events)


def _check(run: Run, parts: list[pd.DataFrame]) -> None:
    """Ask the ledger itself whether it holds what was to be stored."""
    rows = run.export.fees.order_by().values_list("currency").annotate(Count("pk"), Sum("amount"))
    held = {currency: (count, amount) for currency, count, amount in rows}
    whole = pd.concat([part[["currency", "amount"]] for part in parts])
    meant = {code: (len(some), sum(some.tolist())) for code, some in whole.groupby("currency")["amount"]}
    if held != meant:
        raise NotBalanced(f"The ledger does not hold what came with {run.export.name}.")
