"""EDIFACT's envelope: which messages an interchange holds, and whether its counts and references say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from .canonical import Problem
from .edifact_syntax import AGAIN, Marks, Segment, segments
from .limits import Limits

_TYPE = ("INVOIC", "D", "96A", "UN")
KEPT = 100
_CUT = "The file is cut off or was changed."
SERVICE = ("UNB", "UNG", "UNH", "UNT", "UNE", "UNZ")


@dataclass(slots=True)
class Message:
    """One message, from UNH to UNT; `ordinal` counts from 1 in the interchange."""

    ordinal: int
    segments: list[Segment]
    known: bool = True  # of a type that Libra reads


@dataclass(slots=True)
class Findings:
    """The errors of an interchange, each named by message and segment. The first are kept, the rest only counted."""

    problems: list[Problem] = field(default_factory=list)
    more: int = 0

    def say(self, segment: Segment, told: str, message: Message | None = None) -> None:
        """`told` is a sentence that follows the place: 'Message 2, segment 14 (MOA): …'"""
        if len(self.problems) >= KEPT:
            self.more += 1
            return
        text = f"{place(segment, message)} ({segment.tag}): {told}"
        self.problems.append(Problem(text, segment.position, segment.tag))

    def all(self) -> list[Problem]:
        rest = Problem(f"There are {self.more:,} more problems of these kinds in the file.")
        return [*self.problems, rest] if self.more else list(self.problems)


def place(segment: Segment, message: Message | None) -> str:
    """Name a place as the supplier's system counts: within a message UNH is segment 1."""
    if message is None:
        return f"Segment {segment.position}"
    return f"Message {message.ordinal}, segment {segment.position - message.segments[0].position + 1}"


@dataclass(slots=True)
class Interchange:
    """What stands between UNB and UNZ. `findings` already say what is wrong with counts and references."""

    marks: Marks
    sender: str
    date: date | None
    messages: list[Message]
    findings: Findings


def read(path: Path, name: str, limits: Limits) -> Interchange:
    """Read the envelope. Raises Unreadable when the bytes cannot be cut into segments; everything else is a finding."""
    marks, found = segments(path, name, limits)
    return _Reader(marks).read(found)


