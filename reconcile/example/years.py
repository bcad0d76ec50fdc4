"""Years of a library's invoices with a known truth: what is renewed when, and how buying follows the year."""

from __future__ import annotations

import calendar
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reconcile.example import streams
from reconcile.example.streams import STREAM, USES, YEAR, Funds
from reconcile.example.world import COST_CENTRES, CURRENCIES, ORDER_FIRST, RATES, SUPPLIERS

AREAS = ("ART", "BUS", "HEA", "LAW", "SCI", "TEC")
MATERIALS = {"BKS": "Book", "EBK": "E-book", "JNL": "Journal", "DBS": "Database"}
OUTCOMES = ("matched", "explained", "suggested", "only_in_alma")
DRIFT = 0.012  # of a currency's rate, a month
VAT = 0.2


@dataclass(frozen=True, slots=True)
class History:
    """Years of invoice lines and their truth.

    lines        one row an invoice line, in the order of its months. Text: period ('2024-10'), fund, ledger,
                 cost_centre, supplier (Alma's vendor code), supplier_name, material, order (Oracle's number), number
                 (the invoice's), currency, outcome (of its reconciliation), stream (subscription, standing, books,
                 single). date: datetime64. rate: float, pounds for one unit of the currency. int64: line (from 1
                 within its invoice), source (net, minor units of the currency), net, vat and amount (net + vat), pence
    titles       what is renewed: stream, fund, supplier, month (of the calendar; 0 for a standing order, which comes
                 every month), first, last (years of the history in which it is held, from 0, both inclusive)
    buying       the share of a year's books that falls into each month of the calendar, in the middle: index fund,
                 columns 1 to 12
    commitments  what open orders promised at the end of each month: period, fund, supplier, amount (pence), due
                 (period, '' where nobody knows); orders for what comes after the history are not there
    """

    lines: pd.DataFrame
    titles: pd.DataFrame
    buying: pd.DataFrame
    commitments: pd.DataFrame


def history(seed: int, years: int = 5, funds: int = 300, lines: int = 50_000, begin: str = "2020-08") -> pd.DataFrame:
    """Return the invoice lines of `make`."""
    return make(seed, years, funds, lines, begin).lines


def make(seed: int, years: int = 5, funds: int = 300, lines: int = 50_000, begin: str = "2020-08") -> History:
    """Draw exactly so many invoice lines over whole financial years, the first of which begins in the month `begin`.

    The same arguments draw the same history. A fund may be left without a line where there are few.
    """
    rng = np.random.default_rng([seed, years, funds, lines])
    pots = Funds.drawn(rng, funds, years)
    renewed, titles = streams.subscriptions(rng, pots, lines)
    monthly, series = streams.standing_orders(rng, pots, lines)
    single = streams.single_purchases(rng, pots, lines)
    bought = streams.books(rng, pots, lines - len(renewed) - len(monthly) - len(single))
    told = pd.concat([renewed, monthly, single, bought], ignore_index=True)[STREAM]
    periods = _periods(begin, YEAR * years)
    rates = np.array(RATES) / 1e5 * np.exp(np.cumsum(rng.normal(0, DRIFT, (len(periods), len(RATES))), axis=0))
    rates[:, 0] = 1
    codes = _codes(funds)
    return History(
        _lines(rng, told.sort_values("month", kind="stable", ignore_index=True), periods, rates, codes),
        _named(pd.concat([titles, series], ignore_index=True), periods, codes),
        _by_calendar(pots, periods, codes),
        _commitments(told, titles, periods, rates, codes),
    )


def _periods(begin: str, months: int) -> np.ndarray:
    """The months from this one on, as text."""
    return np.datetime_as_string(np.datetime64(begin, "M") + np.arange(months)).astype(object)


def _codes(funds: int) -> np.ndarray:
    """Made-up codes: the area, a number, the use."""
    at = np.arange(funds)
    uses, areas, numbers = at % len(USES), at // len(USES) % len(AREAS), at // len(USES) // len(AREAS) + 1
    return np.array([f"{AREAS[a]}{n:02d}-{USES[u]}" for a, n, u in zip(areas, numbers, uses, strict=True)], object)


