"""One table a section: ratios first, seconds only as the order of size, and whether the targets are met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.measure import Number, Variant


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised of one variant: against another (processor time), or in seconds or megabytes."""

    name: str
    against: str = ""
    at_least: float = 0  # the other takes so many times as long
    at_most: float = 0  # this one takes no more than so many times as long
    seconds: float = 0
    megabytes: float = 0

    def judge(self, numbers: dict[str, Number]) -> tuple[bool, str]:
        """Say whether it is met, in a sentence."""
        own = numbers[self.name]
        if self.at_least:
            ratio = numbers[self.against].cpu / own.cpu
            said = f"{self.against} takes {ratio:.1f} x its CPU time; promised: {self.at_least:g} x or more"
            return ratio >= self.at_least, said
        if self.at_most:
            ratio = own.cpu / numbers[self.against].cpu
            said = f"it takes {ratio:.1f} x the CPU time of {self.against}; promised: {self.at_most:g} x or less"
            return ratio <= self.at_most, said
        if self.seconds:
            said = f"{own.wall:.1f} s (CPU {own.cpu:.1f} s); promised: {self.seconds:g} s or less"
            return own.wall <= self.seconds, said
        return own.peak <= self.megabytes, f"{own.peak:,.0f} MB; promised: {self.megabytes:,.0f} MB or less"


@dataclass(frozen=True, slots=True)
class Section:
    """A table to be: what is measured in one run, variants interleaved. The first variant is the base of the ratios."""

    title: str
    variants: Sequence[Variant]
    targets: Sequence[Target] = ()
    agree: str = ""  # of the answers: what must be the same in all variants that say it

    def detail(self, numbers: Sequence[Number]) -> list[str]:
        """Return the lines of a second table, where a section has more to tell."""
        return []


def show(section: Section, numbers: Sequence[Number]) -> tuple[str, dict[str, Any]]:
    """Return a section's table as Markdown, and everything in it as JSON."""
    base = numbers[0]
    keys = dict.fromkeys(key for each in numbers for key in each.answer)
    answers = [name for name in keys if not name.startswith("_")]
    head = ["", "CPU, ratio", "wall, ratio", "CPU s", "wall s", "peak MB", *answers, "rounds"]
    rows = [
        [
            each.name, f"{each.cpu / base.cpu:.2f}", f"{each.wall / base.wall:.2f}", f"{each.cpu:.2f}",
            f"{each.wall:.2f}", f"{each.peak:,.0f}", *(_plain(each.answer.get(name)) for name in answers),
            str(each.rounds),
        ]
        for each in numbers
    ]  # fmt: skip
    named = {each.name: each for each in numbers}
    judged = [(target, *target.judge(named)) for target in section.targets]
    said = [f"{'met' if met else 'MISSED'}: {target.name}: {sentence}" for target, met, sentence in judged]
    if section.agree:
        values = {each.answer[section.agree] for each in numbers if section.agree in each.answer}
        met = "met" if len(values) == 1 else "MISSED"
        said.append(f"{met}: all answers agree in {section.agree.removeprefix('_')}")
    more = [*detail, ""] if (detail := section.detail(numbers)) else []
    parts = [f"### {section.title}", "", *lines(head, rows), "", *more, *(f"- {each}" for each in said)]
    text = "\n".join(parts).rstrip()
    return text, {"title": section.title, "numbers": [asdict(each) for each in numbers], "targets": said}


def lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table."""
    rule = ["---", *("---:" for _ in head[1:])]
    return ["| " + " | ".join(row) + " |" for row in (head, rule, *rows)]


def _plain(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
