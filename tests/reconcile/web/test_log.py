"""The Log: every figure leads to the rows that make it up, what needs somebody comes first, and it is taken along."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urljoin

import openpyxl
import pytest
from django.core.cache import cache
from django.test import Client

from core import audit, jobs
from core.models import Job, User
from core.money import to_text
from reconcile.models import Adjustment, Month, Posting, Run, SourceFile
from reconcile.services import books, budgets, log, log_kept, log_needs, orders, signoff
from reconcile.services.log_terms import NOTHING_NAMED, Log
from reconcile.web import log_workbook

pytestmark = pytest.mark.usefixtures("months")
YEAR, LAST = 2024, "2025-04"
HERE = f"/log/{YEAR}/"
CELL = re.compile(r'<(?:td|th scope=row)(?: class="([^"]*)")?>(.*?)</t[dh]>', re.S)
LINK = re.compile(r'<a href="([^"]+)">([−\d,.]+)</a>')
Figure = tuple[str, int]  # where it leads, and what it says in minor units


@pytest.fixture(autouse=True)
def entered(db: None) -> None:
    cache.clear()
    books.catch_up()


@pytest.fixture
def begun(administrator: User) -> Log:
    """Budgets: the first fund has too little, the second enough, the others none. An order is open on the second."""
    first, second = [one for one in log.table(YEAR, LAST).rows if one.key != NOTHING_NAMED][:2]
    said = {"year": YEAR, "date": date(2025, 3, 1), "approver": "The Librarian", "reason": "Of a test"}
    for one, amount in ((first, max(first.oracle // 2, 1)), (second, 50_000_00 + second.oracle * 2)):
        budgets.change(administrator, fund=one.key, amount=amount, new_fund=True, **said)
    orders.create(
        administrator, number="70099001", supplier="Northern Books", value=1_000_00, fund=second.key,
        starts=date(2025, 3, 1),
    )  # fmt: skip
    return log.table(YEAR, LAST)


def text(response: Any) -> str:
    return str(response.content.decode())


def minor(amount: str) -> int:
    return int(amount.replace("−", "-").replace(",", "").replace(".", ""))


def figures(page: str) -> list[Figure]:
    """Return every amount of the Log's table that leads somewhere."""
    table = page[page.index('<section class="sheet books log"') : page.index("</table>")]
    return [(unescape(href), minor(amount)) for href, amount in LINK.findall(table)]


def behind(client: Client, href: str) -> int:
    """Open what a figure leads to, and return what the rows there come to."""
    response = client.get(urljoin(HERE, href))
    assert response.status_code == 200, href
    if href.startswith("/log/register/"):
        return int(response.context["sums"].alma + response.context["sums"].oracle)
    if href.startswith("/log/budgets/"):
        table = response.context["table"]
        return int(table.records[-1]["balance"] if "?code=" in href else table.foot["budget"])
    table = response.context["table"]
    column = "amount" if "/committed/" in href else "forecast"
    return int(table.foot[column] if table.foot else sum(row[column] or 0 for row in table.records))


# --- Figures ----------------------------------------------------------------------------------------------------------


def test_each_figure_leads_to_exactly_the_rows_behind_it(alice_client: Client, begun: Log) -> None:
    found = figures(text(alice_client.get(HERE)))
    assert len(found) > 3 * len(begun.rows)
    leads = {href.split("?")[0] for href, _ in found}
    assert {"/log/register/", f"{HERE}committed/", f"/log/budgets/{YEAR}/", f"/log/budgets/{YEAR}/fund/"} <= leads
    for href, amount in found:
        if "/forecast/" not in href:
            assert behind(alice_client, href) == amount, href


@pytest.mark.parametrize(
    "query", ["?by=supplier", "?by=cost_centre", "?by=ledger&view=months", "?view=months", "?through=2025-03"]
)
def test_so_do_those_of_other_views_and_months(alice_client: Client, begun: Log, query: str) -> None:
    response = alice_client.get(HERE + query)
    found = [each for each in figures(text(response)) if each[0].startswith("/log/register/")]
    assert found
    for href, amount in found[:12] + found[-6:]:
        assert behind(alice_client, href) == amount, href


