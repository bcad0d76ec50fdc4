"""One invoice here for several there: consolidated (Oracle holds the one) and split (Alma holds the one)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np

from .blocks import crowded, on_both, shared_key, values
from .board import Board
from .documents import BLANK, NO_DAY, Side
from .numbers import normalise
from .subsets import SEARCHED_AT_ALL, SEARCHED_WHOLE, subsets_that_sum

_PART = re.compile(r"^(?P<base>.*?[0-9])(?:[\s/._-]*(?P<letter>[A-Z])|[\s/._-]+(?P<figure>[0-9]{1,2}))$")


def parts_by_number(board: Board) -> None:
    """The numbers say it: 1234A, 1234B … or 1234-1, 1234-2 … here, 1234 there; the amounts agree, or known causes
    account for what is between them. Otherwise it is a person's to say.
    """
    for one, many, fact in ((board.oracle, board.alma, "consolidated"), (board.alma, board.oracle, "split")):
        for collector, parts in _numbered_parts(one, many):
            _together(board, one, [collector], parts, f"numbers of the parts, {fact}", fact)


def _numbered_parts(one: Side, many: Side) -> list[tuple[int, np.ndarray]]:
    supplier, texts = many.of["supplier"], many.of["invoice_number"]
    parts: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for doc in many.open:
        match = _PART.match(texts[doc].strip().upper())
        if match and supplier[doc] != BLANK:
            letter, figure = match["letter"], match["figure"]
            place = ord(letter) - ord("A") + 1 if letter else int(figure)
            parts.setdefault((supplier[doc], normalise(match["base"])), []).append((place, doc))
    wanted = {
        key
        for key, some in parts.items()
        if sorted(p for p, _ in some) == list(range(1, len(some) + 1)) and len(some) > 1
    }
    found = []
    names = list(zip(one.of["supplier"][one.open], one.of["number_text"][one.open], strict=True))
    times = Counter(names)
    for collector, name in zip(one.open, names, strict=True):
        if name in wanted and times[name] == 1:
            found.append((collector, np.array(sorted(doc for _, doc in parts[name]))))
    return found


def collected_by_amount(board: Board) -> None:
    """The lines of the one name the amounts of the many; or among at most twelve open invoices of the same supplier
    on the same order, dated no later than the one, exactly one choice adds up to it. Two choices that fit are a
    person's to make.
    """
    for one, many, fact in ((board.oracle, board.alma, "consolidated"), (board.alma, board.oracle, "split")):
        while True:
            certain, doubtful = _choices(board, one, many)
            taken = Counter(doc for _, members, _ in certain for doc in members)
            sure = [c for c in certain if all(taken[doc] == 1 for doc in c[1])]
            settled = [
                _together(board, one, [collector], members, f"{how}, {fact}", fact) for collector, members, how in sure
            ]
            if not any(settled):  # nothing new was settled: what is left does not become clearer
                doubtful += [(collector, members) for collector, members, _ in certain]
                break
        for collectors, members in _overlapping(doubtful):
            _together(board, one, collectors, members, f"amounts add up in several ways, {fact}", fact, certain=False)


def _choices(
    board: Board, one: Side, many: Side
) -> tuple[list[tuple[int, np.ndarray, str]], list[tuple[int, np.ndarray]]]:
    """For each open document of the one side: (document, members, how) where there is one choice, (document, members
    of all choices) where there are several.
    """
    certain, doubtful = [], []
    for collector, candidates in _candidates(board, one, many):
        if not one.of["amount"][collector]:
            continue  # nil is the sum of whatever cancels out
        amounts = values(many, "amount", candidates)
        named = _named_by_lines(one, collector, amounts)
        if named is not None:
            members, unique = candidates[named[0]], named[1]
            if unique:
                certain.append((collector, members, "lines name the amounts"))
            else:
                doubtful.append((collector, members))
            continue
        if len(candidates) > SEARCHED_AT_ALL:
            continue
        ways = subsets_that_sum(amounts, int(one.of["amount"][collector]))
        if not (ways.sum(axis=1) > 1).any():
            continue
        if len(ways) == 1 and len(candidates) <= SEARCHED_WHOLE:
            certain.append((collector, candidates[ways[0]], "amounts add up in one way"))
        else:
            doubtful.append((collector, candidates[ways.any(axis=0)]))
    return certain, doubtful


def _candidates(board: Board, one: Side, many: Side) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each open document of the one side with the open documents of its supplier and order, dated no later, if
    there are two or more.
    """
    block = shared_key(board, ["supplier", "order"], ["supplier", "order"])
    _, keys_a, _, keys_o = block
    for a, o in crowded(*block, on_both(keys_a, keys_o)):
        ones, manys = (a, o) if one is board.alma else (o, a)
        for collector in ones:
            candidates = manys[_no_later(one, collector, many, manys)]
            if len(candidates) > 1:
                yield int(collector), candidates


def _no_later(one: Side, collector: int, many: Side, candidates: np.ndarray) -> np.ndarray:
    printed, limit = values(many, "invoice_day", candidates), one.of["invoice_day"][collector]
    entered, entry_limit = values(many, "day", candidates), one.of["day"][collector]
    by_print = (printed != NO_DAY) & (limit != NO_DAY)
    by_entry = (entered != NO_DAY) & (entry_limit != NO_DAY)
    return np.where(by_print, printed <= limit, ~by_entry | (entered <= entry_limit))


def _named_by_lines(one: Side, collector: int, amounts: np.ndarray) -> tuple[np.ndarray, bool] | None:
    """Return which of the amounts the document's lines name one by one, and whether each is named without a rival.

    Tax and charge lines may name invoices too; where they do not, they come on top of those that the items name.
    """
    positions = one.lines(collector)
    for lines in (one.line_amount[positions], one.line_amount[positions[one.line_is_item[positions]]]):
        wanted = Counter(lines[lines != 0].tolist())
        held = Counter(a for a in amounts.tolist() if a in wanted)
        if wanted.total() > 1 and all(held[amount] >= times for amount, times in wanted.items()):
            return np.flatnonzero(np.isin(amounts, list(wanted))), held == wanted
    return None


def _overlapping(choices: list[tuple[int, np.ndarray]]) -> list[tuple[list[int], np.ndarray]]:
    """Join choices that share a document: they wait for a person together."""
    groups: list[tuple[set[int], set[int]]] = []
    for collector, members in choices:
        ones, manys = {collector}, set(members.tolist())
        rest = []
        for other_ones, other_manys in groups:
            if manys & other_manys or ones & other_ones:
                ones, manys = ones | other_ones, manys | other_manys
            else:
                rest.append((other_ones, other_manys))
        groups = [*rest, (ones, manys)]
    return [(sorted(ones), np.array(sorted(manys))) for ones, manys in groups]


def _together(
    board: Board, one: Side, collectors: list[int], members: np.ndarray, rule: str, fact: str, *, certain: bool = True
) -> bool:
    ones = np.array(collectors)
    alma, oracle = (ones, members) if one is board.alma else (members, ones)
    return board.gather(alma, oracle, rule, certain=certain, fact=fact)
