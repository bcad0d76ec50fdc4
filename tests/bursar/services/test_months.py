"""A profile's month: its queue is worked to nil, two people sign it, and then nothing of it changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils.timezone import localdate

from bursar.models import AlmaFee, Answer, Fee, FeeEvent, Month, Profile, Signature
from bursar.services import (
    answering,
    balances,
    entering,
    month_asking,
    months,
    reporting,
    retention,
    settling,
    signing,
)
from bursar.services.person import given
from core import audit, jobs
from core.jobs import NullProgress, UserError
from core.models import Event, User
from core.roles import ADMINISTRATOR, BURSAR
from tests.bursar.services.alma_server import KEY, running
from tests.bursar.services.sent import DAY, fee, profile, take
from tests.conftest import person

pytestmark = pytest.mark.django_db
MARCH, APRIL = "2025-03", "2025-04"
REPORT = "Primary Identifier,Bursar Transaction Id,Fine Fee Type,Remaining Amount,Transaction Date"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.DATA_DIR = tmp_path
    yield tmp_path


@pytest.fixture
def alice() -> User:
    return person("alice", BURSAR)


@pytest.fixture
def bob() -> User:
    return person("bob", BURSAR)


@pytest.fixture
def charlie() -> User:
    return person("charlie", ADMINISTRATOR)


@pytest.fixture
def lay(folder: Path, alice: User) -> Any:
    """Lays a report of Alma's beside a month: fees, and what is still owed of each there."""

    def laid(owner: Profile, *fees: tuple[Fee, str], period: str = MARCH, day: date = date(2025, 4, 2)) -> Month:
        rows = [f"{each.user_id_text},{each.reference},OVERDUEFINE,{amount},03/01/2025" for each, amount in fees]
        path = folder / "report.csv"
        path.write_text("\n".join([REPORT, *rows, ""]), encoding="utf-8")
        return months.lay(owner, period, "open fees.csv", path, day, alice)

    return laid


def asked(owner: Profile, period: str = MARCH) -> list[tuple[str, str, int]]:
    return [(each.side, each.cause, each.amount) for each in months.standing(owner, period).unanswered]


def answer(owner: Profile, user: User, verdict: str = "accepted", period: str = MARCH) -> list[Answer]:
    keys = [each.key for each in months.standing(owner, period).unanswered]
    return answering.answer(owner, period, keys, verdict, "Seen to.", user)


def closed(owner: Profile, first: User, second: User, period: str = MARCH) -> dict[str, Any]:
    signing.sign(owner, period, first, "Without Alma's report.")
    return signing.sign(owner, period, second).figures


def frozen(owner: Profile, period: str = MARCH) -> list[Any]:
    found = balances.by_profile_month(owner, period)
    return [found.fees[["fee", *balances.PARTS]].values.tolist(), found.by("library").values.tolist()]


def test_the_queue_says_what_to_do_and_is_worked_to_nil(alice: User, lay: Any) -> None:
    owner = profile()
    gone, more = fee(owner), fee(owner)
    take(owner, "01234,NONE,3.00,2025-03-06")
    lay(owner, (more, "12.00"))
    assert asked(owner) == [("student", "unplaced", -300), ("alma", "gone", -1000), ("alma", "unknown", 200)]
    first, *rest = months.standing(owner, MARCH).queue
    assert (first.about.todo[:16], first.said) == ("Find its fee in ", "No fee has the reference NONE.")
    with pytest.raises(UserError, match="Say to whom it goes"):
        answering.answer(owner, MARCH, [first.key], "handed_on", " ", alice)
    answering.answer(owner, MARCH, [first.key], "handed_on", "To student finance: give it back.", alice)
    answering.answer(owner, MARCH, [each.key for each in rest], "accepted", "Waived there.", alice)
    assert asked(owner) == []
    told = audit.as_data(Event.objects.filter(kind="bursar.answered").latest("number"))
    assert [each["cause"] for each in told["bursar_answers"]] == ["gone", "unknown"]
    assert "Waived there" not in str(told) and gone.pk in [each["fee_id"] for each in told["bursar_answers"]]


