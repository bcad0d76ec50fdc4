"""What the record says about people: who signed in, who was added, whose roles or password changed.

Connected in ready(). A sign-in, a failed one and a change to a person fail where their event cannot be written. Signing
out does not: whoever wants to leave leaves, and the log says that the event is missing.
"""

from __future__ import annotations

import logging
from typing import Any

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import DatabaseError, transaction
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.timezone import now

from core import audit
from core.campus import BACKEND as CAMPUS
from core.models import User

log = logging.getLogger(__name__)


def subject(person: User) -> str:
    return f"person:{person.get_username()}"


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    by = "campus" if request.session.get(BACKEND_SESSION_KEY) == CAMPUS else "password"
    with transaction.atomic():
        audit.record("sign_in.worked", user, [subject(user)], by=by)


@receiver(user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is None:
        return
    try:
        with transaction.atomic():
            audit.record("sign_out", user, [subject(user)])
    except DatabaseError:
        log.exception("%s signed out, which could not be recorded.", user.get_username())


@receiver(user_login_failed)
def not_signed_in(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    if getattr(request, "axes_locked_out", False):
        return  # the lock-out is recorded, once, instead of every try against it
    known = _named(credentials)
    with transaction.atomic():
        if known:
            audit.record("sign_in.failed", None, [subject(known)], name=known.get_username())
        else:
            # People type their password into the field of the name, and nothing is ever taken out of the record.
            audit.record("sign_in.failed", None, [], name="one that nobody has here")


@receiver(user_locked_out)
def locked_out(sender: Any, username: str, **kwargs: Any) -> None:
    known = _named({"username": username})
    if known is None:
        return
    recent = audit.about(subject(known)).filter(kind="sign_in.locked", at__gte=now() - settings.AXES_COOLOFF_TIME)
    with transaction.atomic():
        if not recent.exists():
            audit.record("sign_in.locked", None, [subject(known)], name=known.get_username())


def _named(credentials: dict[str, Any]) -> User | None:
    return User.objects.filter(username=str(credentials.get("username") or "")).first()


@receiver(post_save, sender=User)
def saved(sender: Any, instance: User, created: bool, raw: bool, **kwargs: Any) -> None:
    if created and not raw:
        audit.record("person.added", None, [subject(instance)])
    elif getattr(instance, "_password", None) is not None:  # it was set, not only hashed anew
        audit.record("person.password", None, [subject(instance)])


@receiver(m2m_changed, sender=User.groups.through)
def roles_changed(
    sender: Any, instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    if action not in ("post_add", "post_remove", "post_clear") or (not pk_set and action != "post_clear"):
        return
    people = User.objects.filter(pk__in=pk_set or ()) if reverse else [instance]
    for person in people:
        roles = sorted(person.groups.values_list("name", flat=True))
        audit.record("person.roles", None, [subject(person)], roles=roles)
