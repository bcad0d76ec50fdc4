"""Exports taken in, each fee once, and made into files that are delivered."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest

from bursar.formats import analytics
from bursar.models import Arrival, Export, Fee, FeeEvent, OutFile
from bursar.services import again, exporting, ledger, profiles, taking, totals, vault
from core import audit, jobs
from core.models import Event, Job
from tests.bursar.made import fee, user
from tests.bursar.services.campus import somebody, whole

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "bursar" / "samples"
State = Fee.State
shared = pytest.mark.skipif(not SAMPLES.is_dir(), reason="The shared samples are not beside this checkout.")


def by_part(export, currency="USD"):
    """The totals that are not nothing: {part: (count, amount)}."""
    return {
        name: (part["count"], part["amount"].get(currency, 0)) for name, part in export.totals.items() if part["count"]
    }


# --- A run ------------------------------------------------------------------------------------------------------------


def test_a_waiting_export_is_taken_made_and_delivered(campus):
    campus.arrive(somebody("01234", "12.50", "3"), somebody("09876", "0.82"))
    job = campus.run()
    assert job.state == Job.State.DONE
    assert job.outcome == (
        "LIB-1-1700000000001.xml: 3 fees (US$16.32) arrived; 3 fees (US$16.32) charged. "
        f"{next(iter(campus.delivered()))} was delivered: fees 3, US$16.32."
    )
    assert len(campus.lines()) == 3
    assert '09876,"Doe, Jane",INST098760001,OVERDUEFINE' in campus.lines()[2]
    export = Export.objects.get()
    assert export.state == Export.State.DELIVERED
    assert by_part(export) == {"source": (3, 1632), "charges": (3, 1632)}
    assert set(Fee.objects.values_list("state", flat=True)) == {State.TRANSFERRED}
    assert [each.kind for each in Fee.objects.first().events.all()] == ["arrived", "sent"]
    assert FeeEvent.objects.filter(kind="sent", file=OutFile.objects.get()).count() == 3


def test_a_run_again_has_no_effect(campus):
    campus.arrive(somebody("01234", "12.50"))
    campus.run()
    before = campus.delivered()
    job = campus.run()
    assert (job.state, job.outcome) == (Job.State.DONE, "No new file waits.")
    assert campus.delivered() == before
    assert Export.objects.count() == Fee.objects.count() == 1


def test_the_same_bytes_under_another_name_charge_nothing_again(campus):
    path = campus.arrive(somebody("01234", "12.50"))
    campus.run()
    shutil.copy(path, campus.into / "LIB-2-1700000000002.xml")
    job = campus.run()
    assert "LIB-2-1700000000002.xml is LIB-1-1700000000001.xml, taken on" in job.outcome
    assert "nothing is charged again" in job.outcome
    assert len(campus.lines()) == Fee.objects.count() == 1
    assert Arrival.objects.get(name="LIB-2-1700000000002.xml").state == Arrival.State.REPEATED


def test_the_same_content_in_other_bytes_charges_nothing_again(campus):
    campus.arrive(somebody("01234", "12.50", "12.50"), job=1)
    campus.run()
    campus.arrive(somebody("01234", "12.50", "12.50"), job=2, number="99")
    job = campus.run()
    assert "2 fees (US$25.00) arrived; 2 fees (US$25.00) sent before" in job.outcome
    assert len(campus.lines()) == Fee.objects.count() == 2
    assert Export.objects.first().state == Export.State.NOTHING


def test_the_same_name_with_new_content_is_a_new_export(campus):
    campus.arrive(somebody("01234", "12.50"), name="LIB-1-1.xml")
    campus.run()
    campus.arrive(somebody("01234", "12.50", "7"), name="LIB-1-1.xml")
    campus.run()
    assert by_part(Export.objects.first()) == {"source": (2, 1950), "repeated": (1, 1250), "charges": (1, 700)}
    assert len(campus.lines()) == 2
    whole(campus.profile)


def test_a_file_that_went_on_growing_after_it_was_taken_adds_what_is_new(campus):
    one, two = fee("1", reference="A"), fee("2", reference="B")
    campus.arrive(user("01234", one), name="LIB-1-1.xml")
    campus.run()
    campus.arrive(user("01234", one, two), name="LIB-1-1.xml")
    campus.run()
    assert sorted(Fee.objects.values_list("reference", "amount")) == [("A", 100), ("B", 200)]


def test_mit_humboldt_and_uta_stop_when_more_than_one_file_waits(campus):
    """Libra takes them in the order of Alma's jobs, and a credit finds its charge in the file before."""
    charge = fee("12.50", reference="A", itemBarcode="1")
    credit = fee("-12.50", "CREDIT", reference="B", itemBarcode="1", date="02/24/2022 11:44:33")
    campus.arrive(user("01234", credit), job=10)
    campus.arrive(user("01234", charge), job=9)
    campus.run()
    assert [each.name for each in Export.objects.order_by("pk")] == [
        "LIB-9-1700000000009.xml", "LIB-10-1700000000010.xml"
    ]  # fmt: skip
    assert Fee.objects.get(reference="B").reverses == Fee.objects.get(reference="A")


