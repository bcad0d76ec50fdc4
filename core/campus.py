"""Sign-ins that the campus vouches for: whose they are here, and which roles they bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from core.models import CampusIdentity, User

BACKEND = "core.campus.CampusBackend"


class CampusBackend(ModelBackend):
    """Marks a session that began at the campus. It knows no passwords."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the campus says of a person. `subject` is its own lasting name for them, `name` the one people know."""

    issuer: str
    subject: str
    name: str
    groups: frozenset[str] = frozenset()
    first_name: str = ""
    last_name: str = ""
    email: str = ""


class Refused(Exception):
    """The campus vouches, and yet the person does not get in: why, as a sentence for that person."""


@transaction.atomic
def admit(vouched: Vouched) -> User:
    """Return the person whom the campus vouches for, made now if this is their first time. Raises Refused.

    A sign-in with a password belongs to whoever knows it: the campus takes it over only after `people --campus`.
    """
    identity = CampusIdentity.objects.filter(issuer=vouched.issuer, subject=vouched.subject).first()
    person = identity.user if identity else _first_time(vouched)
    if not person.is_active:
        raise Refused(f"The sign-in {person.get_username()} was closed. Ask whoever runs Libra here.")
    if settings.LIBRA_CAMPUS_ROLES:
        person.groups.set(Group.objects.filter(name__in=roles_of(vouched.groups)))
    return person


def roles_of(groups: frozenset[str]) -> list[str]:
    """Return the roles that LIBRA_CAMPUS_ROLES gives to members of these groups."""
    return [role for role, wanted in settings.LIBRA_CAMPUS_ROLES.items() if groups.intersection(wanted)]


def _first_time(vouched: Vouched) -> User:
    person = User.objects.filter(username=vouched.name).first()
    if person is None:
        try:
            User._meta.get_field("username").clean(vouched.name, None)
        except ValidationError:
            raise Refused(
                f"The campus calls you “{vouched.name[:150]}”, which is no name for a sign-in here. "
                "Ask whoever runs Libra here which of your names the campus should send."
            ) from None
        person = User(username=vouched.name, email=vouched.email[:254])
        person.first_name, person.last_name = vouched.first_name[:150], vouched.last_name[:150]
        person.set_unusable_password()
        person.save()
    elif person.has_usable_password() or person.campus_identities.exists():
        raise Refused(
            f"There is a sign-in {vouched.name} here already, which is not the campus's. "
            f"If it is yours, ask whoever runs Libra here to hand it over: manage.py people --campus {vouched.name}"
        )
    CampusIdentity.objects.create(issuer=vouched.issuer, subject=vouched.subject, user=person)
    return person
