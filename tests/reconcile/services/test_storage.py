"""Rows stored and read back by columns, on whichever database the tests run."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from django.db import IntegrityError, transaction

from reconcile.models import Group, Line, Member, Month, Run, SourceFile
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
        "invoice_date": pa.array([date(2025, 3, 31)] * count),
        "accounting_date": pa.array([None if n % 3 else date(1999, 12, 31) for n in range(count)], pa.date32()),
    }
    return pa.table(columns).select(lines.SCHEMA.names).cast(lines.SCHEMA)


def test_it_reads_back_what_it_stored() -> None:
    frame = lines.to_frame(some_lines(7))
    piece = lines.Piece(source_file(), frame)
    with transaction.atomic():
        lines.store(piece)

    back = lines.read(piece.file)

    assert back.lines.equals(frame)
    assert back.lines.dtypes.equals(frame.dtypes)
    assert np.array_equal(back.ids, piece.ids)


def test_it_keeps_nothing_and_null_apart() -> None:
    piece = lines.Piece(source_file(), lines.to_frame(some_lines(3)))
    with transaction.atomic():
        lines.store(piece)

    second = Line.objects.get(file=piece.file, row=3)

    assert second.invoice_number == ""
    assert second.source_amount is None
    assert second.accounting_date is None
    assert Line.objects.get(file=piece.file, row=2).accounting_date == date(1999, 12, 31)


def test_it_stores_more_rows_than_one_slice() -> None:
    piece = lines.Piece(source_file(), lines.to_frame(some_lines(45_001)))
    with transaction.atomic():
        lines.store(piece)

    assert Line.objects.filter(file=piece.file).count() == 45_001
    assert len(np.unique(piece.ids)) == 45_001


def test_it_stores_no_rows_without_complaint() -> None:
    assert persist(Line, some_lines(0)) == 0


def test_it_reads_no_rows_as_an_empty_frame_of_the_right_types() -> None:
    back = lines.read(source_file())

    assert len(back.lines) == 0
    assert back.lines.dtypes.equals(lines.to_frame(some_lines(3)).dtypes)


def test_reserved_ids_never_meet() -> None:
    with transaction.atomic():
        first = reserve(Line, 10)
        table = some_lines(10).append_column("id", pa.array(first))
        persist(Line, table.append_column("file_id", pa.array([source_file().pk] * 10)))
        second = reserve(Line, 10)

    assert not set(first) & set(second)
    assert list(first) == sorted(first)


def test_it_names_a_column_that_the_model_does_not_have() -> None:
    with pytest.raises(ValueError, match="Line has no column colour"):
        persist(Line, pa.table({"colour": ["red"]}))


def test_the_database_refuses_a_line_in_two_groups_of_a_run() -> None:
    piece = lines.Piece(source_file(), lines.to_frame(some_lines(1)))
    with transaction.atomic():
        lines.store(piece)
    run = Run.objects.create(
        month=piece.file.month, number=1, rules={}, rule_version="1", inputs=[], alma_total=0, oracle_total=0,
        unexplained=0, currency="GBP", lines=[], counters={},
    )  # fmt: skip
    one, two = (
        Group.objects.create(
            run=run, number=number, outcome="only_in_alma", rule="", cause="timing", causes=[], alma_amount=0,
            oracle_amount=0, difference=0, size=0, documents_alma=1, documents_oracle=0,
        )
        for number in (1, 2)
    )  # fmt: skip
    line = int(piece.ids[0])
    places = {
        "run_id": [run.pk] * 2,
        "line_id": [line] * 2,
        "group_id": [one.pk, two.pk],
        "side": ["alma"] * 2,
        "excluded": [""] * 2,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        persist(Member, pa.table(places))
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.create(run=run, line_id=line, group=one, side="alma", excluded="total_row")
