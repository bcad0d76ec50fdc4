"""A part of a run decided anew: some groups go, others come in their place, and the run's figures follow."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import Max
from django.forms.models import model_to_dict

from reconcile.formats.canonical import COLUMNS
from reconcile.matching import engine, named
from reconcile.matching.documents import roll_up
from reconcile.matching.rows import in_order
from reconcile.matching.statement import statement
from reconcile.matching.terms import STATEMENT_ORDER, Decision, Document, Result, Rules, Seen
from reconcile.models import Group, Member, Run, SourceFile

from . import lines, people, record, rules
from .lines import Piece
from .places import SIDES, group_table
from .storage import persist, reserve

Place = tuple[int, int]  # file, row
MOST_ALIKE = 1000  # rows without a number that say the same
NO_EXCLUDED = pd.DataFrame({"side": [], "position": [], "cause": []}).astype({"position": "int64"})
NO_LINKS = pd.DataFrame(columns=["alma_code", "oracle_number", "groups"])


@dataclass(slots=True)
class Part:
    """Some groups of a run with their rows, as the engine takes them."""

    run: Run
    groups: list[Group]
    frames: dict[str, pd.DataFrame]
    places: dict[str, list[Place]]  # of each frame's rows
    of: dict[Place, Group]
    documents: dict[str, tuple[Document, int]]  # by key: what it says, and the number of its group
    month_keys: dict[str, str]  # a document's key as the part tells it: its key as the whole month tells it

    @property
    def period(self) -> str:
        return self.run.month.period

    @property
    def rules(self) -> Rules:
        return rules.thawed(self.run.rules)

    @property
    def seen(self) -> Seen:
        return Seen(**self.run.seen)

    def documents_of(self, group: Group) -> list[Document]:
        """Return a group's documents, Alma's first."""
        return [document for document, number in self.documents.values() if number == group.number]


def part(run: Run, groups: Sequence[Group]) -> Part:
    """Read some groups of a run with their rows."""
    by_key = {group.pk: group for group in groups}
    members = list(
        Member.objects.filter(group__in=by_key).order_by("file", "row").values_list("file", "row", "side", "group")
    )
    files = SourceFile.objects.select_related("month").in_bulk({file for file, *_ in members})
    frames: dict[str, pd.DataFrame] = {}
    places: dict[str, list[Place]] = {}
    for side in SIDES:
        wanted: dict[int, list[int]] = {}
        for file, row, where, _ in members:
            if where == side:
                wanted.setdefault(file, []).append(row)
        pieces = [_piece(run, files[key], wanted[key]) for key in sorted(wanted, key=lambda k: (files[k].name, k))]
        frames[side], ordered = lines.gather(pieces, side)
        places[side] = [(piece.file.pk, row) for piece in ordered for row in wanted[piece.file.pk]]
    of = {(file, row): by_key[group] for file, row, _, group in members}
    found = Part(run, list(groups), frames, places, of, {}, {})
    found.documents = _documents(found)
    return found


def _piece(run: Run, file: SourceFile, wanted: list[int]) -> Piece:
    home = "" if file.month is None or file.month_id == run.month_id else file.month.period
    return Piece(file, lines.to_frame(lines.rows(file, np.array(wanted), COLUMNS)), home)


def _documents(found: Part) -> dict[str, tuple[Document, int]]:
    counted = {side: in_order(frame) for side, frame in found.frames.items()}
    ours, theirs = (found.frames[side].iloc[counted[side]] for side in SIDES)
    documents = {}
    for side in roll_up(ours, theirs, found.rules, found.seen)[:2]:
        numbers = range(len(side.group))
        for number, document in zip(numbers, named.documents(side, numbers, found.period), strict=True):
            group = found.of[found.places[side.name][int(counted[side.name][side.lines(number)[0]])]]
            known = _as_in_the_month(document, group)
            found.month_keys[document.key] = known.key
            documents[known.key] = (known, group.number)
    return documents


def _as_in_the_month(document: Document, group: Group) -> Document:
    """Rows without a number that say the same are told apart by their place among all of the month, of which a part
    does not know: the group knows its first document's.
    """
    if document.number or not group.key or document.key == group.key:
        return document
    others = (dataclasses.replace(document, place=place) for place in range(1, MOST_ALIKE))
    return next((other for other in others if other.key == group.key), document)


@dataclass(frozen=True, slots=True)
class Change:
    """What a replacement did: the groups that went, as JSON keeps them; the numbers of those that came; the run's
    figures, by how much each has changed.
    """

    before: list[dict[str, Any]]
    after: list[Group]
    figures: dict[str, Any]


def replace(found: Part, decisions: Sequence[Decision]) -> Change:
    """Take the part's groups away and put in their place what the decisions make of their rows.

    The caller owns the transaction and has locked the month.
    """
    result = engine.reconcile(
        found.frames["alma"], found.frames["oracle"], found.period, found.rules, decisions=decisions,
        part_of=found.seen,
    )  # fmt: skip
    assert result.excluded.empty, "a row of a group is a row that counts"
    result.groups["key"] = [found.month_keys.get(key, key) for key in result.groups["key"]]
    before, old = snapshot(found), _as_result(found)
    first = (Group.objects.filter(run=found.run).aggregate(last=Max("number"))["last"] or 0) + 1
    first = max(first, found.run.counters.get("last_number", 0) + 1)
    keys = reserve(Group, len(result.groups))
    groups = group_table(result, found.run, keys, first)
    persist(Group, groups)
    for side in SIDES:
        inside = result.members[result.members["side"] == side]
        for key, positions in inside.groupby(keys[inside["group"].to_numpy()])["position"]:
            _move(found.run, [found.places[side][position] for position in positions], key)
    _drop(found.groups)
    change = _difference(_figures(found, result), _figures(found, old))
    _reprint(found.run, record.of_rows(before), record.of_table(groups))
    add(found.run, change, last_number=first + len(result.groups) - 1)
    return Change(before, list(Group.objects.filter(pk__in=keys.tolist()).order_by("number")), change)


def figures(found: Part) -> dict[str, Any]:
    """Return what some groups, as they are stored, contribute to their run's figures; all of them: the figures."""
    return _figures(found, _as_result(found))


