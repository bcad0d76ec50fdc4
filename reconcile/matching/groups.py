"""From the board to the result: what each group is, why it differs, and where each row stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from . import named, sentences
from .board import Board
from .causes import Part, explain
from .causes.money import Money
from .decided import Verdict
from .documents import BLANK, NO_DAY, Side
from .habits import beside
from .nearest import nearest
from .orders import JOIN
from .terms import ONE_SIDED_CAUSES, PAIR_CAUSES, Decision, Rules

ORDER = {o: i for i, o in enumerate(("differs", "suggested", "only_in_alma", "only_in_oracle", "explained", "matched"))}
CAUSE_ORDER = {c: i for i, c in enumerate((*ONE_SIDED_CAUSES, *PAIR_CAUSES))}
REALLY_WRONG = frozenset({"keying_error", "unexplained"})


def describe(
    board: Board,
    rules: Rules,
    counted: list[np.ndarray],
    decisions: Sequence[Decision] = (),
    verdicts: Sequence[Verdict] = (),
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (groups, causes, members, crosswalk, verdicts) as terms.Result documents them.

    counted: for each side the positions in its original frame of the rows that the board knows.
    """
    groups = _figures(board)
    parts, habits = _parts(board, rules, groups, {each.code: each.cause for each in decisions if each.cause})
    _doubt_unexplained_parts(groups, parts)
    for group, habit in habits.items():
        groups.at[group, "rule"] = beside(str(groups.at[group, "rule"]), habit)
    facts = _facts(board, groups)
    groups["outcome"] = _outcomes(groups, parts)
    causes = _cause_rows(groups, parts, facts)
    groups["cause"] = _leading(causes, len(groups))
    groups["key"] = _keys(board, groups)
    sentences.add(groups, causes, board, nearest(board, ~groups["two_sided"].to_numpy()), rules.currency)
    crosswalk = _crosswalk(board, groups)

    rank = pd.DataFrame(
        {
            "carried": groups["carried"],
            "outcome": groups["outcome"].map(ORDER),
            "cause": groups["cause"].map(CAUSE_ORDER).fillna(-1),
            "size": -groups["difference"].abs(),
            "alma": groups["alma_doc"],
            "oracle": groups["oracle_doc"],
        }
    )
    order = np.lexsort([rank[c].to_numpy() for c in reversed(rank.columns)])
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    causes["group"] = number[causes["group"].to_numpy(dtype=np.int64)]
    causes = causes.sort_values("group", kind="stable", ignore_index=True)
    groups = (
        groups.iloc[order]
        .reset_index(drop=True)
        .drop(columns=["two_sided", "certain", "fact", "settled", "alma_doc", "oracle_doc", "decision"])
    )
    became = _became(board, verdicts, number)
    groups["note"] = _notes(became, len(groups))
    return groups, causes, _members(board, counted, number), crosswalk, became


def _notes(became: pd.DataFrame, groups: int) -> np.ndarray:
    """Say of each group what changed since a person decided on documents of it."""
    notes = np.full(groups, "", dtype=object)
    for group, changed in zip(became["group"].tolist(), became["changed"].tolist(), strict=True):
        if changed and changed not in notes[group]:
            notes[group] = f"{notes[group]} {changed}".strip()
    return notes


def _keys(board: Board, groups: pd.DataFrame) -> np.ndarray:
    """Name the first document of each group on which people may act, Alma's before Oracle's."""
    acted_on = (~groups["outcome"].isin(("matched", "explained")) | groups["decided"]).to_numpy()
    key = np.full(len(groups), "", dtype=object)
    ours = (groups["documents_alma"] > 0).to_numpy()
    for side, here in ((board.alma, ours), (board.oracle, ~ours)):
        some = np.flatnonzero(acted_on & here)
        first = groups[f"{side.name}_doc"].to_numpy()[some].tolist()
        key[some] = [document.key for document in named.documents(side, first, board.period)]
    return key


def _became(board: Board, verdicts: Sequence[Verdict], number: np.ndarray) -> pd.DataFrame:
    stands = [int(number[board.side(each.side).group[each.document]]) for each in verdicts]
    return pd.DataFrame(
        {
            "code": pd.Series([each.decision.code for each in verdicts], dtype="str"),
            "group": pd.Series(stands, dtype="int64"),
            "changed": pd.Series([each.changed for each in verdicts], dtype="str"),
        }
    )


