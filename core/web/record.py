"""The record as people read it: of everything, of one item (`about`), or of one person (`person`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import get_current_timezone_name, localtime
from django.views.decorators.http import require_safe

from core import audit, csv_text, words
from core.models import Event, User
from core.roles import CAN_ADMINISTER, CAN_SEE_MONTHS, person, refusal

SIZE = 50
HEADINGS = ("number", "when", "who", "what", "about", "particulars", "hash")


@dataclass(frozen=True, slots=True)
class History:
    """What a person asked to see and may: its title, the subject a download is about, and where its events are.

    An event may be in more than one of `parts`; each is read by an index of its own.
    """

    title: str
    subject: str
    parts: tuple[QuerySet[Event], ...]

    def before(self, number: int | None, most: int) -> list[Event]:
        """Return at most so many events before this number, the newest first; None begins with the newest."""
        edge = Q() if number is None else Q(number__lt=number)
        found = {event.number: event for part in self.parts for event in part.filter(edge).order_by("-number")[:most]}
        return [found[number] for number in sorted(found, reverse=True)[:most]]

    def __iter__(self) -> Iterator[Event]:
        """Yield all events, the newest first, a few at a time."""
        edge: int | None = None
        while events := self.before(edge, 1000):
            yield from events
            edge = events[-1].number


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    history = asked(request)
    word = request.GET.get("before", "")
    edge = int(word) if word.isdecimal() and len(word) < 19 else None
    events = history.before(edge, SIZE + 1)
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "history": history,
        "rows": [row(event) for event in events[:SIZE]],
        "newest_href": f"?{query.urlencode()}" if edge is not None else "",
        "older": events[SIZE - 1].number if len(events) > SIZE else None,
        "query": query,
        "zone": get_current_timezone_name(),
        "everything": not {"about", "person"} & set(request.GET),
    }
    return render(request, "core/record.html", context)


@require_safe
def download(request: HttpRequest) -> StreamingHttpResponse:
    """Give a history as CSV. That it was taken is recorded too, before it is given."""
    history = asked(request)
    audit.downloaded(person(request), history.subject, f"record: {history.title}")
    lines = csv_text.pieces(HEADINGS, (_line(event) for event in history))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="record.csv"'
    return response


def asked(request: HttpRequest) -> History:
    """Return the history that the address asks for. Raises PermissionDenied with a sentence, or Http404."""
    me = person(request)
    name, subject = request.GET.get("person", ""), request.GET.get("about", "")
    if subject.startswith("person:"):
        name = subject.removeprefix("person:")
    if name:
        if name != me.get_username() and not me.has_perm(CAN_ADMINISTER):
            raise PermissionDenied(f"{refusal(me, CAN_ADMINISTER)} Your own history is open to you.")
        return of_person(get_object_or_404(User, username=name))
    if subject:
        if not me.has_perm(CAN_SEE_MONTHS):
            raise PermissionDenied(refusal(me, CAN_SEE_MONTHS))
        return History(f"History of {words.subject(subject)}", subject, (audit.about(subject),))
    if not me.has_perm(CAN_ADMINISTER):
        raise PermissionDenied(f"{refusal(me, CAN_ADMINISTER)} Your own history is open to you.")
    return History("Everything that happened", "record", (Event.objects.all(),))


def of_person(someone: User) -> History:
    """Return what a person did and what was done to their sign-in."""
    subject = f"person:{someone.get_username()}"
    return History(f"History of {someone.get_username()}", subject, (audit.by(someone), audit.about(subject)))


def row(event: Event) -> dict[str, Any]:
    return {
        "event": event,
        "who": event.actor_name or "Libra",
        "what": words.kind(event.kind),
        "about": [(subject, words.subject(subject)) for subject in event.subjects],
        "particulars": words.particulars(audit.as_data(event)),
    }


def _line(event: Event) -> list[str]:
    shown = row(event)
    cells = [
        str(event.number), localtime(event.at).isoformat(timespec="seconds"), shown["who"], shown["what"],
        "; ".join(name for _, name in shown["about"]),
        "; ".join(f"{key}: {value}" for key, value in shown["particulars"]), event.hash,
    ]  # fmt: skip
    return [csv_text.harmless(cell) for cell in cells]
