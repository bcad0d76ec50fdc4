"""Open items in people's hands: who looks after one, until when, what was said of it.

An item is known by its documents, so it stays through new runs and later months. Each call is one transaction with one
event of the record. The chain of the record is held from the start: two people who take on the same group do so one
after the other, and neither makes a second item of it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, BinaryIO

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.utils.timezone import localtime, now

from core import audit
from core.dates import month_name
from core.jobs import UserError
from core.models import User
from reconcile.matching.terms import Document
from reconcile.models import Attachment, Comment, Group, Item, ItemDocument, Run

from . import attachments, standing

log = logging.getLogger(__name__)
MENTION = re.compile(r"(?<![\w.@+-])@([\w.@+-]*\w)")
MOST_TEXT = 10_000  # characters of a comment


def for_keys(keys: Iterable[str]) -> dict[str, Item]:
    """Return the items of documents, by the key of the document, or of the group in which one was last seen."""
    wanted = list(keys)
    found: dict[str, Item] = {}
    for start in range(0, len(wanted), 400):
        some = wanted[start : start + 400]
        known = list(ItemDocument.objects.filter(Q(key__in=some) | Q(group__in=some)).select_related("item__person"))
        for document in sorted(known, key=lambda each: -each.pk):  # of several items the first stands last, and stays
            found[document.group] = document.item
        for document in known:
            found[document.key] = document.item
    return {key: found[key] for key in wanted if key in found}


def for_group(run: Run, group: Group) -> Item | None:
    """Return the item of a group's documents, None where nobody has taken it on or said anything of it."""
    if group.key:
        return for_keys([group.key]).get(group.key)
    if not ItemDocument.objects.exists():
        return None
    found = for_keys(standing.part(run, [group]).documents)
    return min(found.values(), key=lambda item: item.pk, default=None)


def mentions(user: User) -> QuerySet[Comment]:
    """Return what was said to somebody and waits for an answer, newest first: of items that nobody has settled and on
    which they have not commented since.
    """
    answered = Comment.objects.filter(item=OuterRef("item"), by=user, pk__gt=OuterRef("pk"))
    said = Comment.objects.filter(mentioned=user).exclude(item__status=Item.Status.SETTLED)
    return said.filter(~Exists(answered)).select_related("item", "by").order_by("-pk")


@transaction.atomic
def assign(
    run: Run, numbers: Sequence[int], user: User, *, person: User | None = None, team: str = "", due: date | None = None
) -> list[Item]:
    """Give groups to a person or a team until a day, in place of whoever had them; nobody and no day take them back.

    Raises UserError where a group is not there, the person has left or the day is over.
    """
    audit.hold()
    if person and not person.is_active:
        raise UserError(f"{person.get_username()} does not sign in any more. Choose somebody else.")
    if team and team not in Item.Team.values:
        raise UserError(f"There is no team '{team}'. Choose {', '.join(Item.Team.values)}.")
    if due and due < localtime().date():
        raise UserError("That day is over. Choose a later one, or leave it empty.")
    found = [_take_on(run, number) for number in numbers]
    for item, _ in found:
        item.person, item.team, item.due = person, team, due
        item.save(update_fields=["person", "team", "due"])
    _record(
        "item.assigned", user, run, [document for _, documents in found for document in documents],
        [person] if person else [], groups=list(numbers), person=person.get_username() if person else "", team=team,
        due=due.isoformat() if due else "",
    )  # fmt: skip
    return [item for item, _ in found]


@transaction.atomic
def comment(run: Run, number: int, user: User, text: str, *, link: str = "") -> Comment:
    """Say something of a group. Who is named in it (@alice) sees it on the first page and gets a mail.

    `link` is the group's full address, for the mail. Raises UserError where nothing is said or the group is not there.
    """
    audit.hold()
    text = text.strip()
    if not text:
        raise UserError("Nothing is written yet. Say something, then save it.")
    if len(text) > MOST_TEXT:
        raise UserError(f"A comment has at most {MOST_TEXT:,} characters, and this has {len(text):,}. Attach a file.")
    item, documents = _take_on(run, number)
    said = Comment.objects.create(item=item, by=user, at=now(), text=text)
    people, _ = named(text)
    said.mentioned.set(people)
    _record("item.commented", user, run, documents, people, group=number, text=text)
    for person in people:
        if person.email and person.pk != user.pk:
            transaction.on_commit(lambda person=person: _tell(person, said, run, number, link))  # type: ignore[misc]
    return said


