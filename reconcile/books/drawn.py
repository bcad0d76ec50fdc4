"""Which order each line draws on, and how.

An order is drawn on by its own item lines. Charges (freight, miscellaneous, discounts) and tax lines often name no
order: they belong to the one that all item lines of their invoice name, and to none where those name several or one of
them names none. Net is what items and charges come to; gross is tax as well.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from reconcile.matching import orders
from reconcile.matching.documents import documents_of

ITEM, TAX = "item", "tax"


def drawn(side: str, lines: pd.DataFrame, pattern: str) -> pd.DataFrame:
    """Return, a line in the lines' own index: `document` (0.. within these lines), `order` ('' when it draws on none)
    and `part` (item, charge or tax).

    side: alma or oracle. lines: canonical columns and `period`, rows that count only. pattern: of Oracle's order
    numbers (`Seen.po_pattern`), by which Alma's are known.
    """
    document, _, _ = documents_of(side, lines)
    named = orders.find(lines, pattern)[0] if side == "alma" else orders.tidy(lines["po_number"])
    kind = lines["line_kind"].to_numpy()
    part = np.where(kind == ITEM, ITEM, np.where(kind == TAX, TAX, "charge"))
    whole = _order_of_all_items(document, named.to_numpy(), part == ITEM)
    order = np.where((named == "").to_numpy() & (part != ITEM), whole[document], named.to_numpy())
    return pd.DataFrame(
        {"document": document, "order": pd.array(order, dtype="str"), "part": pd.array(part, dtype="str")},
        index=lines.index,
    )


def _order_of_all_items(document: np.ndarray, named: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Return, a document, the one order that all its item lines name, or ''."""
    found = np.full(int(document.max(initial=-1)) + 1, "", dtype=object)
    of_items = pd.DataFrame({"document": document[items], "order": named[items]}).drop_duplicates()
    alone = of_items[~of_items["document"].duplicated(keep=False)]
    found[alone["document"].to_numpy()] = alone["order"].to_numpy()
    return found
