"""The second factor: a code from an app (TOTP), or one of ten recovery codes, after the password or the campus."""

from __future__ import annotations

import segno
from django.conf import settings
from django.db import transaction
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from core import audit
from core.models import User
from core.roles import CAN_ADMINISTER

RECOVERY_CODES = 10

new_key = default_key  # twenty random bytes in hexadecimal


def needed(person: User) -> bool:
    """Say whether this person's sign-in asks for a second factor."""
    if settings.LIBRA_SECOND_FACTOR == "administrators":
        return person.has_perm(CAN_ADMINISTER)
    return bool(settings.LIBRA_SECOND_FACTOR == "everybody")


def is_set_up(person: User) -> bool:
    return TOTPDevice.objects.filter(user=person, confirmed=True).exists()


def picture(person: User, key: str) -> str:
    """Return the QR code of a key as the address of an image, which needs no other request."""
    address = TOTPDevice(user=person, key=key).config_url
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="#fff"))


@transaction.atomic
def set_up(person: User, key: str, code: str) -> tuple[TOTPDevice, list[str]] | None:
    """Keep a key whose first code fits, in place of an older one. Return the device and the recovery codes, which are
    told this once; None when the code does not fit.
    """
    device = TOTPDevice(user=person, name="app", key=key)
    totp = TOTP(device.bin_key)
    if not code.isdecimal() or len(code) != device.digits or not totp.verify(int(code), device.tolerance):
        return None
    forget(person)
    device.last_t = totp.t()
    device.save()
    recovery = StaticDevice.objects.create(user=person, name="recovery")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=recovery, token=code) for code in codes)
    audit.record("second_factor.set_up", person, [f"person:{person.get_username()}"])
    return device, codes


@transaction.atomic
def check(person: User, code: str) -> TOTPDevice | StaticDevice | None:
    """Return the device to which a code belongs; it counts once. Each wrong one doubles the wait before the next."""
    code = code.replace(" ", "").lower()
    kind = TOTPDevice if code.isdecimal() else StaticDevice
    device = kind.objects.select_for_update().filter(user=person, confirmed=True).first()
    fits = device is not None and device.verify_token(code)
    what = {} if kind is TOTPDevice else {"what": "recovery code"}
    kept = "second_factor.passed" if fits else "second_factor.failed"
    audit.record(kept, person, [f"person:{person.get_username()}"], **what)
    return device if fits else None


def codes_left(person: User) -> int:
    return StaticToken.objects.filter(device__user=person).count()


@transaction.atomic
def reset(person: User) -> bool:
    """Take somebody's second factor away, so that the next sign-in sets up a new one. False when there was none."""
    if not forget(person):
        return False
    audit.record("second_factor.reset", None, [f"person:{person.get_username()}"])
    return True


def forget(person: User) -> int:
    taken, _ = TOTPDevice.objects.filter(user=person).delete()
    recovery, _ = StaticDevice.objects.filter(user=person).delete()
    return taken + recovery
