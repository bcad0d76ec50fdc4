"""Places where files come from and go to: a folder of this machine, or an SFTP server whose key is known beforehand.

`connect(connection)` opens one. What goes wrong is a `Failed`, whose text is a sentence without any secret.
"""

from __future__ import annotations

from .base import Failed, Missing, Seen, Taken, Transport
from .connection import Connection, Wrong, read_address

__all__ = ["Connection", "Failed", "Missing", "Seen", "Taken", "Transport", "Wrong", "connect", "read_address"]


def connect(connection: Connection) -> Transport:
    """Open a connection; close it by leaving its `with`. Raises Failed."""
    if connection.scheme == "folder":
        from .folder import Folder

        return Folder(connection)
    from .sftp import Sftp  # brings cryptography along; only who speaks SFTP needs it

    return Sftp(connection)