def test_an_answer_lapses_when_the_figures_change(alice: User, lay: Any) -> None:
    owner = profile()
    one = fee(owner)
    lay(owner, (one, "12.00"))
    [given] = answer(owner, alice)
    lay(owner, (one, "12.00"))
    assert asked(owner) == []
    lay(owner, (one, "13.00"))
    [open_] = months.standing(owner, MARCH).queue
    assert (open_.answer, open_.before, open_.amount) == (None, given, 300)
    with pytest.raises(UserError, match="figures of 1 of them are others by now"):
        answering.answer(owner, MARCH, [given.key], "accepted", "Again.", alice)


def test_what_was_accepted_stays_so_in_the_next_month_and_what_was_handed_on_is_asked_again(
    alice: User, lay: Any
) -> None:
    owner = profile()
    one, other = fee(owner), fee(owner)
    for period, day in ((MARCH, date(2025, 4, 2)), (APRIL, date(2025, 5, 2))):
        lay(owner, (one, "12.00"), (other, "15.00"), period=period, day=day)
    small = [each.key for each in months.standing(owner, MARCH).queue if each.fee == one.pk]
    answering.answer(owner, MARCH, small, "accepted", "Rounded there.", alice)
    answer(owner, alice, "handed_on")
    assert asked(owner) == []
    assert asked(owner, APRIL) == [("alma", "unknown", 500)]
    [open_] = months.standing(owner, APRIL).unanswered
    assert open_.before and open_.before.verdict == "handed_on"


def test_an_answer_is_taken_back_and_the_question_is_open_again(alice: User, lay: Any) -> None:
    owner = profile()
    lay(owner, (fee(owner), "12.00"))
    [given] = answer(owner, alice)
    answering.withdraw(owner, MARCH, given.pk, alice)
    assert len(asked(owner)) == 1
    with pytest.raises(UserError, match="taken back in the meantime"):
        answering.withdraw(owner, MARCH, given.pk, alice)


def test_what_happened_between_the_month_s_end_and_alma_s_report_explains_itself(alice: User, lay: Any) -> None:
    owner = profile()
    paid, later, told = fee(owner), fee(owner), fee(owner)
    settling.waive(paid, 4_00, "Returned.", alice, date(2025, 4, 1))
    stranger = Fee(user_id_text="99999", reference="NEW")
    elsewhere = fee(profile())
    lay(owner, (paid, "6.00"), (later, "10.00"), (told, "10.00"), (stranger, "0.00"), (elsewhere, "10.00"))
    assert asked(owner) == []
    take(owner, f"01234,{told.reference},4.00,2025-03-06")
    assert asked(owner) == [("alma", "untold", 400)]
    reporting.by_file(owner, alice)
    assert asked(owner) == [("alma", "told_since", 400)]


def test_alma_is_asked_by_rest_of_the_month_s_users_and_of_nobody_else(alice: User, settings: Any) -> None:
    owner = profile(way="two_way")
    one, settled = fee(owner, fee_id="F1"), fee(owner, user_id_text="77777")
    settling.waive(settled, 10_00, "Returned.", alice, DAY)
    with running() as alma:
        settings.LIBRA_ALMA_URL, settings.ALMA_KEY = alma.address, KEY
        alma.add("01234", "F1", "8.00")
        job = jobs.run_now(month_asking.start(owner, APRIL, alice))
        assert {path.split("/users/")[1].split("/")[0] for _, path, _ in alma.asked} == {one.user_id_text}
    assert job.outcome == "Open in Alma: fees 1, of 1 users of April 2025 who were asked for."
    assert asked(owner, APRIL) == [("alma", "less", -200), ("student", "unheard", 1000)]
    with running() as alma:
        settings.LIBRA_ALMA_URL = alma.address
        alma.bad.append(400)
        failed = jobs.run_now(month_asking.start(owner, MARCH, alice))
    assert "Nothing was laid beside March 2025." in failed.outcome
    assert months.alma(months.find(owner, MARCH)) is None


