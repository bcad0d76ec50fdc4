"""What the record tells of runs, and whether what is stored is still what it told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core import audit
from core.audit import Broken
from core.models import Event, User
from reconcile.models import Group, Run, SourceFile

from . import vault

TOLD = (
    "number", "outcome", "rule", "cause", "causes", "alma_amount", "oracle_amount", "difference", "supplier", "po",
    "alma_number", "oracle_number", "date", "decided", "note",
)  # fmt: skip
MODULUS = 1 << 256


def fingerprint(groups: Iterable[tuple[Any, ...]]) -> int:
    """Return one number for groups given as tuples of TOLD. It is a sum over them, so that a step that takes some away
    and puts others in changes it by no more than theirs; their order does not matter.
    """
    return _sum("\x1f".join(map(str, group)) for group in groups)


def _sum(texts: Iterable[str]) -> int:
    sha256, number = hashlib.sha256, int.from_bytes
    return sum(number(sha256(text.encode()).digest(), "big") for text in texts) % MODULUS


def of_table(groups: pa.Table) -> int:
    """Return the fingerprint of groups as they are stored: columns of `Group`."""
    columns = [groups.column(name) for name in TOLD]
    texts = [pc.fill_null(_as_text(column), "None") for column in columns]
    return _sum(pc.binary_join_element_wise(*texts, "\x1f").to_pylist())


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write values as Python does."""
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "True", "False")
    return column.cast(pa.string())


def of_rows(groups: Iterable[dict[str, Any]]) -> int:
    """Return the fingerprint of groups as dictionaries, as steps keep them and the database gives them."""
    return fingerprint(tuple(_told(name, group[name]) for name in TOLD) for group in groups)


def _told(name: str, value: Any) -> Any:
    if name == "causes":
        return json.dumps([{"cause": each["cause"], "amount": each["amount"]} for each in value])
    return value


def subject(run: Run) -> str:
    return f"run:{run.month.period}/{run.number}"


def stored(run: Run, user: User | None) -> Event:
    """Record that a month was reconciled: from which files, with which result."""
    files = [{name: file[name] for name in ("name", "kind", "side", "rows", "sha256", "period")} for file in run.inputs]
    own = [f"file:{file['sha256']}" for file in files if not file["period"]]
    return audit.record(
        "run.stored",
        user,
        [f"month:{run.month.period}", subject(run), *own],
        period=run.month.period,
        run=run.number,
        rules=run.rules,
        rule_version=run.rule_version,
        files=files,
        **figures(run),
    )


def of_files(kind: str, user: User | None, files: Sequence[SourceFile]) -> Event:
    """Record what happened to files, each known by the hash of its bytes."""
    told = [{"name": file.name, "sha256": file.sha256, "size": file.size} for file in files]
    return audit.record(kind, user, [f"file:{file.sha256}" for file in files], files=told)


def figures(run: Run) -> dict[str, Any]:
    """Return what an event tells of a run's figures as they stand after it."""
    return {
        "alma_total": run.alma_total,
        "oracle_total": run.oracle_total,
        "lines": run.lines,
        "unexplained": run.unexplained,
        "groups": run.fingerprint,
    }


def check() -> Iterator[Broken]:
    """Compare every stored run and every stored file with what the record told of them last."""
    for run in Run.objects.select_related("month").order_by("month__period", "number"):
        event = audit.about(subject(run)).filter(kind__in=_TELLING).last()
        name = f"run {run.number} of {run.month.period}"
        if event is None:
            yield Broken(0, f"Nothing in the record tells of {name}.")
            continue
        told = audit.as_data(event)
        now = figures(run) | {"groups": text(of_rows(Group.objects.filter(run=run).values(*TOLD).iterator(5000)))}
        wrong = [_WORDS[key] for key in now if now[key] != told[key]]
        if wrong:
            yield Broken(
                event.number,
                f"Event {event.number} ({event.kind}) recorded other {', '.join(wrong)} of {name} than are stored now.",
            )
        yield from _files(event, run)


def _files(event: Event, run: Run) -> Iterator[Broken]:
    """Compare the bytes of a current run's own files with what was read."""
    if not run.current:
        return
    for file in SourceFile.objects.filter(pk__in=[each["file"] for each in run.inputs if not each["period"]]):
        path = vault.where(file)
        if not path.exists() or _sha256(path.read_bytes()) != file.sha256:
            yield Broken(
                event.number, f"Event {event.number} ({event.kind}) stands on {file.name}, which was changed since."
            )


_TELLING = ("run.stored", "decision.accept", "decision.match", "decision.reject", "decision.unmatch",
            "decision.alone", "decision.undo")  # fmt: skip
_WORDS = {
    "alma_total": "Alma totals", "oracle_total": "Oracle totals", "lines": "lines of the statement",
    "unexplained": "unexplained amounts", "groups": "groups",
}  # fmt: skip


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def text(number: int) -> str:
    """Return a fingerprint as the run keeps it."""
    return f"{number:064x}"


# What the record calls things when people read it.
KINDS = {
    "decision.accept": "Accepted",
    "decision.alone": "Accepted as it stands",
    "decision.match": "Put together",
    "decision.reject": "Suggestion rejected",
    "decision.undo": "Step undone",
    "decision.unmatch": "Taken apart",
    "files.dropped": "Files dropped",
    "files.put_away": "Files put away",
    "mapping.deleted": "Column mapping deleted",
    "mapping.saved": "Column mapping saved",
    "rule.fell_back": "Rule fell back to suggesting",
    "rule.proposed": "Rule proposed",
    "rule.rejected": "Rule rejected",
    "rule.retired": "Rule switched off",
    "rule.switched_on": "Rule switched on",
    "rule.withdrawn": "Proposal withdrawn",
    "run.stored": "Month reconciled",
    "supplier.confirmed": "Suppliers linked",
    "supplier.rejected": "Supplier link rejected",
}
PARTICULARS = {
    "alma_total": "Alma’s total, minor units",
    "groups": "fingerprint of the groups",
    "lines": "statement",
    "made": "decisions",
    "oracle_total": "Oracle’s total, minor units",
    "period": "month",
    "restored": "decisions in force again",
    "revoked": "decisions taken back",
    "rule_version": "version of the rules",
    "taken": "groups before",
    "undoes": "undoes step",
    "unexplained": "unexplained, minor units",
}
SUBJECTS: dict[str, Callable[[str], str]] = {
    "document": lambda rest: f"document {rest[:8]}",
    "file": lambda rest: f"file {rest[:8]}",
    "mapping": lambda rest: f"column mapping {rest[:8]}",
    "month": str,
    "rule": lambda rest: f"rule {rest}",
    "run": lambda rest: "run {1} of {0}".format(*rest.partition("/")[::2]),
    "step": lambda rest: f"step {rest[:8]}",
    "supplier": lambda rest: f"supplier {rest}",
}
