"""What is no longer owed of fees that were sent reaches the student system: once, to the cent, tied to its charge."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from django.utils.timezone import localdate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bursar.formats.layout import Item, shipped
from bursar.models import Export, Fee, FeeEvent, OutFile
from bursar.rules.terms import Term
from bursar.services import moves, profiles, retention, reversing, settling, sides, untold
from bursar.services.balances import by_profile_month
from core import audit
from core.jobs import UserError
from core.models import Event, Job
from tests.bursar.services.campus import somebody, whole

DAY = date(2025, 3, 20)


@pytest.fixture
def sent(campus):
    campus.arrive(somebody("01234", "12.50", "3", title="A book"), somebody("09876", "7"))
    campus.run()
    return campus


def one(number: int = 1, user: str = "01234") -> Fee:
    return Fee.objects.get(reference=f"INST{user}{number:04}")


def reversals(campus) -> list[list[str]]:
    """The lines of reversals that student finance got: reference and amount."""
    cells = [line.split(",") for line in campus.lines()]
    return [line for line in cells if any(cell.startswith("-") for cell in line)]


def counts(parts) -> dict[str, int]:
    return {name: part["count"] for name, part in parts.items() if part["count"]}


def test_what_was_waived_and_written_off_goes_with_the_next_run_and_only_once(sent, alice):
    settling.waive(one(), 2_50, "Returned late by post.", alice, DAY)
    settling.write_off(one(), 10_00, "Too old.", alice, DAY)
    settling.waive(one(2), 1_00, "Kindness.", alice, DAY)
    job = sent.run()
    assert job.state == Job.State.DONE, job.outcome
    assert "something is taken back 2 (−US$13.50): waived 2, written off 1." in job.outcome
    export = Export.objects.get(kind=reversing.KIND)
    assert job.result["url"] == f"/bursar/exports/{export.code}/"
    assert [("-12.50" in line, "-1.00" in line) for line in reversals(sent)] == [(True, False), (False, True)]
    assert counts(export.totals) == {"source": 2, "reversals": 2}
    assert counts(reversing.origins(export)) == {"waived": 2, "written_off": 1}
    assert set(one().events.exclude(kind="arrived").values_list("file__export__kind", flat=True)) == {
        "bursar_export", reversing.KIND
    }  # fmt: skip
    sent.run()
    assert Export.objects.filter(kind=reversing.KIND).count() == 1
    assert not settling.untold(sent.profile)
    assert not list(audit.verify())


def test_a_reversal_takes_item_type_term_and_reference_of_its_charge(make_campus, alice):
    campus = make_campus(layout="asu")
    campus.arrive(somebody("0123456789", "12.50"))
    campus.run()
    charge = Fee.objects.get()
    settling.waive(charge, 4_00, "Kindness.", alice, DAY)
    campus.run()
    file = OutFile.objects.get(export__kind=reversing.KIND)
    told = campus.delivered()[file.name]
    assert (file.count, file.amount) == (1, -4_00)
    for part in (charge.user_id_text, charge.item_type, charge.term, charge.reference):
        assert part in told


def test_what_alma_exports_and_what_was_waived_leave_the_balances_as_they_are(sent, alice):
    settling.waive(one(), 2_50, "Kindness.", alice, localdate())
    period = f"{localdate():%Y-%m}"
    before = by_profile_month(sent.profile, period).total().to_dict("records")
    told = sides.beside(by_profile_month(sent.profile, period))
    assert (told["cause_student"] != "").sum() == 1
    sent.run()
    assert by_profile_month(sent.profile, period).total().to_dict("records") == before
    told = sides.beside(by_profile_month(sent.profile, period))
    assert not (told["cause_student"] != "").any()
    whole(sent.profile)


def test_what_no_file_can_say_is_listed_until_student_finance_was_told_by_hand(sent, alice):
    settling.dispute(one(), "Says it was returned.", alice, DAY)
    settling.dispute(one(2), "Says so too.", alice, DAY)
    settling.restore(one(2), "It was not.", alice, DAY)
    sent.run()
    going, left = untold.pending(sent.profile)
    assert going == []
    assert [(each.fee, each.reason) for each in left] == [(one(), untold.DISPUTE)]
    export = reversing.told_by_hand(sent.profile, alice)
    assert counts(export.totals) == {"source": 1, "rejected": 1}
    assert counts(reversing.origins(export)) == {"disputed": 1}
    assert untold.pending(sent.profile) == ([], [])
    settling.restore(one(), "It was not.", alice, DAY)
    assert [each.reason for each in untold.pending(sent.profile)[1]] == [untold.RESTORED]
    assert Event.objects.filter(kind="bursar.export").count() == 2
    reversing.told_by_hand(sent.profile, alice)
    with pytest.raises(UserError, match="nothing that student finance must be told"):
        reversing.told_by_hand(sent.profile, alice)


def test_a_layout_without_reversals_says_so(sent, alice):
    toml = sent.profile.layout.replace("all = ", "charges = ")
    profiles.amend(sent.profile, None, layout=toml)
    sent.profile.refresh_from_db()
    settling.waive(one(), 2_50, "Kindness.", alice, DAY)
    assert "fees 1, listed" not in sent.run().outcome  # nothing happened, so there is no news
    [left] = untold.pending(sent.profile)[1]
    assert (left.amount, left.reason) == (-2_50, "The layout has no file for reversals.")


def test_what_was_never_sent_is_not_taken_back_and_who_is_erased_is_named_nowhere(sent, alice):
    fee = one(user="09876")
    settling.waive(fee, 7_00, "Kindness.", alice, DAY)
    with pytest.raises(UserError, match="student finance was not told yet"):
        retention.erase_person("09876", alice, "Asked for it.")
    sent.run()
    retention.erase_person("09876", alice, "Asked for it.")
    assert not any(each.path for each in OutFile.objects.filter(export__kind=reversing.KIND))


@pytest.mark.parametrize("code", sorted(shipped()))
def test_each_shipped_layout_takes_back_what_was_waived(make_campus, alice, code):
    campus = make_campus(layout=code)
    every = [Item("", sign=sign, item_type="LIB", label="Library") for sign in "+-"]
    profiles.amend(campus.profile, None, item_types=every, calendar=[Term("2252", date(2000, 1, 1), date(2050, 1, 1))])
    campus.arrive(somebody("0123456789" if code == "utarlington" else "012345678", "12.50"))
    campus.run()
    charge = Fee.objects.get()
    assert charge.events.filter(kind="sent").exists(), charge.reason
    settling.waive(charge, 4_00, "Kindness.", alice, DAY)
    campus.run()
    file = OutFile.objects.exclude(kind="rejected").get(export__kind=reversing.KIND)
    assert (file.count, file.amount) == (1, -4_00)
    assert charge.user_id_text in campus.delivered()[file.name]
    assert untold.pending(campus.profile) == ([], [])
    whole(campus.profile)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["waived", "written_off", "paid", "disputed", "restored", "run"]),
            st.integers(0, 2), st.integers(1, 900),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_whatever_is_waived_is_told_once_and_to_the_cent(sent, steps):
    """Waived in any order and portions, with runs in between: charges less reversals are what is owed or was paid."""
    with transaction.atomic():
        for kind, which, amount in [*steps, ("run", 0, 0)]:
            fee = Fee.objects.order_by("pk")[which]
            if kind == "run":
                assert sent.run().state == Job.State.DONE
            elif (kind == "disputed" and fee.state == "transferred") or (kind == "restored" and fee.state == "dispute"):
                moves.make([moves.Move(fee.pk, kind, DAY)], None)
            elif kind in ("waived", "written_off", "paid") and fee.balance:
                moves.make([moves.Move(fee.pk, kind, DAY, min(amount, fee.balance), "By a test.")], None)
        assert not settling.untold(sent.profile).exclude(amount=0)
        back = FeeEvent.objects.filter(kind__in=("waived", "written_off"))
        assert all(each.file.export.kind == reversing.KIND for each in back)
        files = OutFile.objects.filter(export__kind=reversing.KIND)
        assert sum(files.values_list("amount", flat=True)) == sum(back.values_list("amount", flat=True))
        paid = sum(FeeEvent.objects.filter(kind="paid").values_list("amount", flat=True))
        owed = sum(Fee.objects.values_list("balance", flat=True))
        assert sum(OutFile.objects.exclude(kind="rejected").values_list("amount", flat=True)) == owed - paid
        whole(sent.profile)
        for each in Export.objects.filter(kind=reversing.KIND):
            origins = reversing.origins(each).values()
            assert each.totals["source"]["amount"] == {"USD": sum(part["amount"]["USD"] for part in origins)}
        transaction.set_rollback(True)
    for path in sent.out.iterdir():
        if not OutFile.objects.filter(name=path.name).exists():
            path.unlink()
