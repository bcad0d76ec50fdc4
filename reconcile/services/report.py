"""A run as the contract's JSON. The same run gives the same bytes; amounts are text; rows stay columns to the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

import numpy as np
import pyarrow as pa

from core.money import to_text
from reconcile.models import Group, Member, Run

from .storage import fetch

PLACES = pa.schema(
    [("group", pa.int64()), ("side", pa.string()), ("file", pa.int64()), ("row", pa.int64()), ("excluded", pa.string())]
)
BATCH = 5_000


def write(run: Run, out: TextIO) -> None:
    """Write the contract's JSON of a run: one group a line, so that two reports can be compared by eye and by diff."""
    places = _places(run)
    head = json.dumps(_head(run), ensure_ascii=False, indent=1)
    out.write(head.removesuffix("\n}"))
    out.write(',\n "groups": [')
    for number, text in enumerate(_groups(run, places)):
        out.write(f"{',' if number else ''}\n  {text}")
    out.write('\n ],\n "excluded": [')
    for number, text in enumerate(places.excluded()):
        out.write(f"{',' if number else ''}\n  {text}")
    out.write("\n ]\n}\n")


def _head(run: Run) -> dict[str, Any]:
    def text(amount: int) -> str:
        return to_text(amount, run.currency)

    own = [each for each in run.inputs if not each["period"]]
    return {
        "period": run.month.period,
        "currency": run.currency,
        "files": [
            {"name": each["name"], "kind": each["kind"], "rows": each["rows"], "sha256": each["sha256"]} for each in own
        ],
        "totals": {
            "alma": text(run.alma_total),
            "oracle": text(run.oracle_total),
            "difference": text(run.oracle_total - run.alma_total),
        },
        "statement": {
            "lines": [
                {"cause": line["cause"], "count": line["count"], "amount": text(line["amount"])} for line in run.lines
            ],
            "unexplained": text(run.unexplained),
        },
    }


def _groups(run: Run, places: Places) -> Iterator[str]:
    found = Group.objects.filter(run=run).order_by("number").values_list(
        "pk", "number", "outcome", "rule", "difference", "alma_amount", "oracle_amount", "causes", "explanation"
    )  # fmt: skip
    for pk, number, outcome, rule, difference, alma, oracle, causes, explanation in found.iterator(BATCH):
        head = {
            "id": number,
            "outcome": outcome,
            "rule": rule,
            "difference": to_text(difference, run.currency),
            "alma_amount": to_text(alma, run.currency),
            "oracle_amount": to_text(oracle, run.currency),
            "causes": [
                {
                    "cause": each["cause"],
                    "amount": None if each["amount"] is None else to_text(each["amount"], run.currency),
                }
                for each in causes
            ],
            "explanation": explanation,
        }
        text = json.dumps(head, ensure_ascii=False)[:-1]
        yield f'{text}, "alma": [{places.of(pk, "alma")}], "oracle": [{places.of(pk, "oracle")}]}}'


class Places:
    """The rows of a run by group and side, as columns and not as a million objects."""

    def __init__(self, table: pa.Table, inputs: list[dict[str, Any]]) -> None:
        files = {each["file"]: place for place, each in enumerate(inputs)}  # inputs are sorted by period and name
        keys, inverse = np.unique(table.column("file").to_numpy(), return_inverse=True)
        file = np.array([files[key] for key in keys], dtype=np.int64)[inverse]
        row = table.column("row").to_numpy()
        group = table.column("group").fill_null(0).to_numpy()
        oracle = table.column("side").to_numpy() == "oracle"
        key = group * 2 + oracle
        order = np.lexsort((row, file, key))
        grouped = group[group > 0]
        self.first = int(grouped.min()) if len(grouped) else 1
        slots = np.arange(self.first * 2, (int(group.max(initial=0)) + 1) * 2 + 1)
        self.starts = np.searchsorted(key[order], slots).tolist()
        self.file, self.row = file[order].tolist(), row[order].tolist()
        self.cause = table.column("excluded").take(pa.array(order)).slice(0, self.starts[0]).to_pylist()
        self.prefix = [f'{{"file": {json.dumps(each["name"], ensure_ascii=False)}, "row": ' for each in inputs]
        self.suffix = [f', "period": "{each["period"]}"}}' if each["period"] else "}" for each in inputs]

    def of(self, group: int, side: str) -> str:
        """Return a group's rows of one side, as JSON."""
        slot = (group - self.first) * 2 + (side == "oracle")
        return ", ".join(self._place(at) for at in range(self.starts[slot], self.starts[slot + 1]))

    def excluded(self) -> Iterator[str]:
        """Return the excluded rows by file and row, as JSON."""
        for at in sorted(range(self.starts[0]), key=lambda at: (self.file[at], self.row[at])):
            yield f'{self._place(at)[:-1]}, "cause": "{self.cause[at]}"}}'

    def _place(self, at: int) -> str:
        file = self.file[at]
        return f"{self.prefix[file]}{self.row[at]}{self.suffix[file]}"


def _places(run: Run) -> Places:
    source = f'FROM "{Member._meta.db_table}" WHERE run_id = %s'
    return Places(fetch(("group_id", "side", "file_id", '"row"', "excluded"), source, [run.pk], PLACES), run.inputs)
