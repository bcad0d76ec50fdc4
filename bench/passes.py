"""Deterministic passes: pairing what is the same invoice without doubt, beside three peers who do the same joins.

All take both sides' counted lines (those not excluded) from memory and answer how many pairs there are:

1. lines become documents: supplier code (else name) and number as written, with the sum of their amounts, their order
   number and their first supplier;
2. numbers are normalised: upper case, letters and digits only, without INV or INVOICE before and zeros in front;
3. suppliers get one key on both sides: the finance code without zeros in front, where it is blank the code of the
   same vendor code's or the same name's other rows, else the name without case, punctuation and legal form;
4. supplier + normalised number, unique on both sides, is a pair; where it is not, supplier + number as written that is;
   where neither is, all of that number wait for a person;
5. documents that come to nothing go; of what is left, number + order + amount, unique on both sides, is a pair where
   the suppliers differ.

Libra does more in its time, because its passes do: it says of every pair by which rule, finds reversals and invoices
entered twice, reckons dates, currencies, headers and states of every document for the passes that follow, and learns
what an order number looks like from Oracle's own; to the peers the pattern is told. None does Unicode but Libra.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench import data
from bench.measure import PEERS, Case, Variant
from bench.tables import Section, Target

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

LAST = "another_supplier"  # the last pass of those measured
NEEDED = (
    "supplier_code", "supplier_name", "finance_code", "invoice_number", "po_number", "reporting_code",
    "order_reference", "amount",
)  # fmt: skip
ORDER = "31[0-9]{6}"  # what an order number looks like in the months that are measured
LEGAL = "LTD|LIMITED|PLC|LLP|INC|LLC|CORP|CO|COMPANY|GMBH|KG|AG|BV|NV|SA|SAS|SARL|SRL|SPA|AB|AS|PTY|AND"


def sections(sizes: tuple[int, ...]) -> list[Section]:
    return [
        Section(
            f"Deterministic passes, {lines:,} lines a side",
            [
                Variant("Libra: documents and passes", "bench.passes:libra", {"files": data.frames(lines)}),
                Variant("DuckDB", "bench.passes:duckdb", {"files": data.frames(lines)}, PEERS),
                Variant("polars", "bench.passes:polars", {"files": data.frames(lines)}, PEERS),
                Variant("pandas, merge", "bench.passes:pandas", {"files": data.frames(lines)}, PEERS, most=1),
            ],
            (Target("Libra: documents and passes", "DuckDB", at_most=3),),
            agree="pairs",
        )
        for lines in sizes
    ]


def libra(files: dict[str, str]) -> Case:
    """Libra's own roll_up and its passes up to and including LAST, on pandas frames as the engine is given them."""
    import pandas as pd
    import pyarrow.feather

    from reconcile.matching.board import Board
    from reconcile.matching.documents import roll_up
    from reconcile.matching.engine import PASSES
    from reconcile.matching.terms import Rules

    frames = {side: pyarrow.feather.read_table(path).to_pandas() for side, path in files.items()}
    alma, oracle = (frame[frame["excluded"] == ""].reset_index(drop=True) for frame in frames.values())
    names = [run.__name__ for _, run in PASSES]
    month = pd.Period(data.PERIOD, "M")
    days = [(day.normalize() - pd.Timestamp(0)).days for day in (month.start_time, month.end_time)]
    yield
    board = Board(*roll_up(alma, oracle, Rules()), *days)
    for _, run in PASSES[: names.index(LAST) + 1]:
        run(board)
    yield
    yield {"pairs": sum(each.count for each in board.batches if each.certain and not each.cause)}


def tables(files: dict[str, str]) -> list[pa.Table]:
    """Return both sides' counted lines with the columns that pairing needs."""
    import pyarrow.compute as pc
    import pyarrow.feather

    read = [pyarrow.feather.read_table(path) for path in files.values()]
    return [table.filter(pc.equal(table["excluded"], "")).select(NEEDED).combine_chunks() for table in read]


# --- DuckDB -----------------------------------------------------------------------------------------------------------