def test_the_order_of_files():
    names = ["LIB-2-1646000000000.xml", "LIB-10-1646000000000.xml", "LIB-1645999999.xml", "LIB-3-1646000000001.xml"]
    seen = [taking.Seen(name, 1, 0) for name in names]
    assert [each.name for each in sorted(seen, key=taking.order)] == [
        "LIB-1645999999.xml", "LIB-2-1646000000000.xml", "LIB-10-1646000000000.xml", "LIB-3-1646000000001.xml"
    ]  # fmt: skip


def test_identical_fees_of_one_file_are_as_many_fees(campus):
    same = fee("12.50", reference="15216075690006761")
    campus.arrive(user("01234", same, same, same))
    campus.run()
    assert Fee.objects.count() == len(campus.lines()) == 3
    assert len(Export.objects.get().problems) == 2  # the repeated id is reported


def test_a_file_of_nothing_new_makes_no_file_and_takes_no_number(campus):
    campus.arrive(somebody("01234", "12.50"), job=1)
    campus.run()
    campus.arrive(somebody("01234", "12.50"), job=2, number="99")
    campus.run()
    campus.profile.refresh_from_db()
    assert campus.profile.sequence == 1
    assert OutFile.objects.count() == 1


def test_files_of_the_same_name_are_told_apart(make_campus):
    campus = make_campus(layout="humboldt")
    campus.arrive(somebody("012345678", "12.50"), job=1)
    campus.arrive(somebody("012345678", "7", start=5), job=2)
    campus.run()
    two, one = campus.delivered()
    assert two == one.replace(".dat", "-2.dat")


# --- What cannot be taken ---------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_read_is_refused_and_the_next_is_taken(campus):
    path = campus.arrive(somebody("01234", "12.50"), name="LIB-1-1.xml")
    path.write_text(path.read_text()[:-30])
    campus.arrive(somebody("01234", "12.50"), job=2)
    job = campus.run()
    assert "LIB-1-1.xml was refused, and nothing of it is stored: The XML breaks off" in job.outcome
    assert Export.objects.count() == 1
    assert campus.run().outcome == "No new file waits."


def test_a_refused_file_is_taken_once_it_is_whole(campus):
    path = campus.arrive(somebody("01234", "12.50"))
    text = path.read_text()
    path.write_text(text[:400])
    campus.run()
    path.write_text(text)
    campus.run()
    assert len(campus.lines()) == 1


def test_an_empty_file_is_refused_with_a_sentence(campus):
    (campus.into / "LIB-1-1.xml").touch()
    assert "LIB-1-1.xml is empty" in campus.run().outcome
    campus.arrive(somebody("01234", "12.50"), name="LIB-1-1.xml")
    campus.run()
    assert len(campus.lines()) == 1


def test_an_identifier_longer_than_any_is_refused(campus):
    campus.arrive(somebody("9" * 101, "12.50"))
    assert "has 101 characters, and no identifier is so long" in campus.run().outcome
    assert not Fee.objects.exists()


