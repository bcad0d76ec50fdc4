"""Chase lists: what is open with a supplier, a person or a team, as one letter. The same is never said twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils.timezone import now

from core import audit
from core.dates import month_name
from core.jobs import UserError
from core.models import User
from reconcile.matching.terms import ONE_SIDED, Document
from reconcile.models import Chase, ChasedDocument, Group, Item, ItemDocument, Run

from . import open_items, standing, words

Kind, Way = Chase.Kind, Chase.Way
MOST_PAPERS = 8  # of one group; a crowd of candidates is looked at in Libra
MOST = 500  # groups of one letter; the rest comes in the next
# What a supplier reads: what is the matter in a few words and in a sentence, and what we ask. Who stands outside knows
# nothing of our two systems.
OUTSIDE = {
    "missing_in_alma": (
        "Copy wanted", "Our finance office has it; the library does not.", "Please send us a copy of this invoice."
    ),
    "missing_in_oracle": (
        "Not booked", "The library has approved it; our finance office has not booked it.",
        "Please tell us whether it is paid; if it is not, send a copy to our finance office.",
    ),
    "no_po": ("Order number wanted", "It names no order of ours.", "Please send it again with our order number on it."),
    "duplicate_in_alma": (
        "Sent twice?", "The library has it twice, with the same number and amount.",
        "Please tell us whether it is one invoice or two.",
    ),
    "duplicate_in_oracle": (
        "Booked twice?", "Our finance office has it twice, with the same number and amount.",
        "Please tell us whether it was paid twice, and if so send a credit note.",
    ),
    "differs": (
        "Amount differs", "The library and our finance office hold different amounts for it.",
        "Please send us a copy of this invoice.",
    ),
}  # fmt: skip
OTHERWISE = (
    "Not clear",
    "It stands in the books of one of our offices only.",
    "Please send us a copy of this invoice.",
)
Link = Callable[[Group], str]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as a letter names it."""

    side: str
    number: str
    order: str
    invoice_date: date | None
    accounting_date: date | None
    amount: int

    @classmethod
    def of(cls, document: Document) -> Paper:
        dated, booked = (
            date.fromisoformat(day) if day else None for day in (document.invoice_date, document.accounting_date)
        )
        return cls(document.side, document.number, document.order, dated, booked, document.amount)


