"""The month as a competent developer would first write it: read by pandas, merge, loop over differences, store, export.

Nothing in it is slow on purpose; it is what the libraries' own guides show. It runs in the peers' environment.
"""

from __future__ import annotations

import difflib
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import Case

if TYPE_CHECKING:
    import pandas as pd

ALMA = {
    "Invoice-Number": "number", "Vendor Financial Code": "supplier", "Vendor Name": "name", "PO Number": "po",
    "Transaction Expenditure Amount": "amount", "Transaction Date": "date", "Transaction Item Type": "type",
}  # fmt: skip
ORACLE = {
    "Invoice Number": "number", "Supplier Number": "supplier", "Supplier Name": "name", "PO Number": "po",
    "Line Amount": "amount", "GL Date": "date", "Line Type": "type",
}  # fmt: skip
ORDERS = ("PO Number", "Additional Order Reference", "Reporting Code", "Reporting Code - 2nd")
ORDER = r"\b(31\d{6})\b"
ALIKE = 0.8


def obvious(alma: str, oracle: str) -> Case:
    """Case: two XLSX files in, rows and results stored in SQLite, a workbook out."""
    import openpyxl  # noqa: F401
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        row, result = models(Path(folder) / "obvious.sqlite3")
        yield
        lines = {"alma": read(alma, ALMA), "oracle": read(oracle, ORACLE)}
        results = reconcile(documents(lines["alma"]), documents(lines["oracle"]))
        store(row, result, lines, results)
        out = Path(folder) / "out.xlsx"
        with pd.ExcelWriter(out, engine="openpyxl") as writer:
            for outcome, found in results.groupby("outcome"):
                found.to_excel(writer, sheet_name=outcome[:31], index=False)
            for side, found in lines.items():
                found.to_excel(writer, sheet_name=f"Rows {side}", index=False)
        yield
        yield {
            "rows": sum(map(len, lines.values())),
            "matched": int((results["outcome"] == "matched").sum()),
            "workbook MB": round(out.stat().st_size / 1e6),
        }


# --- Reading ----------------------------------------------------------------------------------------------------------


def read(file: str, names: dict[str, str]) -> pd.DataFrame:
    """Read a sheet as text, find its headings, and keep its invoice lines."""
    import pandas as pd

    cells = pd.read_excel(file, engine="openpyxl", dtype=str, header=None, keep_default_na=False)
    number = next(iter(names))
    at = (cells == number).any(axis=1).idxmax()
    lines = cells.iloc[at + 1 :].set_axis(cells.iloc[at].str.strip(), axis=1)
    order = lines["PO Number"].str.extract(ORDER)[0]
    for heading in ORDERS[1:]:
        if heading in lines:
            order = order.fillna(lines[heading].str.extract(ORDER)[0])
    lines = lines[list(names)].rename(columns=names).assign(po=order.fillna(""))
    lines = lines[(lines["number"].str.strip() != "") & (lines["number"] != number)]
    lines = lines[~lines["type"].isin(["ENCUMBRANCE", "ALLOCATION"])]
    lines = lines[~lines["number"].str.contains("Total")]
    lines["amount"] = [Decimal(text) if text else Decimal(0) for text in lines["amount"].str.replace(",", "")]
    lines["key"] = lines["number"].str.upper().str.replace(r"[^A-Z0-9]", "", regex=True).str.lstrip("0")
    days = lines["date"].str.slice(0, 10)
    lines["date"] = pd.to_datetime(days, format="mixed", dayfirst=True, errors="coerce")
    return lines.reset_index(drop=True)


def documents(lines: pd.DataFrame) -> pd.DataFrame:
    """One row an invoice: its lines of one supplier under one number."""
    grouped = lines.groupby(["supplier", "key"], as_index=False, sort=False)
    return grouped.agg(
        number=("number", "first"), name=("name", "first"), po=("po", "max"), amount=("amount", "sum"),
        date=("date", "min"), lines=("key", "size"), types=("type", lambda found: " ".join(sorted(set(found)))),
    )  # fmt: skip


# --- Matching ---------------------------------------------------------------------------------------------------------


