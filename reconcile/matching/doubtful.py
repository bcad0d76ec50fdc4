"""Probably the same, not certainly: what a person must confirm or reject, with every candidate."""

from __future__ import annotations

import numpy as np

from .blocks import crowded, on_both, shared_key, values
from .board import Board
from .documents import NO_DAY
from .numbers import SHORTEST_SLIP, slip


def doubtful(board: Board) -> None:
    """Amounts agree and something else nearly does: a similar number on another order or another day, the same order
    and date under numbers that say nothing, or the same number and amount at another supplier. Equal amounts alone
    are nothing.
    """
    edges = [*_similar_numbers(board), *_same_order_and_date(board), *_same_number_elsewhere(board)]
    edges = [edge for edge in edges if edge not in board.bans.pairs]
    for alma, oracle in _components(edges):
        board.gather(alma, oracle, "probably the same", certain=False)


def _similar_numbers(board: Board) -> list[tuple[int, int]]:
    edges = []
    for a, o in _blocks(board, ["supplier", "amount"], ["supplier", "number"]):
        theirs = values(board.oracle, "number_text", o)
        for doc, number in zip(a, values(board.alma, "number_text", a), strict=True):
            edges += [
                (int(doc), int(other))
                for other, text in zip(o, theirs, strict=True)
                if min(len(number), len(text)) >= SHORTEST_SLIP and slip(number, text)
            ]
    return edges


def _same_order_and_date(board: Board) -> list[tuple[int, int]]:
    edges = []
    for a, o in _blocks(board, ["supplier", "order", "amount", "invoice_day"], ["supplier", "order"]):
        if board.alma.of["invoice_day"][a[0]] != NO_DAY:
            edges += _all_together(board, a, o)
    return edges


def _same_number_elsewhere(board: Board) -> list[tuple[int, int]]:
    """The same number and amount at another supplier: a short number says enough only on the same order."""
    edges = []
    for columns in (["number", "amount"], ["number", "amount", "order"]):
        for a, o in _blocks(board, columns, ["number", *columns[2:]]):
            if "order" in columns or len(board.alma.of["number_text"][a[0]]) >= SHORTEST_SLIP:
                edges += _all_together(board, a, o)
    return edges


def _all_together(board: Board, a: np.ndarray, o: np.ndarray) -> list[tuple[int, int]]:
    """Return edges that join all of a and all of o: a star from either side's first says as much as every pair, as
    long as nobody has ruled out a part of it.
    """
    if board.bans.pairs:
        return [(int(x), int(y)) for x in a for y in o]
    return [(int(a[0]), int(y)) for y in o] + [(int(x), int(o[0])) for x in a[1:]]


def _blocks(board: Board, columns: list[str], needed: list[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    block = shared_key(board, columns, needed)
    _, keys_a, _, keys_o = block
    both = crowded(*block, on_both(keys_a, keys_o))
    return [(a, o) for a, o in both if board.alma.of["amount"][a[0]] != 0]


def _components(edges: list[tuple[int, int]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Join the edges to connected sets of (alma documents, oracle documents)."""
    root: dict[tuple[str, int], tuple[str, int]] = {}

    def find(node: tuple[str, int]) -> tuple[str, int]:
        while root.setdefault(node, node) != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for alma, oracle in edges:
        one, other = find(("alma", alma)), find(("oracle", oracle))
        if one != other:
            root[max(one, other)] = min(one, other)
    members: dict[tuple[str, int], dict[str, list[int]]] = {}
    for node in sorted(root):
        members.setdefault(find(node), {"alma": [], "oracle": []})[node[0]].append(node[1])
    return [(np.array(some["alma"]), np.array(some["oracle"])) for _, some in sorted(members.items())]