def test_two_people_sign_and_the_figures_are_written_down(alice: User, bob: User, lay: Any) -> None:
    owner = profile()
    one = fee(owner)
    lay(owner, (one, "10.00"))
    first = signing.sign(owner, MARCH, alice, "Looked at all of it.")
    assert months.stands(first.month) == "prepared by alice"
    with pytest.raises(UserError, match="You prepared March 2025 yourself"):
        signing.sign(owner, MARCH, alice)
    with pytest.raises(UserError, match="March 2025 is prepared by alice by now"):
        signing.sign(owner, MARCH, bob, meant="prepared")
    with pytest.raises(UserError, match="The figures changed since you opened this page"):
        signing.sign(owner, MARCH, bob, seen="0" * 64)
    second = signing.sign(owner, MARCH, bob, meant="reviewed", seen=first.digest)
    assert (second.digest, second.figures) == (first.digest, first.figures)
    assert second.figures["totals"] == [
        {"currency": "USD", "opening": 0, "exported": 1000, "credited": 0, "paid": 0, "waived": 0, "written_off": 0,
         "outstanding": 1000, "fees": 1},
    ]  # fmt: skip
    assert second.figures["sides"] == {"USD": {"libra": 1000, "alma": 1000, "student": 1000}}
    assert one.user_id_text not in str(second.figures)
    assert months.stands(second.month) == "signed off"
    assert months.stands(months.find(owner, "2025-02")) == "closed with March 2025"
    kinds = Event.objects.filter(kind__startswith="bursar.month").values_list("kind", flat=True)
    assert list(kinds) == ["bursar.month_prepared", "bursar.month_signed_off"]
    with pytest.raises(UserError, match="March 2025 is signed off"):
        signing.sign(owner, MARCH, bob)


def test_what_keeps_a_month_from_being_signed(alice: User, bob: User, lay: Any) -> None:
    owner = profile()
    with pytest.raises(UserError, match="Nothing was sent by the end of March 2025"):
        signing.sign(owner, MARCH, alice)
    one = fee(owner)
    this = f"{localdate():%Y-%m}"
    with pytest.raises(UserError, match="is not over: it can be signed from 1 "):
        signing.sign(owner, this, alice, "Early.")
    with pytest.raises(UserError, match=r"Alma's report was not laid beside the month\. Say in the note"):
        signing.sign(owner, MARCH, alice)
    lay(owner, (one, "12.00"))
    with pytest.raises(UserError, match="1 difference is not answered yet"):
        signing.sign(owner, MARCH, alice)
    seen = signing.offered(months.standing(owner, MARCH))
    answer(owner, alice)
    with pytest.raises(UserError, match="The figures changed since you opened this page"):
        signing.sign(owner, MARCH, alice, seen=seen)
    with pytest.raises(PermissionDenied):
        signing.sign(owner, MARCH, person("nobody"))
    signing.sign(owner, MARCH, alice, seen=signing.offered(months.standing(owner, MARCH)))
    with pytest.raises(UserError, match="March 2025 is prepared, and not reviewed yet"):
        signing.sign(owner, APRIL, alice, "Early.")
    signing.sign(owner, MARCH, bob)
    with pytest.raises(UserError, match="April 2025 comes first"):
        signing.sign(owner, "2025-05", alice, "Early.")
    with pytest.raises(UserError, match="closed with March 2025"):
        signing.sign(owner, "2025-02", alice, "Late.")


def test_what_comes_late_for_a_signed_month_counts_from_the_first_open_day(alice: User, bob: User) -> None:
    owner = profile()
    one, other = fee(owner), fee(owner, 5_00)
    before, kept = closed(owner, alice, bob), frozen(owner)
    take(owner, f"01234,{one.reference},4.00,2025-03-05", f"01234,{other.reference},5.00,2025-02-20")
    settling.waive(one, 1_00, "Returned.", alice, date(2025, 3, 31))
    late = FeeEvent.objects.filter(kind__in=("paid", "waived")).order_by("pk")
    assert {each.day for each in late} == {date(2025, 4, 1)}
    assert [each.note for each in late] == [
        "paid.csv, row 3. It happened on 20 February 2025; that month is signed.",
        "paid.csv, row 2. It happened on 5 March 2025; that month is signed.",
        "Returned. It happened on 31 March 2025; that month is signed.",
    ]
    assert frozen(owner) == kept
    assert balances.by_profile_month(owner, APRIL).total()["paid"].tolist() == [900]
    assert before["totals"][0]["outstanding"] == 1500
    assert not list(signing.check())


def test_all_that_happens_to_fees_is_entered_by_one_door() -> None:
    written = re.compile(r"FeeEvent\.objects\.(bulk_)?create|events\.(bulk_)?create\(|event\.save\(")
    modules = Path(entering.__file__).parents[1].rglob("*.py")
    assert [each.name for each in modules if written.search(each.read_text())] == ["entering.py"]