@dataclass(frozen=True, slots=True)
class Entry:
    """One group of a letter. `chased`: when the same was said before, None where it is new."""

    group: Group
    papers: list[Paper]  # at most MOST_PAPERS
    hidden: int  # how many documents more there are
    label: str  # what is wrong, in a few words
    wrong: str
    todo: str
    link: str
    days: int | None
    chased: datetime | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as it would go: `entries` are new or changed, `told` were said before and say the same."""

    kind: str
    who: str
    run: Run | None
    entries: list[Entry]
    told: list[Entry]
    more: int  # how many follow in the next letter
    currency: str
    address: str  # where the letter would go, '' where nobody knows

    @property
    def name(self) -> str:
        return Item.Team(self.who).label if self.kind == Kind.TEAM else self.who

    @property
    def amount(self) -> int:
        return sum(entry.group.size for entry in self.entries)

    @property
    def outside(self) -> bool:
        """Say whether who reads it works elsewhere."""
        return _outside(self.kind, self.who)

    @property
    def sides(self) -> tuple[str, str]:
        """What the two sides are called by who reads it."""
        return ("Library", "Finance") if self.outside else ("Alma", "Oracle")

    @property
    def subject(self) -> str:
        count = len(self.entries)
        what = f"{count} open invoice{'' if count == 1 else 's'}"
        return f"{what}, {month_name(self.run.month.period)}" if self.run else what

    @property
    def said(self) -> str:
        """What the letter says as one word, by which a page knows that it still says what somebody saw."""
        told = sorted(f"{entry.group.key}:{entry.group.difference}:{reason(entry.group)}" for entry in self.entries)
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def text(self, home: str) -> str:
        """Write the letter as plain text; `home` is the full address of the list of open items."""
        return render_to_string("mail/chase.txt", {"draft": self, "home": home})

    def html(self, home: str) -> str:
        """Write the letter as a page of its own, styles and all: it is read in mail programs."""
        return render_to_string("mail/chase.html", {"draft": self, "home": home})


def draft(kind: str, who: str, run: Run | None = None, *, link: Link = lambda group: "") -> Draft:
    """Draft a letter about what needs somebody and is open with a supplier (its name), an owner (the sign-in) or a team
    (`Item.Team`): of one run, or of all months. `link` gives a group's full address.
    """
    some = open_items.owned(open_items.groups().filter(needs_person=True), kind, who)
    if run:
        some = some.filter(run=run)
    if _outside(kind, who):
        some = some.exclude(outcome="suggested")  # a doubt of ours, which only we can settle
    found = list(some.select_related("run__month").order_by("day", "pk"))
    before = _said_before(kind, who)
    told = [group for group in found if _same(group, before.get(group.key))]
    new = [group for group in found if not _same(group, before.get(group.key))]
    entries, old = (_entries(some[:MOST], before, _outside(kind, who), link) for some in (new, told))
    currency = found[0].run.currency if found else settings.LIBRA_CURRENCY
    return Draft(kind, who, run, entries, old, max(0, len(new) - MOST), currency, _address(kind, who))


def send(drawn: Draft, user: User, address: str, home: str) -> Chase:
    """Send a letter. It is written down first, so that it never goes twice.

    Raises UserError where there is nothing new to say, or the mail server does not take it; nothing counts as said
    then.
    """
    chase = _write_down(drawn, user, Way.SENT, address, home)
    try:
        message(chase).send()
    except OSError as error:  # of which every refusal of a mail server is one
        _failed(chase, user)
        raise UserError(
            f"The mail server did not take the letter to {address}. Nothing counts as sent. Try again later, or "
            f"download the letter and send it by hand."
        ) from error
    _chased(drawn)
    return chase


def download(drawn: Draft, user: User, home: str) -> Chase:
    """Write a letter down for somebody who sends it by hand: it counts as said. Raises UserError for an empty one."""
    chase = _write_down(drawn, user, Way.DOWNLOADED, "", home)
    _chased(drawn)
    return chase


def message(chase: Chase) -> EmailMultiAlternatives:
    """Return a letter as a mail. One that is downloaded opens in a mail program as a draft."""
    letter = EmailMultiAlternatives(chase.subject, chase.text, to=[chase.address] if chase.address else [])
    letter.attach_alternative(chase.html, "text/html")
    if chase.way == Way.DOWNLOADED:
        letter.extra_headers["X-Unsent"] = "1"
    return letter


def past(kind: str, who: str) -> QuerySet[Chase]:
    """Return the letters that went to somebody, newest first."""
    return Chase.objects.filter(kind=kind, who=who).select_related("by", "month").order_by("-pk")


def about(key: str) -> QuerySet[ChasedDocument]:
    """Return what was said of a group in letters, newest first."""
    told = ChasedDocument.objects.filter(key=key).exclude(chase__way=Way.FAILED)
    return told.select_related("chase__by").order_by("-pk")


def reason(group: Group) -> str:
    """Return why a group waits: the cause of what stands alone, the outcome of a pair."""
    return group.cause if group.outcome in ONE_SIDED else group.outcome


def _outside(kind: str, who: str) -> bool:
    return kind == Kind.SUPPLIER or (kind, who) == (Kind.TEAM, Item.Team.SUPPLIER)


def _said_before(kind: str, who: str) -> dict[str, ChasedDocument]:
    """Return what was last said to somebody, by the group's key."""
    said = ChasedDocument.objects.filter(chase__kind=kind, chase__who=who).exclude(chase__way=Way.FAILED)
    return {each.key: each for each in said.select_related("chase").order_by("pk")}


