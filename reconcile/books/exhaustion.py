"""When an order will be used up, by the pace at which it is drawn on.

The pace is what was drawn in the last twelve months of the books, by the day: from the order's start where that is
later, or from the month of its first draw where nobody says when it started. It takes two months with movement: one
invoice is no pace. What is left lasts for as long as the pace lets it, counted from the end of the books.
"""

from __future__ import annotations

from datetime import date, timedelta

FAR = timedelta(days=366)  # beyond its end: that it runs out then says nothing of use
FARTHEST = timedelta(days=5 * 366)  # from the end of the books, where an order has no end


def window(until: date) -> date:
    """Return the first day of the twelve months that end with `until`, the last day of a month."""
    return (date(until.year - 1, until.month, 28) + timedelta(days=4)).replace(day=1)


def exhausted(
    left: int,
    drawn: int,
    moved: tuple[date | None, date | None],
    books: tuple[date, date],
    lives: tuple[date | None, date | None],
) -> date | None:
    """Return the day on which nothing will be left; None where nothing is left now, nothing can be told yet, or the
    order outlasts its end by far.

    left, drawn: minor units; drawn within the twelve months. moved: the first and the last draw of all time. books: the
    twelve months' first day, and the last day that the books know of. lives: the order's start and end.
    """
    (first, last), (since, until), (starts, ends) = moved, books, lives
    if left <= 0 or drawn <= 0 or first is None or last is None:
        return None
    if (first.year, first.month) == (last.year, last.month):
        return None
    begun = min(starts, first) if starts else first.replace(day=1)
    days = (until - max(begun, since)).days + 1
    lasts = -(-left * days // drawn)
    most = max(ends + FAR - until, timedelta()) if ends else FARTHEST
    return until + timedelta(days=lasts) if lasts <= most.days else None
