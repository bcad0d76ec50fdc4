"""A table that nobody knows is read once a person has said which column is what, and the next like it just works."""

from __future__ import annotations

import pytest

from core.jobs import NullProgress, UserError
from core.models import User
from reconcile.models import Mapping
from reconcile.services import intake, mappings

from .conftest import MARCH, Upload

pytestmark = pytest.mark.django_db

SHEET = "Bill,Firm,Sum,Booked\nA-1001,Browns,100.00,12/03/2025\nA-1002,Browns,55.50,13/03/2025\n"
SAID = {"invoice_number": "Bill", "supplier_name": "Firm", "amount": "Sum", "accounting_date": "Booked"}


def test_it_shows_the_rows_as_they_would_be_read(upload: Upload) -> None:
    file = upload({"list.csv": SHEET})[0]

    reading = mappings.preview(file, 0, "alma", SAID)

    assert (reading.kind, reading.rows, reading.total) == ("mapped_alma", 2, 15550)
    assert reading.lines["invoice_number"].tolist() == ["A-1001", "A-1002"]
    assert not Mapping.objects.exists()


def test_a_mapped_file_is_taken_in_like_any_other(upload: Upload, alice: User) -> None:
    files = upload({"list.csv": SHEET, "oracle.csv": MARCH["oracle.csv"]})
    mappings.save("Our list", files[0], 0, "alma", SAID, alice)

    run = intake.take_in(intake.batch_files(files[0].batch), "2025-03", None, NullProgress())

    assert run.alma_total == 15550
    assert [each["kind"] for each in run.inputs] == ["mapped_alma", "oracle_payables"]


def test_the_next_file_with_these_headings_just_works(upload: Upload, alice: User) -> None:
    mappings.save("Our list", upload({"list.csv": SHEET})[0], 0, "alma", SAID, alice)

    file = upload({"april.csv": SHEET.replace("03/2025", "04/2025")})[0]

    assert (file.kind, file.period, file.problems) == ("mapped_alma", "2025-04", [])


@pytest.mark.parametrize("left_out, words", [("amount", "the amount"), ("supplier_name", "the supplier")])
def test_it_asks_for_what_matching_needs(upload: Upload, left_out: str, words: str) -> None:
    file = upload({"list.csv": SHEET})[0]
    said = {column: heading for column, heading in SAID.items() if column != left_out}

    with pytest.raises(UserError, match=f"Say which column holds {words}"):
        mappings.preview(file, 0, "alma", said)


def test_it_keeps_no_mapping_by_which_a_row_is_wrong(upload: Upload, alice: User) -> None:
    file = upload({"list.csv": SHEET})[0]

    with pytest.raises(UserError, match=r"list\.csv cannot be read this way"):
        mappings.save("Our list", file, 0, "alma", SAID | {"amount": "Firm", "supplier_name": "Sum"}, alice)
    assert not Mapping.objects.exists()


def test_it_refuses_a_column_that_the_file_does_not_have(upload: Upload) -> None:
    file = upload({"list.csv": SHEET})[0]

    with pytest.raises(UserError, match="no column ‘Colour’"):
        mappings.preview(file, 0, "alma", SAID | {"fund": "Colour"})


def test_a_column_means_one_thing(upload: Upload) -> None:
    file = upload({"list.csv": SHEET})[0]

    with pytest.raises(UserError, match="‘firm’ is chosen for more than one thing"):
        mappings.preview(file, 0, "alma", SAID | {"amount": "Firm"})
