"""A stored run as columns, as the workbook takes them: its groups, and its source rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core import money
from reconcile.formats.sheet_xml import as_money
from reconcile.matching.terms import PAIR_CAUSES
from reconcile.models import Group, Member, Run, SourceFile

from . import lines, words
from .storage import fetch

YES, NO = "yes", "no"
PAIRED = ("matched", "explained", "differs")  # the outcomes in which each cause carries money of its own
SIDES = {"alma": "Alma", "oracle": "Oracle", "orders": "Orders"}
WHO = {"library": "Library", "finance": "Finance", "supplier": "Supplier"}

_GROUP = pa.schema(
    [
        ("id", pa.int64()), ("number", pa.int64()), ("outcome", pa.string()), ("carried", pa.int64()),
        ("needs_person", pa.int64()), ("cause", pa.string()), ("causes", pa.string()),
        ("alma_amount", pa.int64()), ("oracle_amount", pa.int64()), ("difference", pa.int64()),
        ("supplier", pa.string()), ("po", pa.string()), ("alma_number", pa.string()),
        ("oracle_number", pa.string()), ("date", pa.date32()), ("explanation", pa.string()),
        ("stopper", pa.string()), ("next_step", pa.string()), ("who", pa.string()), ("rule", pa.string()),
        ("documents_alma", pa.int64()), ("documents_oracle", pa.int64()),
    ]
)  # fmt: skip
_PLACE = pa.schema([("group_id", pa.int64()), ("file_id", pa.int64()), ("row", pa.int64())])
_CAUSE = pa.schema([("excluded", pa.string())])
_LINE = ("supplier_name", "supplier_code", "invoice_number", "line_number", "po_number", "fund", "distribution",
         "description", "accounting_date", "amount")  # fmt: skip
# The sheets' texts are put together block by block: no text of theirs needs long offsets.
_SAID = pa.schema(
    [(name, pa.string() if pa.types.is_large_string(kind := lines.SCHEMA.field(name).type) else kind) for name in _LINE]
)
_NOTHING = _SAID.empty_table()
# SQLite would make a Python object of each boolean, were it a plain column.
_GROUP_SQL = {
    "carried": "CASE WHEN carried THEN 1 ELSE 0 END",
    "needs_person": "CASE WHEN needs_person THEN 1 ELSE 0 END",
    "causes": "CAST(causes AS text)",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file that takes part in the run, numbered as the workbook numbers it."""

    number: int
    key: int
    name: str
    kind: str
    side: str
    rows: int  # all rows of the file; of an earlier month's only the open ones take part
    sha256: str
    period: str
    earlier: bool


@dataclass(frozen=True, slots=True)
class RunData:
    """Tables by column name; money is decimal. `rows` are the source rows in groups, `excluded` the others."""

    run: Run
    sources: list[Source]
    groups: pa.Table
    rows: pa.Table
    excluded: pa.Table


def load(run: Run) -> RunData:
    """Read a run's groups and source rows. A million of each are some 300 MB: columns, not objects."""
    sources = _sources(run)
    groups = _fetched_groups(run)
    places = money.decimals(run.currency)
    placed = _placed(_fetched_lines(run), groups, sources, places)
    inside = placed.num_rows - placed["group"].null_count  # those left out come last
    rows, excluded = placed.slice(0, inside), placed.slice(inside)
    return RunData(run, sources, _groups(groups, rows, places), rows, excluded)


def _fetched_groups(run: Run) -> pa.Table:
    columns = [_GROUP_SQL.get(name, f'"{name}"') for name in _GROUP.names]
    return fetch(columns, f'FROM "{Group._meta.db_table}" WHERE run_id = %s ORDER BY number', [run.pk], _GROUP)


