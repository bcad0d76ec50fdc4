"""Lists as tables: django-tables2 declares the columns, and each column writes its own cell.

The library's own row rendering takes most of a page's time at a hundred rows, so the body goes round it:
a column's `cell(record, table)` gives the finished `<td>`, and `Ledger.body` joins them. Records are plain dicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from typing import Any, Self

import django_tables2 as tables
from django.http import HttpRequest, QueryDict
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.money import NOTHING, show

Record = Mapping[str, Any]


def address(request: HttpRequest, **changes: Any) -> str:
    """Return this page's address with some of its query changed; None takes a word out. Empty words are left out."""
    query = QueryDict(mutable=True)
    for key, values in request.GET.lists():
        kept = [value for value in values if value]
        if kept and key not in changes:
            query.setlist(key, kept)
    for key, value in changes.items():
        if value not in (None, ""):
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else request.path


def short_date(day: date | None) -> str:
    """Write a date as tables do: 3 Mar 2025, or a dash."""
    return f"{day.day} {day:%b %Y}" if day else NOTHING


class Column(tables.Column):
    """Text from the record. `css` goes on the cell and its heading; `head` makes the cell the row's heading."""

    def __init__(self, verbose_name: str = "", *, css: str = "", head: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("orderable", False)
        super().__init__(verbose_name=verbose_name, **kwargs)
        self.css, self.head = css, head
        start = "<th scope=row" if head else "<td"
        self._open = f'{start} class="{css}">' if css else f"{start}>"
        self._close = "</th>" if head else "</td>"

    def cell(self, record: Record, table: Ledger, name: str) -> str:
        return f"{self._open}{self.inner(record, table, name)}{self._close}"

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        """Give what stands in the cell, escaped."""
        value = record[name]
        return NOTHING if value in (None, "") else str(escape(value))


class Identifier(Column):
    """A number that is text: an invoice, an order, a hash."""

    def __init__(self, verbose_name: str = "", *, css: str = "", **kwargs: Any) -> None:
        super().__init__(verbose_name, css=f"id {css}".strip(), **kwargs)


class Count(Column):
    def __init__(self, verbose_name: str = "", *, css: str = "", **kwargs: Any) -> None:
        super().__init__(verbose_name, css=f"num {css}".strip(), **kwargs)

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        value = record[name]
        return NOTHING if value is None else f"{value:,}"


class Money(Count):
    """Minor units; `signed` writes a plus before a difference and a dash for nothing."""

    def __init__(self, verbose_name: str = "", *, signed: bool = False, **kwargs: Any) -> None:
        super().__init__(verbose_name, **kwargs)
        self.signed = signed

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        value = record[name]
        return NOTHING if value is None else show(value, record.get("currency") or table.currency, signed=self.signed)


class Day(Column):
    def __init__(self, verbose_name: str = "", *, css: str = "", **kwargs: Any) -> None:
        super().__init__(verbose_name, css=f"date {css}".strip(), **kwargs)

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        value = record[name]
        return f"{short_date(value)}, {value:%H:%M}" if isinstance(value, datetime) else short_date(value)


class Link(Column):
    """Text that leads somewhere: the record holds the address under `<name>_href`; without one it is plain text."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        text, href = super().inner(record, table, name), record.get(f"{name}_href")
        return f'<a href="{escape(href)}">{text}</a>' if href else text


class Ledger(tables.Table):
    """A table with a caption, headings that sort by address, a chosen row, and totals.

    `sort` is the current order ('-size'); a column's `order_by` names the word it sorts by. `foot` maps a column's
    name to what stands under it, minor units for Money.
    """

    class Meta:
        template_name = "django_tables2/table.html"

    def __init__(
        self,
        records: Sequence[Record],
        *,
        caption: str,
        currency: str = "GBP",
        request: HttpRequest | None = None,
        sort: str = "",
        columns: Iterable[str] = (),
        foot: Record | None = None,
        empty: str = "Nothing here.",
        css: str = "",
    ) -> None:
        kept = set(columns)
        super().__init__(records, exclude=[name for name in self.base_columns if kept and name not in kept])
        self.caption, self.currency, self.sort, self.css = caption, currency, sort, css
        self.foot, self.empty, self._request, self.records = foot, empty, request, records

    def showing(self, records: Sequence[Record], caption: str) -> Self:
        """Return the same table over other records. Making a table takes longer than writing a short one."""
        other = copy(self)
        other.records, other.caption = records, caption
        return other

    @property
    def headings(self) -> list[dict[str, str]]:
        """Give each visible column's heading: text, class, and, where it sorts, its direction and address."""
        return [self._heading(bound.column) for bound in self.columns]

    def _heading(self, column: Column) -> dict[str, str]:
        heading = {"text": str(column.verbose_name), "css": column.css, "sort": "", "href": ""}
        if self._request is not None and column.order_by:
            word = str(column.order_by[0])
            field, current = word.lstrip("-"), self.sort.lstrip("-")
            turned = field if self.sort.startswith("-") else f"-{field}"
            heading["href"] = address(self._request, sort=turned if field == current else word, after=None, before=None)
            if field == current:
                heading["sort"] = "descending" if self.sort.startswith("-") else "ascending"
        return heading

    def attributes(self, record: Record) -> str:
        """Give the row's own attributes, escaped, with a leading blank."""
        return ""

    @property
    def body(self) -> SafeString:
        shown = [(bound.name, bound.column) for bound in self.columns]
        rows = []
        for record in self.records:
            cells = "".join([column.cell(record, self, name) for name, column in shown])
            rows.append(f"<tr{self.attributes(record)}>{cells}</tr>\n")
        return mark_safe("".join(rows))

    @property
    def foot_row(self) -> SafeString:
        if not self.foot:
            return SafeString()
        cells = []
        for bound in self.columns:
            given = bound.name in self.foot
            cells.append(bound.column.cell(self.foot, self, bound.name) if given else "<td></td>")
        return mark_safe(f"<tr>{''.join(cells)}</tr>")
