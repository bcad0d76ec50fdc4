"""What every chart is: a title, a sentence that says what it shows, a table of its figures, and a drawing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from core.money import MINUS

from . import scales
from .geometry import Drawing

NARROWEST = 240.0  # units; narrower than this nothing can be read


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a chart's table. money: its cells are minor units; signed: of a difference; figures: to the right."""

    heading: str
    money: bool = False
    signed: bool = False
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A chart's figures, to the penny. The first cell of a row names it; None is a cell with nothing in it."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | int | None, ...], ...]
    foot: tuple[str | int | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart(ABC):
    """Amounts are minor units of `currency`. Names may be any text: nothing in them is trusted."""

    title: str
    currency: str

    @property
    @abstractmethod
    def empty(self) -> str:
        """Say in words that there is nothing to draw; '' where there is."""

    @property
    @abstractmethod
    def reading(self) -> str:
        """Say in one sentence what the chart shows."""

    @property
    @abstractmethod
    def form(self) -> str:
        """Say what is drawn, for who does not see it."""

    @property
    @abstractmethod
    def table(self) -> Table:
        """Return the figures that are drawn."""

    def drawing(self, width: float) -> Drawing:
        """Return the chart as marks, `width` units wide (NARROWEST at least). Not for a chart that is empty."""
        return self._lay_out(max(width, NARROWEST))

    @abstractmethod
    def _lay_out(self, width: float) -> Drawing: ...

    def amount(self, amount: int, *, signed: bool = False) -> str:
        return scales.exact(amount, self.currency, signed=signed)


def percent(part: int, whole: int) -> str:
    """Write a share: 41.2 %. '' where it says nothing: of nothing or less, or ten times the whole."""
    if whole <= 0 or abs(part) >= whole * 10:
        return ""
    share = (Decimal(abs(part)) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{MINUS if part < 0 and share else ''}{share} %"
