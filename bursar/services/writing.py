"""Files written into a folder, all of them or none."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by name, over those of the same name: whole under temporary names first, then renamed one after the
    other. Raises OSError, and nothing of it is left then, nor a folder that was made for it.
    """
    made = _make(folder)
    parts: dict[Path, Path] = {}
    done: list[Path] = []
    try:
        for name, content in files.items():
            if (folder / name).is_dir():
                raise IsADirectoryError(21, "a folder of this name stands in the way", str(folder / name))
            part = folder / f".{uuid.uuid4().hex}.part"
            parts[part] = folder / name
            with part.open("xb") as out:
                out.write(content)
                os.fsync(out.fileno())
        for part, target in parts.items():
            new = not target.exists()
            part.replace(target)
            done += [target] * new
    except BaseException:
        for path in (*parts, *done):
            path.unlink(missing_ok=True)
        for path in made:
            with suppress(OSError):
                path.rmdir()
        raise


def _make(folder: Path) -> list[Path]:
    """Make a folder and return the folders that were not there, the innermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing
