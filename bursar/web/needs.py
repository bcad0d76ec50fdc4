"""What waits for a person, profile by profile: each with how many, how much, and where to see exactly those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse

from bursar.models import Arrival, Fee, OutFile, Profile
from bursar.services import months, places, reporting, two_way, untold, waiting
from bursar.services.due import due
from bursar.web.shown import amounts, plural
from core.dates import month_name
from core.jobs import UserError

# What a fee of a state asks of a person.
ASKS = {
    Fee.State.WAITING: ("?", "Say which charge {count} takes back", "Several fit, or none."),
    Fee.State.REJECTED: ("≠", "See why {count} could not be sent", "Each says what to put right."),
}
# What a payment's verdict asks.
UNPLACED = {
    "unknown": ("?", "Find the fee of {count}", "They name no fee that was sent."),
    "choose": ("?", "Say whose {count} is", "Several fees fit."),
    "over": ("≠", "Look at {count} of more than is owed", "The rest belongs to somebody."),
}


def tasks(profiles: list[Profile], *, servers: bool = False) -> Iterator[dict[str, Any]]:
    """Yield what waits for a person. Servers are asked only where that is wanted: they may take long to answer."""
    for profile in profiles:
        yield from _fees(profile)
        yield from _payments(profile)
        yield from _by_hand(profile)
        yield from _untold(profile)
        yield from _files(profile)
        yield from _arriving(profile, servers)
        yield from _months(profile)


def _fees(profile: Profile) -> Iterator[dict[str, Any]]:
    chosen = profile.fees.filter(state=Fee.State.WAITING, chosen=True)
    rows = profile.fees.filter(state__in=ASKS).exclude(pk__in=chosen).order_by().values_list("state", "currency")
    found: dict[str, tuple[int, dict[str, int]]] = {}
    for state, currency, count, amount in rows.annotate(Count("pk"), Sum("amount")):
        many, sums = found.get(state, (0, {}))
        found[state] = (many + count, sums | {currency: amount})
    for state, (mark, todo, why) in ASKS.items():
        if state in found:
            many, sums = found[state]
            word = "credit" if state == Fee.State.WAITING else "fee"
            href = f"{reverse('bursar-fees')}?profile={profile.code}&state={state.value}"
            yield task(profile, mark, todo.format(count=plural(many, word)), why, href, amounts(sums))

    for code, name, many in chosen.order_by().values_list("export__code", "export__name").annotate(Count("pk")):
        why = f"Of {name}: the charge that each takes back is chosen."
        yield task(profile, "?", f"Send {plural(many, 'credit')}", why, reverse("bursar-export", args=[code]))


def _payments(profile: Profile) -> Iterator[dict[str, Any]]:
    rows = reporting.waiting(profile).filter(verdict__in=UNPLACED).order_by()
    for file, code, verdict, count in rows.values_list("file__name", "file__code", "verdict").annotate(Count("pk")):
        mark, todo, why = UNPLACED[verdict]
        href = f"{reverse('bursar-payment-file', args=[code])}?verdict={verdict}"
        yield task(profile, mark, todo.format(count=plural(count, "payment")), f"{why} {file}", href)


def _by_hand(profile: Profile) -> Iterator[dict[str, Any]]:
    """Yield what Libra cannot tell by itself, and what it could not understand of Alma."""
    if left := untold.pending(profile)[1]:
        href = reverse("bursar-run", args=[profile.code])
        yield task(profile, "≠", f"Tell student finance of {plural(len(left), 'fee')}", "No file can say it.", href)
    if less := reporting.less(profile):
        todo = f"See why Alma took less of {plural(len(less), 'payment')}"
        yield task(profile, "≠", todo, "The rest belongs to somebody.", reverse("bursar-alma", args=[profile.code]))
    if held := due(profile).held if _tells_alma(profile) else []:
        href = reverse("bursar-payment-file", args=[held[0].payment.file.code])
        todo = f"Enter in Alma what became of {plural(len(held), 'payment')}"
        yield task(profile, "≠", todo, "Money was given back, and no file can say that.", href)
    if unclear := two_way.still_unclear(profile):
        href = reverse("bursar-alma", args=[profile.code])
        yield task(profile, "?", f"Say what happened in Alma to {plural(len(unclear), 'fee')}", "Each says why.", href)


def _untold(profile: Profile) -> Iterator[dict[str, Any]]:
    """Yield the payments that Alma was not told of, by the file in which they came, where no schedule sees to it."""
    if profile.import_schedule or not _tells_alma(profile):
        return
    for file, many in Counter(payment.file for payment in due(profile).told).items():
        href, why = reverse("bursar-payment-file", args=[file.code]), f"{file.name}: Alma still takes them for owed."
        yield task(profile, "?", f"Tell Alma of {plural(many, 'payment')}", why, href)


def _tells_alma(profile: Profile) -> bool:
    return profile.import_active or profile.way == Profile.Way.TWO_WAY


def _files(profile: Profile) -> Iterator[dict[str, Any]]:
    try:
        undelivered = places.undelivered(profile)
    except UserError as error:
        yield task(profile, "≠", "Name a connection again", str(error), reverse("bursar-profile", args=[profile.code]))
        undelivered = []
    for file in undelivered:
        href = reverse("bursar-export", args=[file.export.code])
        yield task(profile, "≠", f"Deliver {file.name}", file.trouble or "The next run delivers it.", href)
    yield from _doubtful(profile)
    yield from _to_fetch(profile)
    refused = Arrival.objects.filter(profile=profile, state=Arrival.State.REFUSED)
    for arrival in refused[:3]:
        href = f"{reverse('bursar-run', args=[profile.code])}#arrivals"
        yield task(profile, "≠", f"Look at {arrival.name}, which was refused", arrival.said, href)


def _doubtful(profile: Profile) -> Iterator[dict[str, Any]]:
    for file in OutFile.objects.filter(export__profile=profile, doubt=True).select_related("export"):
        href = reverse("bursar-export", args=[file.export.code])
        yield task(profile, "?", f"Ask whether {file.name} arrived", file.trouble, href)


def _to_fetch(profile: Profile) -> Iterator[dict[str, Any]]:
    """Yield the exports whose files have no place to go to and were not fetched."""
    if profile.delivery_path:
        return
    files = OutFile.objects.filter(export__profile=profile, delivered_at=None, kind__in=places.DELIVERED)
    rows = files.exclude(path="").order_by().values_list("export__code", "export__name").annotate(Count("pk"))
    for code, name, count in rows.order_by("export__pk"):
        why = f"Student finance does not have {'it' if count == 1 else 'them'} yet."
        href = f"{reverse('bursar-export', args=[code])}#files"
        yield task(profile, "?", f"Fetch {plural(count, 'file')} made of {name}", why, href)


def _arriving(profile: Profile, servers: bool) -> Iterator[dict[str, Any]]:
    """Yield how many files wait in the profile's places, or why that cannot be seen."""
    for found in waiting.look(profile, servers=servers):
        if found.trouble:
            href = reverse("bursar-profile", args=[profile.code])
            yield task(profile, "≠", f"See why {found.place} does not answer", found.trouble, href)
        elif found.count:
            when = getattr(profile, f"{found.half}_schedule")
            why = f"In {found.place}. It runs by itself, {when}." if when else f"In {found.place}."
            what, href = ("waiting export", reverse("bursar-run", args=[profile.code]))
            if found.half == "import":
                what, href = ("waiting file of payments", f"{reverse('bursar-payments')}?profile={profile.code}")
            yield task(profile, "?", f"Take in {plural(found.count, what)}", why, href)


def _months(profile: Profile) -> Iterator[dict[str, Any]]:
    """Yield the month that waits for a signature: they are signed one after the other."""
    over = list(months.waiting(profile))
    if not over:
        return
    href, name = reverse("bursar-month", args=[profile.code, over[0]]), month_name(over[0])
    month = months.find(profile, over[0])
    if month.state == month.State.PREPARED:
        yield task(profile, "?", f"Review {name}", f"{months.stands(month).capitalize()}: the second signature.", href)
    else:
        later = f"{plural(len(over) - 1, 'later month')} after it." if len(over) > 1 else "It is over."
        yield task(profile, "?", f"Sign {name} off", later, href)


def task(profile: Profile, mark: str, todo: str, why: str, href: str, amount: str = "") -> dict[str, Any]:
    css = "suggested" if mark == "?" else "differs"
    return {"profile": profile, "mark": mark, "css": css, "todo": todo, "why": why, "href": href, "amount": amount}