def test_from_the_first_signature_on_the_month_is_closed_and_taking_it_back_opens_it(alice: User, bob: User) -> None:
    owner = profile()
    one = fee(owner)
    signing.sign(owner, MARCH, alice, "Without Alma's report.")
    with pytest.raises(UserError, match="March 2025 is prepared by alice"):
        answering.answer(owner, MARCH, ["x"], "accepted", "Why.", alice)
    assert settling.waive(one, 1_00, "Returned.", alice, DAY).day == date(2025, 4, 1)
    with pytest.raises(PermissionDenied):
        signing.take_back(owner, MARCH, bob)
    signing.take_back(owner, MARCH, alice)
    assert settling.waive(one, 1_00, "Returned.", alice, DAY).day == DAY
    assert [each.withdrawn_by for each in signing.history(months.find(owner, MARCH))] == [alice]


def test_an_administrator_opens_the_last_month_again_with_a_reason(alice: User, bob: User, charlie: User) -> None:
    owner = profile()
    one = fee(owner)
    closed(owner, alice, bob)
    closed(owner, bob, alice, APRIL)
    with pytest.raises(PermissionDenied):
        signing.reopen(owner, APRIL, alice, "A mistake.")
    with pytest.raises(UserError, match="Say why the month is opened again"):
        signing.reopen(owner, APRIL, charlie, " ")
    with pytest.raises(UserError, match="April 2025 is signed and builds on March 2025"):
        signing.reopen(owner, MARCH, charlie, "A mistake.")
    signing.reopen(owner, APRIL, charlie, "A mistake.")
    assert [each.withdrawn_reason for each in Signature.objects.exclude(withdrawn_at=None)] == ["A mistake."] * 2
    assert settling.waive(one, 1_00, "Returned.", alice, date(2025, 4, 5)).day == date(2025, 4, 5)
    assert next(months.waiting(owner)) == APRIL
    assert entering.closed_until(owner.pk) == date(2025, 3, 31)


def test_figures_changed_behind_libra_s_back_are_found(alice: User, bob: User) -> None:
    owner = profile()
    one = fee(owner)
    signing.sign(owner, MARCH, alice, "Without Alma's report.")
    FeeEvent.objects.create(fee=one, kind="waived", amount=-100, day=DAY)
    Fee.objects.update(balance=900)
    with pytest.raises(UserError, match="The figures are not those that were prepared"):
        signing.sign(owner, MARCH, bob)
    assert [each.said for each in signing.check()] == [
        f"The ledger has other figures of March 2025 of {owner.code} than were signed."
    ]
    Signature.objects.update(digest="0" * 64)
    assert "The record tells of other figures" in next(signing.check()).said


def test_alma_s_report_and_reasons_name_nobody_longer_than_they_may(alice: User, lay: Any, settings: Any) -> None:
    settings.LIBRA_BURSAR_DAYS = 365
    owner = profile()
    one, stranger = fee(owner, balance=10_00), Fee(user_id_text="99999", reference="OTHER")
    lay(owner, (one, "12.00"), (stranger, "3.00"))
    answer(owner, alice)
    old = localdate() - timedelta(days=365)
    Month.objects.update(alma_at=f"{old}T00:00Z")
    Answer.objects.update(at=f"{old}T00:00Z")
    retention.forget(NullProgress())
    named = AlmaFee.objects.order_by("row").values_list("user_id_text", flat=True)
    assert named[0] == "01234"  # still owes the fee
    assert named[1].startswith("erased-")
    assert sorted(Answer.objects.values_list("reason", flat=True)) == ["", "Seen to."]


def test_one_whom_only_alma_s_report_names_is_told_and_erased_too(alice: User, lay: Any) -> None:
    owner = profile()
    lay(owner, (Fee(user_id_text="99999", reference="OTHER"), "3.00"))
    answer(owner, alice)
    report, said = given("99999", alice)["months"]
    assert (report["report"], report["owed_in_alma"], said["reason"]) == ("open fees.csv", "3.00", "Seen to.")
    assert retention.erase_person("99999", alice, "Asked for it.") == 0
    assert AlmaFee.objects.get().user_id_text.startswith("erased-")
    assert Answer.objects.get().reason == ""


def test_the_months_that_wait_are_those_that_are_over(alice: User, bob: User) -> None:
    owner = profile()
    assert list(months.waiting(owner)) == []
    fee(owner)
    waiting = list(months.waiting(owner))
    assert waiting[0] == MARCH and waiting[-1] < f"{localdate():%Y-%m}"
    closed(owner, alice, bob)
    assert list(months.waiting(owner)) == waiting[1:]