def test_a_file_still_being_written_is_left_for_the_next_run(campus, monkeypatch):
    path = campus.arrive(somebody("01234", "12.50"), job=1)
    campus.arrive(somebody("09876", "3"), job=2)
    whole_text = path.read_text()
    path.write_text(whole_text[:300])
    monkeypatch.setattr(taking.time, "sleep", lambda seconds: None)
    waiting = taking.waiting

    def while_it_grows(profile, place, folder):
        return waiting(profile, place, folder, pause=lambda seconds: path.write_text(whole_text[:500]))

    monkeypatch.setattr(exporting.taking, "waiting", while_it_grows)
    job = campus.run()
    assert "is still being written: the next run takes it, and what comes after it" in job.outcome
    assert not Export.objects.exists()
    monkeypatch.setattr(exporting.taking, "waiting", waiting)
    path.write_text(whole_text)
    campus.run()
    assert [each.name for each in Export.objects.order_by("pk")] == [
        "LIB-1-1700000000001.xml", "LIB-2-1700000000002.xml"
    ]  # fmt: skip


def test_a_file_that_changes_while_it_is_fetched_is_left_for_the_next_run(campus, monkeypatch):
    path = campus.arrive(somebody("01234", "12.50"))
    receive = vault.receive

    def grow(name, blocks):
        got = receive(name, blocks)
        path.write_text(path.read_text() + " ")
        return got

    monkeypatch.setattr(vault, "receive", grow)
    assert "changed while it was fetched" in campus.run().outcome
    assert not Export.objects.exists()


def test_files_of_other_profiles_in_the_same_place_are_left_alone(campus):
    profiles.create(
        None, code="LAW", name="Law", connection="campus", output_path="in/", delivery_path="law",
        layout=campus.profile.layout,
    )  # fmt: skip
    campus.arrive(somebody("01234", "12.50"), name="LAW-1-1.xml")
    campus.arrive(somebody("09876", "3"), name="lib-2-2.xml")
    campus.arrive(somebody("09876", "4"), name="other.xml")
    job = campus.run()
    assert "other.xml begins with no profile's code, and several profiles look here: nobody takes it." in job.outcome
    assert [each.name for each in Export.objects.all()] == ["lib-2-2.xml"]


def test_an_inactive_profile_does_not_run(campus):
    profiles.amend(campus.profile, None, export_active=False)
    job = campus.run()
    assert (job.state, job.outcome) == (Job.State.FAILED, "LIB is not active for export. Switch that on first.")


# --- Once, whoever sends it -------------------------------------------------------------------------------------------


def test_a_fee_that_two_profiles_of_a_campus_export_goes_out_once(campus, tmp_path):
    other = profiles.create(
        None, code="CREDITS", name="Credits", connection="campus", output_path="in2", delivery_path="out",
        layout=campus.profile.layout,
    )  # fmt: skip
    (campus.folder / "in2").mkdir()
    campus.arrive(somebody("01234", "12.50"))
    campus.run()
    path = campus.arrive(somebody("01234", "12.50"), job=2, number="5")
    path.rename(campus.folder / "in2" / "CREDITS-2-2.xml")
    campus.profile = other
    assert "sent before" in campus.run().outcome
    assert len(campus.lines()) == 1


def test_another_campus_has_its_own_fees(campus):
    other = profiles.create(
        None, code="NORTH", name="North", campus="North", connection="campus", output_path="in2", delivery_path="out",
        layout=campus.profile.layout,
    )  # fmt: skip
    (campus.folder / "in2").mkdir()
    campus.arrive(somebody("01234", "12.50"))
    campus.run()
    campus.arrive(somebody("01234", "12.50"), job=2).rename(campus.folder / "in2" / "NORTH-1-1.xml")
    campus.profile = other
    campus.run()
    assert len(campus.lines()) == Fee.objects.count() == 2


# --- Credits ----------------------------------------------------------------------------------------------------------


def test_a_credit_takes_its_charge_s_reference_item_type_and_term_from_an_earlier_export(make_campus):
    campus = make_campus(layout="asu")
    campus.arrive(user("1234567890", fee("30", reference="INST1", itemBarcode="1")), job=1)
    campus.run()
    campus.arrive(
        user(
            "1234567890",
            fee("-30", "CREDIT", reference="", itemBarcode="1", date="02/25/2022 01:00:00"),
        ),
        job=2,
    )
    campus.run()
    charge, credit = Fee.objects.order_by("pk")
    assert (credit.reverses, credit.item_type, credit.term) == (charge, charge.item_type, charge.term)
    assert (charge.balance, charge.state, charge.ended) == (0, State.CLOSED, "credited")
    assert (credit.balance, credit.state) == (0, State.CLOSED)
    reversal = next(text for name, text in campus.delivered().items() if name.endswith(".2"))
    assert reversal[62:97].split() == ["Y", "INST1"]


