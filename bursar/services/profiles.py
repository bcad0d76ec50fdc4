"""Profiles: every field of Alma's bursar integration profile with Alma's rules, and Libra's own beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction

from bursar.formats import layout_toml, returns
from bursar.formats.layout import Item, Layout
from bursar.models import ItemType, Profile, Term
from bursar.rules import select, terms
from core import audit
from core.jobs import UserError
from core.models import User

from . import schedule
from .profile_rules import faults

FIELDS = (
    "code", "name", "description", "connection", "system", "system_name", "export_active", "days_before_export",
    "minimum", "identifier_type", "user_groups", "fee_types", "institutional", "libraries", "output_path",
    "export_schedule", "import_active", "input_path", "import_schedule", "way", "campus", "layout", "return_layout",
    "delivery_connection", "delivery_path", "return_path", "tell",
)  # fmt: skip


def create(
    user: User | None,
    *,
    item_types: Sequence[Item] | None = None,
    calendar: Sequence[terms.Term] | None = None,
    **fields: Any,
) -> Profile:
    """Make a profile. Raises UserError with all that is wrong: `problems` name each field and say it in a sentence."""
    profile = Profile(**_known(fields))
    schedule.begin(profile)
    return _save(profile, user, {}, item_types, calendar)


def amend(
    profile: Profile,
    user: User | None,
    *,
    item_types: Sequence[Item] | None = None,
    calendar: Sequence[terms.Term] | None = None,
    **fields: Any,
) -> Profile:
    """Change fields of a profile; tables that are not given stay. The record says what was before and after.

    Raises UserError as `create` does.
    """
    with transaction.atomic():
        profile = Profile.objects.select_for_update().get(pk=profile.pk)
        before = described(profile)
        for name, value in _known(fields).items():
            setattr(profile, name, value)
        if any(before[name] != getattr(profile, name) for name in ("export_schedule", "import_schedule")):
            schedule.begin(profile)
        return _save(profile, user, before, item_types, calendar)


def described(profile: Profile) -> dict[str, Any]:
    """Return all of a profile as plain data, its tables too."""
    told = {name: getattr(profile, name) for name in FIELDS}
    if profile.pk:
        told["item_types"] = [" · ".join(_texts(each)) for each in items(profile)]
        told["terms"] = [f"{each.code} {each.starts} – {each.ends}" for each in dated_terms(profile)]
    return told


def layout(profile: Profile) -> Layout:
    """Return the profile's layout, with the profile's own item types before those of the layout."""
    found = layout_toml.load(profile.layout)
    return replace(found, items=(*items(profile), *found.items))


def return_layout(profile: Profile) -> returns.Returns:
    """Return the layout of the profile's return file. Raises UserError when it has none."""
    if not profile.return_layout:
        raise UserError(f"{profile.code} has no layout for the file that student finance sends back. Give it one.")
    return returns.load(profile.return_layout)


def items(profile: Profile) -> list[Item]:
    """Return the profile's item types, those that say more before those that say less."""
    found = [
        Item(each.fee_type, each.library, each.sign, each.item_type, each.label) for each in profile.item_types.all()
    ]
    return sorted(found, key=lambda each: (not each.fee_type, not each.library, not each.sign, *_texts(each)))


def dated_terms(profile: Profile) -> list[terms.Term]:
    """Return the profile's dated terms."""
    return [terms.Term(each.code, each.starts, each.ends) for each in profile.terms.all()]


def filters(profile: Profile) -> select.Profile:
    """Return the fields by which fees are chosen."""
    return select.Profile(
        profile.days_before_export, profile.institutional, frozenset(profile.libraries), frozenset(profile.fee_types),
        frozenset(profile.user_groups), profile.minimum,
    )  # fmt: skip


def notes(profile: Profile) -> list[str]:
    """Return what is allowed but easily not what was meant, as sentences."""
    told = []
    if profile.minimum:
        told.append(
            f"With a minimum of {profile.minimum} no credit goes out. To let credits through it must be 0 or blank."
        )
    if not profile.import_active and profile.way != Profile.Way.TWO_WAY:
        told.append("The import is not active: Alma closes each fee as soon as it is exported, and treats it as paid.")
    if not profile.delivery_path:
        told.append("The files stay in Libra, where people fetch them: no place is named to deliver them to.")
    return told


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"A profile has no {', '.join(sorted(unknown))}.")
    return {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}


def _save(
    profile: Profile,
    user: User | None,
    before: Mapping[str, Any],
    item_types: Sequence[Item] | None,
    calendar: Sequence[terms.Term] | None,
) -> Profile:
    wrong = faults(profile, item_types, calendar)
    if wrong:
        raise UserError(
            "The profile was not stored: " + " ".join(told for _, told in wrong),
            [{"field": field, "message": told} for field, told in wrong],
        )
    try:
        with transaction.atomic():
            profile.save()
            _set_tables(profile, item_types, calendar)
            _record(profile, user, before)
    except IntegrityError:  # somebody was quicker
        raise UserError(f"There is a profile {profile.code} already.") from None
    return profile


def _record(profile: Profile, user: User | None, before: Mapping[str, Any]) -> None:
    after, about = described(profile), [f"bursar-profile:{profile.code}"]
    if not before:
        audit.record("bursar.profile_made", user, about, profile=profile.code, bursar_fields=after)
    elif changed := [(name, before[name], after[name]) for name in after if before[name] != after[name]]:
        audit.record("bursar.profile_changed", user, about, profile=profile.code, changed_fields=changed)


def _set_tables(profile: Profile, item_types: Sequence[Item] | None, calendar: Sequence[terms.Term] | None) -> None:
    if item_types is not None:
        profile.item_types.all().delete()
        ItemType.objects.bulk_create(
            ItemType(
                profile=profile, fee_type=each.fee_type, library=each.library, sign=each.sign,
                item_type=each.item_type, label=each.label,
            )
            for each in item_types
        )  # fmt: skip
    if calendar is not None:
        profile.terms.all().delete()
        Term.objects.bulk_create(
            Term(profile=profile, code=each.code, starts=each.starts, ends=each.ends) for each in calendar
        )


def _texts(item: Item) -> tuple[str, ...]:
    return item.fee_type, item.library, item.sign, item.item_type, item.label
