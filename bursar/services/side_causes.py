"""Why two sides say another amount of a fee: the causes by name, what each asks of a person, and which it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from bursar.models import Profile
from core.money import show_with_symbol

UNHEARD = "No file has told the student system of {} waived or written off here."


class Cause(NamedTuple):
    """title: what is the matter. todo: what to do next, '' where nobody has to do anything: it explains itself."""

    title: str
    todo: str


# In the order in which people work through them. A cause's name is what is kept with an answer.
CAUSES = {
    "unplaced": Cause("Money that paid no fee", "Find its fee in the return file, or say there that it was seen to."),
    "gone": Cause("Alma has it no longer", "Look in Alma how it ended, and waive it or put it right here."),
    "less": Cause("Alma asks for less", "Look in Alma what was paid or waived there, and enter it here."),
    "untold": Cause("Alma was not told of payments", "Tell Alma, then lay a new report beside the month."),
    "waived": Cause("Waived here, not in Alma", "Waive it in Alma too, then lay a new report beside the month."),
    "both": Cause("Alma knows neither payment nor waiver", "Tell Alma, waive it there, then lay a new report beside."),
    "told_since": Cause("Alma was told after its report was made", "Lay a new report of Alma's beside the month."),
    "unheard": Cause("The student system does not know of a waiver", "Tell student finance, which still asks for it."),
    "only_alma": Cause("Only in Alma", "See why it was not exported: the next run may take it, or no profile does."),
    "unknown": Cause("No known cause", "Compare the fee's history here with Alma's."),
    "closed": Cause("Alma closed it when it was exported", ""),
    "since": Cause("Moved after the month ended", ""),
    "new": Cause("Newer than the month", ""),
    "elsewhere": Cause("Another profile's", ""),
    "by_hand": Cause("Payments that a person has seen to", ""),
}
ASKING = tuple(name for name, cause in CAUSES.items() if cause.todo)


class Why(NamedTuple):
    """A cause's name and the sentence of this one fee; both '' where the sides agree."""

    cause: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What Libra knows besides balances, by the fees' ids, in minor units: payments that Alma was not told of, what was
    waived or written off, what happened from the month's end to the day of Alma's report; and which fees Alma was told
    of after it.
    """

    untold: dict[int, int] = field(default_factory=dict)
    waived: dict[int, int] = field(default_factory=dict)
    since: dict[int, int] = field(default_factory=dict)
    told_since: frozenset[int] = frozenset()


def of_alma(profile: Profile, fee: int, owed: int, there: int | None, known: Known, currency: str) -> Why:
    """Say why Alma has another amount than Libra."""
    has, since = there or 0, known.since.get(fee, 0)
    if has == owed:
        return Why()
    if not profile.import_active and profile.way != Profile.Way.TWO_WAY and not has:
        return Why("closed", "Alma closed it when it was exported: the profile's import is not active.")
    if since and has == owed + since:
        return Why(
            "since", f"{show_with_symbol(since, currency, signed=True)} moved after the month ended: Alma knows."
        )
    if why := _not_told(has, (owed + since, owed), known.untold.get(fee, 0), known.waived.get(fee, 0), currency):
        return why
    if fee in known.told_since:
        return Why("told_since", "Alma was told of a payment after its report was made.")
    if has < owed:
        name, gone = ("gone", "Alma has it no longer") if there is None else ("less", "Less is owed of it in Alma")
        return Why(name, f"{gone}: it was paid, waived or credited there, and Libra was not told.")
    return Why("unknown", "The cause is not known.")


def of_student(unheard: int, currency: str) -> Why:
    """Say why the student system asks for so much more than is owed."""
    return Why("unheard", UNHEARD.format(show_with_symbol(unheard, currency))) if unheard else Why()


def _not_told(has: int, bases: tuple[int, ...], untold: int, waived: int, currency: str) -> Why | None:
    """Say which of what happened here Alma does not know, if that accounts for all of the difference."""
    for base in bases:
        if untold and has == base + untold:
            return Why("untold", f"Alma has not been told of {show_with_symbol(untold, currency)} that were paid.")
        if waived and has == base + waived:
            told = "It was waived or written off in Libra, and Alma's import has no word for that: enter it in Alma."
            return Why("waived", told)
        if waived and untold and has == base + waived + untold:
            return Why("both", "Alma knows neither of what was paid nor of what was waived or written off in Libra.")
    return None
