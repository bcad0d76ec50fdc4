"""The signatures under a month as the page shows them, and what keeps it from being signed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest

from bursar.models import Signature
from bursar.services import months, signing
from bursar.services.months import Standing
from core.roles import CAN_REOPEN, person


def context(request: HttpRequest, standing: Standing) -> dict[str, Any]:
    month, user = standing.month, person(request)
    signed = months.signatures(month)
    first, second = (signed.get(part) for part in Signature.Part)
    open_ = month.state == month.State.OPEN and not months.stands(month).startswith("closed with")
    mine = first is not None and first.by_id == user.pk
    prepared = first is not None and second is None
    hindrances = signing.hindrances(standing) if open_ else []
    alma = first.figures["alma"] if first else None
    return {
        "first": first,
        **({"explained": list(first.figures["explained"].items())} if first else {}),
        "second": second,
        "alma_day": date.fromisoformat(alma["day"]) if alma else None,
        "open": open_,
        "hindrances": hindrances,
        "must_say": signing.must_say(standing) if open_ else "",
        "seen": signing.offered(standing) if open_ and not hindrances else "",
        "mine": prepared and mine,
        "may_review": prepared and not mine,
        "may_take_back": prepared and (mine or user.has_perm(CAN_REOPEN)),
        "may_reopen": second is not None and user.has_perm(CAN_REOPEN),
        "withdrawn": signing.history(month),
    }
