"""Personal tokens: with one a program reads the live tables in its owner's name, and can do nothing else.

A token is libra_<public part>_<secret part>. It is told once and kept as its SHA-256; by its public part it is found
and named in the record. Its secret part has 256 bits of chance, so a hash without salt and stretching keeps it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime, now

from core import audit
from core.jobs import UserError
from core.models import AccessToken, User
from core.roles import CAN_ADMINISTER, refusal

SHAPE = re.compile(r"libra_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
NAME_LENGTH = 100
USED_AT_MOST = timedelta(hours=1)  # a program may read every minute; its last use is written once in this time
NO_DIGEST = "0" * 64  # what a text is compared with where no token has its public part: that takes as long


def latest_day() -> date:
    """Return the last day that a token made today may have."""
    return localdate() + timedelta(days=settings.LIBRA_TOKEN_DAYS)


def in_force() -> QuerySet[AccessToken]:
    """Return everybody's tokens that are taken today."""
    return AccessToken.objects.filter(revoked_at=None, last_day__gte=localdate())


@transaction.atomic
def make(user: User, name: str, last_day: date) -> tuple[AccessToken, str]:
    """Make a token that is taken up to and with its last day. Return it with its text, which is kept nowhere.

    Raises UserError for a name that is missing, too long or taken, and for a last day that is over or too far away.
    """
    name = " ".join(name.split())
    if not name:
        raise UserError("Say what the token is for, so that you know later which one it is.")
    if len(name) > NAME_LENGTH:
        raise UserError(f"Say in {NAME_LENGTH} characters what the token is for.")
    if in_force().filter(user=user, name=name).exists():
        raise UserError(f"You have a token in force that is called “{name}”. Call this one otherwise, or revoke that.")
    if not localdate() <= last_day <= latest_day():
        raise UserError(f"Choose a last day from today to {_day(latest_day())}.")
    public = secrets.token_hex(6)
    text = f"libra_{public}_{secrets.token_urlsafe(32)}"
    token = AccessToken.objects.create(user=user, name=name, public=public, digest=_digest(text), last_day=last_day)
    audit.record("token.made", user, _subjects(token), name=name, last_day=last_day.isoformat())
    return token, text


@transaction.atomic
def revoke(token: AccessToken, by: User) -> bool:
    """Take a token out of force for good; False when it already was. Raises PermissionDenied for another person's,
    unless an administrator does it.
    """
    if by.pk != token.user_id and not by.has_perm(CAN_ADMINISTER):
        raise PermissionDenied(refusal(by, CAN_ADMINISTER))
    if not AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now()):
        return False
    audit.record("token.revoked", by, _subjects(token), name=token.name)
    return True


def public_part(text: str) -> str:
    """Return the part of a token that is no secret; '' for a text that is none."""
    shape = SHAPE.fullmatch(text)
    return shape[1] if shape else ""


def find(text: str) -> AccessToken | None:
    """Return the token whose whole text this is, in force or not, with its owner."""
    token = AccessToken.objects.select_related("user").filter(public=public_part(text)).first()
    right = constant_time_compare(_digest(text), token.digest if token else NO_DIGEST)
    return token if right else None


def hindrance(token: AccessToken) -> str:
    """Return why a token is not taken, as a sentence for whoever holds it; '' when it is."""
    if token.revoked_at:
        return f"This token was revoked on {_day(localtime(token.revoked_at).date())}."
    if token.ended:
        return f"This token's last day was {_day(token.last_day)}."
    if not token.user.is_active:
        return "The sign-in that this token belongs to is switched off."
    return ""


def used(token: AccessToken) -> None:
    """Keep that a token was used just now."""
    if token.used_at is None or token.used_at < now() - USED_AT_MOST:
        AccessToken.objects.filter(pk=token.pk).update(used_at=now())


def subject(token: AccessToken) -> str:
    """Return what the record calls a token."""
    return f"token:{token.public}"


def _subjects(token: AccessToken) -> list[str]:
    return [subject(token), f"person:{token.user.get_username()}"]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _day(day: date) -> str:
    return str(date_format(day, "j F Y"))