def restore(run: Run, taken: Sequence[Group], before: Sequence[dict[str, Any]], figures: Mapping[str, Any]) -> None:
    """Bring groups back as they were, in the place of others that hold the same rows."""
    for each in before:
        told = {name: value for name, value in each.items() if name not in ("places", "run")}
        if told["date"]:
            told["date"] = date.fromisoformat(told["date"])
        Group.objects.create(run=run, **told)
        _move(run, [(file, row) for file, row in each["places"]], told["id"])
    _reprint(run, record.of_rows(map(_plain, taken)), record.of_rows(before))
    _drop(taken)
    add(run, _difference({}, figures))


def _reprint(run: Run, gone: int, come: int) -> None:
    run.fingerprint = record.text((int(run.fingerprint, 16) - gone + come) % record.MODULUS)


def _plain(group: Group) -> dict[str, Any]:
    return model_to_dict(group) | {"id": group.pk, "date": group.date.isoformat() if group.date else None}


def _move(run: Run, places: Sequence[Place], group: int) -> None:
    rows: dict[int, list[int]] = {}
    for file, row in places:
        rows.setdefault(file, []).append(row)
    for file, some in rows.items():
        for start in range(0, len(some), 500):
            Member.objects.filter(run=run, file=file, row__in=some[start : start + 500]).update(group=group)


def _drop(groups: Sequence[Group]) -> None:
    """Delete groups that hold no rows any more."""
    keys = [group.pk for group in groups]
    assert not Member.objects.filter(group__in=keys).exists(), "a group that goes has handed on its rows"
    Group.objects.filter(pk__in=keys)._raw_delete(using="default")


def snapshot(found: Part) -> list[dict[str, Any]]:
    """Return the part's groups as they are, with the places of their rows."""
    places: dict[int, list[Place]] = {}
    for place, group in found.of.items():
        places.setdefault(group.pk, []).append(place)
    return [_plain(group) | {"places": places[group.pk]} for group in found.groups]


