"""Which fees go out: the filters of Alma's bursar profile, in Alma's order and with Alma's meaning.

Age, owner, fee type, user group; then the minimum of a user, of what these have left; then the sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bursar.formats.layout import plain_type
from core import money


@dataclass(frozen=True, slots=True)
class Profile:
    """The fields of Alma's profile that choose fees."""

    days_before_export: int = 0  # a fee goes out when it is so many days old
    institutional: bool = True  # fees that the institution owns
    libraries: frozenset[str] = frozenset()  # codes; none: no library's fees at all
    fee_types: frozenset[str] = frozenset()  # none: all
    user_groups: frozenset[str] = frozenset()  # none: all
    minimum: int | None = None  # whole units, of a user's fees; blank or 0 lets credits through

    def faults(self) -> list[str]:
        """Return what Alma would not accept in this profile, as sentences."""
        wrong = []
        if not self.institutional and not self.libraries:
            wrong.append("Choose at least one library, or include the institution's fees: this profile has neither.")
        if self.days_before_export < 0:
            wrong.append("The days before export cannot be fewer than none.")
        if self.minimum is not None and self.minimum < 0:
            wrong.append("The minimum for a user cannot be below nil.")
        return wrong


@dataclass(frozen=True, slots=True)
class Selected:
    """Fees that go and fees that stay in Alma, each in the order given; `staying` has the first `reason` that holds."""

    going: pd.DataFrame
    staying: pd.DataFrame


def select(fees: pd.DataFrame, profile: Profile, day: date) -> Selected:
    """Choose among fees (canonical columns) as Alma does on `day`."""
    left = np.arange(len(fees))
    reasons = np.full(len(fees), "", dtype=object)
    for stays, say in _FILTERS:
        rest = fees.iloc[left]
        out = stays(rest, profile, day)
        reasons[left[out]] = say(rest[out], profile, day)
        left = left[~out]
    goes = np.zeros(len(fees), dtype=bool)
    goes[left] = True
    return Selected(fees[goes], fees[~goes].assign(reason=pd.array(reasons[~goes], dtype="str")))


def _too_young(fees: pd.DataFrame, profile: Profile, day: date) -> np.ndarray:
    """A fee without a date is not known to be old enough."""
    if not profile.days_before_export:
        return _none(fees)
    return ~(_age(fees, day) >= profile.days_before_export).to_numpy(dtype=bool)


def _say_young(fees: pd.DataFrame, profile: Profile, day: date) -> list[str]:
    told = f"the profile waits for {profile.days_before_export}"
    return [
        f"Its age is not known, for it says no date; {told}." if pd.isna(age) else f"Days old: {age:.0f}; {told}."
        for age in _age(fees, day)
    ]


def _not_owned(fees: pd.DataFrame, profile: Profile, day: date) -> np.ndarray:
    institutional = ((fees["library_code"] == "") & (fees["library_id"] == "")).to_numpy(dtype=bool)
    listed = fees["library_code"].isin(profile.libraries - {""}).to_numpy(dtype=bool)
    return np.where(institutional, not profile.institutional, ~listed)


def _say_owner(fees: pd.DataFrame, profile: Profile, day: date) -> list[str]:
    libraries = fees["library_code"].where(fees["library_code"] != "", fees["library_id"])
    return [
        f"The fee belongs to the library {library}, which the profile does not choose."
        if library
        else "The fee belongs to the institution, whose fees the profile leaves out."
        for library in libraries
    ]


def _other_type(fees: pd.DataFrame, profile: Profile, day: date) -> np.ndarray:
    wanted = {plain_type(text) for text in profile.fee_types}
    if not wanted:
        return _none(fees)
    known = {text: plain_type(text) in wanted for text in fees["fee_type"].unique()}
    return ~fees["fee_type"].map(known).to_numpy(dtype=bool)


def _say_type(fees: pd.DataFrame, profile: Profile, day: date) -> list[str]:
    return [f"The profile leaves out fees of the type “{text}”." for text in fees["fee_type"]]


def _other_group(fees: pd.DataFrame, profile: Profile, day: date) -> np.ndarray:
    if not profile.user_groups:
        return _none(fees)
    return ~fees["group"].isin(profile.user_groups - {""}).to_numpy(dtype=bool)


def _say_group(fees: pd.DataFrame, profile: Profile, day: date) -> list[str]:
    return [
        f"The profile leaves out users of the group “{text}”."
        if text
        else "Nothing says which group the user is in, and the profile chooses some groups only."
        for text in fees["group"]
    ]


def _below_minimum(fees: pd.DataFrame, profile: Profile, day: date) -> np.ndarray:
    """Of a user, what the filters before have left counts, credits too. A fee that names nobody stands alone."""
    if not profile.minimum:
        return _none(fees)
    named = (fees["user_id"] != "").to_numpy(dtype=bool)
    whose = np.where(named, pd.factorize(fees["user_id"])[0], -1 - np.arange(len(fees)))
    totals = fees["amount"].groupby([whose, pd.factorize(fees["currency"])[0]]).transform("sum")
    least = {code: profile.minimum * 10 ** money.decimals(code) for code in fees["currency"].unique()}
    return (totals.to_numpy() < fees["currency"].map(least).to_numpy(np.int64)).astype(bool)


def _say_minimum(fees: pd.DataFrame, profile: Profile, day: date) -> list[str]:
    return [f"The user's fees come to less than {profile.minimum} {code} in all." for code in fees["currency"]]


def _credit(fees: pd.DataFrame, profile: Profile, day: date) -> np.ndarray:
    """To include credits the minimum must be 0 or blank."""
    return (fees["amount"] < 0).to_numpy(dtype=bool) if profile.minimum else _none(fees)


def _say_credit(fees: pd.DataFrame, profile: Profile, day: date) -> list[str]:
    return ["The profile has a minimum for users, so it leaves out credits."] * len(fees)


def _age(fees: pd.DataFrame, day: date) -> pd.Series:
    return (pd.Timestamp(day) - fees["date"].dt.normalize()).dt.days


def _none(fees: pd.DataFrame) -> np.ndarray:
    return np.zeros(len(fees), dtype=bool)


# In Alma's order: which of the fees that are left stay, and why.
_Stays = Callable[[pd.DataFrame, Profile, date], np.ndarray]
_Say = Callable[[pd.DataFrame, Profile, date], list[str]]
_FILTERS: tuple[tuple[_Stays, _Say], ...] = (
    (_too_young, _say_young),
    (_not_owned, _say_owner),
    (_other_type, _say_type),
    (_other_group, _say_group),
    (_below_minimum, _say_minimum),
    (_credit, _say_credit),
)