class _Reader:
    """Goes through the segments once. `group` and `message` are what is open."""

    def __init__(self, marks: Marks) -> None:
        self.marks, self.findings = marks, Findings()
        self.start: Segment | None = None
        self.end: Segment | None = None
        self.group: Segment | None = None
        self.groups = 0
        self.in_group = 0  # messages of the open group
        self.message: Message | None = None
        self.messages: list[Message] = []
        self.references: dict[str, int] = {}  # of messages, with their ordinals
        self.loose: Segment | None = None  # the first message outside every group

    def read(self, found: list[Segment]) -> Interchange:
        steps = {tag: getattr(self, f"_{tag.lower()}") for tag in SERVICE}
        for segment in found:
            if self.end is not None:
                self.findings.say(segment, f"It stands behind the end of the interchange (UNZ). {AGAIN}")
                break
            if step := steps.get(segment.tag):
                step(segment)
            elif self.message is not None:
                self.message.segments.append(segment)
            else:
                self.findings.say(segment, f"It stands outside every message. {AGAIN}")
        last = found[-1] if found else Segment("UNB", (("UNB",),), 1)
        self._close(last)
        start = self.start
        day = self._day(start) if start else None
        return Interchange(self.marks, start.get(2) if start else "", day, self.messages, self.findings)

    def _close(self, last: Segment) -> None:
        if self.start is None:
            self.findings.say(last, f"The interchange has no beginning (UNB). {AGAIN}")
        if self.message is not None:
            self._unclosed_message(last)
        if self.end is None:
            self.findings.say(last, f"The interchange has no end (UNZ). {_CUT} {AGAIN}")
        if not self.messages:
            self.findings.say(last, f"The interchange holds no message. {AGAIN}")
        if self.groups and self.loose is not None:
            self.findings.say(self.loose, f"The message stands outside every group (UNG). {AGAIN}")

    def _unclosed_message(self, segment: Segment) -> None:
        self.findings.say(segment, f"The message has no end (UNT). {_CUT} {AGAIN}", self.message)
        self.message = None

    def _unb(self, segment: Segment) -> None:
        if self.start is not None:
            self.findings.say(segment, "A second interchange begins. Put each into a file of its own.")
            return
        self.start = segment
        if segment.position != 1:
            self.findings.say(segment, f"It stands where no interchange can begin. {AGAIN}")
        if segment.get(11) == "1":
            self.findings.say(segment, "The interchange is marked as a test, so it is no bill.")
        if not segment.get(5):
            self.findings.say(segment, f"The interchange has no reference. {AGAIN}")

    def _ung(self, segment: Segment) -> None:
        if self.group is not None or self.message is not None:
            self.findings.say(segment, f"A group begins within another or within a message. {AGAIN}")
        self.group, self.groups, self.in_group = segment, self.groups + 1, 0

    def _unh(self, segment: Segment) -> None:
        if self.message is not None:
            self._unclosed_message(segment)
        self.message = Message(len(self.messages) + 1, [segment])
        self._reference(segment)
        self.messages.append(self.message)
        self.in_group += 1
        if self.group is None and self.loose is None:
            self.loose = segment
        kind = tuple(segment.get(2, component) for component in range(4))
        self.message.known = kind == _TYPE
        if not self.message.known:
            said = ":".join(filter(None, kind)) or "nothing"
            self.findings.say(segment, f"The message is {said}; Libra reads {':'.join(_TYPE)}.", self.message)

    def _reference(self, segment: Segment) -> None:
        reference, ordinal = segment.get(1), len(self.messages) + 1
        if not reference:
            self.findings.say(segment, f"The message has no reference. {AGAIN}", self.message)
        elif (twin := self.references.setdefault(reference, ordinal)) != ordinal:
            told = f"The message has the reference {reference}, and so has message {twin}. {AGAIN}"
            self.findings.say(segment, told, self.message)

    def _unt(self, segment: Segment) -> None:
        message = self.message
        if message is None:
            self.findings.say(segment, f"The end of a message without a beginning (UNH). {AGAIN}")
            return
        message.segments.append(segment)
        self._counts(segment, len(message.segments), "segments", message)
        self._same(segment, 2, message.segments[0], 1, message)
        self.message = None

    def _une(self, segment: Segment) -> None:
        if self.message is not None:
            self._unclosed_message(segment)
        if self.group is None:
            self.findings.say(segment, f"The end of a group without a beginning (UNG). {AGAIN}")
            return
        self._counts(segment, self.in_group, "messages")
        self._same(segment, 2, self.group, 5)
        self.group = None

    def _unz(self, segment: Segment) -> None:
        self.end = segment
        if self.message is not None:
            self._unclosed_message(segment)
        if self.group is not None:
            self.findings.say(segment, f"The group has no end (UNE). {_CUT} {AGAIN}")
        if self.groups:
            self._counts(segment, self.groups, "groups")
        else:
            self._counts(segment, len(self.messages), "messages")
        if self.start is not None:
            self._same(segment, 2, self.start, 5)

    def _counts(self, segment: Segment, counted: int, what: str, message: Message | None = None) -> None:
        said = segment.get(1)
        if not re.fullmatch(r"[0-9]{1,10}", said) or int(said) != counted:
            told = f"It says “{said}” {what}, but their number is {counted}. {_CUT} {AGAIN}"
            self.findings.say(segment, told, message)

    def _same(
        self, segment: Segment, element: int, other: Segment, others: int, message: Message | None = None
    ) -> None:
        here, there = segment.get(element), other.get(others)
        if here != there:
            told = f"It carries the reference “{here}”, but {other.tag} carries “{there}”. {_CUT} {AGAIN}"
            self.findings.say(segment, told, message)

    def _day(self, start: Segment) -> date | None:
        """The day on which the interchange was made: YYMMDD, in newer syntax CCYYMMDD."""
        text = start.get(4)
        if re.fullmatch(r"[0-9]{6}|[0-9]{8}", text):
            try:
                return date.fromisoformat(text if len(text) == 8 else f"20{text}")
            except ValueError:
                pass
        self.findings.say(start, f"“{text}” is no date of an interchange (YYMMDD). {AGAIN}")
        return None
