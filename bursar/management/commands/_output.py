"""What the bursar's commands print: problems as lines."""

from __future__ import annotations

from collections.abc import Iterable

from bursar.formats.fees import Problem


def problem_lines(name: str, problems: Iterable[Problem]) -> list[str]:
    """Return each problem as one line: severity, file, what is wrong."""
    return [f"{each.severity}: {name}: {each.message}" for each in problems]
