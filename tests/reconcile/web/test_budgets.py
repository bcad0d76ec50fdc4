"""The pages of budgets: what needs somebody, what an upload would change before it does, and the file for Alma."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import Event, User
from reconcile.models import BudgetChange, Cell, Fund, Month, Run
from reconcile.services import budget_files, budgets

pytestmark = pytest.mark.django_db
HERE = "/log/budgets/2024/"
SAID = {"approver": "The Librarian", "reason": "More law books", "date": "2025-03-10"}
FIRST = b"Fund,Amount\nLAW-BK,1000\nART-BK,500\n"


@pytest.fixture(autouse=True)
def alone(db: None) -> Iterator[None]:
    """Begin with no month of other tests, not even one that the books have yet to enter."""
    Run.objects.update(current=False)
    Cell.objects.all().delete()
    Fund.objects.all().delete()
    return


def text(response: Any) -> str:
    """Return what a page says, a table's cells apart."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", re.sub(r"</t[dh]>", " ", response.content.decode())))


def look(client: Client, data: bytes, name: str = "budgets.csv") -> Any:
    """Upload a file and follow to what it would change."""
    return client.post(f"{HERE}upload/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def store(client: Client, page: Any, **more: str) -> Any:
    """Say yes to what a page shows."""
    address = page.redirect_chain[-1][0] if page.redirect_chain else page.request["PATH_INFO"]
    seen = page.context["plan"].digest
    return client.post(address, {"action": "store", "seen": seen} | more, follow=True)


@pytest.fixture
def begun(bob: User) -> None:
    budgets.take("first.csv", io.BytesIO(FIRST), bob, year=2024, on=date(2024, 8, 1), new_funds=True)


@pytest.fixture
def spent(begun: None) -> None:
    """One fund spent too much, one has no budget, some was booked on none; Alma knows two of them."""
    Fund.objects.create(code="LAW-BK", name="Law books")
    Fund.objects.create(code="SCI-BK", name="Science books")
    month, _ = Month.objects.get_or_create(period="2025-02")
    for fund, oracle in (("LAW-BK", 120000), ("SCI-BK", 700), ("", 333)):
        Cell.objects.create(
            month=month, fund=fund, ledger="", cost_centre="", supplier="", material="", alma=oracle, oracle=oracle,
            alma_waits=0, oracle_waits=0, accrued=0,
        )  # fmt: skip


# --- The list ---------------------------------------------------------------------------------------------------------


def test_a_year_without_budgets_says_what_to_do(bob_client: Client, alice_client: Client) -> None:
    page = bob_client.get(HERE)
    assert "2024/25 has no budgets yet. Upload what each fund is given" in text(page)
    assert "Finance or a manager uploads" in text(alice_client.get(HERE))
    assert bob_client.get("/log/budgets/").url.startswith("/log/budgets/20")


def test_it_says_first_what_must_be_done(bob_client: Client, spent: None) -> None:
    page = bob_client.get(HERE)
    found = {task["title"]: (task["amount"], task["href"]) for task in page.context["tasks"]}
    assert found == {
        "Give a budget to 1 fund spending without one": (700, f"{HERE}?show=without#list"),
        "Cover 1 fund spent beyond the budget": (20000, f"{HERE}?show=over#list"),
        "Check 1 fund that Alma does not know": (50000, f"{HERE}?show=strangers#list"),
        "Find the fund of what Oracle has booked on none": (333, f"{HERE}?show=nowhere#list"),
        "Take 2 changes to Alma": (150000, f"{HERE}loader/"),
    }
    assert "SCI-BK £7.00. Upload it, or move money there." in text(page)
    listed = {word: text(bob_client.get(f"{HERE}?show={word}")) for word in ("without", "over", "strangers", "nowhere")}
    assert all("1 fund, £" in page for page in listed.values())
    assert "SCI-BK Science books" in listed["without"] and "no fund" in listed["nowhere"]


def test_nothing_to_do_is_said(bob_client: Client, begun: None) -> None:
    for code in ("LAW-BK", "ART-BK"):
        Fund.objects.create(code=code)
    bob_client.post(f"{HERE}loader/", {"which": "all", "fiscal_period": "22"})
    assert "Nothing. Every fund that spends has a budget" in text(bob_client.get(HERE))


def test_the_list_adds_up_sorts_and_narrows(bob_client: Client, spent: None) -> None:
    page = bob_client.get(HERE)
    assert "4 funds, £1,500.00 given" in text(page) and "1,210.33" in text(page)
    rows = [one["fund"] for one in bob_client.get(f"{HERE}?sort=left").context["table"].records]
    assert rows == ["LAW-BK", "SCI-BK", "no fund", "ART-BK"]
    assert [one["fund"] for one in bob_client.get(f"{HERE}?q=law").context["table"].records] == ["LAW-BK"]
    assert "No fund is like that" in text(bob_client.get(f"{HERE}?q=zzz"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_is_taken_along_as_it_is_narrowed(alice_client: Client, spent: None, form: str) -> None:
    response = alice_client.get(f"{HERE}download/{form}/?show=given")
    assert f"libra-budgets-2024-25.{form}" in response.headers["Content-Disposition"]
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if form == "csv":
        heading, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        assert rows[1][:2] == ["LAW-BK", "Law books"] and rows[1][heading.index("Left")] == "-200.00"
    else:
        cells = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
        assert [row[0] for row in cells[4:]] == ["ART-BK", "LAW-BK"] and float(cells[5][9]) == -200
    assert Event.objects.latest("number").kind == "downloaded"
    assert alice_client.get(f"{HERE}download/pdf/").status_code == 404


@pytest.mark.parametrize(
    "address", ["/log/budgets/1/", "/log/budgets/2024/fund/?code=XXX", f"{HERE}upload/check/?file=x"]
)
def test_what_is_not_there_is_said_to_be_not_there(bob_client: Client, address: str) -> None:
    assert bob_client.get(address).status_code == 404


def test_the_page_asks_the_database_no_more_for_more_funds(bob_client: Client, bob: User, begun: None) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            bob_client.get(HERE)
        return len(queries)

    asked()
    before = asked()
    rows = "".join(f"F-{number},{number}\n" for number in range(300))
    budgets.take("more.csv", io.BytesIO(f"Fund,Amount\n{rows}".encode()), bob, year=2024, new_funds=True)
    assert asked() == before <= 20


# --- Uploads ----------------------------------------------------------------------------------------------------------


def test_an_upload_shows_what_it_would_change_and_stores_nothing_before_a_yes(bob_client: Client, begun: None) -> None:
    page = look(bob_client, b"Fund,Amount\nLAW-BK,1250\nART-BK,500\n", "second.csv")
    said = text(page)
    assert "1 fund given another amount than before" in said and "+250.00" in said and "1,250.00" in said
    assert "1 fund of the file, 0 that it does not name" in said
    assert BudgetChange.objects.count() == 2
    done = store(bob_client, page)
    assert "second.csv is stored: 0 new, 1 changed, 1 as before; +£250.00 in all." in text(done)
    assert budgets.totals(2024) == {"LAW-BK": 125000, "ART-BK": 50000}
    assert bob_client.get(page.redirect_chain[-1][0]).status_code == 404  # it does not wait any more


def test_everything_wrong_with_a_file_is_shown_at_once(bob_client: Client) -> None:
    bad = b"Fund,Amount,Currency\nLAW-BK,,USD\nLAW-BK,x,\n"
    page = look(bob_client, bad, "bad.csv")
    said = text(page)
    assert page.status_code == 422 and "bad.csv cannot be taken in." in said
    for each in ("4 remarks", "is in USD, but budgets are kept in GBP", "is not an amount", "stands in row 2 already"):
        assert each in said
    assert not budget_files.Waiting("bad.csv", hashlib.sha256(bad).hexdigest()).path.exists()
    assert bob_client.post(f"{HERE}upload/").status_code == 422


def test_funds_that_nobody_knows_need_a_tick(bob_client: Client, begun: None) -> None:
    page = look(bob_client, b"Fund,Amount\nLAW-BX,1\n")
    assert "LAW-BX, row 2, 1.00: do you mean LAW-BK?" in text(page)
    refused = store(bob_client, page)
    assert refused.status_code == 422 and "1 fund is named neither by Alma’s files" in text(refused)
    store(bob_client, page, new_funds="on")
    assert budgets.totals(2024)["LAW-BX"] == 100


def test_it_is_asked_whether_the_file_knows_what_was_entered_here(bob_client: Client, bob: User, begun: None) -> None:
    said = {"approver": "x", "reason": "y", "date": date(2025, 3, 10)}
    budgets.transfer(bob, year=2024, from_fund="LAW-BK", to_fund="ART-BK", amount=10000, **said)
    page = look(bob_client, b"Fund,Amount\nLAW-BK,900\nART-BK,600\n")
    assert "Money was moved or changed here for 2 of these funds" in text(page)
    whole = bob_client.get(f"{page.redirect_chain[-1][0]}&whole=yes&on=2025-04-01")
    assert "Nothing would change." in text(whole) and "Store" not in text(whole)
    dated = bob_client.get(f"{page.redirect_chain[-1][0]}&on=2025-04-01")
    assert {line.date for line in dated.context["plan"].lines} == {date(2025, 4, 1)}


def test_what_others_stored_meanwhile_is_shown_before_a_yes_counts(bob_client: Client, bob: User, begun: None) -> None:
    page = look(bob_client, b"Fund,Amount\nLAW-BK,1250\n")
    budgets.take("other.csv", io.BytesIO(b"Fund,Amount\nLAW-BK,1200\n"), bob, year=2024)
    refused = store(bob_client, page)
    assert refused.status_code == 422 and "The budgets changed since you looked" in text(refused)
    assert "+50.00" in text(refused) and budgets.totals(2024)["LAW-BK"] == 120000


def test_a_closed_month_is_told_before_anything_is_stored(bob_client: Client, begun: None) -> None:
    Month.objects.update_or_create(period="2025-03", defaults={"state": "signed_off"})
    page = look(bob_client, b"Fund,Amount,Date\nLAW-BK,1250,2025-03-10\n")
    assert "March 2025 is signed off: its budgets stand as they were signed." in text(page)
    assert "Store" not in text(page) and store(bob_client, page).status_code == 422


def test_a_file_is_thrown_away(bob_client: Client, begun: None) -> None:
    page = look(bob_client, b"Fund,Amount\nLAW-BK,1\n")
    done = bob_client.post(page.redirect_chain[-1][0], {"action": "discard"}, follow=True)
    assert "Nothing was stored" in text(done) and budgets.totals(2024)["LAW-BK"] == 100000
    assert not page.context["waiting"].path.exists()


# --- Entered by hand --------------------------------------------------------------------------------------------------


def test_money_is_moved_after_its_effect_was_seen(bob_client: Client, spent: None) -> None:
    typed = {"amount": "100.00", "from_fund": "LAW-BK", "to_fund": "ART-BK"} | SAID
    page = bob_client.post(f"{HERE}transfer/", typed)
    assert BudgetChange.objects.count() == 2 and "Move £100.00" in text(page)
    assert "LAW-BK will have spent more than its budget." in text(page)
    done = bob_client.post(f"{HERE}transfer/", typed | {"seen": page.context["seen"]}, follow=True)
    assert "£100.00 is moved from LAW-BK to ART-BK." in text(done)
    assert budgets.totals(2024) == {"LAW-BK": 90000, "ART-BK": 60000}
    other = bob_client.post(f"{HERE}transfer/", typed | {"amount": "7.00", "seen": page.context["seen"]})
    assert "Move £7.00" in text(other) and BudgetChange.objects.count() == 4


def test_what_cannot_be_is_refused_with_what_was_typed(bob_client: Client, begun: None) -> None:
    typed = {"amount": "9999.00", "from_fund": "LAW-BK", "to_fund": "ART-BK"} | SAID
    page = bob_client.post(f"{HERE}transfer/", typed)
    assert page.status_code == 422 and "£9,999.00 cannot be taken from it" in text(page)
    assert 'value="9999.00"' in page.content.decode() and "More law books" in page.content.decode()
    page = bob_client.post(f"{HERE}transfer/", {"amount": "x"})
    for said in ("is no amount", "Choose the fund that gives.", "Name who approved it.", "Say why"):
        assert said in text(page)


def test_a_budget_is_changed_and_a_new_fund_needs_a_tick(bob_client: Client, begun: None) -> None:
    typed = {"fund": "NEW-BK", "way": "more", "amount": "12.00"} | SAID
    page = bob_client.post(f"{HERE}change/", typed)
    assert page.status_code == 422 and "say that the fund is new" in text(page) and "This fund is new" in text(page)
    page = bob_client.post(f"{HERE}change/", typed | {"new_fund": "on"})
    bob_client.post(f"{HERE}change/", typed | {"new_fund": "on", "seen": page.context["seen"]})
    assert budgets.totals(2024)["NEW-BK"] == 1200
    less = {"fund": "LAW-BK", "way": "less", "amount": "1.00"} | SAID
    seen = bob_client.post(f"{HERE}change/", less).context["seen"]
    assert "LAW-BK has £1.00 less." in text(bob_client.post(f"{HERE}change/", less | {"seen": seen}, follow=True))


def test_a_fund_shows_how_its_budget_came_to_be(
    bob_client: Client, alice_client: Client, bob: User, spent: None
) -> None:
    said = SAID | {"date": date(2025, 3, 10)}
    budgets.transfer(bob, year=2024, from_fund="ART-BK", to_fund="LAW-BK", amount=2500, **said)
    page = bob_client.get(f"{HERE}fund/?code=LAW-BK")
    told = text(page)
    assert "Spent beyond the budget −175.00" in told and "Transfer from ART-BK" in told and "The Librarian" in told
    assert "first.csv, row 2" in told and "1,025.00" in told
    reverse = page.context["table"].records[1]["undo"]
    form = bob_client.get(reverse).context["form"]
    assert [form[name].value() for name in ("from_fund", "to_fund", "amount")] == ["LAW-BK", "ART-BK", "25.00"]
    change = bob_client.get(page.context["table"].records[0]["undo"]).context["form"]
    assert [change[name].value() for name in ("fund", "way", "amount")] == ["LAW-BK", "less", "1000.00"]
    assert "Reverse" not in text(alice_client.get(f"{HERE}fund/?code=LAW-BK"))
    assert "Budget moved between funds" in text(bob_client.get(page.context["record"]))


# --- The file for Alma ------------------------------------------------------------------------------------------------


def test_the_file_for_alma_is_made_once_and_then_only_what_is_new(alice_client: Client, begun: None) -> None:
    page = alice_client.get(f"{HERE}loader/")
    assert "2 changes wait for Alma, +1,500.00 GBP in all" in text(page)
    assert "See first that Alma has ART-BK, LAW-BK: its files name no such funds." in text(page)
    missing = alice_client.post(f"{HERE}loader/", {"which": "unsent"})
    assert missing.status_code == 422 and "Write Alma’s number of the year" in text(missing)
    file = alice_client.post(f"{HERE}loader/", {"which": "unsent", "fiscal_period": "22"})
    assert file.headers["Content-Disposition"].startswith('attachment; filename="fund-allocations-2024-25-')
    assert file.content.startswith(b"FUND_EXTERNAL_ID,FISCAL_PERIOD_ID,AMOUNT,") and file.content.count(b"\r\n") == 3
    page = alice_client.get(f"{HERE}loader/")
    assert "Nothing waits for Alma" in text(page) and page.context["form"]["fiscal_period"].value() == "22"
    assert "2 changes" in text(page).split("Files so far")[1]
    again = alice_client.post(f"{HERE}loader/", {"which": "since", "fiscal_period": "22"})
    assert "Write the day from which on" in text(again)
    again = alice_client.post(f"{HERE}loader/", {"which": "since", "since": "2025-01-01", "fiscal_period": "22"})
    assert again.status_code == 422 and "Nothing of these budgets is to be taken to Alma." in text(again)


@pytest.mark.parametrize("part", ["upload/", "upload/check/", "transfer/", "change/"])
def test_acquisitions_read_and_change_nothing(alice_client: Client, begun: None, part: str) -> None:
    refused = alice_client.get(f"{HERE}{part}")
    assert refused.status_code == 403 and "may not set and move budgets" in text(refused)
    assert "Upload budgets" not in text(alice_client.get(HERE))