def _figures(board: Board) -> pd.DataFrame:
    size = [b.count for b in board.batches]
    groups = pd.DataFrame(
        {
            "rule": np.repeat(np.array([b.rule for b in board.batches], dtype=object), size),
            "certain": np.repeat(np.array([b.certain for b in board.batches], dtype=bool), size),
            "fact": np.repeat(np.array([b.fact for b in board.batches], dtype=object), size),
            "settled": np.repeat(np.array([b.cause for b in board.batches], dtype=object), size),
            "decision": np.repeat(np.array([b.decision for b in board.batches], dtype=object), size),
        }
    )
    old = np.ones(board.groups, dtype=bool)
    for side in (board.alma, board.oracle):
        amount = np.zeros(board.groups, dtype=np.int64)
        np.add.at(amount, side.group, side.of["amount"])
        first = np.full(board.groups, len(side.group), dtype=np.int64)
        np.minimum.at(first, side.group, np.arange(len(side.group)))
        groups[f"{side.name}_amount"], groups[f"{side.name}_doc"] = amount, first
        groups[f"documents_{side.name}"] = np.bincount(side.group, minlength=board.groups)
        old[side.group[~side.of["carried"]]] = False
        groups[f"{side.name}_number"] = _text(side, "invoice_number", first)
    groups["difference"] = groups["oracle_amount"] - groups["alma_amount"]
    groups["two_sided"] = (groups["documents_alma"] > 0) & (groups["documents_oracle"] > 0)
    groups["carried"] = old & ~groups["two_sided"]
    for column, text in (("supplier", "supplier_name"), ("po", "order_text")):
        ours, theirs = (_text(side, text, groups[f"{side.name}_doc"].to_numpy()) for side in (board.alma, board.oracle))
        groups[column] = np.where(ours != "", ours, theirs)
    groups["po_from"] = _text(board.alma, "order_from", groups["alma_doc"].to_numpy())
    groups["decided"] = groups["decision"] != ""
    groups["date"] = _dates(board, groups)
    return groups


def _text(side: Side, column: str, documents: np.ndarray) -> np.ndarray:
    """Gather a text column; '' where the document number is past the end (the group has none on this side)."""
    texts = np.append(side.of[column], "")
    return texts[documents]


def _dates(board: Board, groups: pd.DataFrame) -> pd.Series:
    """The accounting date of the group's first Alma document, else of its first Oracle document."""
    ours, theirs = (
        np.append(side.of["day"], NO_DAY)[groups[f"{side.name}_doc"].to_numpy()] for side in (board.alma, board.oracle)
    )
    day = np.where(ours != NO_DAY, ours, theirs)
    return pd.Series(
        np.where(day == NO_DAY, np.datetime64("NaT", "D"), day.astype("datetime64[D]")).astype("datetime64[s]")
    )


def _parts(
    board: Board, rules: Rules, groups: pd.DataFrame, told: dict[str, str]
) -> tuple[dict[int, list[Part]], dict[int, str]]:
    """Explain every certain group of two sides whose amounts differ; `told`: by decision, the cause a person gave.

    Returns the parts, and the learned rules that gave them, where they did.
    """
    differing = np.flatnonzero(groups["two_sided"] & groups["certain"] & (groups["difference"] != 0))
    if not len(differing):
        return {}, {}
    money = Money(board, rules)
    said = [told.get(code, "") for code in groups["decision"].to_numpy()[differing]]
    left = groups["difference"].to_numpy()[differing]
    found = {
        int(group): ([(cause, int(amount))], "") if cause else explain(money.pair(int(group)))
        for group, cause, amount in zip(differing, said, left, strict=True)
    }
    return (
        {group: parts for group, (parts, _) in found.items()},
        {group: habit for group, (_, habit) in found.items() if habit},
    )


def _doubt_unexplained_parts(groups: pd.DataFrame, parts: dict[int, list[Part]]) -> None:
    """Several invoices for one whose amounts no cause reconciles are not certain to belong together."""
    several = (groups["fact"] != "").to_numpy() & (groups["decision"] == "").to_numpy()
    for group, some in list(parts.items()):
        if several[group] and any(cause in REALLY_WRONG for cause, _ in some):
            groups.at[group, "certain"] = False
            del parts[group]


def _outcomes(groups: pd.DataFrame, parts: dict[int, list[Part]]) -> np.ndarray:
    outcome = np.where(
        groups["two_sided"],
        np.where(groups["certain"], "matched", "suggested"),
        np.where(groups["documents_alma"] > 0, "only_in_alma", "only_in_oracle"),
    ).astype(object)
    for group, some in parts.items():
        outcome[group] = "differs" if any(cause in REALLY_WRONG for cause, _ in some) else "explained"
    return outcome


