"""Whose fee it was is known only as long as it is needed; the figures stay."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from bursar.models import Export, Fee, FeeEvent, OutFile, Payment, PaymentFile
from bursar.services import moves, person, retention, schedule, vault
from bursar.services.moves import Move
from core import audit, jobs
from core.jobs import NullProgress, UserError
from core.models import Event, Job
from tests.bursar.services.campus import somebody, whole


def age(days: int) -> None:
    """Let all that has happened be so old."""
    day = localdate() - timedelta(days=days)
    FeeEvent.objects.update(day=day)
    Export.objects.update(day=day)


def settle(campus) -> None:
    """Let everything be paid."""
    fees = Fee.objects.filter(balance__gt=0)
    moves.make([Move(fee.pk, "paid", localdate(), fee.balance) for fee in fees], None)


@pytest.fixture
def sent(campus):
    campus.arrive(somebody("01234", "12.50", "3"), somebody("09876", "7"))
    campus.run()
    return campus


def test_names_of_settled_fees_go_in_time_and_figures_stay(sent, settings):
    settings.LIBRA_BURSAR_DAYS = 365
    settle(sent)
    files = [vault.where(each.path) for each in (Export.objects.get(), OutFile.objects.get())]
    age(364)
    assert retention.forget(NullProgress()) == "There was nothing to erase."
    age(365)
    assert retention.forget(NullProgress()) == "Names of fees erased: 3. Their figures stay."
    for fee in Fee.objects.all():
        assert (fee.name, fee.title, fee.barcode, fee.reason) == ("", "", "", "")
        assert fee.user_id_text.startswith("erased-")
        assert fee.erased_at
    assert len(set(Fee.objects.values_list("user_id_text", flat=True))) == 2  # of the same person the same
    assert sum(Fee.objects.values_list("amount", flat=True)) == 2250
    whole(sent.profile)
    assert not [path for path in files if path.exists()]
    assert (Export.objects.get().path, OutFile.objects.get().path) == ("", "")
    assert OutFile.objects.get().sha256
    assert audit.as_data(Event.objects.get(kind="bursar.erased"))["fees"] == 3


def test_what_is_owed_keeps_its_name(sent):
    age(10_000)
    retention.forget(NullProgress())
    assert not Fee.objects.exclude(erased_at=None).exists()
    assert vault.where(Export.objects.get().path).exists()


def test_where_alma_closes_what_it_exports_nothing_more_is_awaited(make_campus):
    campus = make_campus(import_active=False)
    campus.arrive(somebody("01234", "12.50"))
    campus.run()
    age(10_000)
    retention.forget(NullProgress())
    assert Fee.objects.get().erased_at


def test_a_fee_whose_name_was_erased_is_not_charged_again(sent):
    settle(sent)
    age(10_000)
    retention.forget(NullProgress())
    sent.arrive(somebody("01234", "12.50", "3"), somebody("09876", "7", "8"), job=2, number="99")
    sent.run()
    assert len(sent.lines()) == 4
    assert Export.objects.first().totals["repeated"]["count"] == 3


def test_a_kept_file_that_two_rows_name_stays_for_the_other(sent):
    settle(sent)
    other = OutFile.objects.get()
    OutFile.objects.filter(pk=other.pk).update(path=Export.objects.get().path)
    Export.objects.update(path="")
    kept = vault.where(OutFile.objects.get().path)
    retention._remove([OutFile.objects.get().path])
    assert kept.exists()


def test_what_a_cut_off_run_left_is_removed(sent, monkeypatch):
    path, _ = vault.store(b"of a run that was rolled back")
    monkeypatch.setattr(vault, "FORGOTTEN", timedelta(0))
    kept = [vault.where(each.path) for each in (Export.objects.get(), OutFile.objects.get())]
    retention.forget(NullProgress())
    assert not vault.where(path).exists()
    assert all(each.exists() for each in kept)


def test_one_person_s_data_are_given_out_and_that_is_recorded(sent, alice):
    told = person.given("01234", alice)
    assert json.loads(json.dumps(told)) == told
    assert (told["names"], len(told["fees"]), told["payments"]) == (["Doe, Jane"], 2, [])
    assert [each["amount"] for each in told["fees"]] == ["12.50", "3.00"]
    assert [each["what"] for each in told["history"][:2]] == ["arrived", "sent"]
    event = Event.objects.get(kind="bursar.person_given")
    assert event.actor == alice
    assert "01234" not in event.data + str(event.subjects)
    with pytest.raises(UserError, match="must be written as in the file"):
        person.given("1234", alice)


def test_one_person_is_erased_when_nothing_is_owed(sent, alice):
    with pytest.raises(UserError, match="2 of this borrower's fees are not settled"):
        retention.erase_person("01234", alice, "Asked for it.")
    settle(sent)
    paid = PaymentFile.objects.create(
        profile=sent.profile, name="paid.csv", sha256="0" * 64, path=vault.store(b"01234")[0], cumulative=False
    )
    fee = Fee.objects.filter(user_id_text="01234").first()
    Payment.objects.create(
        file=paid, row=1, key="k", user_id_text="01234", currency="USD", amount=1250, verdict="exact", fee=fee
    )
    kept = [vault.where(each.path) for each in (Export.objects.get(), OutFile.objects.get(), paid)]
    assert retention.erase_person("01234", alice, "Asked for it.") == 2
    assert not Fee.objects.filter(user_id_text="01234").exists()
    assert not Payment.objects.filter(user_id_text="01234").exists()
    assert Fee.objects.filter(user_id_text="09876", name="Doe, Jane").exists()
    assert not [path for path in kept if path.exists()]  # they name the person too
    event = Event.objects.get(kind="bursar.person_erased")
    assert event.actor == alice
    assert not list(audit.verify())
    with pytest.raises(UserError):
        retention.erase_person("01234", alice, "Asked for it.")


def test_a_file_that_others_fees_still_need_is_not_erased(make_campus, alice):
    campus = make_campus(layout="humboldt", import_active=False)
    campus.arrive(somebody("012345678", "12.50"), somebody("912345678", "7", kind="OTHER"))
    campus.run()
    with pytest.raises(UserError, match="holds fees of others that wait to be sent"):
        retention.erase_person("012345678", alice, "Asked for it.")


def test_it_happens_by_itself_once_a_day(sent):
    settle(sent)
    age(10_000)
    job = schedule.forget()
    assert schedule.forget() is None
    assert jobs.run_now(job).outcome == "Names of fees erased: 3. Their figures stay."
    assert Job.objects.filter(task="bursar.forget").count() == 1