def _lines(
    rng: np.random.Generator, told: pd.DataFrame, periods: np.ndarray, rates: np.ndarray, codes: np.ndarray
) -> pd.DataFrame:
    fund, supplier, month = (told[name].to_numpy() for name in ("fund", "supplier", "month"))
    use, area = fund % len(USES), fund // len(USES) % len(AREAS)
    currency = np.array([s.currency for s in SUPPLIERS])[supplier]
    rate = rates[month, currency]
    net = np.rint(told["source"].to_numpy() * rate).astype(np.int64)
    taxed = np.array([s.vat for s in SUPPLIERS])[supplier] & (use > 0)  # printed books bear none
    vat = np.where(taxed, np.rint(net * VAT), 0).astype(np.int64)
    invoice = _invoices(rng, supplier, month)
    columns = {
        "period": periods[month],
        "date": _days(rng, periods)[month, invoice % 28],
        "fund": codes[fund],
        "ledger": np.array([f"{area}-LIB" for area in AREAS], object)[area],
        "cost_centre": np.array(COST_CENTRES, object)[area],
        "supplier": np.array([s.code for s in SUPPLIERS], object)[supplier],
        "supplier_name": np.array([s.name for s in SUPPLIERS], object)[supplier],
        "material": np.array([MATERIALS[u] for u in USES], object)[use],
        "order": (ORDER_FIRST + 100 * supplier + area).astype(str).astype(object),
        "number": _numbers(invoice, supplier),
        "line": told.groupby(invoice, sort=False).cumcount().to_numpy(np.int64) + 1,
        "currency": np.array(CURRENCIES, object)[currency],
        "rate": rate,
        "source": told["source"].to_numpy(),
        "net": net,
        "vat": vat,
        "amount": net + vat,
        "outcome": np.array(OUTCOMES, object)[
            rng.choice(4, int(invoice.max()) + 1, p=(0.9, 0.06, 0.01, 0.03))[invoice]
        ],
        "stream": told["stream"].to_numpy(),
    }
    return pd.DataFrame({k: pd.array(v, dtype="str") if v.dtype == object else v for k, v in columns.items()})


def _invoices(rng: np.random.Generator, supplier: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Put the lines of a supplier and month on invoices of about three lines, counted from 0."""
    both = month * len(SUPPLIERS) + supplier
    share = np.maximum(1, np.bincount(both)[both] // 3)
    return pd.factorize(both * (len(both) + 1) + rng.integers(0, share))[0]


def _numbers(invoice: np.ndarray, supplier: np.ndarray) -> np.ndarray:
    """Each invoice's number, as its supplier counts."""
    first = np.unique(invoice, return_index=True)[1]
    of = supplier[first]
    counted = pd.Series(of).groupby(of).cumcount().to_numpy()
    told = [SUPPLIERS[s].number.format(SUPPLIERS[s].first + 7 * int(n)) for s, n in zip(of, counted, strict=True)]
    return np.array(told, object)[invoice]


def _days(rng: np.random.Generator, periods: np.ndarray) -> np.ndarray:
    """Days of each month (months x 28), one for each of the invoices that share it out."""
    lengths = [calendar.monthrange(int(p[:4]), int(p[5:]))[1] for p in periods]
    first = periods.astype("datetime64[M]").astype("datetime64[D]")
    days = first[:, None] + np.stack([rng.integers(0, n, 28) for n in lengths])
    return days.astype("datetime64[s]")


def _named(titles: pd.DataFrame, periods: np.ndarray, codes: np.ndarray) -> pd.DataFrame:
    calendar_month = np.array([int(p[5:]) for p in periods[:YEAR]])
    month = titles["month"].to_numpy()
    return titles.assign(
        fund=codes[titles["fund"]],
        supplier=np.array([s.code for s in SUPPLIERS], object)[titles["supplier"]],
        month=np.where(month < 0, 0, calendar_month[month]),
    )


def _by_calendar(pots: Funds, periods: np.ndarray, codes: np.ndarray) -> pd.DataFrame:
    columns = [int(p[5:]) for p in periods[:YEAR]]
    return pd.DataFrame(pots.buying, index=pd.Index(codes, name="fund"), columns=columns).sort_index(axis=1)


def _commitments(
    told: pd.DataFrame, titles: pd.DataFrame, periods: np.ndarray, rates: np.ndarray, codes: np.ndarray
) -> pd.DataFrame:
    """Each order, month after month, from the end of the one in which it was sent until it is invoiced.

    An order that was forgotten when its title was given up stands until the month after it would have been due.
    """
    ghosts = titles[titles["forgotten"] & (titles["last"] < len(periods) // YEAR - 1)]
    last = told[told["stream"] == "subscription"].drop_duplicates("title", keep="last").set_index("title")["source"]
    source = last.reindex(ghosts.index).fillna(0).to_numpy().astype(np.int64)
    year = YEAR * (ghosts["last"].to_numpy() + 1)
    due = year + ghosts["month"].to_numpy()
    given_up = ghosts[["fund", "supplier"]].assign(month=due + 2, ordered=year, expected=source, due=due)
    open_ = pd.concat([told[given_up.columns], given_up], ignore_index=True)
    begin = np.maximum(open_["ordered"].to_numpy(), 0)
    end = np.minimum(open_["month"].to_numpy(), len(periods))
    held = np.maximum(end - begin, 0)
    row = np.repeat(np.arange(len(open_)), held)
    at = begin[row] + np.arange(len(row)) - np.repeat(np.cumsum(held) - held, held)
    rows = open_.iloc[row]
    currency = np.array([s.currency for s in SUPPLIERS])[rows["supplier"]]
    when = np.append(periods, "")[np.where(rows["due"] < 0, len(periods), rows["due"])]
    return pd.DataFrame(
        {
            "period": pd.array(periods[at], dtype="str"),
            "fund": pd.array(codes[rows["fund"]], dtype="str"),
            "supplier": pd.array(np.array([s.code for s in SUPPLIERS], object)[rows["supplier"]], dtype="str"),
            "amount": np.rint(rows["expected"].to_numpy() * rates[at, currency]).astype(np.int64),
            "due": pd.array(when, dtype="str"),
        }
    ).sort_values("period", kind="stable", ignore_index=True)
