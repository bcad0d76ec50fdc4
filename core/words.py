"""What the record's events are called when people read them. Apps contribute the words of their own events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core import contributions

# What happened, by the event's kind.
KINDS = {
    "downloaded": "Downloaded",
    "person.added": "Sign-in made",
    "person.campus": "Sign-in handed over to the campus",
    "person.password": "Password changed",
    "person.roles": "Roles changed",
    "second_factor.failed": "Wrong code for the second factor",
    "second_factor.passed": "Second factor given",
    "second_factor.reset": "Second factor taken away",
    "second_factor.set_up": "Second factor set up",
    "settings.changed": "Settings changed",
    "sign_in.failed": "Sign-in failed",
    "sign_in.locked": "Locked out after too many wrong passwords",
    "sign_in.worked": "Signed in",
    "sign_out": "Signed out",
    "token.made": "Personal token made",
    "token.revoked": "Personal token revoked",
}
# An event's particulars, by their key.
PARTICULARS = {
    "by": "by",
    "changed_settings": "changed",
    "last_day": "last day",
    "name": "name",
    "reason": "reason",
    "roles": "roles",
    "what": "what",
}
# How a particular is written where plain text will not do, such as amounts.
WRITTEN: dict[str, Callable[[Any], str]] = {
    "changed_settings": lambda changed: "; ".join(
        f"{name}: {_written('', before)} → {_written('', now)}" for name, (before, now) in changed
    ),
    "settings": lambda settings: "",  # all of them, for the next start to compare with
}

# What an event is about, by what stands before the colon of a subject: 'person:alice' is "alice".
SUBJECTS: dict[str, Callable[[str], str]] = {
    "live": lambda rest: f"live table {rest}",
    "person": str,
    "token": lambda rest: f"token {rest[:12]}",
}


def add(
    kinds: Mapping[str, str] | None = None,
    particulars: Mapping[str, str] | None = None,
    written: Mapping[str, Callable[[Any], str]] | None = None,
    subjects: Mapping[str, Callable[[str], str]] | None = None,
) -> None:
    """Add an app's words: of kinds, of particulars, and how particulars and subjects are written.

    What writes a subject is given what stands behind its colon, from an address too: it must bear any text.
    """
    KINDS.update(kinds or {})
    PARTICULARS.update(particulars or {})
    WRITTEN.update(written or {})
    SUBJECTS.update(subjects or {})


def kind(name: str) -> str:
    """Return what happened in plain words; a kind that nobody named is shown as it is."""
    contributions.collect()
    return KINDS.get(name, name)


def subject(name: str) -> str:
    """Return in words what an event is about: 'person:alice' is "alice"."""
    contributions.collect()
    before, _, rest = name.partition(":")
    return SUBJECTS[before](rest) if before in SUBJECTS else name


def particulars(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return an event's particulars as words and values; what is empty is left out."""
    contributions.collect()
    there = ((key, value) for key, value in data.items() if value not in ("", None))
    written = ((PARTICULARS.get(key, key), _written(key, value)) for key, value in there)
    return [(key, value) for key, value in written if value]


def _written(key: str, value: Any) -> str:
    if key in WRITTEN:
        return WRITTEN[key](value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{PARTICULARS.get(name, name)} {_written(name, one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_written("", one) for one in value) or "none"
    return "nothing" if value in ("", None) else str(value)
