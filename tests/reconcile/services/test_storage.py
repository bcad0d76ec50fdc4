"""Rows stored and read back by columns, on whichever database the tests run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from django.db import IntegrityError, transaction

from reconcile.models import Group, Member, Month, Run, SourceFile
from reconcile.services import lines
from reconcile.services.storage import persist, reserve

pytestmark = pytest.mark.django_db

TEXTS = ['a "quoted", text', "", "two\nlines", "Ünïcode £ – 图书", "\\N", "NULL"]


def source_file(name: str = "alma.csv", period: str = "2025-03") -> SourceFile:
    month, _ = Month.objects.get_or_create(period=period)
    return SourceFile.objects.create(
        name=name, sha256=name, size=1, path=name, side="alma", month=month, state="stored"
    )


def some_lines(count: int) -> pa.Table:
    columns = {name: pa.array([""] * count, pa.large_string()) for name in lines.TEXT}
    columns |= {
        "row": pa.array(range(2, count + 2)),
        "invoice_number": pa.array((TEXTS * count)[:count], pa.large_string()),
        "amount": pa.array([-5 * n for n in range(count)]),
        "source_amount": pa.array([None if n % 2 else n for n in range(count)], pa.int64()),
        "header_amount": pa.nulls(count, pa.int64()),
        "vat_amount": pa.array([0] * count),
        "encumbrance": pa.nulls(count, pa.int64()),
        "invoice_date": pa.array([date(2025, 3, 31)] * count),
        "accounting_date": pa.array([None if n % 3 else date(1999, 12, 31) for n in range(count)], pa.date32()),
        "payment_date": pa.nulls(count, pa.date32()),
    }
    return pa.table(columns).select(lines.SCHEMA.names).cast(lines.SCHEMA)


def kept(count: int) -> SourceFile:
    file = source_file()
    lines.keep(file, lines.to_frame(some_lines(count)))
    return file


def test_it_reads_back_what_it_kept(data_dir: Path) -> None:
    frame = lines.to_frame(some_lines(7))

    back = lines.read(kept(7)).lines

    assert back.equals(frame)
    assert back.dtypes.equals(frame.dtypes)


def test_it_takes_single_rows_out_of_many_blocks_in_the_order_asked_for(data_dir: Path) -> None:
    file = kept(45_001)

    found = lines.rows(file, np.array([45_002, 2, 20_000, 8_194]), ("row", "amount"))

    assert found["row"].to_pylist() == [45_002, 2, 20_000, 8_194]
    assert found["amount"].to_pylist() == [-5 * 45_000, 0, -5 * 19_998, -5 * 8_192]


def test_it_keeps_nothing_and_null_apart(data_dir: Path) -> None:
    file = kept(3)

    first, second = lines.records([(file.pk, 2), (file.pk, 3)], ("invoice_number", "source_amount", "accounting_date"))

    assert second["invoice_number"] == ""
    assert second["source_amount"] is None
    assert second["accounting_date"] is None
    assert first["accounting_date"] == date(1999, 12, 31)
    assert first["file"] == file


def test_it_keeps_no_rows_without_complaint(data_dir: Path) -> None:
    back = lines.read(kept(0)).lines

    assert len(back) == 0
    assert back.dtypes.equals(lines.to_frame(some_lines(3)).dtypes)


def group_rows(run: Run, count: int, first: int = 1) -> pa.Table:
    def same(value: object) -> list[object]:
        return [value] * count

    numbers = range(first, first + count)
    return pa.table(
        {
            "run_id": same(run.pk), "number": numbers, "outcome": same("matched"), "rule": (TEXTS * count)[:count],
            "carried": same(False), "needs_person": same(False), "cause": same(""), "causes": same("[]"),
            "alma_amount": [-5 * n for n in numbers], "oracle_amount": same(0), "difference": same(0), "size": same(0),
            "supplier": same(""), "po": same(""), "alma_number": same(""), "oracle_number": same(""),
            "number_key": same(""), "documents_alma": same(1), "documents_oracle": same(1), "explanation": same(""),
            "date": pa.array([None if n % 3 else date(1999, 12, 31) for n in numbers], pa.date32()),
            "stopper": same(""), "next_step": same(""), "who": same(""), "po_from": same(""), "decided": same(False),
            "note": same(""), "key": same(""),
        }
    )  # fmt: skip


def some_run() -> Run:
    month, _ = Month.objects.get_or_create(period="2025-03")
    return Run.objects.create(
        month=month, number=1, rules={}, rule_version="1", inputs=[], alma_total=0, oracle_total=0, unexplained=0,
        currency="GBP", lines=[], counters={},
    )  # fmt: skip


def test_it_stores_more_rows_than_one_slice_as_they_are() -> None:
    run = some_run()
    with transaction.atomic():
        persist(Group, group_rows(run, 45_001).append_column("id", pa.array(reserve(Group, 45_001))))

    assert Group.objects.count() == 45_001
    third = Group.objects.get(number=3)
    assert (third.rule, third.alma_amount, third.date) == (TEXTS[2], -15, date(1999, 12, 31))
    assert Group.objects.get(number=2).date is None


def test_it_stores_no_rows_without_complaint() -> None:
    assert persist(Group, group_rows(some_run(), 0)) == 0


def test_reserved_ids_never_meet() -> None:
    run = some_run()
    with transaction.atomic():
        first = reserve(Group, 10)
        persist(Group, group_rows(run, 10).append_column("id", pa.array(first)))
        second = reserve(Group, 10)

    assert not set(first) & set(second)
    assert list(first) == sorted(first)


def test_it_names_a_column_that_the_model_does_not_have() -> None:
    with pytest.raises(ValueError, match="Group has no column colour"):
        persist(Group, pa.table({"colour": ["red"]}))


def test_the_database_refuses_a_row_in_two_groups_of_a_run() -> None:
    run, file = some_run(), source_file()
    one, two = reserve(Group, 2)
    with transaction.atomic():
        persist(Group, group_rows(run, 2).append_column("id", pa.array([one, two])))
    places = {
        "run_id": [run.pk] * 2,
        "file_id": [file.pk] * 2,
        "row": [2] * 2,
        "group_id": [one, two],
        "side": ["alma"] * 2,
        "excluded": [""] * 2,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        persist(Member, pa.table(places))
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.create(run=run, file=file, row=2, group_id=one, side="alma", excluded="total_row")
