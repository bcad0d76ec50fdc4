"""Financial years as files name them: 2024/25, FY-2025, FY25. A bare 2025 may be either end, so it is not guessed."""

from __future__ import annotations

import re

from .budget_terms import Year

_BOTH = re.compile(r"(?:FY|AY)?[ -]?(\d{4}) ?[/–-] ?(\d{4}|\d{2})", re.IGNORECASE)
_FISCAL = re.compile(r"FY[ -]?(\d{4}|\d{2})", re.IGNORECASE)  # Alma names a fiscal period by the year in which it ends
_BARE = re.compile(r"\d{4}(?:\.0)?")


def fault(text: str, year: Year) -> str:
    """Say what is wrong with a text that names a financial year, '' when it is the year."""
    if both := _BOTH.fullmatch(text):
        begins, ends = int(both[1]), int(both[1][: 4 - len(both[2])] + both[2])
        named = (begins, ends)
    elif fiscal := _FISCAL.fullmatch(text):
        ends = int(fiscal[1]) if len(fiscal[1]) == 4 else 2000 + int(fiscal[1])
        named = (ends if year.whole else ends - 1, ends)
    elif _BARE.fullmatch(text):
        if not year.whole:
            return f"may be the year in which it begins or in which it ends; write it as {year.name}"
        named = (int(text[:4]), int(text[:4]))
    else:
        return f"is no financial year that Libra knows; write it as {year.name}"
    return "" if named == (year.first.year, year.last.year) else f"is not {year.name}, for which this upload is"
