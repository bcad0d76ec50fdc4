"""Files that people put to open items, held like source files: byte for byte, by their SHA-256, below LIBRA_DATA_DIR.

attachments/<first two of SHA-256>/<SHA-256>
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from django.utils.timezone import now

from core.jobs import UserError
from core.models import User
from reconcile.models import Attachment, Item

from . import vault

LIMIT = 15 << 20  # bytes of one file
MOST = 50  # files of one item
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# What is taken, and how such a file begins; b"" is plain text.
KINDS = {
    ".pdf": b"%PDF-",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".xlsx": ZIP,
    ".docx": ZIP,
    ".xls": OLE,
    ".doc": OLE,
    ".msg": OLE,
    ".eml": b"",
    ".txt": b"",
    ".csv": b"",
}
TAKEN = "PDF, PNG, JPEG, Word, Excel, e-mail (.eml, .msg), text and CSV"


def keep(item: Item, user: User, name: str, stream: BinaryIO) -> Attachment:
    """Keep a file for an item. The caller owns the transaction.

    Raises UserError where it is empty, too large, of a kind that is not taken, or not what its name says.
    """
    name = PurePosixPath(PureWindowsPath(name).name).name[-255:] or "file"
    if item.attachments.count() >= MOST:
        raise UserError(f"This item has {MOST} files already, the most it may have. Put several into one PDF.")
    start = KINDS.get(Path(name).suffix.lower())
    if start is None:
        raise UserError(f"{name} is not a kind of file that is taken here. Attach {TAKEN}.")
    head = stream.read(4096)
    stream.seek(0)
    if not (head.startswith(start) if start else b"\0" not in head):
        raise UserError(f"{name} is not what its name says. Save it again in the right form, then attach it.")
    got = vault.receive(name, stream, LIMIT)
    path = Path("attachments") / got.sha256[:2] / got.sha256
    target = vault.root() / path
    target.parent.mkdir(parents=True, exist_ok=True)
    (vault.root() / got.path).replace(target)  # the same bytes where they were attached before
    return Attachment.objects.create(
        item=item, name=name, sha256=got.sha256, size=got.size, path=str(path), by=user, at=now()
    )


def where(attachment: Attachment) -> Path:
    """Return where an attachment's bytes are."""
    return vault.root() / attachment.path
