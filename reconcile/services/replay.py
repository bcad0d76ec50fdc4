"""The state of all months, told from the record alone; and the same state, read from the tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core import audit
from core.models import Event
from reconcile.models import Month, Run

from . import decisions, record

State = dict[str, Any]


def replay(events: Iterable[Event] | None = None) -> State:
    """Go through the record from the beginning and return what it leads to.

    decisions  {code: {kind, documents (keys), cause, rule, comment, expires}}: those that nobody has taken back
    months     {period: {state, run, and the figures of its current run}}
    """
    state: State = {"decisions": {}, "months": {}}
    taken_back: dict[str, Any] = {}
    for event in Event.objects.order_by("number").iterator(2000) if events is None else events:
        told = audit.as_data(event)
        if event.kind == "run.stored":
            month = state["months"].setdefault(told["period"], {"state": Month.State.OPEN.value})
            month.update(run=told["run"], **_figures(told))
        elif event.kind.startswith("decision."):
            state["months"][told["period"]].update(_figures(told))
            for each in told["made"]:
                state["decisions"][each["code"]] = _decision(each)
            for code in told["revoked"]:
                taken_back[code] = state["decisions"].pop(code)
            for code in told["restored"]:
                state["decisions"][code] = taken_back.pop(code)
        elif event.kind in STATES:
            state["months"][told["period"]]["state"] = STATES[event.kind]
    return state


def stored() -> State:
    """Return the same from the tables."""
    found = {}
    for decision in decisions.live():
        found[str(decision.code)] = _decision(
            {
                "kind": decision.kind, "documents": decision.documents, "cause": decision.cause, "rule": decision.rule,
                "comment": decision.comment, "expires": decision.expires.isoformat() if decision.expires else "",
            }
        )  # fmt: skip
    runs = Run.objects.filter(current=True).select_related("month")
    months = {
        run.month.period: {"state": run.month.state, "run": run.number, **_figures(record.figures(run))} for run in runs
    }
    return {"decisions": found, "months": months}


STATES = {
    "month.prepared": "prepared",
    "month.signature_withdrawn": "open",
    "month.signed_off": "signed_off",
    "month.reopened": "open",
}


def _figures(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("alma_total", "oracle_total", "lines", "unexplained", "groups")}


def _decision(told: dict[str, Any]) -> dict[str, Any]:
    keys = sorted(document.key for document in decisions.documents(told["documents"]))
    return {"keys": keys, **{name: told[name] for name in ("kind", "cause", "rule", "comment", "expires")}}
