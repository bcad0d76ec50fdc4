"""What a run did, for the person who started it and for those who are told: what arrived, what of it was accepted, what
was delivered, and what was not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bursar.models import Arrival, Export, OutFile, Profile
from core.jobs import UserError
from core.money import show_with_symbol

from . import totals
from .totals import Total


@dataclass(slots=True)
class Report:
    """Grows while a run goes on."""

    profile: Profile
    arrivals: list[Arrival] = field(default_factory=list)
    made: list[Export] = field(default_factory=list)  # exports that came of no file, or were gone through again
    said: list[str] = field(default_factory=list)  # what else was done, as sentences
    left: list[str] = field(default_factory=list)  # files that are for another run, as sentences
    delivered: list[OutFile] = field(default_factory=list)
    undelivered: list[OutFile] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def add(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)

    def failed(self, sentence: str) -> None:
        self.troubles.append(sentence)

    @property
    def anything(self) -> bool:
        """Say whether there is anything to tell."""
        return any((self.arrivals, self.said, self.left, self.delivered, self.undelivered, self.troubles))

    def sentences(self) -> list[str]:
        """Return what happened, a sentence each: nothing of it names a borrower."""
        told = [*(each.said for each in self.arrivals), *self.said, *self.left]
        if not told and not self.troubles and not self.delivered:
            told.append("No new file waits.")
        told += [
            f"{each.name} was delivered: fees {each.count:,}, {show_with_symbol(each.amount, each.currency)}."
            for each in self.delivered
        ]
        told += [f"{each.name} is made and not delivered yet." for each in self.undelivered]
        return told + self.troubles

    def total(self) -> dict[str, Total]:
        """Return the totals of all exports that were taken."""
        sums: dict[str, Total] = {}
        for each in self.arrivals:
            if each.export and each.state == Arrival.State.TAKEN:
                for name, part in each.export.totals.items():
                    sums[name] = totals.add(sums.get(name, {"count": 0, "amount": {}}), part)
        return sums

    def result(self) -> dict[str, Any]:
        """Return what the job keeps. Raises UserError where something was in the way, so that nobody takes the run for
        a good one; what it says is all that happened.
        """
        told = " ".join(self.sentences())
        if self.troubles:
            raise UserError(told, [self.counts()])
        return {"outcome": told, "url": self.onward(), "announce": True, **self.counts()}

    def onward(self) -> str:
        """Return the address of what came of the run: its export where there is one, else all of the profile's."""
        exports = {each.export.code for each in self.arrivals if each.export} | {each.code for each in self.made}
        one = f"exports/{exports.pop()}" if len(exports) == 1 else f"profiles/{self.profile.code}/run"
        return f"/bursar/{one}/"

    def counts(self) -> dict[str, Any]:
        """Return the figures of a run, for the history of the profile's jobs."""
        states = [each.state for each in self.arrivals]
        return {
            "profile": self.profile.code,
            "files": {state: states.count(state) for state in Arrival.State.values},
            "totals": self.total(),
            "delivered": len(self.delivered),
            "undelivered": len(self.undelivered),
        }
