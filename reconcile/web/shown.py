"""What every page of a month needs first: the month, the run that is shown, its neighbours, the line of other views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from core.dates import month_name
from reconcile.models import Month, Run
from reconcile.services import signoff

VIEWS = (
    ("month", "Statement"),
    ("mismatches", "Mismatches"),
    ("groups", "Everything"),
    ("steps", "Decisions"),
    ("excluded", "Left out"),
    ("files", "Files"),
    ("runs", "Runs"),
    ("sign-off", "Sign-off"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A month as a page shows it. `run` is None while nothing is reconciled; `old` says that a later run exists."""

    month: Month
    run: Run | None
    old: bool
    here: str

    @property
    def period(self) -> str:
        return self.month.period

    @property
    def name(self) -> str:
        return month_name(self.month.period)

    @property
    def currency(self) -> str:
        return self.run.currency if self.run else ""

    @property
    def stands(self) -> str:
        """Say where the month stands: 'in work', 'prepared by alice', 'signed off'."""
        return signoff.where(self.month)

    @property
    def suffix(self) -> str:
        """Give the query that keeps an older run shown on every link of the page."""
        return f"?run={self.run.number}" if self.run and self.old else ""

    @property
    def views(self) -> list[dict[str, Any]]:
        return [
            {"label": label, "href": reverse(name, args=[self.period]) + self.suffix, "here": name == self.here}
            for name, label in VIEWS
        ]

    def to(self, name: str, *args: Any, **query: Any) -> str:
        """Return the address of another page of this month, the same run shown."""
        words = [f"{key}={value}" for key, value in query.items()]
        if self.run and self.old:
            words.append(f"run={self.run.number}")
        return reverse(name, args=[self.period, *args]) + (f"?{'&'.join(words)}" if words else "")


def open_month(request: HttpRequest, period: str, here: str) -> Shown:
    """Find the month and the run that the address asks for (`?run=2`, else the current one).

    Raises Http404 where there is no such month or no such run.
    """
    month = Month.objects.filter(period=period).first()
    if month is None:
        raise Http404(f"Nothing is stored for {month_name(period)}.")
    asked = request.GET.get("run", "")
    if not asked:
        return Shown(month, Run.objects.filter(month=month, current=True).select_related("month").first(), False, here)
    runs = Run.objects.filter(month=month).select_related("month")
    run = runs.filter(number=int(asked)).first() if asked.isdecimal() else None
    if run is None:
        raise Http404(f"{month_name(period)} has no run {asked}.")
    return Shown(month, run, not run.current, here)


def open_run(request: HttpRequest, period: str, here: str) -> tuple[Shown, Run]:
    """Do the same for a page that has nothing to show without a run. Raises Http404 where there is none yet."""
    shown = open_month(request, period, here)
    if shown.run is None:
        raise Http404(f"{shown.name} has not been reconciled yet.")
    return shown, shown.run
