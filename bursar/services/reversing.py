"""What is no longer owed of fees after they were sent, though nobody paid the student system: waived, written off, paid
in Alma itself. It goes on asking for the money until a file takes it back.

Such a file is made by an export of its own. Its source is the ledger: a reversal a fee, tied to its charge, with its
item type, term and reference. What no file of the layout can say stays on a list, with the reason, until a person says
that student finance was told.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.timezone import localdate, now

from bursar.formats.layout_writer import Made, Occasion
from bursar.models import Export, FeeEvent, OutFile, Profile
from bursar.rules.sort import NotBalanced
from core.jobs import Progress, UserError
from core.models import User
from core.money import show_with_symbol

from . import converting, ledger, profiles, storing, totals, untold, whole
from .report import Report
from .untold import WORDS, Untold

KIND = "after_sending"


def run(profile: Profile, user: User | None, progress: Progress, report: Report) -> None:
    """Make the file that takes back what is no longer owed, each event once, and say what no file can say."""
    progress.stage("Taking back what is no longer owed")
    try:
        with whole.stored(), transaction.atomic():
            export = _run(profile, user, progress)
    except UserError as error:
        report.failed(str(error))
        return
    if export:
        report.made.append(export)
        report.said.append(_sentence(export))
    if report.anything and (left := len(untold.pending(profile)[1])):
        report.left.append(f"Student finance must be told by hand: fees {left:,}, listed with the profile's runs.")


def _sentence(export: Export) -> str:
    taken = export.totals["reversals"]
    money = " and ".join(show_with_symbol(amount, currency) for currency, amount in taken["amount"].items())
    why = ", ".join(f"{WORDS[kind].lower()} {part['count']:,}" for kind, part in origins(export).items())
    return f"{export.name}: fees of which something is taken back {taken['count']:,} ({money}): {why}."


def origins(export: Export) -> dict[str, totals.Total]:
    """Return of what such an export consists, by what happened to the fees: together its source."""
    found: dict[str, totals.Total] = {}
    told = FeeEvent.objects.filter(file__export=export).order_by("kind", "fee__currency")
    rows = told.values_list("kind", "fee__currency").annotate(Count("pk"), Sum("amount"))
    for kind, currency, count, amount in rows:
        one = {"count": count, "amount": {currency: amount}}
        found[kind] = totals.add(found[kind], one) if kind in found else one
    return found


@transaction.atomic
def told_by_hand(profile: Profile, user: User) -> Export:
    """Make the list of what no file can say, for a person who tells student finance. Raises UserError where there is
    nothing. From then on it counts as told.
    """
    list(ledger.siblings(profile).select_for_update())
    _, left = untold.pending(profile)
    if not left:
        raise UserError("There is nothing that student finance must be told by hand.")
    rows = untold.rows(left).assign(reason=[each.reason for each in left])
    part = totals.total(rows)
    export = _export(profile, left, {"source": part, "rejected": part}, user, state=Export.State.NOTHING)
    made = Made("rejected", f"{export.name}.csv", converting.listing(rows), 0, 0, "")
    file = storing.file(storing.Run(profile, export, export.day, user), made)
    _tell(left, file)
    _check(export)
    whole.record(export, [file], user)
    return export


def _run(profile: Profile, user: User | None, progress: Progress) -> Export | None:
    list(ledger.siblings(profile).select_for_update())  # nobody else tells the same meanwhile
    profile.refresh_from_db()
    going, _ = untold.pending(profile)
    if not going:
        return None
    rows, number = untold.rows(going), str(int(now().timestamp() * 1000))
    occasion = Occasion(localdate(), number, profile.sequence + 1, profile.code)
    layout, calendar = profiles.layout(profile), profiles.dated_terms(profile)
    made = converting.convert(rows, totals.total(rows)["amount"], layout, calendar, occasion, untold.charges(going))
    part = totals.total(made.sorted.reversals)
    export = _export(profile, going, {"source": totals.total(rows), "reversals": part}, user, number=number)
    Profile.objects.filter(pk=profile.pk).update(sequence=occasion.sequence)
    files = storing.files(storing.Run(profile, export, export.day, user), made, {})
    for each in going:
        _tell([each], files.get(("all", each.fee.currency)) or files["reversals", each.fee.currency])
    _check(export)
    whole.record(export, files.values(), user)
    progress.hold()
    return export


def _export(
    profile: Profile, many: Sequence[Untold], parts: dict[str, totals.Total], user: User | None, *, number: str = "",
    state: Export.State = Export.State.MADE,
) -> Export:  # fmt: skip
    """Enter an export whose source is the ledger, and of what it consists: each event in one export only."""
    nothing = {"count": 0, "amount": {}}
    found = {name: parts.get(name, nothing) for name in ("source", "charges", "reversals", "elsewhere", "rejected")}
    totals.check(found)
    events = sorted(event.pk for each in many for event in each.events)
    day, sequence = localdate(), profile.sequence + 1 if number else 0
    return Export.objects.create(
        profile=profile, number=number, name=f"{profile.code}-after-sending-{day:%Y%m%d}-{events[-1]}", kind=KIND,
        sha256=hashlib.sha256(f"{KIND} {events}".encode()).hexdigest(), day=day, sequence=sequence, state=state,
        totals=found, by=user,
    )  # fmt: skip


def _tell(many: Sequence[Untold], file: OutFile) -> None:
    """Write down which file tells of events, each once."""
    wanted = [event.pk for each in many for event in each.events]
    if FeeEvent.objects.filter(pk__in=wanted, file=None).update(file=file) != len(wanted):
        raise NotBalanced(f"{file.name} tells of something that another file has told.")


def _check(export: Export) -> None:
    """What happened to the fees must come to the source, to the cent in every currency."""
    amounts: dict[str, int] = defaultdict(int)
    for each in origins(export).values():
        for currency, amount in each["amount"].items():
            amounts[currency] += amount
    if amounts != export.totals["source"]["amount"]:
        raise NotBalanced(f"{export.name} does not come to what was waived, written off and paid in Alma.")