# ---- Figures: every count and sum of a run is a sum over its groups, so a part of them can be taken out ----


def _as_result(found: Part) -> Result:
    """Return the part's groups as they are stored, in the engine's terms."""
    number = {group.pk: place for place, group in enumerate(found.groups)}
    groups = pd.DataFrame(
        [
            {
                name: getattr(group, name)
                for name in (
                    "outcome",
                    "cause",
                    "carried",
                    "decided",
                    "note",
                    "difference",
                    "alma_amount",
                    "oracle_amount",
                )
            }
            | {"date": pd.Timestamp(group.date) if group.date else pd.NaT}
            for group in found.groups
        ]
    )
    told = [
        {
            "group": number[group.pk],
            "cause": each["cause"],
            "amount": pd.NA if each["amount"] is None else each["amount"],
        }
        for group in found.groups
        for each in group.causes
    ]
    causes = pd.DataFrame(told, columns=["group", "cause", "amount"]).astype({"group": "int64", "amount": "Int64"})
    members = pd.concat(
        [
            pd.DataFrame(
                {
                    "side": side,
                    "position": np.arange(len(places), dtype=np.int64),
                    "group": np.array([number[found.of[place].pk] for place in places], dtype=np.int64),
                }
            )
            for side, places in found.places.items()
        ],
        ignore_index=True,
    )
    return statement(groups, causes, members, NO_EXCLUDED, found.frames["alma"], found.frames["oracle"], NO_LINKS)


def _figures(found: Part, result: Result) -> dict[str, Any]:
    last_day = pd.Period(found.period, "M").end_time.normalize()
    counters = people.count(result.groups, result.causes, result.members, NO_EXCLUDED, last_day)
    return {
        "unexplained": int(result.unexplained),
        "lines": {
            str(line["cause"]): {"count": int(line["count"]), "amount": int(line["amount"])}
            for line in result.lines.to_dict("records")
        },
        "counters": {name: value for name, value in counters.items() if name != "excluded"}
        | {"ages": {age.pop("age"): age for age in counters["ages"]}},
    }


def _difference(one: Any, other: Any) -> Any:
    """Return one less other, number by number, through dictionaries; None stands where there is no number."""
    if isinstance(one, Mapping) or isinstance(other, Mapping):
        one, other = one or {}, other or {}
        return {key: _difference(one.get(key), other.get(key)) for key in {**other, **one}}
    return None if one is None and other is None else (one or 0) - (other or 0)


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, Mapping) or isinstance(other, Mapping):
        one, other = one or {}, other or {}
        return {key: _sum(one.get(key), other.get(key)) for key in {**one, **other}}
    return None if one is None and other is None else (one or 0) + (other or 0)


def add(run: Run, figures: Mapping[str, Any], last_number: int = 0) -> None:
    """Add a change to a run's figures and store them."""
    held = {line["cause"]: {"count": line["count"], "amount": line["amount"]} for line in run.lines}
    sums = _sum(held, figures["lines"])
    run.lines = [
        {"cause": cause, **sums[cause]}
        for cause in STATEMENT_ORDER
        if cause in sums and (sums[cause]["count"] or sums[cause]["amount"])
    ]
    run.unexplained += figures["unexplained"]
    ages = {age["age"]: {key: value for key, value in age.items() if key != "age"} for age in run.counters["ages"]}
    kept = run.counters | {"ages": ages}
    counters = _sum(kept, figures["counters"])
    counters["ages"] = [{"age": name, **value} for name, value in counters["ages"].items()]
    for table in (counters["outcomes"], counters["causes"], counters["person"]["reasons"]):
        for name in [name for name, value in table.items() if not value["groups"]]:
            del table[name]
    automatic = counters["automatic"]
    automatic["rate"] = round(automatic["rows"] / automatic["of_rows"], 6) if automatic["of_rows"] else 1.0
    if last_number:
        counters["last_number"] = last_number
    run.counters = counters
    run.save(update_fields=["lines", "unexplained", "counters", "fingerprint"])
    if run.alma_total + sum(line["amount"] for line in run.lines) + run.unexplained != run.oracle_total:
        raise AssertionError("the statement does not tie after a step")