def _same(group: Group, said: ChasedDocument | None) -> bool:
    return said is not None and (said.amount, said.cause) == (group.difference, reason(group))


def _entries(groups: Sequence[Group], before: dict[str, ChasedDocument], outside: bool, link: Link) -> list[Entry]:
    papers: dict[int, list[Paper]] = {group.pk: [] for group in groups}
    for run in {group.run for group in groups}:
        numbers = {group.number: group.pk for group in groups if group.run_id == run.pk}
        found = standing.part(run, [group for group in groups if group.run_id == run.pk])
        for document, number in found.documents.values():
            papers[numbers[number]].append(Paper.of(document))
    end = open_items.today()
    return [
        Entry(
            group, papers[group.pk][:MOST_PAPERS], max(0, len(papers[group.pk]) - MOST_PAPERS),
            *_words(group, outside), "" if outside else link(group),
            max((end - group.date).days, 0) if group.date else None,
            before[group.key].chase.at if group.key in before else None,
        )
        for group in groups
    ]  # fmt: skip


def _words(group: Group, outside: bool) -> tuple[str, str, str]:
    """Say what is wrong in a few words, in a sentence, and what whoever reads it should do."""
    why = reason(group)
    if outside:
        return OUTSIDE.get(why, OTHERWISE)
    word = words.OUTCOMES.get(why) or words.CAUSES.get(why) or words.CAUSES["unexplained"]
    return word.label, group.explanation or word.meaning, group.next_step or word.next_step


def _address(kind: str, who: str) -> str:
    """Return where a letter would go: an owner's own address, else where the last one went."""
    if kind == Kind.OWNER:
        return User.objects.filter(username=who).values_list("email", flat=True).first() or ""
    sent = past(kind, who).filter(way=Way.SENT).first()
    return sent.address if sent else ""


@transaction.atomic
def _write_down(drawn: Draft, user: User, way: str, address: str, home: str) -> Chase:
    audit.hold()  # two people who send the same letter do so one after the other
    before = _said_before(drawn.kind, drawn.who)
    if not drawn.entries or any(_same(entry.group, before.get(entry.group.key)) for entry in drawn.entries):
        raise UserError(
            f"There is nothing new to say to {drawn.name}: all of it was sent or downloaded already. Nothing was sent."
        )
    chase = Chase.objects.create(
        kind=drawn.kind, who=drawn.who, address=address, month=drawn.run.month if drawn.run else None, way=way,
        subject=drawn.subject, text=drawn.text(home), html=drawn.html(home), by=user, at=now(),
    )  # fmt: skip
    ChasedDocument.objects.bulk_create(
        ChasedDocument(chase=chase, key=entry.group.key, amount=entry.group.difference, cause=reason(entry.group))
        for entry in drawn.entries
    )
    _record(f"chase.{way}", chase, user)
    return chase


def _chased(drawn: Draft) -> None:
    for start in range(0, len(drawn.entries), 400):
        keys = [entry.group.key for entry in drawn.entries[start : start + 400]]
        of = ItemDocument.objects.filter(Q(key__in=keys) | Q(group__in=keys)).values("item")
        Item.objects.filter(pk__in=of, status=Item.Status.OPEN).update(status=Item.Status.CHASED)


@transaction.atomic
def _failed(chase: Chase, user: User) -> None:
    chase.way = Way.FAILED
    chase.save(update_fields=["way"])
    _record("chase.failed", chase, user)


def _record(kind: str, chase: Chase, user: User) -> None:
    said = list(chase.said.order_by("pk"))
    subjects = [f"document:{each.key}" for each in said] + ([f"month:{chase.month.period}"] if chase.month else [])
    if chase.kind == Kind.OWNER:
        subjects.append(f"person:{chase.who}")
    audit.record(
        kind, user, subjects, chase=str(chase.code), to=chase.who, kind_of=chase.kind, address=chase.address,
        subject=chase.subject, said=[[each.key, each.amount, each.cause] for each in said],
    )  # fmt: skip