def _fetched_lines(run: Run) -> pa.Table:
    """Return the run's rows: where each stands, and what its file says of it."""
    source = f'FROM "{Member._meta.db_table}" WHERE run_id = %s{{}} ORDER BY file_id, "row"'
    places = fetch([f'"{name}"' for name in _PLACE.names], source.format(""), [run.pk], _PLACE)
    # A text a row would cost more than all the numbers: only the rows that are left out have a cause.
    causes = fetch(_CAUSE.names, source.format(" AND group_id IS NULL"), [run.pk], _CAUSE)
    left_out = pc.is_null(places["group_id"]).combine_chunks()
    excluded = pc.replace_with_mask(pa.repeat("", len(left_out)), left_out, causes["excluded"].combine_chunks())
    file, row = (places[name].to_numpy() for name in ("file_id", "row"))
    files = SourceFile.objects.in_bulk(np.unique(file).tolist())
    said = pa.concat_tables([_said(files[key], row[file == key]) for key in sorted(files)] or [_NOTHING])
    supplier = pc.if_else(pc.equal(said["supplier_name"], ""), said["supplier_code"], said["supplier_name"])
    fund = pc.if_else(pc.equal(said["fund"], ""), said["distribution"], said["fund"])
    description = pc.if_else(left_out, said["description"], "")  # shown of excluded rows only
    columns = {name: said[name] for name in ("invoice_number", "line_number", "po_number", "accounting_date", "amount")}
    columns |= {"supplier": supplier, "fund": fund, "description": description, "excluded": excluded}
    return pa.table({**{name: places[name] for name in _PLACE.names}, **columns})


def _said(file: SourceFile, rows: np.ndarray) -> pa.Table:
    return lines.rows(file, rows, _LINE).select(_LINE).cast(_SAID)


def _sources(run: Run) -> list[Source]:
    """Return the run's files: this month's first, each side by name."""
    order = sorted(run.inputs, key=lambda file: (file["period"], file["side"], file["name"], file["file"]))
    return [
        Source(
            number, file["file"], file["name"], file["kind"], file["side"], file["rows"], file["sha256"],
            file["period"] or run.month.period, bool(file["period"]),
        )
        for number, file in enumerate(order, 1)
    ]  # fmt: skip


def _placed(found: pa.Table, groups: pa.Table, sources: list[Source], places: int) -> pa.Table:
    """Give every line its group and its file, in the order group, side, file, row; those left out come last."""
    place = pc.index_in(found["group_id"], groups["id"])  # null where the row is excluded
    by_file = pc.index_in(found["file_id"], pa.array([source.key for source in sources], pa.int64()))
    side = _picked([SIDES.get(source.side, source.side) for source in sources], by_file)
    alma = pc.equal(side, SIDES["alma"])
    amount = as_money(found["amount"].combine_chunks(), places)
    columns = {
        "group": groups["number"].take(place),
        "side": side,
        "list": _encoded(groups["outcome"], outcome).take(place),
        "file_number": pc.add(by_file.cast(pa.int64()), 1),
        "file": _picked([source.name for source in sources], by_file),
        "period": _picked([source.period for source in sources], by_file),
        "counts": _picked([NO if source.earlier else YES for source in sources], by_file),
        "row": found["row"],
        "alma_amount": pc.if_else(alma, amount, None),
        "oracle_amount": pc.if_else(alma, None, amount),
        "amount": amount,
        "cause": _encoded(found["excluded"], cause_label),
        "supplier": found["supplier"].dictionary_encode().combine_chunks(),
        **{name: found[name] for name in ("invoice_number", "line_number", "po_number", "fund", "description")},
        "accounting_date": found["accounting_date"],
    }
    last = pc.fill_null(place, groups.num_rows).to_numpy()
    order = np.lexsort(
        (found["row"].to_numpy(), by_file.to_numpy(), pc.invert(alma).to_numpy(zero_copy_only=False), last)
    )
    return pa.table(columns).take(pa.array(order))