def test_a_partial_and_a_larger_credit(campus):
    campus.arrive(
        user("01234", fee("30", reference="A", itemBarcode="1"), fee("-10", "CREDIT", reference="B", itemBarcode="1")),
        user("09876", fee("30", reference="C", itemBarcode="2"), fee("-40", "CREDIT", reference="D", itemBarcode="2")),
    )
    campus.run()
    stands = {each.reference: (each.balance, each.state) for each in Fee.objects.all()}
    assert stands == {
        "A": (2000, State.TRANSFERRED), "B": (0, State.CLOSED), "C": (0, State.CLOSED), "D": (-1000, State.TRANSFERRED)
    }  # fmt: skip
    assert by_part(Export.objects.get()) == {"source": (4, 1000), "charges": (2, 6000), "reversals": (2, -5000)}


def test_a_credit_that_could_be_of_several_charges_waits_for_a_person(campus, alice):
    campus.arrive(
        user(
            "01234", fee("30", reference="A", itemBarcode="1"), fee("30", reference="B", itemBarcode="1", kind="OTHER"),
            fee("-30", "CREDIT", reference="C", itemBarcode="1"),
        )
    )  # fmt: skip
    campus.run()
    credit = Fee.objects.get(reference="C")
    export = Export.objects.get()
    assert credit.state == State.WAITING
    assert by_part(export) == {"source": (3, 3000), "charges": (2, 6000), "waiting": (1, -3000)}
    assert len(campus.lines()) == 2
    charge = Fee.objects.get(reference="B")
    assert charge in ledger.candidates(credit)
    again.choose(credit, charge, alice)
    job = jobs.run_now(again.start(export, alice))
    assert job.state == Job.State.DONE, job.outcome
    credit.refresh_from_db()
    assert (credit.state, credit.reverses, credit.balance) == (State.CLOSED, charge, 0)
    assert Fee.objects.get(reference="B").balance == 0
    assert Fee.objects.get(reference="A").balance == 3000
    assert len(campus.lines()) == 3
    export.refresh_from_db()
    assert by_part(export) == {"source": (3, 3000), "charges": (2, 6000), "reversals": (1, -3000)}
    with pytest.raises(jobs.UserError, match="does not wait"):
        again.choose(credit, charge, alice)


def test_a_person_can_say_that_a_credit_takes_back_no_charge(campus, alice):
    campus.arrive(
        user(
            "01234", fee("30", reference="A", itemBarcode="1"), fee("30", reference="B", itemBarcode="1", kind="OTHER"),
            fee("-30", "CREDIT", reference="C", itemBarcode="1"),
        )
    )  # fmt: skip
    campus.run()
    again.choose(Fee.objects.get(reference="C"), None, alice)
    jobs.run_now(again.start(Export.objects.get(), alice))
    credit = Fee.objects.get(reference="C")
    assert (credit.state, credit.reverses, credit.balance) == (State.TRANSFERRED, None, -3000)
    assert set(Fee.objects.filter(amount__gt=0).values_list("balance", flat=True)) == {3000}


# --- Set aside --------------------------------------------------------------------------------------------------------


def test_what_is_rejected_is_listed_with_its_reason_and_goes_once_it_can(make_campus, alice):
    campus = make_campus(layout="humboldt")
    campus.arrive(
        somebody("012345678", "12.50"), user("912345678", fee("7", "OTHER", reference="X")), somebody("5", "3")
    )
    campus.run()
    export = Export.objects.get()
    assert by_part(export) == {"source": (3, 2250), "charges": (1, 1250), "rejected": (1, 700), "elsewhere": (1, 300)}
    rejected = Fee.objects.get(state=State.REJECTED)
    assert "No item type is set for a charge “OTHER”" in rejected.reason
    listing = OutFile.objects.get(kind="rejected")
    assert "No item type is set" in vault.where(listing.path).read_text(encoding="utf-8-sig")
    assert len(campus.delivered()) == 1  # neither the list nor what is not on campus goes to student finance
    job = jobs.run_now(again.start(export, alice))
    assert "of 1 set aside, 0 go now" in job.outcome
    profiles.amend(campus.profile, alice, item_types=[profiles.Item("OTHER", "", "+", "300000006999", "Other")])
    job = jobs.run_now(again.start(export, alice))
    assert "of 1 set aside, 1 go now" in job.outcome
    assert [line for text in campus.delivered().values() for line in text.splitlines() if "300000006999" in line]
    rejected.refresh_from_db()
    assert (rejected.state, rejected.reason, rejected.item_type) == (State.TRANSFERRED, "", "300000006999")
    export.refresh_from_db()
    assert by_part(export) == {"source": (3, 2250), "charges": (2, 1950), "elsewhere": (1, 300)}
    whole(campus.profile)
    with pytest.raises(jobs.UserError, match="is set aside"):
        again.start(export, alice)


