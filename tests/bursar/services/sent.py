"""A profile whose fees are with the bursar, and return files about them."""

from __future__ import annotations

import io
from datetime import date
from itertools import count
from typing import Any

from bursar.formats.layout import shipped
from bursar.formats.returns import shipped as shipped_returns
from bursar.models import Export, Fee, FeeEvent, PaymentFile, Profile
from bursar.services import paying

DAY = date(2025, 3, 10)
SENT = date(2025, 3, 1)
_numbers = count(1)


def profile(returns: str = "csv", **told: Any) -> Profile:
    code = told.pop("code", f"LIB{next(_numbers)}")
    return Profile.objects.create(
        code=code, name="Library", campus=told.pop("campus", code), layout=shipped()["csv"],
        return_layout=shipped_returns()[returns], import_active=True, **told,
    )  # fmt: skip


def fee(owner: Profile, amount: int = 10_00, **told: Any) -> Fee:
    """A fee that was sent to the bursar; amounts are minor units."""
    number = next(_numbers)
    export = Export.objects.filter(profile=owner).first() or Export.objects.create(
        profile=owner, number="15216075870006761", name="LIB-1.xml", kind="bursar_export", sha256=f"{number:064}",
        day=SENT,
    )  # fmt: skip
    stays = owner.way == Profile.Way.TWO_WAY
    values = {
        "row": number, "state": Fee.State.ACTIVE if stays else Fee.State.TRANSFERRED, "user_id_text": "01234",
        "reference": f"INST{number}", "fee_type": "OVERDUEFINE", "library": "MAIN", "date": date(2025, 2, 20),
        "currency": "USD", "balance": amount, **told,
    }  # fmt: skip
    made = Fee.objects.create(profile=owner, export=export, key=f"{number:064}", amount=amount, **values)
    FeeEvent.objects.create(fee=made, kind=FeeEvent.Kind.ARRIVED, amount=amount, day=SENT)
    FeeEvent.objects.create(fee=made, kind=FeeEvent.Kind.SENT, day=SENT)
    return made


def csv(*rows: str) -> bytes:
    return "\n".join(["Identifier,Reference,Amount,Date", *rows, ""]).encode()


def take(owner: Profile, *rows: str, name: str = "paid.csv", content: bytes | None = None) -> PaymentFile:
    return paying.take(owner, name, io.BytesIO(content if content is not None else csv(*rows)), None, DAY)


def stands(fee: Fee) -> tuple[str, str, int]:
    fee.refresh_from_db()
    return fee.state, fee.ended, fee.balance


def counts(file: PaymentFile) -> dict[str, tuple[int, int]]:
    """The totals that are not nothing: {name: (count, amount)}."""
    told = {name: (said["count"], said["amount"]) for name, said in paying.shown(file).items()}
    return {name: said for name, said in told.items() if said[0]}