def test_so_do_those_of_a_narrowed_log(alice_client: Client, begun: Log) -> None:
    fund = begun.rows[0].key
    response = alice_client.get(HERE, {"by": "supplier", "fund": fund})
    found = figures(text(response))
    assert sum(one.oracle for one in response.context["found"].rows) == begun.rows[0].oracle
    assert all(f"fund={fund}" in href for href, _ in found)
    for href, amount in found:
        assert behind(alice_client, href) == amount, href
    alone = alice_client.get(HERE, {"fund": fund})
    for href, amount in figures(text(alone)):
        assert "/log/budgets/" in href or behind(alice_client, href) == amount, href


def test_its_totals_are_the_months_own(alice_client: Client) -> None:
    totals = alice_client.get(HERE).context["found"].totals
    runs = Run.objects.filter(current=True)
    assert totals.oracle == totals.spent + totals.waiting == sum(run.oracle_total for run in runs)
    assert totals.alma == sum(run.alma_total for run in runs)


def test_months_add_up_across_and_down(alice_client: Client) -> None:
    table = alice_client.get(HERE, {"view": "months"}).context["table"]
    assert [heading["text"] for heading in table.headings[1:]] == ["Mar 2025", "Apr 2025", "To date"]
    for row in (*table.records, table.foot):
        assert row["m0"] + row["m1"] == row["oracle"]
    assert sum(row["oracle"] for row in table.records) == table.foot["oracle"]


def test_a_line_opens_to_what_is_inside_it(alice_client: Client) -> None:
    table = alice_client.get(HERE).context["table"]
    inside = alice_client.get(unescape(table.prefixes["inside"] + table.records[0]["end"])).context["found"]
    assert inside.by == "supplier" and inside.totals.oracle == table.records[0]["oracle"]


def test_lines_are_sorted_as_the_address_says(alice_client: Client, begun: Log) -> None:
    table = alice_client.get(HERE, {"sort": "-oracle"}).context["table"]
    amounts = [row["oracle"] for row in table.records]
    assert amounts == sorted(amounts, reverse=True)
    given = [row["budget"] for row in alice_client.get(HERE, {"sort": "budget"}).context["table"].records]
    assert given[:2] == sorted(given[:2]) and set(given[2:]) == {None}


def test_what_an_address_says_wrongly_is_as_usual(alice_client: Client) -> None:
    usual = alice_client.get(HERE).context["asked"]
    odd = alice_client.get(HERE, {"through": "2025-13", "by": "colour", "view": "x", "sort": "x", "need": "x"})
    assert (odd.context["asked"].through, odd.context["asked"].by) == (usual.through, "fund")
    nothing = text(alice_client.get(HERE, {"fund": "there is no such fund"}))
    assert "Nothing is like that." in nothing
    assert alice_client.get("/log/1/").status_code == 404


# --- Where nothing stands ---------------------------------------------------------------------------------------------


def test_a_year_without_months_says_which_have_some(alice_client: Client) -> None:
    page = text(alice_client.get("/log/2010/"))
    assert "The books have nothing of 2010/11." in page and f'href="{HERE}"' in page
    for address in ("/log/2010/committed/", "/log/2010/forecast/", "/log/managers/?through=2010-08"):
        assert "The books have nothing of 2010/11." in text(alice_client.get(address))


def test_before_the_first_month_it_says_what_to_do(alice_client: Client, manager_client: Client) -> None:
    Run.objects.update(current=False)
    Posting.objects.all().delete()
    for address in ("/log/", "/log/managers/"):
        page = text(alice_client.get(address, follow=True))
        assert "No month yet." in page and 'href="/upload/">Drop the files of a month</a>' in page
    assert "Drop the files" not in text(manager_client.get("/log/", follow=True))


def test_without_budgets_it_says_so_first_and_says_nothing_of_what_is_left(alice_client: Client) -> None:
    response = alice_client.get(HERE)
    assert next(task["title"] for task in response.context["tasks"]) == "No fund has a budget for 2024/25"
    assert "left" not in [bound.name for bound in response.context["table"].columns]


# --- What needs somebody ----------------------------------------------------------------------------------------------


