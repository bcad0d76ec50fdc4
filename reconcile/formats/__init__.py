"""The outside world's files into the canonical frame. `read` is the way in; a reader is a module with sniff() and
read()."""

from __future__ import annotations

from pathlib import Path

from .canonical import Mapping, Options, Problem, Reading, Unreadable, Unrecognised

__all__ = ["Mapping", "Options", "Problem", "Reading", "Unreadable", "Unrecognised", "read"]


def read(path: Path, name: str, options: Options = Options()) -> Reading:  # noqa: B008 -- frozen
    """Recognise a file by its content and read it. `name` is what a person calls the file.

    What is wrong with single rows stands in the reading's problems; `Reading.errors` forbid to store it. Raises
    Unreadable when there is nothing to read, and Unrecognised, which carries the first rows of each sheet, when no
    reader knows the table.
    """
    from . import recognise  # pandas, lxml and the readers are heavy; naming the types above must stay cheap

    return recognise.read(path, name, options)
