"""truth.json: what a perfect reconciliation finds in the two files, in the contract's words."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.money import to_text
from reconcile.example.documents import Group
from reconcile.example.ledger import Book
from reconcile.matching.terms import STATEMENT_ORDER

GBP = "GBP"


class Contradiction(Exception):
    """A planted group whose causes do not account for its difference: a fault of the generator."""


class Truth:
    """The truth of one month. `groups` are the planted ones; every group after them is a plain pair."""

    def __init__(
        self,
        period: str,
        seed: int,
        groups: list[Group],
        count: int,
        books: dict[str, Book],
        files: dict[str, tuple[Path, str, int]],
    ) -> None:
        self.period, self.seed, self.groups, self.count = period, seed, groups, count
        self.books, self.files = books, files
        self.rows = {side: self._rows(side) for side in books}
        self.amounts = {side: self._amounts(side) for side in books}
        self.lines: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.unexplained = 0
        self.causes = [self._account(i, g) for i, g in enumerate(groups)]

    def _rows(self, side: str) -> tuple[np.ndarray, np.ndarray]:
        """Row numbers of all grouped rows by group, and where each group's begin."""
        rows = self.books[side].rows
        position = np.flatnonzero(rows["excluded"].to_numpy() == "")
        group = rows["group"].to_numpy()[position]
        order = np.argsort(group, kind="stable")
        starts = np.searchsorted(group[order], np.arange(self.count + 1))
        return position[order] + 1 + self.files[side][2], starts

    def _amounts(self, side: str) -> np.ndarray:
        book = self.books[side]
        group = book.docs["group"].to_numpy()[book.lines["doc"]]
        inside = group >= 0
        sums = np.zeros(self.count, np.int64)
        np.add.at(sums, group[inside], book.lines["amount"].to_numpy()[inside])
        return sums

    def _earlier(self, group: Group, side: str) -> int:
        return group.earlier.document.total if group.earlier and group.earlier.side == side else 0

    def difference(self, i: int) -> int:
        group = self.groups[i]
        now = int(self.amounts["oracle"][i] - self.amounts["alma"][i])
        return now + self._earlier(group, "oracle") - self._earlier(group, "alma")

    def _account(self, i: int, group: Group) -> list[tuple[str, int | None]]:
        """Enter a group into the statement and return its causes; raises Contradiction where they do not add up."""
        difference, causes = self.difference(i), group.causes
        if group.outcome.startswith("only_in"):
            causes = [(causes[0][0], difference)]
        elif group.outcome == "suggested":
            self._enter("suggested", difference)
        elif sum(a or 0 for _, a in causes) != difference:
            raise Contradiction(f"{group.kind} {causes} against {difference}")
        for cause, amount in causes if group.outcome != "suggested" else ():
            if cause == "unexplained":
                self.unexplained += amount or 0
            elif amount is not None:
                self._enter(cause, amount)
        if group.earlier:
            self._enter("carried", self._earlier(group, "alma") - self._earlier(group, "oracle"))
        return causes

    def _enter(self, cause: str, amount: int) -> None:
        self.lines[cause][0] += 1
        self.lines[cause][1] += amount

    # Writing

    def write(self, path: Path) -> None:
        """Write the truth, group by group: a million rows pass through without a million objects."""
        with path.open("w", encoding="utf-8", newline="\n") as out:
            head = json.dumps(self._head(), ensure_ascii=False, indent=1)
            out.write(head[:-2] + ',\n "groups": [\n  ')
            out.write(",\n  ".join(self._group_texts()))
            out.write('\n ],\n "excluded": [\n  ')
            out.write(",\n  ".join(self._excluded_texts()))
            out.write("\n ]\n}\n")

    def _head(self) -> dict[str, object]:
        alma, oracle = self.books["alma"].total, self.books["oracle"].total
        totals: dict[str, object] = {
            "alma": _money(alma),
            "oracle": _money(oracle),
            "difference": _money(oracle - alma),
        }
        if "carried" in self.lines:
            totals["carried"] = {s: _money(sum(self._earlier(g, s) for g in self.groups)) for s in ("alma", "oracle")}
        if oracle - alma != sum(amount for _, amount in self.lines.values()) + self.unexplained:
            raise Contradiction("the statement does not tie")
        lines = [
            {"cause": cause, "count": self.lines[cause][0], "amount": _money(self.lines[cause][1])}
            for cause in STATEMENT_ORDER
            if cause in self.lines
        ]
        return {
            "period": self.period, "profile": "example", "seed": self.seed, "currency": GBP,
            "files": [self._file(side) for side in ("alma", "oracle")], "totals": totals,
            "statement": {"lines": lines, "unexplained": _money(self.unexplained)},
        }  # fmt: skip

    def _file(self, side: str) -> dict[str, object]:
        path, form, heading = self.files[side]
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        rows = len(self.books[side].rows)
        return {"name": path.name, "side": side, "form": form, "heading_row": heading, "rows": rows, "sha256": digest}

    def _group_texts(self) -> Iterator[str]:
        for i in range(self.count):
            if i < len(self.groups):
                group = self.groups[i]
                causes = [{"cause": c, "amount": None if a is None else _money(a)} for c, a in self.causes[i]]
                head = f'"kind": "{group.kind}", "outcome": "{group.outcome}", "causes": {json.dumps(causes)}'
                yield f'{{{head}, "difference": "{_money(self.difference(i))}", {self._places(i, group)}}}'
            else:
                head = '"kind": "exact", "outcome": "matched", "causes": [], "difference": "0.00"'
                yield f"{{{head}, {self._places(i)}}}"

    def _places(self, i: int, group: Group | None = None) -> str:
        return ", ".join(f'"{side}": [{", ".join(self._side_places(side, i, group))}]' for side in ("alma", "oracle"))

    def _side_places(self, side: str, i: int, group: Group | None) -> list[str]:
        rows, starts = self.rows[side]
        name = self.files[side][0].name
        earlier = group.earlier.rows if group and group.earlier and group.earlier.side == side else ()
        return [f'{{"file": "{n}", "row": {r}}}' for n, r in earlier] + [
            f'{{"file": "{name}", "row": {r}}}' for r in rows[starts[i] : starts[i + 1]].tolist()
        ]

    def _excluded_texts(self) -> Iterator[str]:
        for side in ("alma", "oracle"):
            path, _, heading = self.files[side]
            excluded = self.books[side].rows["excluded"].to_numpy()
            for position in np.flatnonzero(excluded != "").tolist():
                row = position + 1 + heading
                yield f'{{"file": "{path.name}", "row": {row}, "cause": "{excluded[position]}"}}'

    def places(self, side: str, i: int) -> tuple[tuple[str, int], ...]:
        """File and row of every row of a group on one side."""
        rows, starts = self.rows[side]
        return tuple((self.files[side][0].name, int(r)) for r in rows[starts[i] : starts[i + 1]])


def _money(pence: int) -> str:
    return to_text(pence, GBP)
