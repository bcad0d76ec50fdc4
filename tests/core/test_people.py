from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from core.models import User
from core.roles import ROLES


def told(capsys, *arguments):
    call_command("people", *arguments)
    return capsys.readouterr().out


def passwords(text):
    return dict(line.split() for line in text.splitlines() if line.startswith("  "))


def test_it_makes_one_sign_in_per_role_whose_password_works(db, capsys):
    made = passwords(told(capsys))
    assert set(made) == set(ROLES)
    user = authenticate(RequestFactory().post("/"), username="finance", password=made["finance"])
    assert [group.name for group in user.groups.all()] == ["finance"]


def test_it_makes_nobody_where_there_is_somebody(alice, capsys):
    said = told(capsys)
    assert said.startswith("There are sign-ins already; none was made.") and "manage.py changepassword" in said
    assert User.objects.count() == 1


def test_it_adds_a_person_in_a_role(db, capsys):
    made = passwords(told(capsys, "--add", "dora", "--role", "manager"))
    assert set(made) == {"dora"}
    assert User.objects.get().groups.get().name == "manager"


@pytest.mark.parametrize("arguments", [["--add", "dora"], ["--role", "manager"]], ids=["no role", "no name"])
def test_it_refuses_half_an_order(db, arguments):
    with pytest.raises(CommandError, match="both --add NAME and --role ROLE"):
        call_command("people", *arguments)


def test_it_says_how_to_change_the_password_of_somebody_who_is_there(alice):
    with pytest.raises(CommandError, match=r"manage\.py changepassword alice"):
        call_command("people", "--add", "alice", "--role", "manager")
