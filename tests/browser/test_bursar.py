"""Fines and fees in a browser: from a profile to a fee that is paid; nobody else sees any; the checker is content."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils.timezone import localdate
from playwright.sync_api import expect

from bursar import example
from bursar.formats.layout import shipped
from bursar.formats.returns import shipped as shipped_returns
from bursar.models import Export, Fee, PaymentFile, Profile
from bursar.services import profiles, taking
from core.jobs import run_now
from core.models import Job
from core.roles import BURSAR
from tests.conftest import person
from tests.core.openssh_server import OpenSSH

from .checker import complaints, on_page

pytestmark = pytest.mark.browser


@pytest.fixture
def dora(transactional_db: None) -> Any:
    return person("dora", BURSAR)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Write the example's files; return them by what they are."""
    made = example.make("CAMPUS", localdate())
    found = {}
    for what in ("first", "waiting", "paid"):
        name, content = getattr(made, what)
        found[what] = tmp_path / name
        found[what].write_bytes(content)
    return found


def test_from_a_profile_to_a_fee_that_is_paid(dora, page_of, worker, files):
    page = page_of(dora)
    page.goto("/")
    expect(page.get_by_role("heading", name="Fines and fees")).to_be_visible()
    page.get_by_role("link", name="New profile").click()
    page.get_by_label("Code", exact=True).fill("CAMPUS")
    page.get_by_label("Name", exact=True).fill("The campus")
    page.get_by_label("Library fines").fill("MAIN\nLAW")
    page.get_by_label("Layout", exact=True).select_option("asu")
    page.get_by_label("Return layout").select_option("csv")
    page.get_by_role("button", name="Make the profile").click()
    expect(page.get_by_role("heading", name="What the library’s files hold")).to_be_visible()
    expect(page.get_by_role("rowheader", name="EMPLID")).to_be_visible()

    page.get_by_role("link", name="Run", exact=True).click()
    page.get_by_label("Alma’s export, or a report of fees").set_input_files(files["first"])
    page.get_by_role("button", name="Make the bursar’s files").click()
    page.wait_for_url(re.compile(r"/bursar/exports/"), timeout=60_000)
    expect(page.get_by_text("The places come to the source, to the cent.")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name=re.compile("^LIB_charges")).click()
    lines = Path(taken.value.path()).read_text().splitlines()
    assert len(lines) == Fee.objects.filter(state="transferred").count() > 20

    page.get_by_role("link", name="Payments", exact=True).click()
    page.get_by_label("Student finance’s file of payments").set_input_files(files["paid"])
    page.get_by_role("button", name="Load the payments").click()
    expect(page.get_by_role("heading", name="payments.csv")).to_be_visible()
    page.get_by_role("row", name=re.compile("Pays the fee")).first.get_by_role("link").click()
    expect(page.get_by_text("closed: paid").first).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Left to pay 0.00"))).to_be_visible()


def test_a_layout_is_tried_while_it_is_typed(dora, page_of, profile):
    page = page_of(dora)
    page.goto("/bursar/profiles/CAMPUS/layout/edit/")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("it writes")
    page.get_by_label("Text (TOML)").fill('code = "x"\nform = "round"\n')
    expect(preview).to_contain_text("title is missing.")


def test_what_the_first_page_asks_is_done_one_after_the_other(dora, page_of, worker, settings, tmp_path):
    settings.DATA_DIR, settings.LIBRA_BURSAR_SETTLE = tmp_path / "libra", 0
    call_command("bursar_demo")
    page = page_of(dora)
    page.goto("/bursar/")
    page.get_by_role("link", name="Take in 1 waiting export").click()
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url(re.compile(r"/bursar/exports/"), timeout=60_000)
    expect(page.get_by_role("cell", name="waits to be fetched")).to_have_count(2)
    for name in page.get_by_role("link", name=re.compile("^LIB_charges")).all_inner_texts():
        with page.expect_download():
            page.get_by_role("link", name=name).click()
    page.reload()
    expect(page.get_by_text("delivered", exact=True)).to_be_visible()

    page.goto("/bursar/")
    expect(
        page.get_by_role("link", name=re.compile("^Fetch 1 file made of EXAMPLE-1001"))
    ).to_be_visible()  # of the export before
    page.get_by_role("link", name="Load a payment file").click()
    page.get_by_label("Student finance’s file of payments").set_input_files(
        settings.DATA_DIR / "example" / "bursar" / "payments.csv"
    )
    page.get_by_role("button", name="Load the payments").click()
    expect(page.get_by_role("heading", name="payments.csv")).to_be_visible()
    page.goto("/bursar/")
    page.get_by_role("link", name=re.compile("^Tell Alma of")).click()
    page.get_by_role("button", name="Make Alma’s import file").click()
    expect(page.get_by_text("Made for Alma: EXAMPLE-payments-")).to_be_visible()

    page.goto("/bursar/")
    expect(page.get_by_role("link", name="Tell Alma of")).to_have_count(0)
    page.get_by_role("link", name="Say which charge 1 credit takes back").click()
    page.get_by_role("row", name=re.compile("waits for a person")).get_by_role("link").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Keep the choice").click()
    expect(page.get_by_text("A choice is kept already.")).to_be_visible()
    page.goto("/bursar/")
    page.get_by_role("link", name="Send 1 credit").click()
    page.get_by_role("button", name="Send what was set aside").click()
    page.wait_for_url(re.compile(r"/bursar/exports/"), timeout=60_000)
    page.goto("/bursar/")
    expect(page.get_by_role("link", name=re.compile("Say which charge|Send 1 credit"))).to_have_count(0)


