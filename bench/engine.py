"""The whole engine: from canonical frames to groups, causes and a statement that ties, and datacompy as far as it goes.

Libra is given all rows of both sides, excluded ones too, and gives every row one place and every difference a cause.
datacompy is given the counted lines, cut to what its comparison needs, joins them on supplier number and invoice
number as written (the lines of one invoice in their order) and says which amounts and orders differ. It does not look
for another spelling, another supplier, or several invoices for one; what it does not join stays unmatched.
"""

from __future__ import annotations

from bench import data
from bench.measure import PEERS, Case, Variant
from bench.tables import Section, Target

LIBRA = "Libra: the whole engine"
JOIN = ["finance_code", "invoice_number"]
COMPARED = ["po_number", "amount"]
SECONDS, MEGABYTES = 60, 4096  # promised of a million lines a side
MOST = 1_000_000  # lines a side from which the promises hold


def sections(sizes: tuple[int, ...]) -> list[Section]:
    found = []
    for lines in sizes:
        files = data.frames(lines)
        variants = [
            Variant(LIBRA, "bench.engine:libra", {"files": files}),
            Variant("datacompy, as written", "bench.engine:datacompy", {"files": files}, PEERS, most=1),
        ]
        targets = (Target(LIBRA, seconds=SECONDS), Target(LIBRA, megabytes=MEGABYTES)) if lines >= MOST else ()
        found.append(Section(f"The whole engine, {lines:,} lines a side", variants, targets))
    return found


def libra(files: dict[str, str]) -> Case:
    """Every pass, the causes, the statement and its proof. The frames, in memory before, count to the peak."""
    import pyarrow.feather

    from reconcile.matching.engine import reconcile
    from reconcile.matching.terms import Rules

    alma, oracle = (pyarrow.feather.read_table(path).to_pandas() for path in files.values())
    yield
    result = reconcile(alma, oracle, data.PERIOD, Rules())
    yield
    yield {"rows": len(result.members) + len(result.excluded), "groups": len(result.groups)}


def datacompy(files: dict[str, str]) -> Case:
    """One comparison with its report, which is what it is used for."""
    import datacompy as dc
    import pyarrow.feather

    read = [pyarrow.feather.read_table(path).to_pandas() for path in files.values()]
    alma, oracle = (side.loc[side["excluded"] == "", [*JOIN, *COMPARED]].reset_index(drop=True) for side in read)
    yield
    compared = dc.PandasCompare(alma, oracle, join_columns=JOIN, df1_name="alma", df2_name="oracle")
    compared.report()
    yield
    yield {"rows": len(alma) + len(oracle), "joined": len(compared.intersect_rows)}
