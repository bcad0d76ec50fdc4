"""Who may do what: roles are Django groups, written from the tables below after each migration."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.models import User

CAN_SEE_MONTHS = "core.see_months"
CAN_UPLOAD = "core.upload_files"
CAN_RECONCILE = "core.reconcile_months"
CAN_DOWNLOAD = "core.download_workbooks"
CAN_MAP_COLUMNS = "core.map_columns"
CAN_CONFIRM_SUPPLIERS = "core.confirm_suppliers"
CAN_DECIDE = "core.decide"
CAN_ASSIGN = "core.assign"
CAN_LEARN = "core.learn"
CAN_SIGN = "core.sign_months"
CAN_REVIEW = "core.review_months"
CAN_REOPEN = "core.reopen_months"
CAN_KEEP_ORDERS = "core.keep_orders"
CAN_CHECK_BILLS = "core.check_bills"
CAN_BUDGET = "core.budget"
CAN_BURSAR = "core.bursar"
CAN_ADMINISTER = "core.administer"

# Each permission, and what it lets a person do: "Your sign-in may not …".
PERMISSIONS = {
    CAN_SEE_MONTHS: "see the months",
    CAN_UPLOAD: "take files in",
    CAN_RECONCILE: "reconcile a month",
    CAN_DOWNLOAD: "download workbooks and files",
    CAN_MAP_COLUMNS: "say what the columns of a table mean",
    CAN_CONFIRM_SUPPLIERS: "confirm that two suppliers are the same firm",
    CAN_DECIDE: "decide on mismatches",
    CAN_ASSIGN: "assign work and send chase lists",
    CAN_LEARN: "switch learned rules on and off",
    CAN_SIGN: "sign a month as its preparer",
    CAN_REVIEW: "review a month",
    CAN_REOPEN: "re-open a month",
    CAN_KEEP_ORDERS: "keep the ledger of orders",
    CAN_CHECK_BILLS: "check suppliers' consolidated invoices",
    CAN_BUDGET: "set and move budgets",
    CAN_BURSAR: "see and send fines and fees",
    CAN_ADMINISTER: "look after Libra itself and everybody's jobs",
}

ACQUISITIONS, FINANCE, MANAGER, ADMINISTRATOR = "acquisitions", "finance", "manager", "administrator"
BURSAR = "bursar"  # student finance
ROLES = {
    ACQUISITIONS: (
        CAN_SEE_MONTHS, CAN_UPLOAD, CAN_RECONCILE, CAN_DOWNLOAD, CAN_MAP_COLUMNS, CAN_CONFIRM_SUPPLIERS,
        CAN_DECIDE, CAN_ASSIGN, CAN_LEARN, CAN_SIGN, CAN_KEEP_ORDERS, CAN_CHECK_BILLS,
    ),
    FINANCE: (
        CAN_SEE_MONTHS, CAN_UPLOAD, CAN_RECONCILE, CAN_DOWNLOAD, CAN_MAP_COLUMNS,
        CAN_DECIDE, CAN_ASSIGN, CAN_LEARN, CAN_SIGN, CAN_REVIEW, CAN_KEEP_ORDERS, CAN_CHECK_BILLS, CAN_BUDGET,
    ),
    MANAGER: (CAN_SEE_MONTHS, CAN_DOWNLOAD, CAN_REVIEW, CAN_BUDGET),
    BURSAR: (CAN_BURSAR,),
    ADMINISTRATOR: tuple(PERMISSIONS),
}  # fmt: skip

View = Callable[..., HttpResponseBase]


def write_roles(using: str = "default", **kwargs: Any) -> None:
    """Make groups and permissions what the tables above say. Connected to post_migrate; safe to repeat."""
    from django.contrib.auth.models import Group, Permission
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.db_manager(using).get_for_model(User)
    permissions = {
        name: Permission.objects.using(using).update_or_create(
            content_type=kind, codename=name.removeprefix("core."), defaults={"name": f"Can {sentence}"}
        )[0]
        for name, sentence in PERMISSIONS.items()
    }
    for role, names in ROLES.items():
        group, _ = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set([permissions[name] for name in names])


def check_campus_roles() -> None:
    """Raise ImproperlyConfigured where LIBRA_CAMPUS_ROLES names a role that does not exist."""
    for role in settings.LIBRA_CAMPUS_ROLES:
        if role not in ROLES:
            raise ImproperlyConfigured(f"LIBRA_CAMPUS_ROLES names the role '{role}'. There are: {', '.join(ROLES)}.")


def person(request: HttpRequest) -> User:
    """Return who is signed in. Pages answer nobody else: LoginRequiredMiddleware sees to that."""
    assert isinstance(request.user, User)
    return request.user


def refusal(user: User, permission: str) -> str:
    """Return the sentence for a person who lacks a permission."""
    roles = [role for role, names in ROLES.items() if permission in names]
    named = roles[0] if len(roles) == 1 else f"{', '.join(roles[:-1])} or {roles[-1]}"
    return (
        f"You are signed in as {user.get_username()}, who may not {PERMISSIONS[permission]}. "
        f"Ask whoever runs Libra here for the role {named}."
    )


def required(permission: str) -> Callable[[View], View]:
    """Let only people with the permission see a page; the others read a sentence (403)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied(refusal(person(request), permission))
            return view(request, *args, **kwargs)

        return guarded

    return decorate
