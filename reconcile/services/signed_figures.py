"""What people put their names to: a month's figures, what is open in it, and what was decided, as they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from core import audit
from reconcile.matching.terms import ONE_SIDED, OPEN_CAUSES
from reconcile.models import Decision, Group, Run

from . import decisions, record

SOME = 500  # values in one question to the database


@dataclass(frozen=True, slots=True)
class Open:
    """What is open for one reason: an outcome of a pair, or the cause for which something stands on one side ('' when
    there is none). `difference` is Oracle less Alma, `size` the same without signs, in minor units.
    """

    reason: str
    carried: bool  # from earlier months; it stands outside the statement
    groups: int
    difference: int
    size: int


def open_groups(run: Run) -> QuerySet[Group]:
    """Return what waits for a person, and what stands on one side until a later month settles it."""
    waiting = Q(needs_person=True) | Q(outcome__in=ONE_SIDED, cause__in=OPEN_CAUSES, decided=False)
    return Group.objects.filter(waiting, run=run)


def open_items(run: Run) -> list[Open]:
    """Return what is open by reason, this month's own first, the largest first."""
    found: dict[tuple[bool, str], list[int]] = {}
    sums = open_groups(run).order_by().values_list("carried", "outcome", "cause")
    for carried, outcome, cause, *added in sums.annotate(Count("pk"), Sum("difference"), Sum("size")):
        reason = cause if outcome in ONE_SIDED else outcome
        held = found.get((carried, reason), [0, 0, 0])
        found[carried, reason] = [one + other for one, other in zip(held, added, strict=True)]
    items = [Open(reason, carried, *held) for (carried, reason), held in found.items()]
    return sorted(items, key=lambda each: (each.carried, -each.size, each.reason))


def unexplained(run: Run) -> int:
    """Return the amounts without a known cause, added without their signs: +50.00 and −50.00 are 100.00."""
    among = Q(several__gt="", several__contains=",unexplained,")  # the first is what the index of these groups says
    some = Group.objects.filter(Q(cause="unexplained") | among, run=run, carried=False)
    return sum(
        abs(cause["amount"])
        for causes in some.exclude(outcome="suggested").values_list("causes", flat=True)
        for cause in causes
        if cause["cause"] == "unexplained" and cause["amount"] is not None
    )


def figures(run: Run, decided: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what is signed, as plain JSON: amounts in minor units, files by name and SHA-256."""
    late = run.adjustments.select_related("month", "file")
    return {
        "period": run.month.period,
        "run": run.number,
        "currency": run.currency,
        "rule_version": run.rule_version,
        **record.figures(run),
        "unexplained_size": unexplained(run),
        "rows": run.counters["file_rows"],
        "automatic": run.counters["automatic"],
        "open": [asdict(each) for each in open_items(run)],
        "adjustments": [
            {"month": one.month.period, "file": one.file.name, "row": one.row, "was": one.was, "amount": one.amount}
            for one in late
        ],
        "decisions": {"number": len(decided), "sha256": digest(decided)},
        "files": [{name: each[name] for name in ("name", "kind", "side", "rows", "sha256", "period")}
                  for each in run.inputs],
    }  # fmt: skip


def digest(data: Any) -> str:
    """Return the SHA-256 of plain data, in hexadecimal."""
    return hashlib.sha256(audit.canonical(data).encode()).hexdigest()


def decided(run: Run) -> list[dict[str, Any]]:
    """Return what people decided in this month, in order, also what was taken back; and what earlier months decided
    of documents that stand here.
    """
    keys = list(Group.objects.filter(run=run, decided=True).exclude(key="").values_list("key", flat=True))
    found = {each.pk: each for each in _whole(Decision.objects.filter(month=run.month))}
    for start in range(0, len(keys), SOME):
        earlier = decisions.about(keys[start : start + SOME]).filter(month__period__lt=run.month.period)
        found |= {each.pk: each for each in _whole(earlier)}
    return [_entry(found[key]) for key in sorted(found)]


def _whole(some: QuerySet[Decision]) -> Iterable[Decision]:
    return some.select_related("month", "step__by", "revoked__by").order_by("pk")


def _entry(decision: Decision) -> dict[str, Any]:
    documents = decisions.documents(decision.documents)
    sides = {side: [each for each in documents if each.side == side] for side in ("alma", "oracle")}
    back = decision.revoked
    return {
        "at": decision.step.at.isoformat(),
        "by": decision.step.by.get_username(),
        "month": decision.month.period,
        "what": decision.step.get_kind_display(),
        **{side: [each.number or each.accounting_date for each in some] for side, some in sides.items()},
        "suppliers": sorted({each.supplier for each in documents}),
        **{f"{side}_amount": sum(each.amount for each in some) if some else None for side, some in sides.items()},
        "cause": decision.cause,
        "comment": decision.comment,
        "expires": decision.expires.isoformat() if decision.expires else "",
        "taken_back": {"at": back.at.isoformat(), "by": back.by.get_username()} if back else None,
    }
