"""Fees asked of Alma's REST, which gives them user by user and has no list of all: those of the users whom a list names
and of those who owe something here. They become a report of fees with Analytics' headings, and go on as one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.timezone import localtime, now

from bursar.formats import user_list
from bursar.formats.fees import Problem, Unreadable
from bursar.formats.user_list import Listed
from bursar.models import Profile
from core import csv_text
from core.jobs import Progress, UserError
from core.money import to_text

from . import alma_rest, hearing, vault
from .alma_rest import AlmaFee
from .vault import Received

HEADINGS = (
    "Primary Identifier", "Full Name", "User Group", "Fine Fee Id", "Bursar Transaction Id", "Fine Fee Type",
    "Remaining Amount", "Remaining VAT Amount", "Currency", "Fine Fee Creation Date", "Library Code", "Title",
    "Barcode", "Fine Comment", "Asked",
)  # fmt: skip
INSTITUTION = re.compile(r"\d{2,3}[A-Z]+_[A-Z0-9]+")  # 01CORNELL_INST: Ex Libris' code of an institution
PRIMARY = ("", "username", "primary identifier")  # identifier types of a profile that mean the primary identifier
Found = list[tuple[Listed, AlmaFee]]


class Unanswered(UserError):
    """Alma could not be asked. Nothing is stored, and whoever asks again asks from the beginning."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What Alma said: the report that was made of it, a sentence about the asking, and what was in its way."""

    got: Received
    said: str
    problems: list[Problem]


def fees(profile: Profile, path: Path, name: str, currency: str, progress: Progress) -> Asked:
    """Ask Alma for the active fees of the users of a list, and of those who owe something by the ledger; amounts are in
    `currency`. Safe to repeat.

    Raises Unreadable where the list cannot be used or Alma takes none of its users, Unanswered.
    """
    if profile.way == Profile.Way.ALMA:
        told = (
            "It is a list of users. Libra asks Alma for their fees where Libra exports; this profile takes what Alma "
            "exports. Give it Alma's file, or change the way in which the profile works."
        )
        raise Unreadable(name, [Problem(told)])
    users = _users(profile, user_list.read(path, name))
    found, refused = _ask(users, name, currency, progress)
    if users and len(refused) == len(users):
        raise Unreadable(name, [Problem("Alma took none of the users that it was asked for."), *refused])
    problems, codes = [*_doubts(profile, found), *refused], _institutions(profile, found)
    with vault.room():
        stored, sha256 = vault.store(_report(found, codes, currency))
    kept = vault.where(stored)
    said = f"Alma was asked for the active fees of users: {len(users):,}; it refused: {len(refused):,}."
    return Asked(Received(kept, sha256, kept.stat().st_size), said, problems)


def _users(profile: Profile, listed: Sequence[Listed]) -> list[Listed]:
    """Return the users of a list, then those others who owe something by the ledger."""
    known = {each.id for each in listed}
    owing = dict(hearing.asked(profile).values_list("user_id_text", "reference"))
    more = [Listed(user, f"The user of the fee {fee}") for user, fee in owing.items() if user and user not in known]
    return [*listed, *more]


def _ask(
    users: Sequence[Listed], name: str, currency: str, progress: Progress
) -> tuple[Found, list[Problem]]:  # fmt: skip
    """Return the users' fees, each once though somebody may be listed by two identifiers, and whom Alma refused."""
    try:
        client = alma_rest.client()
    except UserError as error:
        raise Unanswered(f"{name} lists users, and Alma cannot be asked for their fees. {error}") from error
    found: dict[str, tuple[Listed, AlmaFee]] = {}
    refused = []
    progress.stage("Asking Alma for the fees of users", len(users))
    for place, user in enumerate(users):
        progress.step(place)
        try:
            for fee in client.fees(user.id, currency):
                found.setdefault(fee.id, (user, fee))
        except (alma_rest.Barred, alma_rest.Unreachable) as error:
            raise Unanswered(f"{error} Nothing of {name} was stored.") from error
        except alma_rest.Refused as error:
            why = re.sub(rf"(?<!\w){re.escape(user.id)}(?!\w)", "…", str(error))
            refused.append(Problem(f"{user.where}: {why} None of this user's fees was taken.", severity="warning"))
    progress.stage("Choosing among the fees that Alma named")
    return list(found.values()), refused


def _doubts(profile: Profile, found: Found) -> list[Problem]:
    """Say what of the profile Alma's REST does not answer, and what was taken for what."""
    told = []
    unknown = sum(not user.group for user, _ in found)
    if profile.user_groups and unknown:
        told.append(
            "Alma's REST says no user group, and the profile chooses by it. Fees that cannot go, for nothing says "
            f"their user's: {unknown:,}. Give the list of users a column User Group."
        )
    if found and profile.identifier_type.casefold() not in PRIMARY:
        told.append(
            f"Alma's REST names users by their primary identifier, the profile by “{profile.identifier_type}”: see "
            "that both mean one identifier, else student finance finds nobody by it."
        )
    for code, count in _institutions(profile, found).items():
        told.append(f"The owner “{code}” was taken for the institution, not for a library: fees {count:,}.")
    return [Problem(each, severity="warning") for each in told]


def _institutions(profile: Profile, found: Found) -> Counter[str]:
    """Count the fees of owners that are the institution itself, by its code; the REST has one field for both."""
    owners = Counter(fee.library for _, fee in found)
    return Counter(
        {code: owners[code] for code in owners if INSTITUTION.fullmatch(code) and code not in profile.libraries}
    )


def _report(found: Found, institutions: Counter[str], currency: str) -> bytes:
    """Return a report of fees. It says when it was asked for, so that what was too young then is looked at anew."""
    asked = now().isoformat(timespec="seconds")
    rows = [
        (
            fee.user_id or user.id, user.name, user.group, fee.id, fee.reference, fee.kind,
            to_text(fee.balance, currency), to_text(fee.vat, currency), currency, _clock(fee.created),
            "" if fee.library in institutions else fee.library, fee.title, fee.barcode, fee.comment, asked,
        )
        for user, fee in found
    ]  # fmt: skip
    return "".join(csv_text.pieces(HEADINGS, rows)).encode()


def _clock(text: str) -> str:
    """Return a moment of Alma's, which writes it in UTC, as the clock on the wall showed it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (localtime(moment) if moment.tzinfo else moment).strftime("%Y-%m-%dT%H:%M:%S")
