"""What people have decided, as the engine takes it: kept by what the documents say, not by where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from django.db.models import Q, QuerySet

from core.dates import month_end
from reconcile.matching import terms
from reconcile.models import Decision, DecisionDocument, Month, Step

from .lines import Piece


def live() -> QuerySet[Decision]:
    """Return the decisions that nobody has taken back."""
    return Decision.objects.filter(revoked=None)


def standing(period: str, pieces: Iterable[Piece]) -> list[terms.Decision]:
    """Return what holds in a month for the documents of these files, its own and those carried into it."""
    homes = {piece.period or period for piece in pieces}
    holding = live().filter(Q(expires=None) | Q(expires__gte=month_end(period)))
    return as_terms(holding.filter(about__period__in=homes).distinct().order_by("pk"))


def about(keys: Sequence[str]) -> QuerySet[Decision]:
    """Return the live decisions on any of these documents."""
    return live().filter(about__key__in=keys).distinct().order_by("pk")


def as_terms(found: Iterable[Decision]) -> list[terms.Decision]:
    """Return decisions as the engine takes them."""
    return [
        terms.Decision(str(each.code), each.kind, tuple(documents(each.documents)), each.cause, each.rule)
        for each in found
    ]


def documents(kept: Iterable[dict[str, Any]]) -> list[terms.Document]:
    """Return documents as they are kept in decisions and events."""
    return [terms.Document(**each) for each in kept]


def make(month: Month, step: Step, kind: str, documents: Sequence[terms.Document], **said: Any) -> Decision:
    """Write a decision down. `said`: cause, rule, comment, expires."""
    decision = Decision.objects.create(
        month=month, step=step, kind=kind, documents=[asdict(document) for document in documents], **said
    )
    DecisionDocument.objects.bulk_create(
        DecisionDocument(decision=decision, key=document.key, period=document.period)
        for document in {document.key: document for document in documents}.values()
    )
    return decision


def note(verdicts: pd.DataFrame) -> None:
    """Write down what a run found changed in the documents of decisions; decisions whose documents say the same again
    are in force again.
    """
    said = dict(zip(verdicts["code"].tolist(), verdicts["changed"].tolist(), strict=True))
    known = Decision.objects.filter(code__in=said)
    different = [decision for decision in known if decision.changed != said[str(decision.code)]]
    for decision in different:
        decision.changed = said[str(decision.code)]
    Decision.objects.bulk_update(different, ["changed"])
