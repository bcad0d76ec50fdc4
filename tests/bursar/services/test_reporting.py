"""Alma is told of each payment once, of nothing but payments, and of no more than was paid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bursar.formats import export_xml
from bursar.models import Export, FeeEvent, OutFile, Payment, Profile
from bursar.services import reporting, vault
from bursar.services.due import due
from core.jobs import UserError
from core.models import User
from tests.bursar.made import fee as xml_fee
from tests.bursar.made import user as xml_user
from tests.bursar.made import written
from tests.bursar.services.sent import fee, profile, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield


def told(file: OutFile) -> list[tuple[str, str, int]]:
    fees = export_xml.read(vault.where(file.path), file.name).fees
    return list(zip(fees["user_id"], fees["reference"], fees["amount"].tolist(), strict=True))


def test_what_was_paid_is_told_once() -> None:
    owner = profile()
    one, other = fee(owner), fee(owner, 5_00)
    take(owner, f"01234,{one.reference},4.00,2025-03-05", f"01234,{one.reference},8.00,2025-03-06")
    [file] = reporting.by_file(owner, None)
    assert told(file) == [("01234", one.reference, 1000)]
    assert (file.count, file.amount, file.kind) == (1, 1000, "import")
    assert file.name.startswith(f"{owner.code}-payments-")
    assert not Payment.objects.filter(acknowledged_at=None).exists()
    assert [event.file for event in one.events.filter(kind=FeeEvent.Kind.REPORTED)] == [file]
    assert reporting.by_file(owner, None) == []
    take(owner, f"01234,{other.reference},5.00,2025-03-07", name="next.csv")
    assert [told(each) for each in reporting.by_file(owner, None)] == [[("01234", other.reference, 500)]]


def test_a_fee_is_told_as_it_was_exported(tmp_path: Path) -> None:
    owner = profile()
    one = fee(owner, 12_50, reference="15216075630006761", row=1)
    xml = written(tmp_path, xml_user("01234", xml_fee(itemTitle="Überfällig & spät")))
    path, sha256 = vault.store(xml.read_bytes())
    Export.objects.update(path=path, sha256=sha256)
    take(owner, f"01234,{one.reference},2.50,2025-03-05")
    [file] = reporting.by_file(owner, None)
    fees = export_xml.read(vault.where(file.path), file.name).fees
    source = export_xml.read(xml, xml.name).fees
    assert fees.drop(columns=["amount", "amount_text"]).equals(source.drop(columns=["amount", "amount_text"]))
    assert fees["amount"].tolist() == [250]


def test_what_is_not_used_waits_and_is_told_to_nobody() -> None:
    owner = profile()
    one = fee(owner)
    take(owner, f"01234,{one.reference},12.00,2025-03-05", "01234,NONE,3.00,2025-03-05")
    [file] = reporting.by_file(owner, None)
    assert told(file) == [("01234", one.reference, 1000)]
    assert [(each.row, each.note) for each in reporting.waiting(owner)] == [
        (2, "It is US$2.00 more than is owed."), (3, "No fee has the reference NONE."),
    ]  # fmt: skip


def test_a_payment_that_was_taken_back_cancels_out() -> None:
    owner = profile()
    one = fee(owner)
    take(owner, f"01234,{one.reference},10.00,2025-03-05", f"01234,{one.reference},-10.00,2025-03-06")
    assert reporting.by_file(owner, None) == []
    assert not Payment.objects.filter(acknowledged_at=None).exists()


def test_money_given_back_after_alma_was_told_is_for_a_person() -> None:
    owner = profile()
    one = fee(owner)
    take(owner, f"01234,{one.reference},10.00,2025-03-05")
    reporting.by_file(owner, None)
    take(owner, f"01234,{one.reference},-10.00,2025-03-06", name="back.csv")
    assert reporting.by_file(owner, None) == []
    [held] = due(owner).held
    alice = User.objects.create(username="alice")
    with pytest.raises(UserError, match="Say what was entered in Alma"):
        reporting.told_by_hand(held.payment, alice, " ")
    reporting.told_by_hand(held.payment, alice, "Restored in Alma.")
    assert due(owner).held == []


def test_a_payment_of_several_fees_is_told_wholly_or_not_at_all() -> None:
    owner = profile()
    one, other = fee(owner), fee(owner, 5_00)
    take(owner, "01234,,15.00,2025-03-05", f"01234,{other.reference},-2.00,2025-03-06")
    found = due(owner)
    assert (found.told, found.sums, len(found.held)) == ([], {}, 2)
    assert reporting.by_file(owner, None) == []
    assert one.events.filter(kind=FeeEvent.Kind.REPORTED).count() == 0


def test_fees_that_stay_active_are_not_told_by_a_file() -> None:
    owner = profile(way=Profile.Way.TWO_WAY)
    with pytest.raises(UserError, match="stay active in Alma"):
        reporting.by_file(owner, None)


def test_a_cut_while_telling_leaves_nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = profile()
    one = fee(owner)
    take(owner, f"01234,{one.reference},10.00,2025-03-05")
    with monkeypatch.context() as patch:

        def cut(*args: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(reporting, "_acknowledge", cut)
        with pytest.raises(KeyboardInterrupt):
            reporting.by_file(owner, None)
    assert not OutFile.objects.exists()
    assert [told(each) for each in reporting.by_file(owner, None)] == [[("01234", one.reference, 1000)]]