def named(text: str) -> tuple[list[User], list[str]]:
    """Return who is mentioned in a text, and the names that nobody has here."""
    names = list(dict.fromkeys(MENTION.findall(text)))
    by_name = {person.get_username(): person for person in User.objects.filter(username__in=names, is_active=True)}
    return [by_name[name] for name in names if name in by_name], [name for name in names if name not in by_name]


@transaction.atomic
def attach(run: Run, number: int, user: User, name: str, stream: BinaryIO) -> Attachment:
    """Put a file to a group. Raises UserError where it is empty, too large or of a kind that is not taken."""
    audit.hold()
    item, documents = _take_on(run, number)
    kept = attachments.keep(item, user, name, stream)
    _record("item.attached", user, run, documents, [], group=number, name=kept.name, sha256=kept.sha256, size=kept.size)
    return kept


@transaction.atomic
def status(run: Run, number: int, user: User, word: str) -> Item:
    """Say how far a group is (Item.Status). Raises UserError where there is no such status."""
    audit.hold()
    if word not in Item.Status.values:
        raise UserError(f"There is no status '{word}'. Choose {', '.join(Item.Status.values)}.")
    item, documents = _take_on(run, number)
    before, item.status = item.status, word
    if word != Item.Status.SETTLED:
        item.cleared = item.cleared_in = ""
        item.documents.update(settled="")
    item.save(update_fields=["status", "cleared", "cleared_in"])
    _record("item.status", user, run, documents, [], group=number, **{"from": before, "to": word})
    return item


def _take_on(run: Run, number: int) -> tuple[Item, list[Document]]:
    """Return a group's item, made where there is none, and the group's documents. Those that no item has join it."""
    group = Group.objects.filter(run=run, number=number).first()
    if group is None:
        raise UserError(
            f"Group {number} of {month_name(run.month.period)} is not there any more: somebody has decided on it since "
            f"you looked. Nothing was saved; look at the list again."
        )
    documents = standing.part(run, [group]).documents_of(group)
    keys = [document.key for document in documents]
    have = set(ItemDocument.objects.filter(key__in=keys).values_list("key", flat=True))
    item = for_group(run, group) or Item.objects.create()
    ItemDocument.objects.bulk_create(
        ItemDocument(
            item=item, key=document.key, group=group.key, side=document.side, period=document.period,
            number=document.number, day=document.accounting_date or None,
        )
        for document in documents
        if document.key not in have
    )  # fmt: skip
    return item, documents


def _record(
    kind: str, user: User, run: Run, documents: Iterable[Document], people: Sequence[User], **data: Any
) -> None:
    subjects = [f"month:{run.month.period}", *(f"document:{document.key}" for document in documents)]
    subjects += [f"person:{person.get_username()}" for person in people]
    audit.record(kind, user, subjects, period=run.month.period, run=run.number, **data)


def _tell(person: User, said: Comment, run: Run, number: int, link: str) -> None:
    """Tell somebody by mail that they were mentioned. The comment stands whether the mail is taken or not."""
    group = Group.objects.filter(run=run, number=number).first()
    context = {"person": person, "said": said, "run": run, "group": group, "link": link}
    subject = f"{said.by.get_username()} asks you about {_name(group)}, {month_name(run.month.period)}"
    try:
        send_mail(subject, render_to_string("mail/mention.txt", context), None, [person.email])
    except OSError:  # of which every refusal of a mail server is one
        log.exception("The mail about a comment was not taken; %s sees it on the first page.", person.get_username())


def _name(group: Group | None) -> str:
    return (group.alma_number or group.oracle_number if group else "") or "an item without a number"
