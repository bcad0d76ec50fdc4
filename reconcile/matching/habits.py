"""What has been learned of single suppliers: how it is named in a group's rule, and whom it concerns."""

from __future__ import annotations

import re

from . import suppliers
from .numbers import SHORTEST_SLIP, letters_and_digits, normalise
from .terms import Learned

_LEARNED = re.compile(r"learned (?P<number>\d+): (?P<words>.*)", re.DOTALL)
_BESIDE = re.compile(r"; (?=learned \d+: )")


def name(number: int, words: str) -> str:
    """Name a learned rule: 'learned 12: EBSCO writes GB- before its numbers in Oracle'."""
    return f"learned {number}: {words}"


def beside(rule: str, learned: str) -> str:
    """Name the learned rule that explained a difference beside the rule of the pass that made the pair."""
    return f"{rule}; {learned}"


def pass_of(rule: str) -> str:
    """Return what made the pair: a group's rule without the learned one that explained its difference."""
    return _BESIDE.split(rule)[0]


def numbers_in(rule: str) -> list[int]:
    """Return the numbers of the learned rules that a group's rule names: none, mostly."""
    return [int(found["number"]) for part in _BESIDE.split(rule) if (found := _LEARNED.fullmatch(part))]


def pairing(rule: str) -> str:
    """Return in words the habit by which the pair was made, '' where it was made by none."""
    found = _LEARNED.fullmatch(pass_of(rule))
    return found["words"] if found else ""


def explaining(rule: str) -> str:
    """Return in words the habit that explained the pair's difference, '' where none did."""
    found = _LEARNED.fullmatch(_BESIDE.split(rule)[-1])
    return found["words"] if found and pass_of(rule) != rule else ""


def keys_of(supplier: str) -> frozenset[str]:
    """Return the keys under which the documents of a supplier may stand, who is told by its number or its name."""
    return frozenset({suppliers.code_key(supplier), suppliers.BY_NAME + suppliers.name_key(supplier)})


def bare(learned: Learned, number: str) -> str:
    """Return a number without what the supplier writes before or behind it, as numbers are compared.

    '' where it does not carry that, or where too little would be left to say which invoice it is.
    """
    whole, text = letters_and_digits(number), learned.text
    if learned.kind == "prefix":
        left = whole.removeprefix(text) if whole.startswith(text) else ""
    else:
        left = whole.removesuffix(text) if whole.endswith(text) else ""
    left = normalise(left)
    return left if len(left) >= SHORTEST_SLIP else ""
