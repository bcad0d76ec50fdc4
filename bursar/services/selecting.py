"""Libra exports in Alma's place: fees of a report are chosen by the profile's filters, and written as Alma's XML."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from django.utils.timezone import now

from bursar.formats import analytics, export_writer, export_xml
from bursar.formats.fees import Problem, Reading
from bursar.models import Profile
from bursar.rules.select import select
from bursar.rules.sort import NotBalanced, totals
from core.jobs import UserError

from . import ledger, profiles


@dataclass(frozen=True, slots=True)
class Selection:
    """Fees that go out, and those that stay with the `reason` of each; the XML of those that go, and its name."""

    going: pd.DataFrame
    staying: pd.DataFrame
    number: str
    name: str
    xml: bytes


def wanted(profile: Profile, reading: Reading) -> bool:
    """Say whether Libra chooses among these fees: an export of Alma's has been chosen by Alma."""
    return profile.way != Profile.Way.ALMA and reading.kind == analytics.KIND


def doubts(profile: Profile, reading: Reading) -> list[Problem]:
    """Return what an export of Alma's says that the profile does not: users named by another sort of identifier."""
    if reading.kind == analytics.KIND or not profile.identifier_type:
        return []
    counts = reading.fees["user_type"].value_counts().to_dict()
    return [
        Problem(
            f"{count:,} of its fees name their users by “{sort}”, the profile by “{profile.identifier_type}”: see that "
            "both mean one identifier, else student finance finds nobody by it.",
            severity="warning",
        )
        for sort, count in counts.items()
        if sort != profile.identifier_type
    ]


def choose(profile: Profile, reading: Reading, day: date) -> Selection:
    """Choose the fees of a report that go out on a day. A fee that went before stays, whatever it comes to now."""
    found = select(reading.fees, profiles.filters(profile), day)
    ids = found.going["reference"].where(found.going["reference"] != "", found.going["fee_id"])
    going = found.going.assign(reference=ids, fee_id=found.going["fee_id"].where(found.going["fee_id"] != "", ids))
    names = list(zip(going["fee_id"].tolist(), going["reference"].tolist(), strict=True))
    before = ledger.sent_before(ledger.siblings(profile), chain.from_iterable(names))
    told = [before.get(number) or before.get(reference) for number, reference in names]
    again = np.array([each is not None for each in told], dtype=bool)
    reasons = [_before(*each) for each in told if each]
    sent = found.going[again].assign(reason=pd.array(reasons, dtype="str"))
    staying = pd.concat([found.staying, sent]).sort_values("row").reset_index(drop=True)
    going = going[~again].reset_index(drop=True)
    going["user_type"] = going["user_type"].where(going["user_type"] != "", profile.identifier_type)
    epoch = int(now().timestamp() * 1000)
    name = f"{profile.code}-{profile.sequence + 1}-{epoch}.xml"
    return Selection(going, staying, str(epoch), name, _written(going, str(epoch), reading.name))


def _written(going: pd.DataFrame, number: str, source: str) -> bytes:
    """Return Alma's XML of fees, and see that it says what they say."""
    try:
        made = export_writer.export(going, number)
    except ValueError as error:  # a control character, which no XML can hold
        raise UserError(f"{source} holds a text that XML cannot hold: {error}. Correct it in Alma.") from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xml"
        path.write_bytes(made)
        read = export_xml.read(path, "export.xml")
    if (len(read.fees), read.total) != (len(going), totals(going)):
        raise NotBalanced(f"The XML made of {source} does not hold the fees that it was made of.")
    return made


def _before(day: date, name: str) -> str:
    return f"It went out on {day:%d/%m/%Y} already, with {name}."
