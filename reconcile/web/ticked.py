"""What a person has ticked: whole groups in the list, single documents in the pair. It stands in the address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from core.money import show, show_with_symbol
from reconcile.models import Group, Run
from reconcile.services import standing

MOST = 200  # an address bears no more


@dataclass(frozen=True, slots=True)
class Tick:
    """A ticked group or document: its form field and value, and what it comes to on either side."""

    field: str  # tick or doc
    value: str
    alma: int
    oracle: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """Everything that is ticked."""

    ticks: list[Tick]
    currency: str

    @property
    def values(self) -> set[str]:
        return {tick.value for tick in self.ticks}

    @property
    def alma(self) -> int:
        return sum(tick.alma for tick in self.ticks)

    @property
    def oracle(self) -> int:
        return sum(tick.oracle for tick in self.ticks)

    @property
    def difference(self) -> int:
        return self.oracle - self.alma

    @property
    def sums(self) -> list[tuple[str, str]]:
        """Name each total, written out."""
        return [
            ("alma", show_with_symbol(self.alma, self.currency)),
            ("oracle", show_with_symbol(self.oracle, self.currency)),
            ("difference", show(self.difference, self.currency, signed=True)),
        ]


def numbers(words: Iterable[str]) -> list[int]:
    return [int(word) for word in words if word.isdecimal() and len(word) < 10]


def documents(words: Iterable[str]) -> dict[str, int]:
    """Return ticked documents by key, each with the number of its group: '17:0a1b…'."""
    told = (word.partition(":") for word in words)
    return {key: int(number) for number, _, key in told if number.isdecimal() and len(number) < 10 and key}


def ticked(run: Run, query: QueryDict) -> Ticked:
    """Return what an address ticks. What is not there any more is not ticked."""
    whole = numbers(query.getlist("tick"))[:MOST]
    single = documents(query.getlist("doc")[:MOST])
    ticks = [
        Tick("tick", str(group.number), group.alma_amount, group.oracle_amount)
        for group in (Group.objects.filter(run=run, number__in=whole) if whole else [])
    ]
    if single:
        found = standing.part(run, list(Group.objects.filter(run=run, number__in=set(single.values()))))
        for key, number in single.items():
            document, here = found.documents.get(key, (None, 0))
            if document and here == number:
                amounts = (document.amount, 0) if document.side == "alma" else (0, document.amount)
                ticks.append(Tick("doc", f"{number}:{key}", *amounts))
    return Ticked(ticks, run.currency)
