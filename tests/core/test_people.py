from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from core import people
from core.models import Event, User
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


def test_it_gives_somebody_exactly_the_roles_named(alice, capsys):
    assert told(capsys, "--set", "alice", "--role", "finance", "--role", "manager") == (
        "alice may now do what these roles may: finance, manager.\n"
    )
    assert {group.name for group in alice.groups.all()} == {"finance", "manager"}


def test_it_hands_a_sign_in_over_to_the_campus(db, capsys):
    people.add("dora", "finance")
    told(capsys, "--campus", "dora")
    assert not User.objects.get().has_usable_password()
    assert Event.objects.filter(kind="person.campus", about__subject="person:dora").exists()


@pytest.mark.parametrize(
    "arguments", [["--set", "zoe", "--role", "finance"], ["--campus", "zoe"], ["--reset-second-factor", "zoe"]]
)
def test_it_says_so_when_there_is_nobody_of_that_name(db, arguments):
    with pytest.raises(CommandError, match=r"Nobody here is called zoe\."):
        call_command("people", *arguments)