_ORDER_OF = {
    "alma": f"""coalesce(
        nullif(regexp_extract(reporting_code, '(?:^|[ |O])({ORDER})(?:$| )', 1), ''),
        nullif(regexp_extract(order_reference, '^(?:COPO|PO)? ?({ORDER})$', 1), ''),
        nullif(regexp_extract(po_number, '^(?:COPO|PO)? ?({ORDER})$', 1), ''))""",
    "oracle": "nullif(regexp_extract(po_number, '[0-9]{3,}'), '')",
}
_DOCUMENTS = r"""
    CREATE TEMP TABLE {side}_docs AS
    WITH docs AS (
        SELECT invoice_number AS written, sum(amount) AS amount, bool_or(amount <> 0) AS moved,
            string_agg(DISTINCT {order}, ' + ' ORDER BY {order}) AS po,
            any_value(supplier_code) AS vendor, any_value(supplier_name) AS supplier_name,
            any_value(finance_code) AS finance_code
        FROM {side}
        GROUP BY CASE WHEN {code} <> '' THEN {code} ELSE '~' || supplier_name END, invoice_number
    )
    SELECT row_number() OVER () AS id, *,
        ltrim(upper(finance_code), '0') AS code,
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(upper(supplier_name), '&', ' AND ', 'g'),
            '[^A-Z0-9]+', ' ', 'g'), '( ({legal}))+ ?$', ''), ' ', '', 'g') AS name,
        regexp_replace(regexp_replace(regexp_replace(upper(written), '[^A-Z0-9]+', '', 'g'),
            '^INV(?:OICE)?(.+)$', '\1'), '^0+(.+)$', '\1') AS number
    FROM docs
"""
_PAIRS = """
    CREATE TEMP TABLE {name} AS
    WITH a AS (SELECT {key}, any_value(id) AS id, any_value(supplier) AS supplier FROM a_open GROUP BY {key}
               HAVING count(*) = 1),
         o AS (SELECT {key}, any_value(id) AS id, any_value(supplier) AS supplier FROM o_open GROUP BY {key}
               HAVING count(*) = 1)
    SELECT a.id AS a_id, o.id AS o_id FROM a JOIN o USING ({key}) WHERE {where}
"""
_CROWDED = """
    CREATE TEMP TABLE crowded AS
    SELECT supplier, number FROM a_open INTERSECT SELECT supplier, number FROM o_open
    EXCEPT SELECT supplier, number FROM a_open JOIN spelt ON id = a_id
"""
_KEYED = """
    CREATE TEMP TABLE {name} AS
    WITH own AS (SELECT vendor, min(code) AS code FROM {side}_docs WHERE code <> '' GROUP BY vendor
                 HAVING count(DISTINCT code) = 1),
         other AS (SELECT name, min(code) AS code FROM {other}_docs WHERE code <> '' GROUP BY name
                   HAVING count(DISTINCT code) = 1)
    SELECT docs.*, coalesce(nullif(docs.code, ''), own.code, other.code, '~' || docs.name) AS supplier
    FROM {side}_docs docs LEFT JOIN own USING (vendor) LEFT JOIN other USING (name)
"""