def test_fees_of_nothing_are_counted_and_listed_and_never_sent(campus):
    campus.arrive(somebody("01234", "12.50", "0", "0.00"))
    campus.run()
    assert by_part(Export.objects.get()) == {"source": (3, 1250), "charges": (1, 1250), "nil": (2, 0)}
    assert Fee.objects.count() == len(campus.lines()) == 1
    assert "nil" in vault.where(OutFile.objects.get(kind="rejected").path).read_text(encoding="utf-8-sig")


def test_currencies_are_kept_apart(campus):
    campus.arrive(somebody("01234", "12.50"), user("01234", fee("7", reference="E", currency="EUR")))
    campus.run()
    one, two = sorted(campus.delivered())
    assert "-USD." in two or "-USD." in one
    assert {(each.currency, each.amount) for each in OutFile.objects.all()} == {("USD", 1250), ("EUR", 700)}
    sent = {event.fee.currency: event.file.currency for event in FeeEvent.objects.filter(kind="sent")}
    assert sent == {"USD": "USD", "EUR": "EUR"}


# --- By hand, and Libra's own exports ---------------------------------------------------------------------------------


def test_a_file_given_by_hand_is_taken_like_any_other(campus, alice):
    path = campus.arrive(somebody("01234", "12.50"))
    content = path.read_bytes()
    path.unlink()
    job = jobs.run_now(taking.upload(campus.profile, "from-a-colleague.xml", io.BytesIO(content), alice))
    assert job.state == Job.State.DONE, job.outcome
    assert len(campus.lines()) == 1
    again_job = jobs.run_now(taking.upload(campus.profile, "once-more.xml", io.BytesIO(content), alice))
    assert "nothing is charged again" in again_job.outcome
    assert not list(vault.where("bursar/staged").iterdir())
    assert Export.objects.get().by == alice


def test_an_upload_whose_job_is_taken_up_again_says_the_same(campus, alice):
    content = campus.arrive(somebody("01234", "12.50")).read_bytes()
    job = taking.upload(campus.profile, "by-hand.xml", io.BytesIO(content), alice)
    first = jobs.run_now(job).outcome
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
    second = jobs.run_now(job)
    assert second.state == Job.State.DONE
    assert second.outcome in first
    assert len(campus.lines()) == 1


def report(*rows):
    headings = "Primary Identifier,Fine Fee Id,Fine Fee Type,Remaining Amount,Transaction Date,User Group,Library Code"
    return ("\n".join([headings, *rows]) + "\n").encode()


def test_libra_selects_fees_by_the_profile_and_writes_alma_s_xml(make_campus, alice):
    campus = make_campus(way="libra", days_before_export=7, minimum=10, institutional=False, libraries=["MAIN"])
    rows = report(
        "01234,F1,Overdue fine,12.50,2022-02-01,Students,MAIN",
        "01234,F2,Overdue fine,1.00,2022-02-01,Students,MAIN",
        "09876,F3,Overdue fine,9.99,2022-02-01,Students,MAIN",
        "09877,F4,Overdue fine,50,2022-02-01,Students,LAW",
    )
    job = jobs.run_now(taking.upload(campus.profile, "fees.csv", io.BytesIO(rows), alice))
    assert job.state == Job.State.DONE, job.outcome
    export = Export.objects.get()
    assert by_part(export, "GBP") == {"source": (4, 7349), "charges": (2, 1350), "staying": (2, 5999)}
    xml = OutFile.objects.get(kind="export")
    read = exporting.converting.read(vault.where(xml.path), xml.name, "USD")
    assert (len(read.fees), read.total, set(read.fees["reference"])) == (2, {"GBP": 1350}, {"F1", "F2"})
    assert xml.name.startswith("LIB-")
    staying = vault.where(OutFile.objects.get(kind="staying").path).read_text(encoding="utf-8-sig")
    assert "come to less than 10" in staying
    assert "LAW" in staying
    assert len(campus.lines()) == 2


