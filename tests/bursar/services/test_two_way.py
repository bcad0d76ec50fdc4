"""Fees that stay active in Alma: what was paid goes there, what happened there comes here, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bursar.formats.fees import Unreadable
from bursar.models import Fee, FeeEvent, Payment, Profile
from bursar.services import alma_rest, hearing, reporting, returning, settling, telling, two_way, untold
from bursar.services.hearing import News
from core import audit, jobs
from core.jobs import NullProgress, UserError
from core.models import Event, Job, User
from tests.bursar.services.alma_server import KEY, Alma, running
from tests.bursar.services.sent import fee, profile, stands, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def alma(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Alma]:
    settings.DATA_DIR = tmp_path
    settings.BURSAR_CONNECTIONS = {}
    monkeypatch.setattr(alma_rest, "TRIES", 1)
    monkeypatch.setattr(alma_rest, "_waits", lambda: [0.0])
    with running() as server:
        settings.LIBRA_ALMA_URL, settings.ALMA_KEY = server.address, KEY
        yield server


@pytest.fixture
def owner(alma: Alma) -> Profile:
    return profile(way=Profile.Way.TWO_WAY)


@pytest.fixture
def alice() -> User:
    return User.objects.create(username="alice")


def known(alma: Alma, owner: Profile, amount: int = 10_00, **told: Any) -> Fee:
    """A fee that the ledger and Alma have."""
    number = f"F{Fee.objects.count() + 1}"
    made = fee(owner, amount, **{"fee_id": number, **told})
    alma.add(made.user_id_text, number, f"{amount / 100:.2f}", bursar_transaction_id=made.reference)
    return made


def run(owner: Profile) -> Job:
    return jobs.run_now(two_way.start(owner, None))


def left(job: Job) -> list[tuple[str, int, str]]:
    problems = job.result["problems"]
    return [(each["list"], each.get("fee") or each["payment"], each["message"]) for each in problems]


def test_what_happened_in_alma_befalls_the_ledger_once(alma: Alma, owner: Profile) -> None:
    waived, partly, disputed, paid, same = (known(alma, owner) for _ in range(5))
    alma.happen("01234", waived.fee_id, "WAIVE", "10.00", reason={"value": "OTHER"}, comment="Returned.")
    alma.happen("01234", partly.fee_id, "WAIVE", "4.00")
    alma.fees["01234", disputed.fee_id]["status"] = {"value": "INDISPUTE"}
    alma.happen("01234", paid.fee_id, "PAYMENT", "10.00")
    job = run(owner)
    assert job.state == Job.State.DONE, job.outcome
    assert "what happened there: put in dispute 1, paid in Alma 1, waived 2." in job.outcome
    assert [stands(each) for each in (waived, partly, disputed, paid, same)] == [
        ("closed", "waived", 0), ("active", "", 600), ("dispute", "", 1000), ("closed", "paid", 0), ("active", "", 1000)
    ]  # fmt: skip
    assert waived.events.get(kind="waived").note == "In Alma, transaction T1: waived. OTHER Returned."
    alma.fees["01234", disputed.fee_id]["status"] = {"value": "ACTIVE"}
    assert "what happened there: out of dispute 1." in run(owner).outcome
    assert "what happened there: nothing." in run(owner).outcome
    assert FeeEvent.objects.exclude(note="").count() == 5
    assert Event.objects.filter(kind="bursar.heard").count() == 5
    assert not list(audit.verify())


def test_what_alma_waived_or_was_paid_there_is_taken_back_from_the_student_system(alma: Alma, owner: Profile) -> None:
    waived, paid = known(alma, owner), known(alma, owner)
    alma.happen("01234", waived.fee_id, "WAIVE", "4.00")
    alma.happen("01234", paid.fee_id, "PAYMENT", "10.00")
    run(owner)
    going, _ = untold.pending(owner)
    assert [(each.fee, each.amount, each.words) for each in going] == [
        (waived, -4_00, "Waived"), (paid, -10_00, "Paid in Alma")
    ]  # fmt: skip


def test_what_libra_told_alma_stays_as_it_is(alma: Alma, owner: Profile) -> None:
    one = known(alma, owner)
    take(owner, f"01234,{one.reference},4.00,2025-03-05")
    job = run(owner)
    assert "Payments that Alma was told of: 1; not yet: 0." in job.outcome
    assert alma.balance("01234", one.fee_id) == "6.00"
    assert stands(one) == ("active", "", 600)
    alma.happen("01234", one.fee_id, "WAIVE", "6.00")
    run(owner)
    assert stands(one) == ("closed", "waived", 0)
    assert not settling.untold(owner).filter(kind="paid").exists()


def test_what_cannot_be_told_is_listed_each_time_until_a_person_says_it(
    alma: Alma, owner: Profile, alice: User
) -> None:  # fmt: skip
    gone, odd, closed = known(alma, owner), known(alma, owner), known(alma, owner)
    del alma.fees["01234", gone.fee_id]
    alma.happen("01234", odd.fee_id, "BONUS", "1.00")
    alma.fees["01234", closed.fee_id] |= {"balance": 0, "status": {"value": "CLOSED"}}
    for _ in range(2):
        job = run(owner)
        assert [(name, pk) for name, pk, _ in left(job)] == [("unclear", each.pk) for each in (gone, odd, closed)]
        assert "A person must say what happened: fees 3." in job.outcome
    settling.waive(closed, 10_00, "Waived in Alma in 2024.", alice, date(2025, 3, 20))
    assert [pk for _, pk, _ in left(run(owner))] == [gone.pk, odd.pk]


def test_of_fees_that_share_a_reference_none_is_guessed(alma: Alma, owner: Profile) -> None:
    twins = [fee(owner, 10_00, reference="R1"), fee(owner, 10_00, reference="R1")]
    alma.add("01234", "F1", "10.00", bursar_transaction_id="R1")
    alma.happen("01234", "F1", "WAIVE", "4.00")
    assert left(run(owner)) == [("unclear", each.pk, telling.SEVERAL) for each in twins]
    assert [stands(each)[2] for each in twins] == [1000, 1000]


def test_payments_that_alma_takes_less_of_or_refuses_are_listed(alma: Alma, owner: Profile, alice: User) -> None:
    one, refused = known(alma, owner), known(alma, owner, fee_id="NONE")
    take(owner, f"01234,{one.reference},10.00,2025-03-05", f"01234,{refused.reference},10.00,2025-03-05")
    alma.happen("01234", one.fee_id, "WAIVE", "4.00")
    job = run(owner)
    first, second = Payment.objects.order_by("row")
    assert left(job) == [
        ("left", second.pk, "Alma refused it (HTTP 400): Fine not found."),
        ("less", first.pk, "US$6.00 of US$10.00: no more was owed in Alma."),
    ]
    assert list(two_way.refused(owner)) == [second.pk]
    reporting.told_by_hand(second, alice, "Entered at the desk.")
    assert two_way.refused(owner) == {}
    assert reporting.less(owner) == {first.pk: "US$6.00 of US$10.00: no more was owed in Alma."}
    run(owner)
    assert first.pk in reporting.less(owner)  # until a person has seen to it
    reporting.told_by_hand(first, alice, "The bursar gives US$4.00 back.")
    assert reporting.less(owner) == {}
    with pytest.raises(UserError, match="told of this payment before"):
        reporting.told_by_hand(first, alice, "Again.")
    assert left(run(owner)) == []


def test_an_alma_that_is_away_fails_the_job_and_the_next_one_does_it(alma: Alma, owner: Profile) -> None:
    one = known(alma, owner)
    take(owner, f"01234,{one.reference},4.00,2025-03-05")
    alma.bad = [503] * 9
    job = run(owner)
    assert (job.state, left(job)[0][0]) == (Job.State.FAILED, "left")
    alma.bad.clear()
    assert run(owner).state == Job.State.DONE
    alma.bad = [503] * 9
    assert "Alma did not answer" in run(owner).outcome


def test_only_one_job_tells_alma_at_a_time(alma: Alma, owner: Profile) -> None:
    job = two_way.start(owner, None)
    assert two_way.start(owner, None) == job
    sibling = profile(way=Profile.Way.TWO_WAY, campus=owner.campus)
    with pytest.raises(UserError, match="another profile of this student system"):
        two_way.start(sibling, None)
    jobs.run_now(job)
    assert two_way.start(sibling, None) != job


def test_an_import_leads_to_it_and_without_rest_says_what_to_set(alma: Alma, owner: Profile, settings: Any) -> None:
    assert "Alma is told of payments next" in returning.run(owner, None, NullProgress())["outcome"]
    assert Job.objects.get().task == two_way.TASK
    settings.ALMA_KEY = ""
    assert "sets LIBRA_ALMA_URL" in returning.run(owner, None, NullProgress())["outcome"]
    with pytest.raises(UserError, match="do not stay active in Alma"):
        two_way.start(profile(), None)


def test_money_given_back_that_alma_does_not_know_of_is_not_asked_for_twice(alma: Alma, owner: Profile) -> None:
    one = known(alma, owner)
    take(owner, f"01234,{one.reference},10.00,2025-03-05")
    run(owner)
    take(owner, f"01234,{one.reference},-10.00,2025-03-09", name="back.csv")
    assert stands(one) == ("active", "", 1000)
    assert [name for name, *_ in left(run(owner))] == ["left"]  # for a person to enter in Alma, once


class Dead(BaseException):
    """The power has gone."""


def test_cut_off_anywhere_it_is_done_once(
    alma: Alma, owner: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    one, other = known(alma, owner), known(alma, owner)
    take(owner, f"01234,{one.reference},4.00,2025-03-05", f"01234,{other.reference},10.00,2025-03-05")
    alma.happen("01234", one.fee_id, "WAIVE", "5.00")
    asked = alma_rest.Client._ask
    for number in range(12):
        count = [0]

        def ask(self: Any, *said: Any, fatal: int = number, count: list[int] = count) -> Any:
            answer = asked(self, *said)
            count[0] += 1
            if count[0] > fatal:
                raise Dead
            return answer

        monkeypatch.setattr(alma_rest.Client, "_ask", ask)
        try:
            two_way.run(owner, None, NullProgress())
        except Dead:
            continue
        break
    monkeypatch.undo()
    assert [stands(each) for each in (one, other)] == [("active", "", 100), ("closed", "paid", 0)]
    assert (alma.balance("01234", one.fee_id), alma.balance("01234", other.fee_id)) == ("1.00", "0.00")
    assert len(alma.posted()) == 2


def report(folder: Path, *rows: str) -> Path:
    path = folder / "transactions.csv"
    headings = "Fine Fee Id,Fine Fee Transaction Id,Fine Fee Transaction Type,Transaction Note,Transaction Amount"
    path.write_text("\n".join([f"{headings},Fine Fee Status", *rows, ""]), encoding="utf-8-sig")
    return path


def test_a_report_of_transactions_does_it_too(alma: Alma, owner: Profile, tmp_path: Path) -> None:
    one, other = known(alma, owner), known(alma, owner)
    path = report(
        tmp_path, f"{one.fee_id},T1,Fine,,10.00,Active", f"{one.fee_id},T2,Waive,Kindness,-4.00,Active",
        f"{one.fee_id},T3,Payment,\"{telling.OURS}, reference 1.\",-2.00,Active",
        f"{other.fee_id},T4,Fine,,10,In Dispute", "F99,T9,Waive,,1,Closed",
    )  # fmt: skip
    for _ in range(2):
        found = hearing.by_report(owner, path, path.name, None)
        assert (found.fees, found.unclear) == (2, [])
    assert (stands(one), stands(other)) == (("active", "", 600), ("dispute", "", 1000))
    found = hearing.by_report(owner, report(tmp_path, f"{one.fee_id},T2,Waive,,4,Closed"), "closed.csv", None)
    told = "US$0.00 is owed in Alma and US$6.00 here, and what Alma tells does not make up the difference."
    assert found == News(1, unclear=[hearing.Unclear(one.pk, told)])
    with pytest.raises(Unreadable, match="“much” is no amount of USD"):
        hearing.by_report(owner, report(tmp_path, "F1,T1,Waive,,much,"), "x", None)
