"""Whatever is entered, in whichever order and with whichever day: months add up, and signed ones stay as they were."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from bursar.models import Fee, FeeEvent, Profile
from bursar.services import answering, balances, entering, months, paying, settling, signing
from core.models import User
from core.roles import BURSAR
from tests.bursar.services.sent import csv, fee, profile
from tests.conftest import person

pytestmark = pytest.mark.django_db
SIGNED = ("2025-03", "2025-04")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield


def parts(frame: pd.DataFrame) -> list[tuple[int, ...]]:
    return list(frame[list(balances.PARTS)].itertuples(index=False, name=None))


class EveryEntry(TestCase):
    """Whatever is entered with whichever day, the figures add up for each fee, user, library and system, months follow
    on each other, and a month that was signed stays as it was.
    """

    @settings(max_examples=12)
    @given(
        steps=st.lists(
            st.tuples(
                st.sampled_from(["fee", "pay", "waive", "write_off", "sign"]),
                st.integers(0, 5),
                st.integers(1, 8_00),
                st.integers(0, 120),
            ),
            max_size=14,
        )
    )
    def test_signed_months_stay_as_they_were(self, steps: list[tuple[str, int, int, int]]) -> None:
        alice, bob = (person(each, BURSAR) for each in ("alice", "bob"))
        owner, other = profile(campus="One"), profile(campus="one")
        fees = [_arrives(each, 10_00, user, date(2025, 3, 1)) for each in (owner, other) for user in ("01234", "56789")]
        signed: dict[tuple[int, str], list[Any]] = {}
        for number, (what, place, amount, after) in enumerate(steps):
            day, one = date(2025, 3, 1) + timedelta(days=after), fees[place % len(fees)]
            one.refresh_from_db()
            if what == "fee":
                fees.append(_arrives(one.profile, amount, one.user_id_text, day))
            elif what == "sign":
                signed |= _sign(one.profile, alice, bob)
            elif what == "pay":
                row = f"{one.user_id_text},{one.reference},{amount // 100}.{amount % 100:02},{day}"
                paying.take(one.profile, f"{number}.csv", io.BytesIO(csv(row)), None, date(2025, 7, 1))
            elif one.balance:
                getattr(settling, what)(one, min(amount, one.balance), "Why.", alice, day)
            for (profile_, period), kept in signed.items():
                assert _kept(Profile.objects.get(pk=profile_), period) == kept
        for each in (owner, other):
            _adds_up(each)


def _arrives(owner: Profile, amount: int, user: str, day: date) -> Fee:
    """A fee that is sent on a day, entered as every run enters it."""
    one = fee(owner, amount, user_id_text=user, library="LAW" if amount % 2 else "MAIN")
    events = list(one.events.all())
    one.events.all().delete()
    entering.enter([FeeEvent(fee=one, kind=each.kind, amount=each.amount, day=day) for each in events])
    return one


def _sign(owner: Profile, alice: User, bob: User) -> dict[tuple[int, str], list[Any]]:
    period = next((each for each in SIGNED if months.find(owner, each).state == "open"), None)
    if period is None:
        return {}
    standing = months.standing(owner, period)
    keys = [each.key for each in standing.unanswered]
    if keys:
        answering.answer(owner, period, keys, "accepted", "Seen.", alice)
    for each in (alice, bob):
        signing.sign(owner, period, each, "Without Alma's report.")
    return {(owner.pk, period): _kept(owner, period)}


def _kept(owner: Profile, period: str) -> list[Any]:
    found = balances.by_profile_month(owner, period)
    return [parts(found.fees), found.fees["fee"].tolist(), *(parts(found.by(each)) for each in ("library", "system"))]


def _adds_up(owner: Profile) -> None:
    before: dict[Any, int] = {}
    for period in ("2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07"):
        found = balances.by_profile_month(owner, period)
        for name in ("fee", "user_id", "library", "system"):
            sums = found.by(name)
            assert sums["outstanding"].sum() == found.fees["outstanding"].sum()
            for key, (opening, exported, credited, paid, waived, written_off, outstanding) in zip(
                sums[name].tolist(), parts(sums), strict=True
            ):
                assert opening == before.get((name, key), 0)
                assert opening + exported + credited - paid - waived - written_off == outstanding
                before[name, key] = outstanding
    assert before["system", "PeopleSoft"] == sum(Fee.objects.filter(profile=owner).values_list("balance", flat=True))
    both = balances.of_system(balances.by_profile_month(owner, "2025-07"))
    assert both["outstanding"].sum() == sum(Fee.objects.values_list("balance", flat=True))
