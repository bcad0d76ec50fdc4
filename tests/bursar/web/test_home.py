"""The first page of fines and fees answers what must be done now: files that wait, files to fetch, Alma to be told."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from bursar.models import Profile
from bursar.services import paying, places, profiles
from core.jobs import run_now
from core.models import Job
from core.transports import Connection
from tests.bursar import made

from .conftest import text


@pytest.fixture
def own(settings, tmp_path):
    """Give this test a folder of Libra's own."""
    settings.DATA_DIR = tmp_path / "libra"
    settings.LIBRA_BURSAR_SETTLE = 0


def test_the_first_page_counts_the_files_that_wait_and_what_else_is_to_be_done(dora_client, own, export, tmp_path):
    profile = export.profile
    place, below = places.incoming(profile)
    for number in (2, 3):
        made.written(tmp_path, made.user("7", made.fee(reference=f"C{number}"))).rename(
            Path(place.path) / below / f"LIB-{number}-170000000000{number}.xml"
        )
    page = text(dora_client.get("/bursar/"))
    assert "Take in 2 waiting exports" in text(dora_client.get("/bursar/profiles/LIB/"))
    assert "Take in 2 waiting exports" in page and f'/bursar/exports/{export.code}/#files">Fetch 1 file' in page
    file = export.files.get(kind="all")
    dora_client.get(f"/bursar/files/{file.code}/")
    assert "Fetch" not in text(dora_client.get("/bursar/"))
    assert "fetched" in text(dora_client.get(f"/bursar/exports/{export.code}/"))
    paid = BytesIO(b"Identifier,Reference,Amount,Date\n01234,A1,12.50,2026-01-01\n")
    paying.take(profile, "paid.csv", paid, None, date(2026, 1, 2))
    assert "Tell Alma of 1 payment<" in text(dora_client.get("/bursar/"))


def test_servers_are_asked_apart_so_that_the_first_page_never_waits(dora_client, profile, settings):
    gone = Connection("far", "sftp", "/", "localhost", 1, "nobody")
    settings.BURSAR_CONNECTIONS = {"far": gone}
    profiles.amend(profile, None, connection="far")
    page = text(dora_client.get("/bursar/"))
    assert 'hx-get="/bursar/servers/"' in page and "Nothing. All is done." not in page
    page = text(dora_client.get("/bursar/servers/", headers={"HX-Request": "true"}))
    assert page.startswith("<section") and "See why far does not answer" in page and "hx-get" not in page


def test_the_files_of_payments_that_wait_are_taken_by_hand_too(dora_client, own, profile):
    assert "Take the files that wait" not in text(dora_client.get("/bursar/payments/?profile=LIB"))
    profiles.amend(profile, None, return_path="back")
    place, below = places.returning(Profile.objects.get())
    (Path(place.path) / below / "paid.csv").write_text("Identifier,Reference,Amount,Date\n")
    assert "Take in 1 waiting file of payments" in text(dora_client.get("/bursar/"))
    assert "Take the files that wait" in text(dora_client.get("/bursar/payments/?profile=LIB"))
    answer = dora_client.post("/bursar/payments/", {"profile": "LIB", "what": "run"})
    job = run_now(Job.objects.latest("pk"))
    assert (answer["Location"], job.state) == (f"/jobs/{job.code}/", Job.State.DONE)
    asked = dora_client.get(answer["Location"], headers={"HX-Request": "true"})
    assert "paid.csv: 0 payments arrived." in text(dora_client.get(asked["HX-Redirect"]))
    assert "waiting file" not in text(dora_client.get("/bursar/"))
