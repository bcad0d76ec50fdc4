"""Reads a workbook in a process of its own: the fast reader can end the whole process on a hostile or broken file.

Run by path, so that nothing of the product is imported: `python -P workbook_child.py FILE FOLDER BYTES SECONDS`.
Writes one Arrow file a sheet into FOLDER, every column as text, and a list of the sheets as JSON to standard output.
Exit status 3: the reader refused the file; its reason is on standard output. Exit status 4: no memory left.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

REFUSED, NO_MEMORY = 3, 4


def limit(name: str, value: int) -> None:
    """Hold this process to a limit of the operating system, where it has such limits (Unix)."""
    try:
        import resource
    except ImportError:
        return
    kind = getattr(resource, name)
    _, hard = resource.getrlimit(kind)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (ceiling, hard))


def read(path: str, folder: Path) -> list[dict[str, object]]:
    """Write each sheet to `folder` and describe it. Rows start at the sheet's row 1, columns at `first_column`."""
    sys.modules["numpy"] = None  # type: ignore[assignment]  # Arrow does without, and it takes longer to load than both
    import fastexcel
    import pyarrow as pa

    workbook = fastexcel.read_excel(path)
    sheets = []
    for number, name in enumerate(workbook.sheet_names):
        # skip_rows=0: otherwise leading blank rows are dropped and every row number is wrong.
        sheet = workbook.load_sheet(number, header_row=None, skip_rows=0, dtypes="string")
        batch = sheet.to_arrow()
        with pa.OSFile(str(folder / f"{number}.arrow"), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
        columns = sheet.available_columns()
        sheets.append(
            {
                "name": name,
                "hidden": sheet.visible != "visible",
                "first_column": columns[0].absolute_index if columns else 0,
                "rows": batch.num_rows,
            }
        )
    return sheets


def main() -> int:
    path, folder, address_bytes, seconds = sys.argv[1:5]
    limit("RLIMIT_AS", int(address_bytes))
    limit("RLIMIT_CPU", int(seconds))
    limit("RLIMIT_CORE", 0)
    try:
        sys.stdout.write(json.dumps(read(path, Path(folder))))
    except MemoryError:
        return NO_MEMORY
    except Exception as error:  # whatever the reader says is the parent's to put into words
        sys.stdout.write(str(error))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
