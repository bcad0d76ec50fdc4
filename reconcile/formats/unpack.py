"""Unpacks a zip's members in pieces: nothing is written, no declared size is believed, checksums are kept."""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Iterator

from isal import isal_zlib

PACKED = 256 << 10
PIECE = 1024 << 10
RAW = -15  # deflate as zip holds it: the largest window, no header of its own


def pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the member's bytes, `PIECE` at most at a time.

    Raises zipfile.BadZipFile when they are not what the directory says, and what ZipFile.open and reading raise.
    """
    if member.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflated(archive, member)
        return
    with archive.open(member) as stream:
        while piece := stream.read(PIECE):
            yield piece


def _inflated(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Inflate with ISA-L, which takes a third of zlib's time; size and checksum are ours to check then."""
    inflater = isal_zlib.decompressobj(RAW)
    size = checksum = 0
    with archive.open(_as_stored(member)) as stream:
        while not inflater.eof and (packed := stream.read(PACKED)):
            for piece in _drained(inflater, packed, member):
                size += len(piece)
                if size > member.file_size:
                    raise _not_as_told(member)
                checksum = isal_zlib.crc32(piece, checksum)
                yield piece
    if not inflater.eof or size != member.file_size or checksum != member.CRC:
        raise _not_as_told(member)


def _not_as_told(member: zipfile.ZipInfo) -> zipfile.BadZipFile:
    return zipfile.BadZipFile(f"{member.filename} does not unpack to what the zip's directory says")


def _as_stored(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The member as if its packed bytes were all there is to it: zipfile finds and checks it, and hands them over."""
    stored = copy.copy(member)
    stored.compress_type = zipfile.ZIP_STORED
    stored.file_size = stored.compress_size
    del stored.CRC  # it is of the unpacked bytes; without it zipfile checks none
    return stored


def _drained(inflater: isal_zlib.Decompress, packed: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """All that can be unpacked from `packed`. A full piece means that the inflater may hold more back."""
    while True:
        try:
            piece = inflater.decompress(packed, PIECE)
        except isal_zlib.error as error:  # type: ignore[misc]  # its stub calls the class an exception
            raise zipfile.BadZipFile(f"{member.filename} does not unpack") from error
        if piece:
            yield piece
        if inflater.eof or len(piece) < PIECE:
            return
        packed = inflater.unconsumed_tail
