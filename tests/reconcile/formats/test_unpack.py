"""Unpacking: the bytes are those zipfile gives, and what zipfile would not take is not taken."""

from __future__ import annotations

import io
import random
import zipfile
from typing import Any

import pytest

from reconcile.formats import unpack

ROWS = b"".join(b'<c r="A%d"><v>%d</v></c>' % (row, row * 7919 % 1013) for row in range(20_000))


def pack(content: bytes, **options: Any) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **options) as archive:
        archive.writestr("part", content)
    return packed.getvalue()


def unpacked(packed: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return b"".join(unpack.pieces(archive, archive.getinfo("part")))


@pytest.mark.parametrize("size", [0, 1, unpack.PIECE - 1, unpack.PIECE, unpack.PIECE + 1, 3 * unpack.PIECE])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_bytes_come_back_whatever_their_number(size: int, method: int) -> None:
    for content in (bytes(size), random.Random(size).randbytes(size), (ROWS * 8)[:size]):
        assert unpacked(pack(content, compression=method)) == content


def test_no_piece_is_larger_than_it_may_be() -> None:
    packed = pack(bytes(50 << 20), compression=zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        sizes = [len(piece) for piece in unpack.pieces(archive, archive.getinfo("part"))]
    assert (max(sizes), sum(sizes)) == (unpack.PIECE, 50 << 20)


def test_a_changed_bit_anywhere_in_the_packed_bytes_is_noticed() -> None:
    packed = pack(ROWS, compression=zipfile.ZIP_DEFLATED)
    start, stop = packed.find(b"part") + 4, packed.find(b"PK\x01\x02")
    for at in range(start, stop, 997):
        changed = bytearray(packed)
        changed[at] ^= 1 << at % 8
        with pytest.raises(zipfile.BadZipFile):
            unpacked(bytes(changed))


@pytest.mark.parametrize("told", [0, 100, len(ROWS) - 1, len(ROWS) + 1])
def test_a_size_that_is_not_the_real_one_is_noticed(told: int) -> None:
    packed = pack(ROWS, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(zipfile.BadZipFile, match="directory"):
        unpacked(packed.replace(len(ROWS).to_bytes(4, "little"), told.to_bytes(4, "little")))


def test_a_checksum_that_is_not_the_real_one_is_noticed() -> None:
    packed = pack(ROWS, compression=zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        real = archive.getinfo("part").CRC.to_bytes(4, "little")
    with pytest.raises(zipfile.BadZipFile, match="directory"):
        unpacked(packed.replace(real, b"\1\2\3\4"))
