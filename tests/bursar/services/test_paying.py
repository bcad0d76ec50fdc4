"""Return files become payments: every cent in one place, no fee paid beyond what is owed, nothing taken twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from bursar.models import Fee, FeeEvent, Payment, PaymentFile
from bursar.services import moves, payment_totals
from core.jobs import UserError
from core.models import Event
from tests.bursar.services.sent import counts, csv, fee, profile, stands, take

pytestmark = pytest.mark.django_db
ASU = "Emplid,Date Paid,Reference Number,Charge Amount,Paid Amount,Item Type,Charge Description\n"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield


def test_a_payment_of_what_is_owed_closes_the_fee() -> None:
    owner = profile()
    one = fee(owner)
    file = take(owner, f"01234,{one.reference},10.00,2025-03-05")
    assert stands(one) == ("closed", "paid", 0)
    assert counts(file) == {"source": (1, 1000), "exact": (1, 1000), "used": (1, 1000)}
    event = one.events.get(kind=FeeEvent.Kind.PAID)
    assert (event.amount, str(event.day), event.note) == (-1000, "2025-03-05", "paid.csv, row 2.")
    payment = file.payments.get()
    assert (payment.verdict, payment.used, payment.fee, payment.acknowledged_at) == ("exact", 1000, one, None)
    assert Event.objects.filter(kind="bursar.payments_taken").count() == 1


def test_a_part_lowers_the_balance_and_the_rest_closes() -> None:
    owner = profile()
    one = fee(owner)
    take(owner, f"01234,{one.reference},4.00,2025-03-05")
    assert stands(one) == ("transferred", "", 600)
    take(owner, f"01234,{one.reference},7.50,2025-03-06", name="next.csv")
    assert stands(one) == ("closed", "paid", 0)
    payment = Payment.objects.get(file__name="next.csv")
    assert (payment.verdict, payment.used, payment.amount) == ("over", 600, 750)
    assert counts(payment.file)["left_over"] == (1, 150)


def test_a_fee_that_stays_active_in_alma_is_paid_likewise() -> None:
    owner = profile(way="two_way")
    one = fee(owner)
    take(owner, f"01234,{one.reference},4.00,2025-03-05")
    assert stands(one) == ("active", "", 600)


def test_one_payment_of_several_fees_closes_them_all() -> None:
    owner = profile()
    fees = [fee(owner), fee(owner, 5_00)]
    file = take(owner, "01234,,15.00,2025-03-05")
    assert [stands(each) for each in fees] == [("closed", "paid", 0)] * 2
    assert counts(file)["used"] == (1, 1500)
    back = take(owner, "01234,,-15.00,2025-03-06", name="bounced.csv")
    assert [stands(each) for each in fees] == [("transferred", "", 1000), ("transferred", "", 500)]
    assert counts(back) == {"source": (1, -1500), "reversal": (1, -1500), "used": (1, -1500)}


def test_what_nobody_knows_or_could_be_meant_twice_is_listed_and_pays_nothing() -> None:
    owner = profile()
    fees = [fee(owner), fee(owner)]
    file = take(owner, "01234,,10.00,2025-03-05", "01234,NONE,3.00,2025-03-05", "01234,,0.00,2025-03-05")
    assert [stands(each)[2] for each in fees] == [1000, 1000]
    assert counts(file) == {"source": (3, 1300), "choose": (1, 1000), "unknown": (1, 300), "nil": (1, 0)}


def test_the_same_file_twice_has_no_effect() -> None:
    owner = profile()
    one = fee(owner)
    rows = [f"01234,{one.reference},4.00,2025-03-05"]
    first = take(owner, *rows)
    assert take(owner, *rows, name="other.csv") == first
    assert (stands(one)[2], PaymentFile.objects.count(), FeeEvent.objects.filter(kind="paid").count()) == (600, 1, 1)


def test_the_same_file_by_another_profile_of_the_student_system_has_no_effect() -> None:
    owner, other = profile(campus="North"), profile(campus="north")
    one = fee(owner)
    rows = [f"01234,{one.reference},4.00,2025-03-05"]
    assert take(other, *rows) == take(owner, *rows)
    assert stands(one)[2] == 600


def test_the_same_rows_with_other_line_ends_are_refused() -> None:
    owner = profile()
    one = fee(owner)
    content = csv(f"01234,{one.reference},4.00,2025-03-05")
    take(owner, content=content)
    with pytest.raises(UserError, match=r"again\.csv holds exactly the rows of paid\.csv, taken on"):
        take(owner, name="again.csv", content=content.replace(b"\n", b"\r\n"))
    assert (stands(one)[2], PaymentFile.objects.count()) == (600, 1)


def test_of_a_cumulative_file_only_new_rows_pay_and_equal_ones_are_counted() -> None:
    owner = profile("asu")
    one = fee(owner, 30_00)
    row = f"01234,03/05/2025,{one.reference},30.00,5.00,5310,Fine\n"
    take(owner, content=(ASU + row).encode())
    file = take(owner, name="next.csv", content=(ASU + row * 3).encode())
    assert stands(one)[2] == 15_00
    assert counts(file) == {"source": (3, 1500), "partial": (2, 1000), "twice": (1, 500), "used": (2, 1000)}
    assert file.payments.count() == 2


def test_a_file_that_cannot_be_read_stores_nothing(tmp_path: Path) -> None:
    owner = profile()
    one = fee(owner)
    with pytest.raises(UserError) as error:
        take(owner, f"01234,{one.reference},ten,2025-03-05", f"01234,{one.reference},4.00,05/03/2025")
    assert [problem["row"] for problem in error.value.problems] == [2, 3]
    assert not PaymentFile.objects.exists()
    assert stands(one)[2] == 1000
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_without_a_layout_is_refused() -> None:
    owner = profile()
    owner.return_layout = ""
    owner.save()
    with pytest.raises(UserError, match="has no layout for the file that student finance sends back"):
        take(owner, "01234,,1.00,2025-03-05")


@pytest.mark.parametrize("broken", [(moves, "make"), (payment_totals, "reckon"), (Payment.objects, "bulk_create")])
def test_a_cut_in_the_middle_leaves_nothing_half(broken: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    owner = profile()
    one = fee(owner)
    row = f"01234,{one.reference},4.00,2025-03-05"
    with monkeypatch.context() as patch:

        def cut(*args: Any, **more: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(*broken, cut)
        with pytest.raises(KeyboardInterrupt):
            take(owner, row)
    assert not connection.needs_rollback
    assert (stands(one)[2], PaymentFile.objects.count(), Payment.objects.count()) == (1000, 0, 0)
    take(owner, row)
    assert stands(one)[2] == 600


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["01234", "56789", ""]), st.sampled_from(["R1", "R2", "R3", ""]),
        st.integers(-30_00, 30_00), st.integers(1, 28),
    ),
    max_size=12,
)  # fmt: skip


class Conservation(TestCase):
    """Whatever comes back: the totals balance, no fee is owed less than nothing, and nothing counts twice."""

    @settings(max_examples=40)
    @given(rows=ROWS, amounts=st.tuples(*[st.integers(1, 20_00)] * 4))
    def test_every_cent_has_its_place(self, rows: list[tuple[str, str, int, int]], amounts: tuple[int, ...]) -> None:
        owner = profile()
        for amount, user, reference in zip(
            amounts, ("01234", "01234", "56789", "56789"), ("R1", "R2", "R3", "R3"), strict=True
        ):
            fee(owner, amount, user_id_text=user, reference=reference)
        lines = [
            f"{user},{reference},{'-' * (minor < 0)}{abs(minor) // 100}.{abs(minor) % 100:02},2025-02-{day:02}"
            for user, reference, minor, day in rows
        ]
        file = take(owner, *lines)
        payment_totals.check(file.totals)
        fees = list(Fee.objects.filter(profile=owner))
        assert all(0 <= each.balance <= each.amount for each in fees)
        assert all((each.state == "closed") == (each.balance == 0) for each in fees)
        assert sum(each.balance for each in fees) == sum(amounts) - file.totals["used"]["amount"]
        assert file.totals["source"]["amount"] == sum(row[2] for row in rows)
        moves.standing(fees)
        before = FeeEvent.objects.count()
        take(owner, *lines)
        assert FeeEvent.objects.count() == before
