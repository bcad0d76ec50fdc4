"""What may stand in a layout's TOML, key by key: each fault is a sentence that names the key and says what may stand
there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core import money


class Wrong(Exception):
    """The layout cannot be used: `sentences` say what is wrong in it."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        super().__init__(" ".join(sentences))


Check = Callable[[Any], bool]
Known = dict[str, tuple[Check, str]]  # keys of a table: what each may be, and that in words
is_text: Check = lambda value: isinstance(value, str)  # noqa: E731
is_number: Check = lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0  # noqa: E731
is_currency: Check = lambda value: isinstance(value, str) and money.known(value)  # noqa: E731
is_flag: Check = lambda value: isinstance(value, bool)  # noqa: E731


def one_of(*words: str) -> Check:
    return lambda value: value in words


ENCODINGS = (one_of("ascii", "utf-8", "cp1252", "latin-1"), "ascii, utf-8, cp1252 or latin-1")


def checked(told: Any, known: Known, where: str, wrong: list[str]) -> dict[str, Any]:
    """Return the keys of a table that are right; what is wrong with the others goes into `wrong`."""
    if not isinstance(told, dict):
        wrong.append(f"{where} is no table.")
        return {}
    found = {}
    for name, value in told.items():
        shown = f"{where}.{name}" if where else name
        if name not in known:
            wrong.append(f"{shown} is no key of a layout; there are {', '.join(known)}.")
        elif not known[name][0](value):
            wrong.append(f"{shown} is {value!r}; it must be {known[name][1]}.")
        else:
            found[name] = value
    return found