def test_what_waits_on_a_server_is_added_to_the_first_page(dora, page_of, profile, files, settings, tmp_path):
    server = OpenSSH(tmp_path)
    settings.BURSAR_CONNECTIONS = {"campus": server.connection(tmp_path / "alma")}
    profiles.amend(profile, dora, connection="campus")
    (tmp_path / "alma" / "out").mkdir(parents=True)
    (tmp_path / "alma" / "out" / "CAMPUS-2000-1.xml").write_bytes(files["first"].read_bytes())
    page = page_of(dora)
    page.goto("/bursar/")
    expect(page.get_by_role("link", name="Take in 1 waiting export")).to_be_visible()
    server.vanish()
    page.reload()
    expect(page.get_by_role("link", name="See why campus does not answer")).to_be_visible()
    page.get_by_role("link", name=re.compile("^See why 1 fee")).click()  # what was there before is not in the way


def test_the_columns_are_saved_as_a_file_that_opens_by_itself(dora, page_of, profile, tmp_path):
    page = page_of(dora)
    page.goto("/bursar/profiles/CAMPUS/layout/")
    with page.expect_download() as saved:
        page.get_by_role("link", name="save it as a file").click()
    path = tmp_path / saved.value.suggested_filename
    saved.value.save_as(path)
    page.goto(path.as_uri())
    expect(page.get_by_role("rowheader", name="EMPLID")).to_be_visible()
    assert list(on_page(page)) == []


@pytest.fixture
def profile(dora: Any, files: dict[str, Path]) -> Profile:
    """A profile with one export, taken in without a browser."""
    made = profiles.create(
        dora, code="CAMPUS", name="The campus", libraries=["MAIN", "LAW"], import_active=True, output_path="out",
        input_path="in", layout=shipped()["asu"], return_layout=shipped_returns()["csv"],
    )  # fmt: skip
    for what in ("first", "waiting"):
        with files[what].open("rb") as stream:
            job = run_now(taking.upload(made, files[what].name, stream, dora))
        assert job.state == Job.State.DONE, job.outcome
    return made


@pytest.fixture
def addresses(profile: Profile, dora: Any, files: dict[str, Path]) -> list[str]:
    """Return an address of every page with something on it."""
    from bursar.services import paying

    with files["paid"].open("rb") as stream:
        payments = paying.take(profile, "payments.csv", stream, dora, date.today())
    waiting, paid = Fee.objects.get(state="waiting"), Fee.objects.filter(ended="paid").first()
    owed = Fee.objects.filter(state="transferred", amount__gt=0, balance__gt=0).first()
    assert paid is not None and owed is not None
    one = "/bursar/profiles/CAMPUS/"
    return [
        "/bursar/", "/bursar/profiles/new/", one, f"{one}layout/", f"{one}layout/edit/", f"{one}returns/edit/",
        f"{one}run/", f"{one}{localdate():%Y-%m}/", *(f"/bursar/exports/{each.code}/" for each in Export.objects.all()),
        "/bursar/fees/", "/bursar/fees/?state=rejected", *(f"/bursar/fees/{fee.pk}/" for fee in (waiting, paid, owed)),
        "/bursar/payments/", f"/bursar/payments/{payments.code}/", f"{one}alma/",
        "/bursar/people/", *(f"/bursar/people/{what}?user={paid.user_id_text}" for what in ("", "erase/")),
    ]  # fmt: skip


def test_the_checker_finds_nothing(dora, page_of, addresses):
    assert not complaints(page_of(dora), addresses)


def test_nobody_else_sees_fees(alice, bob, manager, client_of, addresses):
    code = PaymentFile.objects.get().code
    for other in (alice, bob, manager):
        client = client_of(other)
        assert {client.get(address).status_code for address in [*addresses, f"/bursar/payments/{code}/"]} == {403}
        assert "Bursar" not in client.get("/").content.decode().split("</nav>")[0]