def test_what_needs_somebody_comes_first_and_leads_to_it(alice_client: Client, begun: Log) -> None:
    tasks = alice_client.get(HERE).context["tasks"]
    titles = [task["title"] for task in tasks]
    without = [one for one in begun.rows[2:] if one.key != NOTHING_NAMED and one.oracle + one.accrued > 0]
    assert titles[0] == "One fund is overspent"
    assert f"{log_needs.spelled(len(without))} funds spend without a budget" in titles
    assert "August 2024 to February 2025 are not in the books" in titles
    assert "March 2025 and April 2025 are not signed off" in titles
    for task in tasks:
        assert alice_client.get(task["href"]).status_code == 200, task
    over = alice_client.get(tasks[0]["href"])
    assert [row["key"] for row in over.context["table"].records] == [begun.rows[0].key]
    assert over.context["table"].foot["left"] == begun.rows[0].left and not over.context["tasks"]
    waits = next(task for task in tasks if "reconciled" in task["title"])
    assert behind(alice_client, waits["href"]) == begun.totals.waiting


def test_who_may_not_upload_is_not_sent_there(manager_client: Client) -> None:
    tasks = manager_client.get(HERE).context["tasks"]
    assert next(task["href"] for task in tasks if "not in the books" in task["title"]) == ""


def test_months_in_a_row_are_named_by_their_ends() -> None:
    assert (
        log_needs.spans(["2024-12", "2025-01", "2025-02", "2025-05"]) == "December 2024 to February 2025 and May 2025"
    )
    assert log_needs.spans(["2025-03"]) == "March 2025"
    assert log_needs.spans(["2025-03", "2025-04"]) == "March 2025 and April 2025"
    assert log_needs.spelled(3) == "Three" and log_needs.spelled(1200) == "1,200"


