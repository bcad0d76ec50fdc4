"""Two people sign a month off: figures stand still from the first signature on, and nobody does both."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils.timezone import now

from core import audit, jobs
from core.jobs import NullProgress, UserError
from core.models import Job, User
from reconcile.models import Group, Month, Run, SignOff, SourceFile
from reconcile.services import deciding, intake, pack, replay, rules, runs, signoff
from reconcile.services.signed_figures import open_items, unexplained
from tests.conftest import person

from .conftest import ALMA, APRIL, MARCH, ORACLE, TakeIn, Upload, alma_row, oracle_row
from .test_deciding import FILES, holding

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(take_in: TakeIn) -> Run:
    """A month with each kind of open item."""
    return take_in(FILES, "2025-03")


@pytest.fixture
def prepared(run: Run, alice: User) -> SignOff:
    return signoff.prepare(run, alice, "All looked at.")


@pytest.fixture
def signed(prepared: SignOff, bob: User) -> SignOff:
    return signoff.review(prepared, bob, "Agreed.")


def state(run: Run) -> str:
    return Month.objects.get(pk=run.month_id).state


def true_to_the_record() -> bool:
    return list(audit.verify()) == [] and all(not list(check()) for check in audit.checks())


# --- Two names --------------------------------------------------------------------------------------------------------


def test_the_preparer_signs_the_figures_as_they_stand(run: Run, prepared: SignOff, alice: User) -> None:
    assert (state(run), prepared.prepared_by, prepared.prepared_comment) == ("prepared", alice, "All looked at.")
    told = prepared.figures
    assert (told["alma_total"], told["oracle_total"], told["lines"]) == (run.alma_total, run.oracle_total, run.lines)
    assert told["files"][0]["sha256"] == SourceFile.objects.get(name="alma.csv").sha256
    event = audit.about("month:2025-03").last()
    assert event.kind == "month.prepared" and audit.as_data(event)["figures"] == told
    assert signoff.where(prepared.month) == "in work" and signoff.where(Month.objects.get()) == "prepared by alice"
    assert replay.replay() == replay.stored() and true_to_the_record()


def test_somebody_else_reviews_and_the_month_is_signed_off(run: Run, signed: SignOff, bob: User) -> None:
    assert (state(run), signed.reviewed_by, signed.reviewed_comment) == ("signed_off", bob, "Agreed.")
    assert audit.about("month:2025-03").last().kind == "month.signed_off"
    assert replay.replay() == replay.stored() and true_to_the_record()


def test_nobody_does_both(run: Run, bob: User, manager: User) -> None:
    prepared = signoff.prepare(run, bob, "x")
    with pytest.raises(UserError, match="You prepared March 2025 yourself"):
        signoff.review(prepared, bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        SignOff.objects.filter(pk=prepared.pk).update(reviewed_by=bob)
    assert state(run) == "prepared"
    signoff.review(prepared, manager)
    assert state(run) == "signed_off"


def test_who_decided_may_sign(run: Run, alice: User) -> None:
    deciding.alone(run, [holding(run, "E-5001").number], alice, cause="paid_outside_oracle", comment="By card.")
    prepared = signoff.prepare(Run.objects.get(), alice, "x")
    assert prepared.decisions[0]["comment"] == "By card." and prepared.figures["decisions"]["number"] == 1


@pytest.mark.parametrize("who", ["charlie", "manager"])
def test_only_who_may_sign_prepares(run: Run, request: pytest.FixtureRequest, who: str) -> None:
    with pytest.raises(PermissionDenied, match="may not sign a month as its preparer"):
        signoff.prepare(run, request.getfixturevalue(who))
    assert state(run) == "open"


def test_only_who_may_review_reviews(prepared: SignOff, charlie: User) -> None:
    with pytest.raises(PermissionDenied, match="may not review a month"):
        signoff.review(prepared, charlie)


def test_a_month_has_one_sign_off_that_stands(run: Run, prepared: SignOff, bob: User) -> None:
    with pytest.raises(UserError, match="March 2025 is prepared by alice"):
        signoff.prepare(run, bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        SignOff.objects.create(
            month=run.month, run=run, figures={}, digest="", decisions=[], prepared_by=bob, prepared_at=now()
        )


# --- What must be done first ------------------------------------------------------------------------------------------


def test_what_is_open_is_listed_with_its_causes_and_amounts(run: Run, take_in: TakeIn) -> None:
    held = {(each.reason, each.carried): (each.groups, each.difference) for each in open_items(run)}
    assert held[("suggested", False)] == (2, -3000) and held[("differs", False)][0] == 1
    assert (
        sum(groups for groups, _ in held.values()) == Group.objects.filter(run=run).exclude(outcome="matched").count()
    )
    april = take_in(APRIL, "2025-04")
    assert any(each.carried for each in open_items(april))


def test_what_has_no_known_cause_needs_a_comment_above_the_threshold(run: Run, alice: User, settings: Any) -> None:
    assert unexplained(run) == 321
    with pytest.raises(UserError, match=r"£3\.21 are without a known cause"):
        signoff.prepare(run, alice, "  ")
    settings.LIBRA_MATERIALITY = 321
    assert signoff.prepare(run, alice).prepared_comment == ""


def test_amounts_without_a_cause_do_not_cancel_each_other(take_in: TakeIn) -> None:
    files = {
        "alma.csv": ALMA
        + alma_row("A-1", "10.00", "12/03/2025")
        + alma_row("A-2", "20.00", "13/03/2025", po="70002222"),
        "oracle.csv": ORACLE
        + oracle_row("A-1", "13.21", "12/03/2025")
        + oracle_row("A-2", "16.79", "13/03/2025", po="70002222"),
    }
    run = take_in(files, "2025-03")
    assert (run.unexplained, unexplained(run)) == (0, 642)


def test_figures_that_changed_since_they_were_seen_are_not_signed(run: Run, alice: User) -> None:
    _, seen = signoff.offered(run)
    deciding.alone(run, [holding(run, "E-5001").number], alice, cause="paid_outside_oracle", comment="By card.")
    with pytest.raises(UserError, match="figures changed since you opened this page"):
        signoff.prepare(run, alice, "x", seen=seen)
    _, seen = signoff.offered(Run.objects.get())
    assert signoff.prepare(run, alice, "x", seen=seen)


def test_an_older_run_is_not_signed(run: Run, alice: User) -> None:
    runs.reconcile_month("2025-03", rules.rules(), None, NullProgress())
    with pytest.raises(UserError, match="reconciled again in the meantime: run 2 stands now"):
        signoff.prepare(run, alice, "x")


def test_a_month_that_an_earlier_one_overtook_is_reconciled_again_first(take_in: TakeIn, alice: User) -> None:
    take_in(MARCH, "2025-03")
    april = take_in(APRIL, "2025-04")
    runs.reconcile_month("2025-03", rules.rules(), None, NullProgress())
    with pytest.raises(UserError, match="March 2025 was reconciled after April 2025"):
        signoff.prepare(april, alice, "x")


def test_files_that_wait_for_the_month_are_taken_in_or_thrown_away_first(run: Run, upload: Upload, alice: User) -> None:
    late = upload({"late.csv": ALMA + alma_row("L-1", "1.00", "20/03/2025")})
    with pytest.raises(UserError, match=r"late\.csv was dropped on .* holds rows of March 2025"):
        signoff.prepare(run, alice, "x")
    intake.discard(late[0].batch)
    assert signoff.prepare(run, alice, "x")


def test_a_month_that_is_being_reconciled_is_not_signed(run: Run, alice: User) -> None:
    job = jobs.enqueue("reconcile.again", "Again", {"period": "2025-03", "user": None})
    with pytest.raises(UserError, match="being reconciled just now"):
        signoff.prepare(run, alice, "x")
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    assert signoff.prepare(run, alice, "x")


# --- Taking a signature back, opening again ---------------------------------------------------------------------------


def test_the_preparer_takes_the_signature_back(run: Run, prepared: SignOff, alice: User, bob: User) -> None:
    with pytest.raises(PermissionDenied):
        signoff.take_back(prepared, bob)
    signoff.take_back(prepared, alice, "Forgot one.")
    assert state(run) == "open" and signoff.standing(run.month) is None
    deciding.alone(run, [holding(run, "E-5001").number], alice, cause="paid_outside_oracle", comment="By card.")
    assert signoff.prepare(Run.objects.get(), bob, "x").pk != prepared.pk
    with pytest.raises(UserError, match="taken back in the meantime"):
        signoff.review(prepared, person("dora", "manager"))
    assert replay.replay() == replay.stored() and true_to_the_record()


def test_an_administrator_may_take_it_back_too(prepared: SignOff, administrator: User) -> None:
    assert signoff.take_back(prepared, administrator).withdrawn_by == administrator


def test_after_the_review_the_preparer_takes_nothing_back(signed: SignOff, alice: User) -> None:
    with pytest.raises(UserError, match="March 2025 is signed off"):
        signoff.take_back(signed, alice)


def test_an_administrator_opens_a_month_again_with_a_reason_that_stays(
    run: Run, signed: SignOff, bob: User, administrator: User
) -> None:
    with pytest.raises(PermissionDenied, match="may not re-open a month"):
        signoff.reopen(run.month, bob, "I say so.")
    with pytest.raises(UserError, match="Say why"):
        signoff.reopen(run.month, administrator, " ")
    signoff.reopen(run.month, administrator, "Finance found an invoice.")
    assert state(run) == "open"
    (once,) = signoff.reopened(run.month)
    assert (once.withdrawn_by, once.withdrawn_reason) == (administrator, "Finance found an invoice.")
    assert audit.about("month:2025-03").last().kind == "month.reopened"
    again = runs.reconcile_month("2025-03", rules.rules(), None, NullProgress())
    assert signoff.prepare(again, bob, "Once more.").prepared_by == bob
    assert replay.replay() == replay.stored() and true_to_the_record()


# --- Nothing changes --------------------------------------------------------------------------------------------------

Writer = Callable[[Run, User, Any], object]
LATE = {"late.csv": ALMA + alma_row("L-1", "1.00", "20/03/2025")}


def _reconcile(run: Run, user: User, upload: Upload) -> object:
    return runs.reconcile_month("2025-03", rules.rules(), user, NullProgress())


def _take_in(run: Run, user: User, upload: Upload) -> object:
    return intake.take_in(upload(LATE), "2025-03", user, NullProgress())


def _replace(run: Run, user: User, upload: Upload) -> object:
    text = FILES["alma.csv"] + alma_row("L-1", "1.00", "20/03/2025")
    return intake.take_in(upload({"alma2.csv": text}), "2025-03", user, NullProgress(), replace=True)


def _decide(what: str, number: str, **more: Any) -> Writer:
    def write(run: Run, user: User, upload: Upload) -> object:
        return getattr(deciding, what)(run, [holding(run, number).number], user, **more)

    return write


def _match(run: Run, user: User, upload: Upload) -> object:
    return deciding.match(run, [holding(run, "E-5001").number, holding(run, "Z-9").number], ["a", "b"], user)


def _undo(run: Run, user: User, upload: Upload) -> object:
    return deciding.undo(run.steps.get(), user)


WRITERS: dict[str, Writer] = {
    "reconcile": _reconcile,
    "take in": _take_in,
    "replace": _replace,
    "accept": _decide("accept", "B-20001"),
    "reject": _decide("reject", "B-20001"),
    "unmatch": _decide("unmatch", "A-1001"),
    "alone": _decide("alone", "E-5001", cause="paid_outside_oracle", comment="By card."),
    "match": _match,
    "undo": _undo,
}


def everything(run: Run) -> tuple[Any, ...]:
    """All that a sign-off freezes."""
    held = Run.objects.get(pk=run.pk)
    return (
        held.current, held.lines, held.unexplained, held.counters, held.fingerprint,
        list(Group.objects.filter(run=run).order_by("number").values()),
        list(run.month.files.order_by("pk").values_list("pk", "state", "name", "sha256")), run.month.runs.count(),
    )  # fmt: skip


@pytest.mark.parametrize("both", [False, True], ids=["prepared", "signed off"])
@pytest.mark.parametrize("writer", WRITERS)
def test_no_writer_changes_anything_from_the_first_signature_on(
    run: Run, alice: User, bob: User, upload: Upload, writer: str, both: bool
) -> None:
    deciding.unmatch(run, [holding(run, "P-8001").number], alice)  # for undo
    prepared = signoff.prepare(Run.objects.get(), alice, "x")
    if both:
        signoff.review(prepared, bob)
    before = everything(run)
    with pytest.raises(UserError):
        WRITERS[writer](run, alice, upload)
    assert everything(run) == before
    assert true_to_the_record()


def test_a_neighbours_upload_takes_no_file_out_of_a_signed_off_month(
    take_in: TakeIn, upload: Upload, alice: User, bob: User
) -> None:
    def undated(rows: str) -> str:
        head, *body = rows.splitlines()
        cells = [line.split(",") for line in body]
        for each in cells:
            each[6] = ""
        return "\n".join([head, *(",".join(each) for each in cells)]) + "\n"

    run = take_in({**MARCH, "alma.csv": undated(MARCH["alma.csv"])}, "2025-03")
    signoff.review(signoff.prepare(run, alice, "x"), bob)
    before = everything(run)
    again = upload({**APRIL, "alma_april.csv": undated(MARCH["alma.csv"] + alma_row("N-1", "3.00", "1/04/2025"))})
    with pytest.raises(UserError, match="would count twice"):
        intake.take_in(again, "2025-04", None, NullProgress(), replace=True)
    assert everything(run) == before


def test_work_in_the_next_month_changes_nothing_in_a_signed_off_one(take_in: TakeIn, alice: User, bob: User) -> None:
    march = take_in(MARCH, "2025-03")
    signed = signoff.review(signoff.prepare(march, alice, "x"), bob)
    before, decided = everything(march), signed.decisions
    april = take_in(APRIL, "2025-04")
    group = Group.objects.get(run=april, carried=True)
    deciding.alone(april, [group.number], alice, cause="journal", comment="Not ours.")
    assert everything(march) == before and SignOff.objects.get().decisions == decided
    assert true_to_the_record()


def test_of_two_who_review_at_the_same_time_one_wins(transactional_db: None, take_in: TakeIn) -> None:
    alice, *others = person("alice", "finance"), person("bob", "finance"), person("manager", "manager")
    prepared = signoff.prepare(take_in(MARCH, "2025-03"), alice, "x")
    together, told = threading.Barrier(2), []

    def review(user: User) -> None:
        together.wait()
        try:
            signoff.review(SignOff.objects.get(pk=prepared.pk), user)
            told.append("signed")
        except UserError as error:
            told.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=review, args=[user]) for user in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["March 2025 is signed off. Nothing was changed.", "signed"]
    assert audit.about("month:2025-03").filter(kind="month.signed_off").count() == 1


# --- The pack ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def packed(run: Run, alice: User, bob: User) -> SignOff:
    """A month signed off after some decisions, with its pack."""
    deciding.alone(run, [holding(run, "E-5001").number], alice, cause="paid_outside_oracle", comment="By card.")
    step = deciding.reject(run, [holding(run, "B-20001").number], bob, comment="Another title.")
    deciding.undo(step, alice)
    signed = signoff.review(signoff.prepare(Run.objects.get(), alice, "Łódź “agreed” – £3.21 is postage."), bob)
    job = jobs.run_now(Job.objects.get(task="reconcile.pack"))
    assert (job.state, job.outcome) == ("done", "The pack of March 2025 is ready.")
    return SignOff.objects.get(pk=signed.pk)


def test_the_review_makes_the_pack_and_records_it(packed: SignOff) -> None:
    assert [each["form"] for each in packed.pack] == ["pdf", "xlsx"]
    event = audit.about("month:2025-03").last()
    assert event.kind == "month.pack_made"
    assert [each["sha256"] for each in audit.as_data(event)["files"]] == [each["sha256"] for each in packed.pack]
    assert true_to_the_record()


def test_the_workbook_of_the_pack_says_who_signed_what_was_open_and_what_was_decided(packed: SignOff) -> None:
    found = pack.where(packed, "xlsx")
    assert found
    book = openpyxl.load_workbook(found[1].open("rb"))
    assert book.sheetnames[:4] == ["Statement", "Signed", "Open items", "Decisions"]
    said = [[cell.value for cell in row] for row in book["Signed"].iter_rows()]
    assert said[4][:2] == ["Prepared by", "alice"] and said[5][:2] == ["Reviewed by", "bob"]
    decided = list(book["Decisions"].iter_rows(min_row=5, values_only=True))
    assert [row[2] for row in decided] == ["accepted as it stands", "rejected"]
    assert decided[0][10] == "By card." and decided[1][12].startswith("alice, ")
    still = [row[0] for row in book["Open items"].iter_rows(min_row=5, values_only=True)]
    assert len(still) == sum(each["groups"] for each in packed.figures["open"])


def test_the_pack_is_made_again_byte_for_byte(packed: SignOff) -> None:
    again = pack.make(packed, packed.reviewed_by, NullProgress())
    assert again.pack == packed.pack


def test_two_processes_write_the_same_pack(transactional_db: None, take_in: TakeIn, tmp_path: Path) -> None:
    alice, bob = person("alice", "acquisitions"), person("bob", "finance")
    run = take_in(FILES, "2025-03")
    deciding.alone(run, [holding(run, "E-5001").number], alice, cause="paid_outside_oracle", comment="By card.")
    signed = signoff.review(signoff.prepare(Run.objects.get(), alice, "x"), bob)
    its = connection.settings_dict
    url = (
        f"sqlite:///{its['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{its['USER']}@{its['HOST']}:{its['PORT'] or 5432}/{its['NAME']}"
    )
    written = []
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York")):
        folder = tmp_path / seed
        folder.mkdir()
        env = os.environ | {
            "DATABASE_URL": url, "LIBRA_DATA_DIR": str(settings.DATA_DIR), "PYTHONPATH": str(ROOT), "TZ": zone,
            "PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "config.settings",
        }  # fmt: skip
        command = [sys.executable, str(Path(__file__).with_name("signed_pack.py")), str(signed.code), str(folder)]
        subprocess.run(command, cwd=ROOT, env=env, check=True)
        written.append([(folder / f"pack.{form}").read_bytes() for form in pack.FORMS])
    assert written[0] == written[1]
    assert written[0][0].startswith(b"%PDF") and len(written[0][1]) > 5000


def test_the_pack_stays_as_it_was_when_a_later_month_overrules_a_decision(
    take_in: TakeIn, alice: User, bob: User
) -> None:
    march = take_in(MARCH, "2025-03")
    alone = holding(march, "X-77771")
    deciding.alone(march, [alone.number], alice, cause="not_library", comment="Ours? No.")
    signed = signoff.review(signoff.prepare(Run.objects.get(), alice, "x"), bob)
    first = pack.make(signed, bob, NullProgress()).pack
    take_in(APRIL, "2025-04")
    assert pack.make(SignOff.objects.get(), bob, NullProgress()).pack == first


def test_a_month_that_was_opened_again_gets_no_pack(packed: SignOff, administrator: User) -> None:
    signoff.reopen(packed.month, administrator, "Once more.")
    with pytest.raises(UserError, match="not signed off any more"):
        pack.make(SignOff.objects.get(), None, NullProgress())


# --- The record -------------------------------------------------------------------------------------------------------


def wrong(kind: str) -> list[str]:
    return [broken.said for check in audit.checks() for broken in check() if kind in broken.said]


def test_an_amount_that_changes_behind_the_record_is_found_and_its_event_named(packed: SignOff) -> None:
    Run.objects.update(unexplained=0)
    number = audit.about("month:2025-03").get(kind="month.prepared").number
    assert wrong("month.prepared") == [
        f"Event {number} (month.prepared) signed other figures of the sign-off of March 2025 than its run holds now."
    ]


def test_signed_figures_that_change_behind_the_record_are_found(packed: SignOff) -> None:
    SignOff.objects.update(figures=packed.figures | {"oracle_total": 1})
    assert len(wrong("recorded other figures")) == 1
    SignOff.objects.update(figures=packed.figures, decisions=[])
    assert len(wrong("recorded other decisions")) == 1


def test_a_pack_that_changes_behind_the_record_is_found(packed: SignOff) -> None:
    found = pack.where(packed, "pdf")
    assert found
    found[1].write_bytes(b"%PDF-1.4 another")
    assert len(wrong("made another Libra 2025-03 signed off.pdf")) == 1
