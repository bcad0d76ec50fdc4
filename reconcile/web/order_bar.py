"""How much of an order is used, as a bar made on the server: full for what is drawn, open for what is promised."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe

from reconcile.services.copo import Ledger
from reconcile.web.tables import Column, Record
from reconcile.web.tables import Ledger as Table

ROOM = 125  # per cent that a bar has room for; the line at 100 is what the order is worth


def bar(one: Ledger) -> SafeString:
    """Draw the bar of an order that has a value, '' for another. The figures that it shows stand beside it."""
    if not one.value or one.left is None:
        return SafeString()
    used = _place(one.value - one.left, one.value)
    promised = _place(one.value - one.left + max(one.committed, 0), one.value)
    marks = [_rect("all", 0, 100), _rect("used", 0, min(used, 100))]
    if promised > used:
        marks.append(_rect("promised", used, promised))
    if used > 100:
        marks.append(_rect("over", 100, used))
    return mark_safe(
        f'<svg class="used-bar" viewBox="0 0 {ROOM} 10" preserveAspectRatio="none" aria-hidden="true"'
        f' focusable="false">{"".join(marks)}<line x1="100" y1="0" x2="100" y2="10"/></svg>'
    )


def _rect(css: str, start: float, end: float) -> str:
    return f'<rect class="{css}" x="{start}" y="1" width="{round(end - start, 1)}" height="8"/>'


def _place(amount: int, value: int) -> float:
    return max(0.0, min(round(amount * 100 / value, 1), float(ROOM)))


class Used(Column):
    """The bar with its per cent in figures."""

    def inner(self, record: Record, table: Table, name: str) -> str:
        if record[name] is None:
            return "–"
        css = "num bad" if record[name] > 100 else "num"
        return f'<span class="used">{record["bar"]}<span class="{css}">{record[name]:,} %</span></span>'