def _groups(groups: pa.Table, rows: pa.Table, places: int) -> pa.Table:
    """Return the groups as the lists show them, with a column `cause vat` … for each cause that carries money."""
    facts, amounts = _causes(groups, places)
    return pa.table(
        {
            "number": groups["number"],
            "outcome": _encoded(groups["outcome"], outcome),
            "needs_person": groups["needs_person"],
            "counts": pc.if_else(pc.equal(groups["carried"], 1), NO, YES),
            "cause": _encoded(groups["cause"], cause_label),
            **{
                name: as_money(groups[name].combine_chunks(), places)
                for name in ("alma_amount", "oracle_amount", "difference")
            },
            "supplier": groups["supplier"].dictionary_encode().combine_chunks(),
            **{name: groups[name] for name in ("po", "alma_number", "oracle_number", "date", "explanation")},
            **{name: groups[name].dictionary_encode().combine_chunks() for name in ("stopper", "next_step", "rule")},
            "who": _named(groups["who"], WHO),
            "documents_alma": groups["documents_alma"],
            "documents_oracle": groups["documents_oracle"],
            "facts": facts,
            **amounts,
            "cause carried": _carried(groups, rows, places),
        }
    )


def _causes(groups: pa.Table, places: int) -> tuple[pa.Array, dict[str, pa.Array]]:
    """Return each group's facts as a text, and for each cause of a pair the amounts, null where there is none."""
    encoded = groups["causes"].dictionary_encode().combine_chunks()
    read = [json.loads(text) for text in encoded.dictionary.to_pylist()]
    facts = [
        ", ".join(words.FACTS[item["cause"]].label for item in items if item["cause"] in words.FACTS) for items in read
    ]
    carries = pc.is_in(groups["outcome"], pa.array(PAIRED)).combine_chunks()
    amounts = {}
    for cause in PAIR_CAUSES:
        minor = pa.array([_amount_of(items, cause) for items in read], pa.int64()).take(encoded.indices)
        amounts[f"cause {cause}"] = as_money(pc.if_else(carries, minor, None), places)
    return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(facts, pa.string())), amounts


def _amount_of(items: list[dict[str, Any]], cause: str) -> int | None:
    found = [item["amount"] for item in items if item["cause"] == cause and item["amount"] is not None]
    return sum(found) if found else None


def _carried(groups: pa.Table, rows: pa.Table, places: int) -> pa.Array:
    """Return what earlier months' rows account for in each of this month's groups: their Alma less Oracle amounts."""
    earlier = rows.filter(pc.equal(rows["counts"], NO)).select(["group", "alma_amount", "oracle_amount"])
    sums = earlier.group_by("group").aggregate([("alma_amount", "sum"), ("oracle_amount", "sum")])
    alma, oracle = (
        pc.fill_null(sums[name].cast(pa.decimal128(20, places)), 0) for name in ("alma_amount_sum", "oracle_amount_sum")
    )
    net = pc.subtract(alma, oracle)
    found = net.take(pc.index_in(groups["number"], sums["group"])).combine_chunks()
    wanted = pc.equal(groups["carried"], 0).combine_chunks()
    return pc.if_else(wanted, found, None)


def outcome(name: str) -> str:
    return words.OUTCOMES[name].label


def cause_label(name: str) -> str:
    return words.cause(name).label if name else ""


def _named(values: pa.ChunkedArray, names: Mapping[str, str]) -> pa.Array:
    return _encoded(values, lambda value: names.get(value, value))


def _encoded(values: pa.ChunkedArray, name: Any) -> pa.Array:
    """Rename the few different texts of a column."""
    encoded = values.dictionary_encode().combine_chunks()
    return pa.DictionaryArray.from_arrays(
        encoded.indices, pa.array([name(v) for v in encoded.dictionary.to_pylist()], pa.string())
    )


def _picked(texts: list[str], places: pa.ChunkedArray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(places.combine_chunks().cast(pa.int32()), pa.array(texts, pa.string()))
