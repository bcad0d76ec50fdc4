"""Who may open which page: every address of the reconciliation, and everybody."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from core.roles import ACQUISITIONS, ADMINISTRATOR, FINANCE, MANAGER
from reconcile.models import SourceFile
from reconcile.web.urls import urlpatterns

pytestmark = pytest.mark.usefixtures("months")

EVERYBODY = {ACQUISITIONS, FINANCE, MANAGER, ADMINISTRATOR}
PREPARE = {ACQUISITIONS, FINANCE, ADMINISTRATOR}
NOBODY = uuid.UUID(int=0)
# name of the address: its arguments, who may open it, what they get
PAGES = {
    "start": ([], EVERYBODY, 200),
    "upload": ([], PREPARE, 200),
    "upload-batch": ([NOBODY], PREPARE, 404),
    "upload-columns": ([NOBODY, NOBODY], PREPARE, 404),
    "month": (["2025-03"], EVERYBODY, 200),
    "month-workbook": (["2025-03"], EVERYBODY, 200),
    "mismatches": (["2025-03"], EVERYBODY, 200),
    "decide": (["2025-03"], PREPARE, 405),
    "bulk": (["2025-03"], PREPARE, 200),
    "steps": (["2025-03"], EVERYBODY, 200),
    "groups": (["2025-03"], EVERYBODY, 200),
    "group": (["2025-03", 1], EVERYBODY, 200),
    "item-owner": (["2025-03", 1], PREPARE, 302),
    "item-comment": (["2025-03", 1], PREPARE, 302),
    "item-attach": (["2025-03", 1], PREPARE, 302),
    "item-attachment": (["2025-03", 1, NOBODY], EVERYBODY, 404),
    "open-items": ([], EVERYBODY, 200),
    "chase": ([], PREPARE, 404),
    "chase-letter": ([NOBODY, "mail"], PREPARE, 404),
    "groups-download": (["2025-03"], EVERYBODY, 200),
    "excluded": (["2025-03"], EVERYBODY, 200),
    "files": (["2025-03"], EVERYBODY, 200),
    "file-original": (["2025-03", None], EVERYBODY, 200),
    "runs": (["2025-03"], EVERYBODY, 200),
    "sign-off": (["2025-03"], EVERYBODY, 200),
    "pack": (["2025-03", NOBODY, "pdf"], EVERYBODY, 404),
    "rules": ([], PREPARE, 200),
    "suppliers": ([], {ACQUISITIONS, ADMINISTRATOR}, 302),
    "glossary": ([], EVERYBODY, 200),
}
PEOPLE = {"alice": ACQUISITIONS, "bob": FINANCE, "manager": MANAGER, "administrator": ADMINISTRATOR, "charlie": ""}


def address(name: str) -> str:
    arguments = PAGES[name][0]
    if arguments[-1:] == [None]:
        arguments = [*arguments[:-1], SourceFile.objects.filter(month__period="2025-03").first().code]
    return reverse(name, args=arguments)


def test_it_knows_who_may_open_each_address():
    assert {pattern.name for pattern in urlpatterns} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", PEOPLE)
def test_it_opens_pages_to_the_roles_that_may_see_them(name, who, request, client_of):
    _, roles, status = PAGES[name]
    response = client_of(request.getfixturevalue(who)).get(address(name))
    assert response.status_code == (status if PEOPLE[who] in roles else 403)


@pytest.mark.parametrize("name", PAGES)
def test_it_asks_strangers_to_sign_in(name, db):
    response = Client().get(address(name))
    assert response.status_code == 302 and response.url.startswith("/sign-in/")


def test_it_lets_managers_look_but_not_change(manager, client_of):
    assert client_of(manager).post(reverse("runs", args=["2025-03"])).status_code == 403
    assert client_of(manager).post(reverse("upload")).status_code == 403


@pytest.mark.parametrize(
    "path", ["/months/2030-01/", "/months/2025-03/?run=9", "/months/2025-03/groups/999999/", "/months/2025-13/"]
)
def test_it_says_so_when_there_is_no_such_thing(alice_client, path):
    assert alice_client.get(path).status_code == 404
