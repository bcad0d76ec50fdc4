"""`manage.py spend_log`: its JSON, its tables, its exit codes; its totals are the months' own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.models import User
from core.money import to_text
from reconcile.models import Cell, Month
from reconcile.models import Run as MonthRun
from reconcile.services import signoff
from tests.reconcile.services.log_months import APRIL, MARCH

from .conftest import Run as Called

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[3]


@pytest.fixture
def months(run: Called, tmp_path: Path) -> None:
    """March and April, of which April settles what March left open."""
    for period, files in (("2025-03", MARCH), ("2025-04", APRIL)):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        run("reconcile", *(tmp_path / name for name in files), "--period", period)


def told(run: Called, first: str, last: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("spend_log", "--from", first, "--to", last, "--json", "-").out)
    return found


def test_json_is_the_contracts(run: Called, months: None) -> None:
    assert told(run, "2025-03", "2025-04") == {
        "from": "2025-03",
        "to": "2025-04",
        "cells": [
            cell("2025-03", "ART", "Browns Books", "40.00", "40.00"),
            cell("2025-03", "ART", "EBSCO Information Services", "500.00", "600.00"),
            cell("2025-03", "LAW", "Browns Books", "115.50", "69.99"),
            cell("2025-04", "LAW", "Browns Books", "20.00", "75.50"),
        ],
        "totals": {"alma": "675.50", "oracle": "785.49"},
    }


def cell(period: str, fund: str, supplier: str, alma: str, oracle: str) -> dict[str, str]:
    ledger = f"{fund} ledger"
    return {"period": period, "fund": fund, "ledger": ledger, "supplier": supplier, "alma": alma, "oracle": oracle}


@pytest.mark.parametrize("period", ["2025-03", "2025-04"])
def test_a_months_totals_are_its_own(run: Called, months: None, period: str) -> None:
    own = MonthRun.objects.get(month__period=period, current=True)
    totals = told(run, period, period)["totals"]
    assert totals == {"alma": to_text(own.alma_total, "GBP"), "oracle": to_text(own.oracle_total, "GBP")}


def test_it_prints_tables_by_month_and_by_fund(run: Called, months: None) -> None:
    ended = run("spend_log", "--from", "2025-03", "--to", "2025-04")
    assert ended.code == 0 and ended.err == ""
    assert ended.out.splitlines() == [
        "Month    Alma £  Oracle £  Oracle less Alma £",
        "---------------------------------------------",
        "2025-03  655.50    709.99               54.49",
        "2025-04   20.00     75.50               55.50",
        "---------------------------------------------",
        "Total    675.50    785.49              109.99",
        "",
        "Fund   Alma £  Oracle £  Oracle less Alma £",
        "-------------------------------------------",
        "ART    540.00    640.00              100.00",
        "LAW    135.50    145.49                9.99",
        "-------------------------------------------",
        "Total  675.50    785.49              109.99",
    ]


def test_the_same_question_has_the_same_answer(run: Called, months: None, tmp_path: Path) -> None:
    found = []
    for name in ("one.json", "two.json"):
        assert run("spend_log", "--from", "2025-03", "--to", "2025-04", "--json", tmp_path / name).code == 0
        found.append((tmp_path / name).read_bytes())
    assert found[0] == found[1]
    alone = run("spend_log", "--from", "2025-03", "--to", "2025-04", "--json", "-")
    assert json.loads(alone.out) == json.loads(found[0]) and "Total" in alone.err


def test_a_signed_off_month_is_told_from_its_sheet(run: Called, months: None, alice: User, bob: User) -> None:
    before = told(run, "2025-03", "2025-04")
    signoff.review(signoff.prepare(MonthRun.objects.get(month__period="2025-03", current=True), alice, "x"), bob)
    Cell.objects.filter(month__period="2025-03").update(alma=1)
    assert told(run, "2025-03", "2025-04") == before


def test_months_without_data_are_named_and_none_at_all_is_bad_usage(run: Called, months: None) -> None:
    some = run("spend_log", "--from", "2025-02", "--to", "2025-03")
    assert (some.code, some.err.strip()) == (0, "Not in the books: February 2025.")
    none = run("spend_log", "--from", "2024-01", "--to", "2024-02")
    assert none.code == 2
    assert none.err == "No month from 2024-01 to 2024-02 is in the books. Reconcile one of them first."


def test_months_the_wrong_way_round_are_bad_usage(run: Called, months: None) -> None:
    ended = run("spend_log", "--from", "2025-04", "--to", "2025-03")
    assert ended.code == 2 and "--from 2025-04 is later than --to 2025-03" in ended.err


def test_months_of_two_currencies_are_bad_usage(run: Called, months: None) -> None:
    MonthRun.objects.filter(month=Month.objects.get(period="2025-04")).update(currency="EUR")
    ended = run("spend_log", "--from", "2025-03", "--to", "2025-04")
    assert ended.code == 2 and "These months are in EUR and GBP" in ended.err
    assert run("spend_log", "--from", "2025-03", "--to", "2025-03").code == 0


@pytest.mark.parametrize(
    "words", [["--from", "2025-3", "--to", "2025-04"], ["--from", "2025-03"], []], ids=["month", "to", "nothing"]
)
def test_the_shell_sees_2_for_bad_usage(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "spend_log", *words], capture_output=True, text=True
    )
    assert done.returncode == 2


def test_it_writes_the_workbook(run: Called, months: None, tmp_path: Path) -> None:
    out = tmp_path / "log.xlsx"
    assert run("spend_log", "--from", "2025-03", "--to", "2025-04", "--xlsx", out).code == 0
    assert openpyxl.load_workbook(out).sheetnames == [
        "Log", "Months", "2025-04", "2025-03", "Committed", "Adjustments", "Register",
    ]  # fmt: skip
