"""What people have decided comes first, and stands above every rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import habits, named
from .board import Board
from .terms import Decision, Document

TOGETHER = "decided by a person"
ALONE = "accepted by a person"
CHANGED = "decided by a person before a document changed"

Found = dict[str, tuple[int, Document]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a decision: `changed` says what its documents say otherwise since; its first document that is
    here tells where it stands.
    """

    decision: Decision
    side: str
    document: int
    changed: str


def decided(board: Board, decisions: Sequence[Decision], currency: str) -> list[Verdict]:
    """Place the documents that people have decided on, keep apart what they kept apart, and return what became of
    each decision of which a document is here.

    A decision whose documents have changed is not carried out: what it joined is suggested again, what it kept apart
    may be suggested again, and what it accepted is looked at afresh.
    """
    wanted = [document for decision in decisions for document in decision.documents]
    found = named.find(board.alma, wanted, board.period) | named.find(board.oracle, wanted, board.period)
    here = [decision for decision in decisions if any(document.key in found for document in decision.documents)]
    verdicts = []
    # What is kept apart is known before anything is joined.
    for decision in sorted(here, key=lambda each: (each.kind != "apart", each.code)):
        changed = _changed(decision, found, currency)
        carry_out = {"together": _together, "apart": _apart, "alone": _alone}[decision.kind]
        carry_out(board, decision, found, changed=bool(changed))
        first = next(document for document in decision.documents if document.key in found)
        verdicts.append(Verdict(decision, first.side, found[first.key][0], changed))
    return verdicts


def _changed(decision: Decision, found: Found, currency: str) -> str:
    said = []
    for document in decision.documents:
        if document.key in found:
            said.append(named.changes(document, found[document.key][1], currency))
        elif decision.kind == "together":
            said.append(f"{document.side.capitalize()}'s {document.number or 'document'} stands in no file any more.")
    return " ".join(text for text in said if text)


def _present(board: Board, decision: Decision, found: Found) -> tuple[np.ndarray, np.ndarray]:
    """Return the decision's documents that are here and not placed yet: Alma's, Oracle's."""
    sides: dict[str, list[int]] = {"alma": [], "oracle": []}
    for document in decision.documents:
        if document.key in found and board.side(document.side).group[found[document.key][0]] < 0:
            sides[document.side].append(found[document.key][0])
    ours, theirs = (np.array(sorted(numbers), dtype=np.int64) for numbers in sides.values())
    return ours, theirs


def _together(board: Board, decision: Decision, found: Found, *, changed: bool) -> None:
    alma, oracle = _present(board, decision, found)
    if changed or len(alma) + len(oracle) < len(decision.documents):
        if len(alma) and len(oracle):
            board.put(alma, oracle, CHANGED, certain=False)
    elif len(alma) and len(oracle):
        fact = "consolidated" if len(alma) > len(oracle) == 1 else "split" if len(oracle) > len(alma) == 1 else ""
        board.put(alma, oracle, TOGETHER, certain=True, fact=fact, decision=decision.code)
    else:
        side, documents = (board.alma, alma) if len(alma) else (board.oracle, oracle)
        board.settle(side, documents, TOGETHER, decision.cause, together=True, decision=decision.code)


def _apart(board: Board, decision: Decision, found: Found, *, changed: bool) -> None:
    alma, oracle = _present(board, decision, found)
    board.bans.add(alma.tolist(), oracle.tolist(), habits.pass_of(decision.rule), changed=changed)


def _alone(board: Board, decision: Decision, found: Found, *, changed: bool) -> None:
    alma, oracle = _present(board, decision, found)
    if not changed:
        for side, documents in ((board.alma, alma), (board.oracle, oracle)):
            board.settle(side, documents, ALONE, decision.cause, decision=decision.code)