def test_a_fee_that_libra_exported_goes_once_whatever_is_left_of_it(make_campus, alice):
    campus = make_campus(way="libra")
    one = report("01234,F1,Overdue fine,12.50,2022-02-01,Students,")
    two = report("01234,F1,Overdue fine,2.50,2022-02-09,Students,", "01234,F2,Overdue fine,4,2022-02-09,Students,")
    jobs.run_now(taking.upload(campus.profile, "monday.csv", io.BytesIO(one), alice))
    jobs.run_now(taking.upload(campus.profile, "tuesday.csv", io.BytesIO(two), alice))
    assert by_part(Export.objects.first(), "GBP") == {"source": (2, 650), "charges": (1, 400), "staying": (1, 250)}
    assert len(campus.lines()) == 2
    whole(campus.profile)


def test_two_way_fees_stay_active(make_campus, alice):
    campus = make_campus(way="two_way")
    rows = report("01234,F1,Overdue fine,12.50,2022-02-01,Students,")
    jobs.run_now(taking.upload(campus.profile, "fees.csv", io.BytesIO(rows), alice))
    assert Fee.objects.get().state == State.ACTIVE
    assert Fee.objects.get().events.filter(kind="sent").exists()


# --- The record, the totals, the samples ------------------------------------------------------------------------------


def test_the_record_tells_of_exports_and_names_no_borrower(campus):
    campus.arrive(somebody("01234", "12.50"))
    campus.run()
    kinds = list(Event.objects.order_by("number").values_list("kind", flat=True))
    assert [kind for kind in kinds if kind.startswith("bursar.")] == [
        "bursar.profile_made", "bursar.export", "bursar.delivered"
    ]  # fmt: skip
    assert not list(audit.verify())
    told = " ".join(event.data + str(event.subjects) for event in Event.objects.all())
    assert "01234" not in told
    assert "Doe" not in told


def test_totals_that_do_not_agree_are_never_stored(campus, monkeypatch):
    campus.arrive(somebody("01234", "12.50", "3"))
    parts_of = exporting.parts_of
    monkeypatch.setattr(
        exporting, "parts_of", lambda made: parts_of(made) | {"charges": {"count": 2, "amount": {"USD": 1549}}}
    )
    job = campus.run()
    assert job.state == Job.State.FAILED
    assert (
        job.outcome
        == "USD: 15.50 came in, but 15.49 have a place. Nothing was stored. Nothing was stored, and nothing sent."
    )
    assert not Export.objects.exists()
    assert not campus.delivered()


@shared
@pytest.mark.shared
def test_the_three_real_exports_go_through_with_their_totals(campus):
    expected = {
        "mit_test.xml": (10, 57972), "princeton_bursar_credit.xml": (4, -10825),
        "willamette_small-charges-2019.xml": (1, 6500),
    }  # fmt: skip
    for name in expected:
        shutil.copy(SAMPLES / name, campus.into / name)
        os.utime(campus.into / name)
    campus.run()
    assert {each.name: by_part(each)["source"] for each in Export.objects.all()} == expected
    whole(campus.profile)


def test_a_sentence_of_totals():
    found = {
        "source": {"count": 3, "amount": {"USD": 900, "EUR": -5}}, "charges": {"count": 2, "amount": {"USD": 900}},
        "reversals": {"count": 1, "amount": {"EUR": -5}},
    }  # fmt: skip
    totals.check(found)
    assert totals.sentence("a.xml", found) == (
        "a.xml: 3 fees (US$9.00 and −€0.05) arrived; 2 fees (US$9.00) charged, 1 fee (−€0.05) taken back."
    )


def test_analytics_reports_are_known_by_their_content(campus, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(report("01234,F1,Overdue fine,12.50,2022-02-01,Students,"))
    assert exporting.converting.read(path, "x", "USD").kind == analytics.KIND
