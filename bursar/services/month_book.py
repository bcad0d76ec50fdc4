"""The sheets of a month's workbook that tell what people did: the queue with its answers, and the signatures."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from django.utils.timezone import localtime

from bursar.models import Answer, Signature

from . import months, signing
from .balance_book import Sheet
from .months import Standing
from .side_causes import CAUSES

ABOUT = ("user_id", "name", "reference", "library", "currency", "libra", "alma", "student")
ANSWER = ("answer", "reason", "by", "day")
QUEUE = ("side", "cause", *ABOUT, "said", "todo", *ANSWER)
ANSWERS = ("side", "cause", "reference", "currency", "libra", "alma", "student", *ANSWER)
SIGNATURES = ("part", "by", "day", "note", "digest", "withdrawn")


def sheets(standing: Standing) -> Iterator[Sheet]:
    """Yield the queue as it stands, for a signed month the answers as they stood, and the signatures."""
    if standing.month.state == standing.month.State.OPEN:
        yield Sheet("Queue", "What the sides do not agree on, what to do, and what was answered.", _queue(standing))
    else:
        yield Sheet("Answers", "What the sides did not agree on, and what was answered.", _answers(standing))
    yield Sheet("Signatures", "Two people sign a month; then nothing of it changes.", _signatures(standing))


def _queue(standing: Standing) -> pd.DataFrame:
    rows = [
        {name: getattr(each, name) for name in ABOUT}
        | {"side": each.side.label, "cause": each.about.title, "said": each.said, "todo": each.about.todo}
        | _answer(each.answer)
        for each in standing.queue
    ]
    return pd.DataFrame(rows, columns=list(QUEUE), dtype="object")


def _answers(standing: Standing) -> pd.DataFrame:
    many = Answer.objects.filter(month=standing.month, withdrawn_at=None).select_related("by")
    rows = [
        {name: getattr(each, name) for name in ("reference", "currency", "libra", "alma", "student")}
        | {"side": each.get_side_display(), "cause": CAUSES[each.cause].title}
        | _answer(each)
        for each in many
    ]
    return pd.DataFrame(rows, columns=list(ANSWERS), dtype="object")


def _answer(each: Answer | None) -> dict[str, str]:
    if each is None:
        return dict.fromkeys(ANSWER, "")
    said = (each.get_verdict_display(), each.reason, each.by.get_username(), f"{localtime(each.at):%Y-%m-%d %H:%M}")
    return dict(zip(ANSWER, said, strict=True))


def _signatures(standing: Standing) -> pd.DataFrame:
    some = [*months.signatures(standing.month).values(), *signing.history(standing.month)]
    rows = [
        (
            each.get_part_display(), each.by.get_username(), f"{localtime(each.at):%Y-%m-%d %H:%M}", each.note,
            each.digest, _withdrawn(each),
        )
        for each in some
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(SIGNATURES), dtype="object")


def _withdrawn(each: Signature) -> str:
    by, at = each.withdrawn_by, each.withdrawn_at
    return f"by {by.get_username()}, {localtime(at):%Y-%m-%d %H:%M}. {each.withdrawn_reason}".strip() if by else ""