def _facts(board: Board, groups: pd.DataFrame) -> list[tuple[int, str]]:
    """What a person should know of a pair beside its amounts, as (group, fact) in the order of reading."""
    facts = [(int(g), str(groups.at[g, "fact"])) for g in np.flatnonzero(groups["fact"] != "")]
    both = groups["two_sided"].to_numpy()
    plain = both & (groups["fact"] == "").to_numpy()
    number, order, supplier = (_mixed(board, column) for column in ("number", "order", "supplier"))
    facts += [(int(g), "invoice_number_differs") for g in np.flatnonzero(plain & number)]
    missing = both & ~_has(board.alma, "order", board.groups) & _has(board.oracle, "order", board.groups)
    facts += [(int(g), "po_missing") for g in np.flatnonzero(missing)]
    ordered = both & order & _has(board.alma, "order", board.groups) & _has(board.oracle, "order", board.groups)
    facts += [(group, "po_differs") for group in _share_no_order(board, np.flatnonzero(ordered))]
    return facts + [(int(g), "supplier_differs") for g in np.flatnonzero(both & supplier)]


def _mixed(board: Board, column: str) -> np.ndarray:
    """Say of each group whether its documents, those that have the column, do not all agree in it."""
    low = np.full(board.groups, np.iinfo(np.int64).max)
    high = np.full(board.groups, BLANK)
    for side in (board.alma, board.oracle):
        value = side.of[column]
        known = value != BLANK
        np.minimum.at(low, side.group[known], value[known])
        np.maximum.at(high, side.group[known], value[known])
    return (high != BLANK) & (low != high)


def _has(side: Side, column: str, groups: int) -> np.ndarray:
    has = np.zeros(groups, dtype=bool)
    has[side.group[side.of[column] != BLANK]] = True
    return has


def _share_no_order(board: Board, wanted: np.ndarray) -> list[int]:
    """Keep the groups whose sides name no order in common: several orders on one document may overlap."""
    named = []
    for side in (board.alma, board.oracle):
        documents = np.flatnonzero(np.isin(side.group, wanted))
        orders: dict[int, set[str]] = {group: set() for group in wanted.tolist()}
        for group, text in zip(side.group[documents].tolist(), side.of["order_text"][documents], strict=True):
            orders[group].update(order for order in text.split(JOIN) if order)
        named.append(orders)
    return [group for group in wanted.tolist() if named[0][group].isdisjoint(named[1][group])]


def _cause_rows(groups: pd.DataFrame, parts: dict[int, list[Part]], facts: list[tuple[int, str]]) -> pd.DataFrame:
    rows = [(group, cause, amount) for group, some in parts.items() for cause, amount in some]
    money = pd.DataFrame(rows, columns=["group", "cause", "amount"])
    alone = np.flatnonzero(~groups["two_sided"])
    lone = pd.DataFrame(
        {"group": alone, "cause": groups["settled"].to_numpy()[alone], "amount": groups["difference"].to_numpy()[alone]}
    )
    said = pd.DataFrame([(*fact, pd.NA) for fact in facts], columns=["group", "cause", "amount"])
    kinds = {"group": "int64", "cause": "str", "amount": "Int64"}
    causes = pd.concat([frame.astype(kinds) for frame in (money, lone, said)], ignore_index=True)
    return causes.sort_values("group", kind="stable", ignore_index=True)


def _leading(causes: pd.DataFrame, groups: int) -> np.ndarray:
    """The cause that weighs most; a fact where there is no money."""
    weight = causes["amount"].abs().fillna(-1).astype("int64")
    ranked = causes.assign(weight=weight).sort_values(["group", "weight"], ascending=[True, False], kind="stable")
    first = ranked.drop_duplicates("group")
    leading = np.full(groups, "", dtype=object)
    leading[first["group"].to_numpy(dtype=np.int64)] = first["cause"].to_numpy()
    return leading


def _members(board: Board, counted: list[np.ndarray], number: np.ndarray) -> pd.DataFrame:
    frames = []
    for side, positions in zip((board.alma, board.oracle), counted, strict=True):
        group = number[np.repeat(side.group, side.of["size"])]
        frames.append(pd.DataFrame({"side": side.name, "position": positions[side.order], "group": group}))
    members = pd.concat(frames, ignore_index=True)
    return members.astype({"side": pd.CategoricalDtype(["alma", "oracle"])})


def _crosswalk(board: Board, groups: pd.DataFrame) -> pd.DataFrame:
    """Propose links for Alma vendors without a financial code whose invoices were found at another supplier."""
    pairs = groups[(groups["rule"].str.contains("another supplier")) & groups["certain"]]
    ours, theirs = pairs["alma_doc"].to_numpy(), pairs["oracle_doc"].to_numpy()
    links = pd.DataFrame(
        {
            "alma_code": board.alma.of["supplier_code"][ours],
            "oracle_number": board.oracle.of["finance_code"][theirs],
            "known": board.alma.of["finance_code"][ours],
        }
    )
    links = links[(links["known"] == "") & (links["alma_code"] != "") & (links["oracle_number"] != "")]
    return links.groupby(["alma_code", "oracle_number"], as_index=False).size().rename(columns={"size": "groups"})
