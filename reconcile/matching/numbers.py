"""Invoice numbers: when two spellings are the same number, and when one is a slip of the other.

The same number (CONTRACT.md, section 1): after Unicode NFKC, upper case, letters and digits only, without a leading
INV or INVOICE, without leading zeros. That is spelling, and no cause of a difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA

LOOK_ALIKES = str.maketrans("OILSB", "01158")  # O/0 I/1 L/1 S/5 B/8
SHORTEST_SLIP = 5  # a number shorter than this says too little for a slip to be certain

_INVOICE_WORD = re.compile(r"^(?!INVOICE$)INV(?:OICE)?(?=.)")


def normalise(number: str) -> str:
    """Return the number as it is compared. The scalar reference; `normalise_all` agrees with it on every text.

    A number that consists of nothing but zeros or of the word INVOICE keeps them: it must not vanish. Blank stays ''.
    """
    text = letters_and_digits(number)
    return text.lstrip("0") or text[-1:]


def letters_and_digits(number: str) -> str:
    """Return the number as it is compared, with its leading zeros."""
    text = unicodedata.normalize("NFKC", number).upper()
    text = "".join(c for c in text if c.isalnum())
    return _INVOICE_WORD.sub("", text, count=1)


def normalise_all(numbers: pd.Series) -> pd.Series:
    """Normalise a column of texts. The plain ASCII ones, nearly all, go through Arrow; the others one by one."""
    array = pa.array(numbers, type=pa.large_string())
    plain = pc.string_is_ascii(array)
    text = pc.replace_substring_regex(pc.ascii_upper(array), "[^A-Z0-9]+", "")
    # RE2 has no look-ahead: the word goes only where something follows it.
    bare = pc.replace_substring_regex(text, "^INV(?:OICE)?(.+)$", r"\1")
    text = pc.if_else(pc.equal(text, "INVOICE"), text, bare)
    text = pc.replace_substring_regex(text, "^0+(.+)$", r"\1")
    out = pd.Series(pd.array(text, dtype="str"), index=numbers.index)
    odd = ~plain.to_numpy(zero_copy_only=False)
    if odd.any():
        out.loc[odd] = [normalise(n) for n in numbers[odd]]
    return out


_SPELLING: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("letter forms", lambda text: unicodedata.normalize("NFKC", text)),
    ("case", str.upper),
    ("spaces", lambda text: "".join(text.split())),
    ("punctuation", lambda text: "".join(c for c in text if c.isalnum() or c.isspace())),
    ("the word invoice", lambda text: _INVOICE_WORD.sub("", text, count=1)),
    ("leading zeros", lambda text: text.lstrip("0")),
)


def spelling(one: str, other: str) -> str:
    """Name what must be overlooked for two spellings of one number to agree: 'punctuation and leading zeros'.

    A step of the normalisation is named when the two would not agree without it.
    """
    if one == other:
        return ""
    needed = [name for name, _ in _SPELLING if _without(name, one) != _without(name, other)]
    return " and ".join(needed) or "spaces"  # two kinds of space: either step would do


def _without(skipped: str, text: str) -> str:
    for name, step in _SPELLING:
        text = text if name == skipped else step(text)
    return text


def slip(one: str, other: str) -> str:
    """Say how one normalised number is a slip of the other, or ''. The words are shown to people.

    One edit or one swap of neighbours; look-alike characters; a cut-off end; an added prefix or suffix.
    """
    if not one or not other or one == other:
        return ""
    short, long = sorted((one, other), key=len)
    if one.translate(LOOK_ALIKES) == other.translate(LOOK_ALIKES):
        return "look-alike characters"
    if OSA.distance(one, other, score_cutoff=1) <= 1:
        if len(one) != len(other):
            return "one character is missing"
        differing = sum(a != b for a, b in zip(one, other, strict=True))
        return "two neighbours are swapped" if differing == 2 else "one character differs"
    if len(short) >= SHORTEST_SLIP:
        if long.startswith(short):
            return "the end is cut off or something was added"
        if long.endswith(short):
            return "a prefix was added"
    return ""