def test_it_says_that_the_books_are_being_brought_up_to_date(alice_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(books, "AT_ONCE", 0)
    Posting.objects.filter(month__period=LAST).update(fingerprint="")
    page = text(alice_client.get(HERE))
    job = Job.objects.get(task="reconcile.books")
    assert f'href="/jobs/{job.code}/">being brought up to date</a>' in page
    Job.objects.update(done=1, total=2)
    assert "1 of 2 months done" in text(alice_client.get(HERE))


# --- Signed off -------------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(run: Run, alice: User, bob: User) -> Month:
    signoff.review(signoff.prepare(run, alice, "Looked through."), bob, "Agreed.")
    return Month.objects.get(period="2025-03")


def test_a_signed_month_is_frozen_and_says_so(alice_client: Client, signed: Month, run: Run) -> None:
    assert "signed off, frozen" in text(alice_client.get(HERE, {"through": "2025-03"}))
    response = alice_client.get(HERE)
    assert "signed off, frozen" not in text(response)
    strip = {month["name"]: month["state"] for month in response.context["months"]}
    assert (strip["March 2025"], strip["April 2025"], strip["May 2025"]) == ("frozen", "in work", "not there")
    for href, amount in figures(text(alice_client.get(HERE, {"through": "2025-03"})))[:12]:
        assert not href.startswith("/log/register/") or behind(alice_client, href) == amount, href


def test_late_corrections_stand_below_and_in_no_total(alice_client: Client, signed: Month, second: Run) -> None:
    before = alice_client.get(HERE).context["found"].totals
    file = SourceFile.objects.filter(month__period=LAST, side="oracle")[0]
    Adjustment.objects.create(
        run=second, month=signed, file=file, row=7, side="oracle", supplier="Northern Books", number="L-1",
        date=date(2025, 3, 20), was=None, amount=1_234_56, difference=1_234_56,
    )  # fmt: skip
    response = alice_client.get(HERE)
    page = text(response)
    assert response.context["found"].totals == before
    assert 'id="late"' in page and "+1,234.56" in page and 'href="/months/2025-03/">March 2025</a>' in page
    task = next(task for task in response.context["tasks"] if task["href"].endswith("#late"))
    assert task["title"] == "One correction came late" and task["amount"] == "£1,234.56 difference"


# --- Parts ------------------------------------------------------------------------------------------------------------


def test_commitments_lead_to_their_orders(alice_client: Client, begun: Log) -> None:
    response = alice_client.get(f"{HERE}committed/")
    rows = response.context["table"].records
    assert sum(row["amount"] for row in rows) == begun.totals.committed
    mine = next(row for row in rows if row["order"] == "70099001")
    assert mine["amount"] == 1_000_00 and alice_client.get(mine["order_href"]).status_code == 200
    fund = begun.rows[1].key
    some = alice_client.get(f"{HERE}committed/", {"fund": fund})
    assert {row["fund"] for row in some.context["table"].records} == {fund} and f"Of fund {fund} only." in text(some)
    taken = alice_client.get(f"{HERE}committed/csv/", {"fund": fund})
    lines = list(csv.DictReader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert [line["Amount"] for line in lines] == [
        to_text(row["amount"], "GBP") for row in some.context["table"].records
    ]


def test_no_forecast_stands_without_its_basis(alice_client: Client, begun: Log) -> None:
    response = alice_client.get(f"{HERE}forecast/")
    page = unescape(text(response))
    for one in begun.rows:
        assert one.basis and one.basis in page
    for row in response.context["table"].records:
        assert row["spent"] == 0 or behind(alice_client, row["spent_href"]) == row["spent"]


# --- Taken along ------------------------------------------------------------------------------------------------------


def test_the_table_is_taken_along_as_it_is_narrowed(bob_client: Client, begun: Log) -> None:
    query = {"by": "supplier", "fund": begun.rows[0].key, "sort": "-oracle"}
    page = bob_client.get(HERE, query)
    rows = page.context["table"].records
    forms = dict(page.context["downloads"])
    told = list(csv.DictReader(io.StringIO(bob_client.get(forms["CSV"]).content.decode("utf-8-sig"))))
    assert [line["Supplier"] for line in told] == [row["key"] for row in rows]
    assert [line["Spent and reconciled, to date"] for line in told] == [to_text(row["spent"], "GBP") for row in rows]
    assert [line["March 2025"] for line in told] == [to_text(row["m0"], "GBP") for row in rows]
    book = openpyxl.load_workbook(io.BytesIO(bob_client.get(forms["Excel"]).content), read_only=True)
    assert sum(1 for _ in book["Log"].rows) == 4 + len(rows)
    assert [audit.as_data(event)["what"] for event in audit.about(f"log:{YEAR}")] == [
        "the Log of 2024/25 to April 2025 (csv)", "the Log of 2024/25 to April 2025 (xlsx)",
    ]  # fmt: skip
    assert bob_client.get(f"{HERE}download/pdf/").status_code == 404


def test_a_small_workbook_is_sent_at_once_and_made_once(bob_client: Client, begun: Log) -> None:
    address = bob_client.get(HERE).context["workbook"]
    first, again = (b"".join(bob_client.get(address).streaming_content) for _ in range(2))
    assert first == again and {"Log", "Months"} <= set(openpyxl.load_workbook(io.BytesIO(first)).sheetnames)
    before = log_kept.place("2024-08", LAST)
    budgets.change(
        User.objects.get(username="administrator"), year=YEAR, fund=begun.rows[0].key, amount=100,
        date=date(2025, 4, 1), approver="x", reason="x",
    )  # fmt: skip
    assert log_kept.place("2024-08", LAST) != before


def test_a_large_workbook_is_made_by_a_job_that_leads_back(bob_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(log_workbook, "LARGE", 0)
    address = bob_client.get(HERE).context["workbook"]
    log_kept.place("2024-08", LAST).unlink(missing_ok=True)
    sent = [bob_client.get(address).url for _ in range(2)]
    job = Job.objects.get(task="reconcile.log_workbook")
    assert sent == [f"/jobs/{job.code}/"] * 2
    page = text(bob_client.get(jobs.run_now(job).result["url"]))
    assert "The workbook is ready" in page and '<meta http-equiv="refresh"' in page
    assert bob_client.get(address).headers["Content-Disposition"].endswith('.xlsx"')


def test_it_draws_nothing_with_inline_style_or_script(alice_client: Client, begun: Log) -> None:
    for address in (HERE, f"{HERE}?view=months", f"{HERE}committed/", f"{HERE}forecast/"):
        page = text(alice_client.get(address))
        assert " style=" not in page and "<style" not in page and "<script>" not in page and " onclick" not in page