def duckdb(files: dict[str, str]) -> Case:
    """DuckDB's SQL over the Arrow tables, with the threads it takes by itself."""
    import duckdb as db

    connection = db.connect()
    for side, table in zip(files, tables(files), strict=True):
        connection.register(side, table)
    yield
    run = connection.execute
    for side, code in (("alma", "supplier_code"), ("oracle", "finance_code")):
        run(_DOCUMENTS.format(side=side, code=code, order=_ORDER_OF[side], legal=LEGAL))
    run(_KEYED.format(name="a_open", side="alma", other="oracle"))
    run(_KEYED.format(name="o_open", side="oracle", other="alma"))
    run(_PAIRS.format(name="same", key="supplier, number", where="true"))
    for side in "ao":
        run(f"DELETE FROM {side}_open WHERE id IN (SELECT {side}_id FROM same)")
    run(_PAIRS.format(name="spelt", key="supplier, number, written", where="true"))
    run(_CROWDED)
    for side in "ao":
        run(f"DELETE FROM {side}_open WHERE (supplier, number) IN (FROM crowded)")
        run(f"DELETE FROM {side}_open WHERE id IN (SELECT {side}_id FROM spelt)")
        run(f"DELETE FROM {side}_open WHERE po IS NULL OR (amount = 0 AND moved)")
    run(_PAIRS.format(name="elsewhere", key="number, po, amount", where="a.supplier <> o.supplier"))
    counts = [run(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("same", "spelt", "elsewhere")]
    yield
    yield {"pairs": sum(counts)}


# --- polars -----------------------------------------------------------------------------------------------------------


def polars(files: dict[str, str]) -> Case:
    """polars' lazy frames over the same Arrow tables, with the threads it takes by itself."""
    import polars as pl

    frames = [pl.from_arrow(table) for table in tables(files)]
    yield
    alma, oracle = (_polars_documents(frame.lazy(), side) for frame, side in zip(frames, data.SIDES, strict=True))
    alma, oracle = pl.collect_all([alma, oracle])
    ours, theirs = _polars_keyed(alma, oracle), _polars_keyed(oracle, alma)
    found, key = 0, ["supplier", "number"]
    for columns in (key, [*key, "written"]):
        pairs = _polars_pairs(ours, theirs, columns)
        found += len(pairs)
        ours = ours.join(pairs, on="id", how="anti")
        theirs = theirs.join(pairs, left_on="id", right_on="id_right", how="anti")
    waiting = [side.join(pairs, on=key, how="anti") for side in (ours, theirs)]
    ours, theirs = ours.join(waiting[1], on=key, how="anti"), theirs.join(waiting[0], on=key, how="anti")
    left = (~((pl.col("amount") == 0) & pl.col("moved"))) & (pl.col("po") != "")
    pairs = _polars_pairs(ours.filter(left), theirs.filter(left), ["number", "po", "amount"])
    found += pairs.filter(pl.col("supplier") != pl.col("supplier_right")).height
    yield
    yield {"pairs": found}


def _polars_documents(lines: Any, side: str) -> Any:
    import polars as pl

    code = pl.col("supplier_code" if side == "alma" else "finance_code")
    written = [f"(?:^|[ |O])({ORDER})(?:$| )", *[f"^(?:COPO|PO)? ?({ORDER})$"] * 2]
    columns = ("reporting_code", "order_reference", "po_number")
    if side == "alma":
        some = [pl.col(c).str.extract(pattern, 1) for c, pattern in zip(columns, written, strict=True)]
        order = pl.coalesce(some)
    else:
        order = pl.col("po_number").str.extract("([0-9]{3,})", 1)
    who = pl.when(code != "").then(code).otherwise("~" + pl.col("supplier_name"))
    name = pl.col("supplier_name").str.to_uppercase().str.replace_all("&", " AND ", literal=True)
    name = name.str.replace_all("[^A-Z0-9]+", " ").str.replace(f"( ({LEGAL}))+ ?$", "")
    number = pl.col("written").str.to_uppercase().str.replace_all("[^A-Z0-9]+", "")
    number = number.str.replace("^INV(?:OICE)?(.+)$", "$1").str.replace("^0+(.+)$", "$1")
    return (
        lines.with_columns(who=who, po=order)
        .group_by("who", pl.col("invoice_number").alias("written"))
        .agg(
            pl.col("amount").sum(),
            moved=(pl.col("amount") != 0).any(),
            po=pl.col("po").drop_nulls().unique().sort().str.join(" + "),
            vendor=pl.col("supplier_code").first(),
            supplier_name=pl.col("supplier_name").first(),
            finance_code=pl.col("finance_code").first(),
        )
        .with_columns(
            code=pl.col("finance_code").str.to_uppercase().str.strip_chars_start("0"),
            name=name.str.replace_all(" ", "", literal=True),
            number=number,
        )
        .with_row_index("id")
    )


def _polars_keyed(docs: Any, other: Any) -> Any:
    import polars as pl

    def only(frame: Any, column: str) -> Any:
        known = frame.filter(pl.col("code") != "").group_by(column)
        return known.agg(pl.col("code").n_unique().alias("n"), pl.col("code").first().alias("only_" + column)).filter(
            pl.col("n") == 1
        )

    docs = docs.join(only(docs, "vendor").drop("n"), on="vendor", how="left")
    docs = docs.join(only(other, "name").drop("n"), on="name", how="left")
    own = pl.when(pl.col("code") != "").then(pl.col("code"))
    return docs.with_columns(supplier=pl.coalesce(own, "only_vendor", "only_name", "~" + pl.col("name")))


def _polars_pairs(ours: Any, theirs: Any, key: list[str]) -> Any:
    import polars as pl

    sides = [frame.filter(pl.len().over(key) == 1).select({*key, "id", "supplier"}) for frame in (ours, theirs)]
    return sides[0].join(sides[1], on=key)


# --- pandas -----------------------------------------------------------------------------------------------------------


def pandas(files: dict[str, str]) -> Case:
    """The obvious pandas: text methods, groupby and merge on text keys."""
    import pandas as pd

    frames = [table.to_pandas() for table in tables(files)]
    yield
    alma, oracle = map(_pandas_documents, frames, data.SIDES)
    ours, theirs = _pandas_keyed(alma, oracle), _pandas_keyed(oracle, alma)
    found, key = 0, ["supplier", "number"]
    for columns in (key, [*key, "written"]):
        pairs = _pandas_pairs(ours, theirs, columns)
        found += len(pairs)
        ours, theirs = ours[~ours["id"].isin(pairs["id_x"])], theirs[~theirs["id"].isin(pairs["id_y"])]
    named = [pd.MultiIndex.from_frame(side[key]) for side in (ours, theirs, pairs)]
    crowded = named[0].intersection(named[1]).difference(named[2])
    ours, theirs = (d[~at.isin(crowded)] for d, at in zip((ours, theirs), named, strict=False))
    ours, theirs = (d[(d["po"] != "") & ~((d["amount"] == 0) & d["moved"])] for d in (ours, theirs))
    pairs = _pandas_pairs(ours, theirs, ["number", "po", "amount"])
    found += int((pairs["supplier_x"] != pairs["supplier_y"]).sum())
    yield
    yield {"pairs": found}


def _pandas_documents(lines: pd.DataFrame, side: str) -> pd.DataFrame:
    code = lines["supplier_code" if side == "alma" else "finance_code"]
    order = lines["po_number"].str.extract("([0-9]{3,})", expand=False)
    if side == "alma":
        order = lines["reporting_code"].str.extract(f"(?:^|[ |O])({ORDER})(?:$| )", expand=False)
        for column in ("order_reference", "po_number"):
            order = order.fillna(lines[column].str.extract(f"^(?:COPO|PO)? ?({ORDER})$", expand=False))
    who = code.where(code != "", "~" + lines["supplier_name"])
    grouped = lines.assign(who=who, moved=lines["amount"] != 0).groupby(
        ["who", "invoice_number"], as_index=False, sort=False
    )
    docs = grouped.agg(
        amount=("amount", "sum"), moved=("moved", "any"), vendor=("supplier_code", "first"),
        supplier_name=("supplier_name", "first"), finance_code=("finance_code", "first"),
    )  # fmt: skip
    orders = lines.assign(who=who, po=order)[["who", "invoice_number", "po"]].dropna().drop_duplicates()
    orders = orders.sort_values("po").groupby(["who", "invoice_number"], as_index=False)["po"].agg(" + ".join)
    docs = docs.merge(orders, on=["who", "invoice_number"], how="left").fillna({"po": ""})
    name = docs["supplier_name"].str.upper().str.replace("&", " AND ", regex=False)
    name = name.str.replace("[^A-Z0-9]+", " ", regex=True).str.replace(f"(?: (?:{LEGAL}))+ ?$", "", regex=True)
    number = docs["invoice_number"].str.upper().str.replace("[^A-Z0-9]+", "", regex=True)
    number = number.str.replace("^INV(?:OICE)?(?=.)", "", regex=True).str.replace("^0+(?=.)", "", regex=True)
    return docs.rename(columns={"invoice_number": "written"}).assign(
        id=range(len(docs)),
        code=docs["finance_code"].str.upper().str.lstrip("0"),
        name=name.str.replace(" ", "", regex=False),
        number=number,
    )


def _pandas_keyed(docs: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    def only(frame: pd.DataFrame, column: str) -> pd.Series:
        known = frame[frame["code"] != ""].groupby(column)["code"].agg(["nunique", "first"])
        return known.loc[known["nunique"] == 1, "first"]

    found = docs["code"].where(docs["code"] != "")
    found = found.fillna(docs["vendor"].map(only(docs, "vendor"))).fillna(docs["name"].map(only(other, "name")))
    return docs.assign(supplier=found.fillna("~" + docs["name"]))


def _pandas_pairs(ours: pd.DataFrame, theirs: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    sides = [frame[~frame.duplicated(key, keep=False)][list({*key, "id", "supplier"})] for frame in (ours, theirs)]
    return sides[0].merge(sides[1], on=key, validate="one_to_one")