def reconcile(alma: pd.DataFrame, oracle: pd.DataFrame) -> pd.DataFrame:
    """Merge on order and number, then look at what differs and what is left."""
    merged = alma.merge(oracle, how="outer", on=["po", "key"], suffixes=("_alma", "_oracle"), indicator=True)
    merged["outcome"] = merged["_merge"].map(
        {"left_only": "only in Alma", "right_only": "only in Oracle", "both": "both"}
    )
    merged = merged.astype({"outcome": "object"}).drop(columns="_merge").assign(cause="")
    pairs = merged["outcome"] == "both"
    causes = [difference(pair) for _, pair in merged[pairs].iterrows()]
    merged.loc[pairs, "cause"] = causes
    merged.loc[pairs, "outcome"] = ["differs" if cause else "matched" for cause in causes]
    for index, other, cause in misspelt(merged):
        for column in (name for name in merged if name.endswith("_oracle")):
            merged.loc[index, column] = merged.loc[other, column]
        merged.loc[index, ["outcome", "cause"]] = ["suggested", cause]
        merged.loc[other, "outcome"] = "taken"
    return merged[merged["outcome"] != "taken"].reset_index(drop=True)


def difference(pair: pd.Series) -> str:
    """Name why a pair differs, '' when it does not."""
    gap = pair["amount_oracle"] - pair["amount_alma"]
    if gap == 0:
        return ""
    if pair["amount_oracle"] == -pair["amount_alma"]:
        return "sign"
    if gap == (pair["amount_alma"] * Decimal("0.2")).quantize(Decimal("0.01")):
        return "VAT"
    if "Freight" in pair["types_oracle"]:
        return "freight"
    if sorted(str(pair["amount_alma"])) == sorted(str(pair["amount_oracle"])):
        return "keying error"
    return "rounding" if abs(gap) <= Decimal("0.05") else "unexplained"


def misspelt(merged: pd.DataFrame) -> list[tuple[int, int, str]]:
    """Pair what is left inside a supplier where the amounts are the same and the numbers are alike."""
    left = merged[merged["outcome"] == "only in Oracle"]
    offered = {
        key: dict(zip(some["key"], some.index, strict=True))
        for key, some in left.groupby(["supplier_oracle", "amount_oracle"])
    }
    found = []
    for index, one in merged[merged["outcome"] == "only in Alma"].iterrows():
        numbers = offered.get((one["supplier_alma"], one["amount_alma"]), {})
        close = difflib.get_close_matches(one["key"], numbers, n=1, cutoff=ALIKE)
        if close:
            found.append((index, numbers.pop(close[0]), "number misspelt"))
    return found


# --- Storing ----------------------------------------------------------------------------------------------------------


def models(database: Path) -> tuple[Any, Any]:
    """Return Django models for rows and results, their tables made."""
    import django
    from django.conf import settings

    settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}})
    django.setup()
    from django.db import connection
    from django.db import models as fields

    class Row(fields.Model):
        side = fields.CharField(max_length=10)
        number = fields.TextField(db_index=True)
        supplier = fields.TextField()
        name = fields.TextField()
        po = fields.TextField(db_index=True)
        type = fields.TextField()
        amount = fields.DecimalField(max_digits=14, decimal_places=2)
        date = fields.DateField(null=True)

        class Meta:
            app_label = "obvious"

    class Result(fields.Model):
        outcome = fields.CharField(max_length=20, db_index=True)
        cause = fields.CharField(max_length=30, db_index=True)
        po = fields.TextField(db_index=True)
        key = fields.TextField(db_index=True)
        supplier = fields.TextField()
        amount_alma = fields.DecimalField(max_digits=14, decimal_places=2, null=True)
        amount_oracle = fields.DecimalField(max_digits=14, decimal_places=2, null=True)

        class Meta:
            app_label = "obvious"

    with connection.schema_editor() as editor:
        editor.create_model(Row)
        editor.create_model(Result)
    return Row, Result


def store(row: Any, result: Any, lines: dict[str, pd.DataFrame], results: pd.DataFrame) -> None:
    """Store the source rows and the results, all or nothing."""
    import pandas as pd
    from django.db import transaction

    def known(value: Any) -> Any:
        return None if pd.isna(value) else value

    with transaction.atomic():
        for side, found in lines.items():
            rows = [
                row(
                    side=side, number=one.number, supplier=one.supplier, name=one.name, po=one.po, type=one.type,
                    amount=one.amount, date=known(one.date),
                )
                for one in found.itertuples()
            ]  # fmt: skip
            row.objects.bulk_create(rows, batch_size=1000)
        outcomes = [
            result(
                outcome=one.outcome, cause=one.cause, po=one.po, key=one.key,
                supplier=known(one.name_alma) or known(one.name_oracle) or "",
                amount_alma=known(one.amount_alma), amount_oracle=known(one.amount_oracle),
            )
            for one in results.itertuples()
        ]  # fmt: skip
        result.objects.bulk_create(outcomes, batch_size=1000)
