"""Files come in whole or not at all, once, and every refusal says what is wrong and what to do."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from core.jobs import LeaseLost, NullProgress, UserError
from core.models import Job, User
from reconcile.models import Group, Member, Month, Run, SourceFile
from reconcile.services import admission, intake, lines, vault
from reconcile.services.admission import CannotRead, Repeats

from .conftest import ALMA, APRIL, MARCH, ORACLE, TakeIn, Upload, alma_row, oracle_row

pytestmark = pytest.mark.django_db


class Broken(NullProgress):
    """A worker that loses its job at the very end."""

    def hold(self, result: dict[str, Any] | None = None) -> None:
        raise LeaseLost("another worker has it")


def kept_files() -> set[str]:
    root = Path(settings.DATA_DIR)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.parts[-2] != "example"}


def test_it_says_what_a_file_is_before_anything_is_stored(upload: Upload) -> None:
    alma, oracle = upload(MARCH)

    assert (alma.kind, alma.side, alma.rows, alma.total) == ("alma_analytics", "alma", 2, 15550)
    assert (oracle.kind, oracle.side, oracle.rows, oracle.total) == ("oracle_payables", "oracle", 2, 10999)
    assert intake.suggest([alma, oracle]) == "2025-03"
    assert not Member.objects.exists()
    assert not Month.objects.exists()


def test_it_keeps_a_stored_file_byte_for_byte(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")

    file = SourceFile.objects.get(name="alma.csv")

    assert file.state == SourceFile.State.STORED
    assert file.path == f"files/{file.sha256[:2]}/{file.sha256}"
    assert vault.where(file).read_bytes() == MARCH["alma.csv"].encode()
    assert vault.lines_of(file).exists()


def test_the_browser_s_way_ends_in_a_reconciled_month(alice: User) -> None:
    from core.jobs import run_now

    uploads = [(name, io.BytesIO(text.encode())) for name, text in MARCH.items()]
    batch, looking = intake.stage(uploads, alice)
    assert run_now(looking).state == Job.State.DONE
    job = run_now(intake.commit(batch, "2025-03", alice))

    assert job.state == Job.State.DONE
    assert "2025-03 is reconciled" in job.outcome
    assert Run.objects.get().created_by == alice


def test_a_worker_that_dies_at_the_end_leaves_no_trace(upload: Upload) -> None:
    files = upload(MARCH)
    before = kept_files()

    with pytest.raises(LeaseLost):
        intake.take_in(files, "2025-03", None, Broken())

    assert not any(model.objects.exists() for model in (Month, Run, Group, Member))
    assert {file.state for file in SourceFile.objects.all()} == {"staged"}
    assert kept_files() == before


def test_the_same_work_is_done_once_when_it_runs_again(upload: Upload) -> None:
    files = upload(MARCH)
    with pytest.raises(LeaseLost):
        intake.take_in(files, "2025-03", None, Broken())

    run = intake.take_in(intake.batch_files(files[0].batch), "2025-03", None, NullProgress())

    assert (run.number, Run.objects.count(), Member.objects.count()) == (1, 1, 4)


def test_a_file_that_was_stored_but_not_put_away_is_put_away_next_time(
    take_in: TakeIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "settle", lambda file: None)  # the worker dies right after the database has it
    take_in(MARCH, "2025-03")
    file = SourceFile.objects.get(name="alma.csv")
    assert vault.where(file).read_bytes() == MARCH["alma.csv"].encode()
    monkeypatch.undo()

    take_in(APRIL, "2025-04")

    file.refresh_from_db()
    assert file.path.startswith("files/")
    assert vault.where(file).read_bytes() == MARCH["alma.csv"].encode()


def test_it_refuses_a_file_that_is_stored_and_points_to_the_first(take_in: TakeIn, upload: Upload) -> None:
    take_in(MARCH, "2025-03")
    again = upload({"march.csv": MARCH["alma.csv"], "oracle2.csv": APRIL["oracle_april.csv"]})

    with pytest.raises(UserError, match=r"march\.csv is stored already as alma\.csv, in 2025-03, since "):
        intake.commit(again[0].batch, "2025-04", None)


def test_it_refuses_the_same_file_on_both_sides(upload: Upload) -> None:
    files = upload({"alma.csv": MARCH["alma.csv"], "oracle.csv": MARCH["alma.csv"]})

    with pytest.raises(UserError, match="the same file, byte for byte"):
        intake.commit(files[0].batch, "2025-03", None)


def test_it_refuses_one_side_alone(upload: Upload) -> None:
    files = upload({"alma.csv": MARCH["alma.csv"]})

    with pytest.raises(UserError, match=r"2025-03 has no file from Oracle \(the payables report\)"):
        intake.commit(files[0].batch, "2025-03", None)


def test_a_file_of_a_side_that_the_month_has_may_come_later(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")

    run = take_in({"more.csv": ORACLE + oracle_row("A-1002", "55.50", "20/03/2025")}, "2025-03")

    assert run.number == 2
    assert run.counters["outcomes"]["matched"]["groups"] == 2
    assert Run.objects.filter(current=True).get() == run


def test_it_refuses_a_month_that_is_signed_off(take_in: TakeIn, upload: Upload) -> None:
    take_in(MARCH, "2025-03")
    Month.objects.update(state=Month.State.SIGNED_OFF)
    files = upload(APRIL)

    with pytest.raises(UserError, match="2025-03 is signed off"):
        intake.commit(files[0].batch, "2025-03", None)


def test_it_refuses_a_table_that_nobody_knows(upload: Upload) -> None:
    files = upload({"stock.csv": "Shelf,Colour\nA,red\n", "oracle.csv": MARCH["oracle.csv"]})

    assert files[0].kind == ""
    assert files[0].sheets[0]["headings"] == ["Shelf", "Colour"]
    with pytest.raises(CannotRead, match=r"stock\.csv cannot be taken in"):
        intake.commit(files[0].batch, "2025-03", None)


def test_it_names_the_row_of_an_amount_that_is_none(upload: Upload) -> None:
    files = upload({"alma.csv": ALMA + alma_row("A-1", "n/a", "12/03/2025"), "oracle.csv": MARCH["oracle.csv"]})

    with pytest.raises(CannotRead) as refused:
        intake.commit(files[0].batch, "2025-03", None)

    problem = refused.value.problems[0]
    assert (problem["file"], problem["row"], problem["column"]) == ("alma.csv", 2, "Transaction Expenditure Amount")


def test_it_refuses_an_empty_file_and_keeps_none_of_the_batch(db: None) -> None:
    before = kept_files()

    with pytest.raises(UserError, match=r"oracle\.csv is empty"):
        intake.stage([("alma.csv", io.BytesIO(b"x")), ("oracle.csv", io.BytesIO())], None)

    assert kept_files() == before
    assert not SourceFile.objects.exists()


def test_it_refuses_a_file_that_is_too_large(db: None, settings: Any) -> None:
    settings.LIBRA_UPLOAD_MB = 1

    with pytest.raises(UserError, match=r"alma\.csv is larger than 1 MB"):
        intake.stage([("alma.csv", io.BytesIO(b"x" * (1 << 20) + b"y"))], None)


def test_it_refuses_another_currency(upload: Upload) -> None:
    files = upload(MARCH)
    SourceFile.objects.filter(pk=files[0].pk).update(currency="EUR")

    with pytest.raises(UserError, match=r"alma\.csv are in EUR, but the ledger here is kept in GBP"):
        intake.commit(files[0].batch, "2025-03", None)


def test_a_later_export_of_the_same_rows_is_recognised(take_in: TakeIn, upload: Upload) -> None:
    take_in(MARCH, "2025-03")
    later = MARCH["alma.csv"].replace("Closed", "Paid") + alma_row("A-1003", "7.00", "20/03/2025")

    files = upload({"alma2.csv": later})

    assert files[0].overlap == {
        "files": [SourceFile.objects.get(name="alma.csv").pk],
        "names": ["alma.csv"],
        "rows": 2,
        "replace": True,
    }
    with pytest.raises(Repeats, match=r"alma2\.csv repeats 2 of the 2 rows of alma\.csv.*later export"):
        intake.take_in(files, "2025-03", None, NullProgress())


def test_a_later_export_takes_the_place_of_the_first(take_in: TakeIn) -> None:
    first = take_in(MARCH, "2025-03")
    later = MARCH["alma.csv"] + alma_row("A-1003", "7.00", "20/03/2025")

    second = take_in({"alma2.csv": later}, "2025-03", replace=True)

    old = SourceFile.objects.get(name="alma.csv")
    assert (old.state, old.replaced_by) == ("replaced", SourceFile.objects.get(name="alma2.csv"))
    assert second.alma_total == first.alma_total + 700
    assert [each["name"] for each in second.inputs] == ["alma2.csv", "oracle.csv"]
    assert len(lines.read(old).lines) == 2


def test_a_file_that_repeats_some_rows_is_refused_with_an_example(take_in: TakeIn, upload: Upload) -> None:
    take_in(MARCH, "2025-03")
    files = upload(
        {"more.csv": ALMA + alma_row("A-1003", "7.00", "20/03/2025") + alma_row("A-1002", "55.50", "13/03/2025")}
    )

    with pytest.raises(Repeats, match=r"repeats 1 rows of alma\.csv.*the first in row 3 \(invoice A-1002\)") as refused:
        intake.take_in(files, "2025-03", None, NullProgress(), replace=True)
    assert not refused.value.replaceable


def test_two_files_of_one_batch_that_repeat_each_other_are_refused(upload: Upload) -> None:
    files = upload(MARCH | {"more.csv": MARCH["alma.csv"] + alma_row("A-1003", "7.00", "20/03/2025")})

    with pytest.raises(Repeats, match=r"more\.csv repeats 2 rows of alma\.csv"):
        intake.take_in(files, "2025-03", None, NullProgress())


def test_two_files_of_one_name_are_told_apart(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")
    run = take_in({"oracle.csv": ORACLE + oracle_row("A-1002", "55.50", "20/03/2025")}, "2025-03")

    assert [each["name"] for each in run.inputs] == ["alma.csv", "oracle (2).csv", "oracle.csv"]


def test_files_that_are_put_away_are_gone(upload: Upload) -> None:
    before = kept_files()
    files = upload(MARCH)

    assert intake.discard(files[0].batch) == 2
    assert kept_files() == before
    assert not SourceFile.objects.exists()


def test_a_batch_that_was_taken_in_cannot_be_taken_in_again(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")

    with pytest.raises(UserError, match="There are no files to take in"):
        intake.commit(SourceFile.objects.first().batch, "2025-03", None)


def test_a_problem_is_one_line(db: None) -> None:
    problem = {"file": "a.csv", "row": 14, "column": "Amount", "value": "N/A", "message": "This is not an amount."}

    assert admission.describe(problem) == "a.csv, row 14, Amount: ‘N/A’: This is not an amount."
