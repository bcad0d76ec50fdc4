"""Slips of the finger in the amount itself."""

from __future__ import annotations

from .pair import Pair, Part


def wrong_sign(pair: Pair) -> list[Part]:
    """A credit note entered with the wrong sign on one side: the amounts are each other's negative."""
    return [("sign", pair.difference)] if pair.oracle_total == -pair.alma_total else []


def keying_error(pair: Pair) -> list[Part]:
    """Two neighbouring digits swapped, or the decimal point shifted by one or two places, in one total. The money is
    really wrong.
    """
    one, other = pair.alma_total, pair.oracle_total
    if one * other <= 0:
        return []
    one, other = abs(one), abs(other)
    return [("keying_error", pair.difference)] if swapped(one, other) or shifted(one, other) else []


def swapped(one: int, other: int) -> bool:
    """1234 and 1324, but also 0.50 and 5.00 with a leading nought that vanished."""
    a, b = str(one), str(other)
    width = max(len(a), len(b), 3)  # three digits at least: 0.05 is written 005
    a, b = a.zfill(width), b.zfill(width)
    differing = [i for i in range(width) if a[i] != b[i]]
    return (
        len(differing) == 2
        and differing[1] == differing[0] + 1
        and a[differing[0]] == b[differing[1]]
        and a[differing[1]] == b[differing[0]]
    )


def shifted(one: int, other: int) -> bool:
    small, large = sorted((one, other))
    # 123.45 shifted down twice is 1.2345, keyed as 1.23 or 1.24: pennies that fell off are allowed for, where the
    # digits that are left still say something.
    return any(small * factor == large or (small > 99 and abs(small * factor - large) < factor) for factor in (10, 100))
