"""Sign-ins: how they come to be."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction

from core import audit
from core.models import User
from core.roles import ROLES

# Without letters and digits that look alike, so that a password can be read off a terminal and typed.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """Return a password of four groups of four, some 79 bits of chance."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


@transaction.atomic
def add(name: str, *roles: str) -> str:
    """Make a sign-in in some roles and return its password, which is kept nowhere else."""
    password = new_password()
    user = User.objects.create_user(name, password=password)
    user.groups.set(Group.objects.filter(name__in=roles))
    return password


@transaction.atomic
def set_roles(name: str, roles: Iterable[str]) -> None:
    """Give somebody exactly these roles. Raises User.DoesNotExist."""
    User.objects.get(username=name).groups.set(Group.objects.filter(name__in=roles))


@transaction.atomic
def hand_to_campus(name: str) -> None:
    """Take a sign-in's password away, so that the campus may vouch for it. Raises User.DoesNotExist."""
    user = User.objects.get(username=name)
    user.set_unusable_password()
    user.save()
    audit.record("person.campus", None, [f"person:{name}"])


def add_one_per_role() -> dict[str, str]:
    """Make a sign-in for each role, named like the role, and return their passwords. Nothing when there is anybody."""
    if User.objects.exists():
        return {}
    return {role: add(role, role) for role in ROLES}
