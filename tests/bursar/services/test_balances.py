"""What is owed, and how it came to that: by fee, user and library; beside Alma and the student system."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from bursar.formats.fees import COLUMNS, TEXT
from bursar.models import Fee, FeeEvent, Profile
from bursar.rules.sort import NotBalanced
from bursar.services import balance_book, balances, month_asking, reporting, settling, sides
from bursar.services.alma_rest import Client
from core.models import User
from tests.bursar.services.alma_server import KEY, running
from tests.bursar.services.sent import DAY, fee, profile, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield


@pytest.fixture
def alice() -> User:
    return User.objects.create(username="alice")


def parts(frame: pd.DataFrame) -> list[tuple[int, ...]]:
    return list(frame[list(balances.PARTS)].itertuples(index=False, name=None))


def in_alma(*fees: tuple[Fee, int]) -> pd.DataFrame:
    rows = [
        dict.fromkeys(TEXT, "")
        | {"row": row, "user_id": each.user_id_text, "reference": each.reference, "currency": "USD", "amount": amount}
        for row, (each, amount) in enumerate(fees, 1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"row": "int64", "amount": "int64"})


def causes(frame: pd.DataFrame) -> list[tuple[int | None, int | None, int | None, str, str]]:
    told = frame[["libra", "alma", "student", "cause_alma", "cause_student"]].astype("object")
    return [tuple(None if pd.isna(each) else each for each in row) for row in told.itertuples(index=False)]  # type: ignore[misc]


def test_a_month_is_what_was_owed_and_what_happened(alice: User) -> None:
    owner = profile()
    one, other = fee(owner), fee(owner, 5_00, library="LAW", user_id_text="56789")
    take(owner, f"01234,{one.reference},4.00,2025-03-05", "56789,,1.00,2025-03-31")
    settling.waive(one, 2_00, "Returned.", alice, date(2025, 4, 2))
    settling.write_off(other, 1_50, "Old.", alice, DAY)
    march = balances.by_profile_month(owner, "2025-03")
    assert parts(march.fees) == [(0, 1000, 0, 400, 0, 0, 600), (0, 500, 0, 100, 0, 150, 250)]
    assert parts(march.total()) == [(0, 1500, 0, 500, 0, 150, 850)]
    assert march.by("library")["library"].tolist() == ["LAW", "MAIN"]
    assert march.by("user_id")["outstanding"].tolist() == [600, 250]
    april = balances.by_profile_month(owner, "2025-04")
    assert parts(april.total()) == [(850, 0, 0, 0, 200, 0, 650)]
    assert parts(balances.by_profile_month(owner, "2025-02").total()) == []


def test_a_credit_and_its_charge_settle_each_other() -> None:
    owner = profile()
    charge, credit = fee(owner), fee(owner, -4_00)
    for each, kind, amount in ((charge, "credited", -4_00), (credit, "tied", 4_00)):
        FeeEvent.objects.create(fee=each, kind=kind, amount=amount, day=DAY)
        Fee.objects.filter(pk=each.pk).update(balance=each.balance + amount)
    march = balances.by_profile_month(owner, "2025-03")
    assert parts(march.fees) == [(0, 1000, -400, 0, 0, 0, 600), (0, 0, 0, 0, 0, 0, 0)]
    assert parts(march.total()) == [(0, 1000, -400, 0, 0, 0, 600)]


def test_a_balance_that_its_history_does_not_come_to_is_refused() -> None:
    owner = profile()
    one = fee(owner)
    Fee.objects.filter(pk=one.pk).update(balance=9_99)
    with pytest.raises(NotBalanced, match=f"The history of fees {one.pk} does not come to their balance"):
        balances.by_profile_month(owner, "2025-03")


def test_a_user_who_owes_cannot_be_deleted_and_why(alice: User) -> None:
    owner = profile()
    one, other = fee(owner, title="Faust"), fee(owner, 5_00)
    settling.dispute(other, "Says it was returned.", alice, DAY)
    take(owner, f"01234,{one.reference},4.00,2025-03-05")
    assert balances.deletable("01234") == [
        "US$6.00 of US$10.00 (OVERDUEFINE, Faust) is still owed to the student finance system: "
        "Alma deletes nobody who owes exported fees.",
        "US$5.00 of US$5.00 (OVERDUEFINE) is still owed to the student finance system, and in dispute: "
        "Alma deletes nobody who owes exported fees.",
    ]
    assert balances.deletable("56789") == []
    take(owner, "01234,,11.00,2025-03-06", name="rest.csv")
    assert balances.deletable("01234") == []


def test_the_three_sides_agree_or_say_why(alice: User) -> None:
    owner = profile()
    even, untold, waived, gone = fee(owner), fee(owner), fee(owner), fee(owner)
    stranger = Fee(user_id_text="99999", reference="OTHER")
    take(owner, f"01234,{even.reference},4.00,2025-03-05")
    reporting.by_file(owner, None)
    take(owner, f"01234,{untold.reference},1.00,2025-03-06", "01234,NONE,3.00,2025-03-06", name="next.csv")
    settling.waive(waived, 10_00, "Returned.", alice, DAY)
    alma = in_alma((even, 6_00), (untold, 10_00), (waived, 10_00), (stranger, 7_00))
    assert causes(sides.beside(balances.by_profile_month(owner, "2025-03"), alma)) == [
        (600, 600, 600, "", ""),
        (900, 1000, 900, "Alma has not been told of US$1.00 that were paid.", ""),
        (0, 1000, 1000, "It was waived or written off in Libra, and Alma's import has no word for that: enter it in "
         "Alma.", "No file has told the student system of US$10.00 waived or written off here."),
        (1000, None, 1000, "Alma has it no longer: it was paid, waived or credited there, and Libra was not told.", ""),
        (None, None, -300, "", "No fee has the reference NONE."),
        (None, 700, None, "It is not in the ledger: it was not exported yet, or by another profile.", ""),
    ]  # fmt: skip
    assert gone.balance == 1000


def test_fees_that_share_a_reference_have_a_row_of_alma_s_each() -> None:
    owner = profile()
    fee(owner, 5_00, reference="R"), fee(owner, 7_00, reference="R"), fee(owner, 9_00, reference="R")
    alma = in_alma(*((Fee(user_id_text="01234", reference="R"), amount) for amount in (9_00, 5_00)))
    found = sides.beside(balances.by_profile_month(owner, "2025-03"), alma)
    assert [row[:2] for row in causes(found)] == [(500, 500), (700, None), (900, 900)]


def test_without_the_import_alma_has_closed_what_it_exported() -> None:
    owner = profile()
    Profile.objects.update(import_active=False)
    owner.refresh_from_db()
    fee(owner)
    [row] = causes(sides.beside(balances.by_profile_month(owner, "2025-03"), in_alma()))
    assert row[3] == "Alma closed it when it was exported: the profile's import is not active."


def test_alma_s_side_may_come_by_rest() -> None:
    owner = profile(way="two_way")
    one = fee(owner, fee_id="F1")
    with running() as alma:
        alma.add("01234", "F1", "10.00")
        told = month_asking.from_rest(Client(alma.address, KEY), ["01234"], "USD")
    found = sides.beside(balances.by_profile_month(owner, "2025-03"), told)
    assert (found["fee"].tolist(), causes(found)) == ([one.pk], [(1000, 1000, 1000, "", "")])


def test_the_workbook_holds_the_same_figures() -> None:
    owner = profile()
    one = fee(owner, name="=1+1")
    take(owner, f"01234,{one.reference},4.00,2025-03-05", "01234,NONE,3.00,2025-03-06")
    march = balances.by_profile_month(owner, "2025-03")
    book = openpyxl.load_workbook(io.BytesIO(balance_book.write(march, sides.beside(march))))
    assert book.sheetnames == ["Totals", "Libraries", "Systems", "Users", "Fees", "Side by side", "Differences"]
    assert [cell.value for cell in book["Totals"][5]] == ["USD", 0, 10, 0, 4, 0, 0, 6, 1]
    fees = dict(zip((cell.value for cell in book["Fees"][4]), book["Fees"][5], strict=True))
    assert (fees["Identifier"].value, fees["Outstanding"].value) == ("01234", 6)
    assert (fees["Name"].value, fees["Name"].data_type) == ("=1+1", "s")
    assert book["Differences"].max_row == 5


class EveryMonth(TestCase):
    """Whatever happens in whichever month: each month's figures add up, and the last is what is owed."""

    @settings(max_examples=25)
    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["pay", "waive", "write_off"]), st.integers(1, 8_00), st.integers(1, 90)),
            max_size=8,
        )
    )
    def test_months_follow_on_each_other(self, steps: list[tuple[str, int, int]]) -> None:
        owner, alice = profile(), User.objects.get_or_create(username="alice")[0]
        one = fee(owner, 20_00)
        for number, (what, amount, after) in enumerate(steps):
            day = date.fromordinal(date(2025, 3, 1).toordinal() + after)
            one.refresh_from_db()
            if what == "pay":
                row = f"01234,{one.reference},{amount // 100}.{amount % 100:02},{min(day, DAY)}"
                take(owner, row, name=f"{number}.csv")
            elif one.balance:
                getattr(settling, what)(one, min(amount, one.balance), "Why.", alice, day)
        one.refresh_from_db()
        before = 0
        for period in ("2025-02", "2025-03", "2025-04", "2025-05"):
            for opening, *moved, outstanding in parts(balances.by_profile_month(owner, period).total()):
                exported, credited, paid, waived, written_off = moved
                assert opening == before
                assert opening + exported + credited - paid - waived - written_off == outstanding
                before = outstanding
        assert before == one.balance >= 0
