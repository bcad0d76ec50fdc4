"""A real SFTP server on a free port of this machine, which can break off, vanish and run out of room."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import asyncssh

from core.transports import Connection
from core.transports.connection import HostKey, read_host_keys

USER, PASSWORD = "libra", "open sesame"


class Server:
    """Serves `folder`. `room`: how many bytes a file may have; `patience`: after how many it breaks off."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.room: int | None = None
        self.patience: int | None = None
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.connections: list[asyncssh.SSHServerConnection] = []
        self.port = 0
        self.start()

    def start(self) -> None:
        self.acceptor = self._do(self._listen())
        self.port = self.acceptor.get_port()

    def vanish(self) -> None:
        """Cut every line and listen no more."""

        async def gone() -> None:
            self.acceptor.close()
            for each in self.connections:
                each.abort()
            await self.acceptor.wait_closed()

        self._do(gone())

    def stop(self) -> None:
        self.vanish()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    @property
    def known(self) -> tuple[HostKey, ...]:
        return read_host_keys(self.host_key.export_public_key().decode())

    @property
    def private_key(self) -> str:
        return self.user_key.export_private_key().decode()

    def connection(self, **changes: object) -> Connection:
        told = {"host_keys": self.known, "key": self.private_key} | changes
        return Connection("campus", "sftp", "", "127.0.0.1", self.port, USER, **told)

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    async def _listen(self):
        server = self

        class Guard(asyncssh.SSHServer):
            def connection_made(self, connection):
                server.connections.append(connection)

            def password_auth_supported(self):
                return True

            def validate_password(self, username, password):
                return (username, password) == (USER, PASSWORD)

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel):
                super().__init__(channel, chroot=str(server.folder).encode())

            def read(self, file, offset, size):
                server.lose_patience(self, offset + size)
                return super().read(file, offset, size)

            def write(self, file, offset, data):
                server.lose_patience(self, offset + len(data))
                if server.room is not None and offset + len(data) > server.room:
                    raise asyncssh.SFTPFailure("No space left on device")
                return super().write(file, offset, data)

        return await asyncssh.listen(
            "127.0.0.1", self.port, server_factory=Guard, server_host_keys=[self.host_key], sftp_factory=Files,
            authorized_client_keys=asyncssh.import_authorized_keys(self.user_key.export_public_key().decode()),
            allow_scp=False, encoding=None,
        )  # fmt: skip

    def lose_patience(self, session: asyncssh.SFTPServer, at: int) -> None:
        if self.patience is not None and at > self.patience:
            session.connection.abort()
            raise asyncssh.SFTPConnectionLost("cut")
