from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from core import roles
from core.models import User


@roles.required(roles.CAN_UPLOAD)
def upload(request):
    return HttpResponse("in")


def visit(user):
    request = RequestFactory().get("/")
    request.user = user
    return upload(request)


@pytest.mark.parametrize("role", roles.ROLES)
def test_each_role_has_exactly_what_the_table_says(db, role):
    user = User.objects.create_user("somebody")
    user.groups.add(Group.objects.get(name=role))
    assert user.get_all_permissions() == set(roles.ROLES[role])


def test_it_writes_the_roles_twice_without_doubling_them(db):
    before = Group.objects.count(), Permission.objects.count()
    roles.write_roles()
    assert (Group.objects.count(), Permission.objects.count()) == before


def test_it_takes_away_what_somebody_added_to_a_role(db):
    Group.objects.get(name=roles.MANAGER).permissions.add(Permission.objects.get(codename="upload_files"))
    roles.write_roles()
    codenames = Group.objects.get(name=roles.MANAGER).permissions.values_list("codename", flat=True)
    assert set(codenames) == {"see_months", "download_workbooks", "review_months", "budget"}


def test_a_person_with_the_permission_sees_the_page(alice):
    assert visit(alice).content == b"in"


def test_a_person_without_it_reads_who_may(charlie):
    with pytest.raises(PermissionDenied) as refused:
        visit(charlie)
    assert str(refused.value) == (
        "You are signed in as charlie, who may not take files in. "
        "Ask whoever runs Libra here for the role acquisitions, finance or administrator."
    )
