"""The plain pairs, by the hundred thousand, drawn in numpy: the same number, order, amount and supplier twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reconcile.example.desk import Desk, normalised
from reconcile.example.documents import NO_CODE, STANDARD_RATE, TAX, ZERO_RATE
from reconcile.example.world import FUNDS, RATES, SUPPLIERS

NO_DAY = -1  # not booked yet: Oracle leaves the GL date blank


def plain_pairs(
    desk: Desk, lines: int, first_group: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Draw pairs, one at least, until Alma's side has this many lines: Alma's documents and lines, then Oracle's."""
    rng = np.random.default_rng([seed, *(int(p) for p in desk.period.split("-"))])
    documents = _documents(desk, rng, lines, first_group)
    alma = _lines(rng, documents, lines)
    documents = documents.iloc[: int(alma["doc"].max()) + 1]
    oracle = _oracle_lines(rng, documents, alma)
    booked = documents.assign(
        booked=rng.integers(desk.first, desk.last + 1, len(documents)),
        status=rng.choice(3, len(documents), p=(0.96, 0.02, 0.02)),
    )
    booked.loc[booked["status"] > 0, "booked"] = NO_DAY
    return documents, alma, booked, oracle


def _documents(desk: Desk, rng: np.random.Generator, lines: int, first_group: int) -> pd.DataFrame:
    weights = np.array([s.weight for s in SUPPLIERS], float)
    weights /= weights.sum()
    mean = float(sum(w * s.lines for w, s in zip(weights, SUPPLIERS, strict=True)))
    count = int(lines / mean * 1.15) + 30
    supplier = rng.choice(len(SUPPLIERS), count, p=weights)
    numbers = np.empty(count, object)
    order = np.zeros(count, np.int64)
    for s in np.unique(supplier):
        where = np.flatnonzero(supplier == s)
        numbers[where] = _numbers(desk, rng, int(s), len(where))
        pool = desk.pools[int(s)] + [desk.new_order() for _ in range(len(where) // 200)]
        order[where] = rng.choice(pool, len(where))
    booked = np.sort(rng.integers(desk.first, desk.last + 1, count))
    rng.shuffle(booked)
    return pd.DataFrame(
        {
            "group": np.arange(count) + first_group,
            "number": numbers,
            "supplier": supplier,
            "printed": booked - rng.integers(1, 35, count),
            "booked": booked,
            "order": order,
            "currency": np.array([s.currency for s in SUPPLIERS])[supplier],
            "status": rng.integers(0, 3, count),
            "method": 0,
            "manual": False,
            "self_charged": False,
            "elsewhere": False,
            "plain": True,
        }
    )


def _numbers(desk: Desk, rng: np.random.Generator, supplier: int, count: int) -> list[str]:
    """The supplier's next numbers, without those that a planted slip has taken."""
    template = SUPPLIERS[supplier].number
    found: list[str] = []
    while len(found) < count:
        counters = desk.counters[supplier] + np.cumsum(rng.integers(3, 60, count - len(found)))
        desk.counters[supplier] = int(counters[-1])
        found += [n for n in map(template.format, counters.tolist()) if normalised(n) not in desk.numbers]
    return found


def _lines(rng: np.random.Generator, documents: pd.DataFrame, lines: int) -> pd.DataFrame:
    supplier = documents["supplier"].to_numpy()
    mean = np.array([s.lines for s in SUPPLIERS])[supplier]
    counts = np.minimum(1 + rng.poisson(np.maximum(mean - 1, 0.05)), 40)
    ends = np.cumsum(counts)
    counts = counts[: max(1, int(np.searchsorted(ends, lines, side="right")))]
    doc = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(doc)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    price = np.array([s.price for s in SUPPLIERS])[supplier[doc]]
    source = np.maximum(150, np.rint(rng.lognormal(0, 0.8, len(doc)) * price)).astype(np.int64)
    source *= np.where(rng.random(len(counts)) < 0.015, -1, 1)[doc]  # credits
    rate = np.array(RATES)[documents["currency"].to_numpy()[doc]]
    usual = rng.integers(0, len(FUNDS), len(counts))[doc]
    return pd.DataFrame(
        {
            "doc": doc,
            "number": number,
            "kind": 0,
            "amount": np.sign(source) * ((np.abs(source) * rate + 50_000) // 100_000),
            "source": source,
            "fund": np.where(rng.random(len(doc)) < 0.8, usual, rng.integers(0, len(FUNDS), len(doc))),
            "tax": ZERO_RATE,
            "order": (number == 1) | (rng.random(len(counts)) > 0.03)[doc],
        }
    )


def _oracle_lines(rng: np.random.Generator, documents: pd.DataFrame, alma: pd.DataFrame) -> pd.DataFrame:
    """The same lines; for some of those who charge VAT, Alma's amounts hold it and Oracle shows it in a tax line."""
    taxed = np.array([s.vat and s.currency == 0 for s in SUPPLIERS])[documents["supplier"].to_numpy()]
    taxed &= rng.random(len(documents)) < 0.5
    gross = taxed[alma["doc"]]
    oracle = alma.copy()
    amount = alma["amount"].to_numpy()
    net = np.sign(amount) * ((np.abs(amount) * 5 + 3) // 6)
    oracle["amount"] = np.where(gross, net, amount)
    oracle["source"] = np.where(gross, net, alma["source"])
    oracle["tax"] = np.where(gross, STANDARD_RATE, ZERO_RATE)
    oracle["order"] = True
    vat = np.bincount(alma["doc"], (amount - net) * gross, len(documents)).astype(np.int64)
    last = np.bincount(alma["doc"], minlength=len(documents))
    at = np.flatnonzero(taxed)
    tax = pd.DataFrame(
        {
            "doc": at, "number": last[at] + 1, "kind": TAX, "amount": vat[at], "source": vat[at], "fund": -1,
            "tax": NO_CODE, "order": rng.random(len(at)) < 0.5,
        }
    )  # fmt: skip
    both = pd.concat([oracle, tax], ignore_index=True)
    return both.sort_values(["doc", "number"], kind="stable", ignore_index=True)
