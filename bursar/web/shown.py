"""What several pages of fines and fees show alike: amounts by currency, addresses of a list, and who looked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, QueryDict

from bursar.models import Fee
from bursar.services.record import borrower
from bursar.services.retention import ERASED
from core import audit
from core.money import show
from core.roles import person

NOTHING = "–"


def amounts(by_currency: Mapping[str, int]) -> str:
    """Write amounts by currency: 12.50 USD, 3.00 CAD; a dash for none."""
    return ", ".join(f"{show(amount, code)} {code}" for code, amount in sorted(by_currency.items())) or NOTHING


def come_to(fees: QuerySet[Fee], what: str = "amount") -> tuple[int, str]:
    """Return how many fees these are, and what they come to in words."""
    rows = fees.order_by().values_list("currency").annotate(Count("pk"), Sum(what))
    return sum(row[1] for row in rows), amounts({row[0]: row[2] for row in rows})


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def address(request: HttpRequest, **changes: Any) -> str:
    """Return this page's address with some of its query changed; None takes a word out. Empty words are left out."""
    query = QueryDict(mutable=True)
    kept = {name: value for name, value in request.GET.dict().items() if value and name not in changes}
    query.update(kept | {name: str(value) for name, value in changes.items() if value not in (None, "")})
    return f"?{query.urlencode()}" if query else request.path


def looked(request: HttpRequest, fees: Iterable[Fee], identifiers: Iterable[str] = ()) -> None:
    """Record that a person sees these borrowers' fees, and what else stands on a page with identifiers; what is one
    borrower's is recorded about that borrower.
    """
    seen = list(fees)
    named = {identifier for identifier in identifiers if identifier and not identifier.startswith(ERASED)}
    people = {fee.user_id_text for fee in seen if not fee.erased_at} | named
    if not people:
        return
    one = len(people) == 1
    about = [f"borrower:{borrower(each)}" for each in people] if one else []
    with transaction.atomic():
        kind = "bursar.person_seen" if one else "bursar.fees_seen"
        audit.record(kind, person(request), about, fees=len(seen))
