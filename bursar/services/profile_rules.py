"""What a profile may say: the rules of Alma's fields, and those by which Libra keeps its own files apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from bursar.formats import layout_toml, returns
from bursar.formats.layout import Item, plain_type
from bursar.models import Profile
from bursar.rules import terms

from . import schedule

Fault = tuple[str, str]  # a field, and a sentence
PATHS = ("output_path", "input_path", "delivery_path", "return_path")
LISTS = ("user_groups", "fee_types", "libraries", "tell")


def faults(profile: Profile, item_types: Sequence[Item] | None, calendar: Sequence[terms.Term] | None) -> list[Fault]:
    """Return all that is wrong with a profile, each with its field."""
    rules = (_names, _numbers, _lists, _owners, _places, _schedules, _layouts)
    found = [fault for rule in rules for fault in rule(profile)]
    found += [("item_types", told) for told in _item_types(item_types or ())]
    found += [("terms", told) for told in terms.faults(calendar or ())]
    return found


def _names(profile: Profile) -> Iterator[Fault]:
    if not re.fullmatch(r"[A-Za-z0-9]{1,50}", profile.code):
        yield "code", "The code has letters and digits only, at most 50: Alma's file names begin with it."
    elif Profile.objects.filter(code__iexact=profile.code).exclude(pk=profile.pk).exists():
        yield "code", f"There is a profile {profile.code} already."
    if not profile.name or len(profile.name) > 200:
        yield "name", "The profile needs a name, of at most 200 characters."
    for field, choices in (("system", Profile.System), ("way", Profile.Way)):
        if getattr(profile, field) not in choices.values:
            yield field, f"“{getattr(profile, field)}” cannot be chosen; there are {', '.join(choices.values)}."
    if profile.system == Profile.System.OTHER and not profile.system_name:
        yield "system_name", "Say which student system it is when it is another one."
    for field, most in (("system_name", 100), ("campus", 100), ("identifier_type", 50)):
        if len(getattr(profile, field)) > most:
            yield field, f"At most {most} characters can stand here."
    for field in ("connection", "delivery_connection"):
        name = getattr(profile, field)
        if name and name not in settings.BURSAR_CONNECTIONS:
            known = ", ".join(settings.BURSAR_CONNECTIONS) or "none"
            yield field, f"There is no connection {name}. LIBRA_BURSAR_CONNECTIONS names: {known}."


def _numbers(profile: Profile) -> Iterator[Fault]:
    if not _whole(profile.days_before_export):
        yield "days_before_export", "The days before export are a whole number, 0 or more."
    if profile.minimum is not None and not _whole(profile.minimum):
        yield "minimum", "The minimum for a user is a whole number without decimals, or blank."


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _lists(profile: Profile) -> Iterator[Fault]:
    for field in LISTS:
        value = getattr(profile, field)
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            yield field, "This is a list of texts, none of them blank."
        elif field == "tell":
            for address in value:
                try:
                    validate_email(address)
                except ValidationError:
                    yield field, f"“{address}” is no mail address."


def _owners(profile: Profile) -> Iterator[Fault]:
    """Alma's rule: a profile that leaves out the institution's fees names a library, and one without library takes the
    institution's.
    """
    if not profile.institutional and not profile.libraries:
        yield "libraries", "Choose at least one library, or include the institution's fees: this profile has neither."


def _places(profile: Profile) -> Iterator[Fault]:
    for field in PATHS:
        path = getattr(profile, field)
        if len(path) > 255 or path.startswith("/") or ".." in path.split("/") or re.search(r"[\\\x00-\x1f]", path):
            yield field, f"“{path}” must be a folder below the connection's own, such as bursar/exports."
    taken = {_place(profile, profile.connection, profile.output_path)}
    back = _place(profile, profile.delivery_connection, profile.return_path)
    if profile.return_path and back in taken | {_place(profile, profile.delivery_connection, profile.delivery_path)}:
        yield "return_path", "Return files need a folder of their own: Libra would take other files for them."
    if profile.delivery_path and _place(profile, profile.delivery_connection, profile.delivery_path) in taken:
        yield "delivery_path", "Made files may not go where Libra looks for Alma's: it would take its own for new ones."
    if profile.import_active and _place(profile, profile.connection, profile.input_path) in taken:
        yield "input_path", "Payments may not go where Libra looks for Alma's exports: it would charge them again."


def _place(profile: Profile, connection: str, path: str) -> tuple[str, str]:
    return connection or profile.connection, "/".join(part for part in path.split("/") if part not in ("", "."))


def _schedules(profile: Profile) -> Iterator[Fault]:
    for half in ("export", "import"):
        text = getattr(profile, f"{half}_schedule")
        if not text:
            continue
        if not getattr(profile, f"{half}_active"):
            yield f"{half}_schedule", f"Only an active profile can be scheduled: its {half} is not active."
        try:
            schedule.parse(text)
        except ValueError as error:
            yield f"{half}_schedule", str(error)


def _layouts(profile: Profile) -> Iterator[Fault]:
    try:
        layout_toml.load(profile.layout)
    except layout_toml.Wrong as error:
        yield from (("layout", told) for told in error.sentences)
    try:
        if profile.return_layout:
            returns.load(profile.return_layout)
    except layout_toml.Wrong as error:
        yield from (("return_layout", told) for told in error.sentences)


def _item_types(items: Sequence[Item]) -> Iterator[str]:
    seen = set()
    for each in items:
        sort = (plain_type(each.fee_type), each.library, each.sign)
        if sort in seen:
            yield f"{each.fee_type or 'Any type'}, {each.library or 'any library'}, is there twice."
        seen.add(sort)
        if each.sign not in ("", "+", "-"):
            yield f"{each.fee_type}: the sign is + for charges, - for credits, or blank for both."
        longest = max(map(len, (each.fee_type, each.library, each.label)))
        if not (each.item_type or each.label) or len(each.item_type) > 50 or longest > 100:
            told = "give it an item type of at most 50 characters or a label; all else has at most 100"
            yield f"{each.fee_type or 'Any type'}: {told}."
