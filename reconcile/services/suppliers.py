"""Links between Alma's vendors and Oracle's suppliers: proposed by pairs, believed only when a person says so."""

from __future__ import annotations

import pandas as pd
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from core import audit
from core.jobs import UserError
from core.models import User
from reconcile.models import SupplierLink

State = SupplierLink.State


def waiting() -> QuerySet[SupplierLink]:
    """Return the proposals that nobody has decided."""
    return SupplierLink.objects.filter(state=State.PROPOSED).order_by("alma_code", "oracle_number", "pk")


def confirm(link: SupplierLink, user: User) -> None:
    """Believe the link: later runs take the two for one firm. Raises UserError when the vendor is linked elsewhere."""
    with transaction.atomic():
        other = SupplierLink.objects.filter(alma_code=link.alma_code, state=State.CONFIRMED).exclude(pk=link.pk).first()
        if other:
            raise UserError(
                f"Alma's vendor {link.alma_code} is already linked to Oracle's supplier {other.oracle_number}. "
                f"Reject that link first."
            )
        _decide(link, user, State.CONFIRMED)


@transaction.atomic
def reject(link: SupplierLink, user: User) -> None:
    """Say that the two are different firms. The link is never proposed again."""
    _decide(link, user, State.REJECTED)


def propose(found: pd.DataFrame, frames: dict[str, pd.DataFrame]) -> None:
    """Write down what a run's pairs suggest, with the names on both sides. What a person decided stays as it is."""
    if found.empty:
        return
    names = {side: _names(frame, found[column]) for side, frame, column in (
        ("alma", frames["alma"], "alma_code"), ("oracle", frames["oracle"], "oracle_number"))}  # fmt: skip
    known = {(link.alma_code, link.oracle_number): link for link in SupplierLink.objects.all()}
    new, again = [], []
    for alma, oracle, groups in found[["alma_code", "oracle_number", "groups"]].itertuples(index=False):
        evidence = {
            "alma": names["alma"].get(alma, ""),
            "oracle": names["oracle"].get(oracle, ""),
            "groups": _plain(groups),
        }
        link = known.get((alma, oracle))
        if link is None:
            new.append(SupplierLink(alma_code=alma, oracle_number=oracle, evidence=evidence))
        elif link.state == State.PROPOSED:
            link.evidence = evidence
            again.append(link)
    SupplierLink.objects.bulk_create(new)
    SupplierLink.objects.bulk_update(again, ["evidence"])


def _decide(link: SupplierLink, user: User, state: str) -> None:
    link.state, link.decided_by, link.decided_at = state, user, now()
    link.save(update_fields=["state", "decided_by", "decided_at"])
    pair = {"alma_code": link.alma_code, "oracle_number": link.oracle_number}
    audit.record(f"supplier.{state}", user, [f"supplier:{link.alma_code}"[:100]], **pair)


def _names(frame: pd.DataFrame, codes: pd.Series) -> dict[str, str]:
    rows = frame.loc[frame["supplier_code"].isin(codes), ["supplier_code", "supplier_name"]]
    return dict(rows.drop_duplicates("supplier_code").itertuples(index=False, name=None))


def _plain(groups: object) -> object:
    """Evidence as JSON keeps it: a number of groups, or their ids."""
    return [int(each) for each in groups] if isinstance(groups, list | tuple) else int(groups)  # type: ignore[call-overload]
