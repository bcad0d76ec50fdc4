"""The places that the bursar's files come from and go to, as the environment names them."""

from __future__ import annotations

import re
from dataclasses import replace

from django.core.exceptions import ImproperlyConfigured

from config import env
from core.transports import Connection, Wrong, connection

NAME = "LIBRA_BURSAR_CONNECTIONS"


def connections() -> dict[str, Connection]:
    """Return each place by its name, from 'alma=sftp://libra@sftp.example/alma; sis=folder:///srv/sis'.

    An SFTP server's secrets stand in LIBRA_BURSAR_KEY_ALMA (a private key), LIBRA_BURSAR_PASSPHRASE_ALMA or
    LIBRA_BURSAR_PASSWORD_ALMA, its own keys in LIBRA_BURSAR_HOST_KEYS_ALMA; each may be a file, named by …_FILE.
    """
    found: dict[str, Connection] = {}
    for part in filter(None, (part.strip() for part in env.text(NAME).split(";"))):
        name, _, address = (word.strip() for word in part.partition("="))
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or not address:
            shown = name if address else part.partition(":")[0]
            raise ImproperlyConfigured(f"{NAME} has '{shown}'. {connection.EXAMPLE} behind a name: name=…; name=…")
        if name.upper() in map(str.upper, found):
            raise ImproperlyConfigured(f"{NAME} names {name} twice.")
        try:
            place = connection.read_address(name, address)
        except Wrong as error:
            raise ImproperlyConfigured(f"{NAME}: {error}") from None
        found[name] = _with_secrets(place) if place.scheme == "sftp" else place
    return found


def _with_secrets(place: Connection) -> Connection:
    """Read what opens a server. Without its keys it is not spoken to: anybody could say to be it."""
    end = place.name.upper()
    hosts = f"LIBRA_BURSAR_HOST_KEYS_{end}"
    written = env.secret(hosts)
    if not written:
        raise ImproperlyConfigured(
            f"{hosts} is not set. Name the file with the server's keys in {hosts}_FILE; `ssh-keyscan {place.host}` "
            f"writes them, and whoever runs the server can say whether they are right."
        )
    try:
        known = connection.read_host_keys(written)
    except Wrong as error:
        raise ImproperlyConfigured(f"{hosts}: {error}") from None
    secrets = {name: env.secret(f"LIBRA_BURSAR_{name.upper()}_{end}") for name in ("key", "passphrase", "password")}
    if not secrets["key"] and not secrets["password"]:
        raise ImproperlyConfigured(
            f"LIBRA_BURSAR_KEY_{end}_FILE is not set, nor LIBRA_BURSAR_PASSWORD_{end}_FILE. One of them must open "
            f"{place.address}."
        )
    if secrets["key"]:
        _check_key(secrets["key"], secrets["passphrase"], end)
    return replace(
        place, host_keys=known, key=secrets["key"], passphrase=secrets["passphrase"], password=secrets["password"]
    )


def _check_key(text: str, passphrase: str, end: str) -> None:
    from core.transports.sftp import private_key  # only who speaks SFTP needs its library

    try:
        private_key(text, passphrase)
    except Wrong as error:
        raise ImproperlyConfigured(f"LIBRA_BURSAR_KEY_{end}: {error}.") from None
