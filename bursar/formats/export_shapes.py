"""Alma's export read by shapes, several times as fast as element by element, and only where it gives the same.

Fees differ in their texts and hardly in anything else. So each is split into its texts and what stands between them,
its shape. What a shape means is asked of the real reader once, with marks in the texts' places; after that, fees of the
same shape need no more than their texts put into the columns' order. A fee with anything unusual in it is read by the
real reader alone, and a file that is not plain to the letter is not read here at all.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from lxml import etree

from .fees import Columns

SIZE = 1 << 22  # bytes read at a time
ROOT = re.compile(r"""(?:<\?xml[^<>]*\?>)?\s*(?P<root><(?P<prefix>[A-Za-z_][\w.-]*:)?xml-fragment(?:\s[^<>]*)?>)""")
ENCODING = re.compile(r"""encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)
MARK = re.compile(r"([hf])(\d+)\.")
TEXTS = re.compile(">([^<]+)<")
ESCAPES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}  # in this order
STRANGE = re.compile("&(?!(?:lt|gt|quot|apos|amp);)")
PLAIN = bytes({*range(0x20, 0x100), *b"\t\n"})  # a line end of another kind, or what no XML holds, is not plain
ODD = (b"<!", b"<?", b"]]>", b"\xef\xbf")  # the last begins U+FFFE and U+FFFF, which no XML holds, and little else
SHAPES = 2_000  # of one file; more is not worth knowing
MOST = 1 << 20  # characters that stand between the users

Read = Callable[[etree._Element], Iterator[list[str]]]  # the real reader: a user's fees
Getter = Callable[[list[str]], tuple[str, ...]]


class NotPlain(Exception):
    """The file is for the real reader."""


@dataclass(slots=True)
class _Head:
    """What stands around a user's fees, with marks, and the shapes of fees met inside it. None: for the real reader."""

    before: str
    after: str
    known: dict[str, Getter | None] = field(default_factory=dict)


def read(path: Path, namespace: str, fees: Read, parser: etree.XMLParser) -> tuple[Columns, etree._Element, int] | None:
    """Return the fees, the document without its users, and how many these were; None where the real reader must read
    it. `fees` is that reader.
    """
    reader = _Reader(fees, parser)
    try:
        around = reader.read(path)
        _see_through(around, namespace)
    except (NotPlain, UnicodeDecodeError, etree.XMLSyntaxError):
        return None
    return reader.columns, around, reader.users


class _Reader:
    def __init__(self, fees: Read, parser: etree.XMLParser) -> None:
        self.fees, self.parser = fees, parser
        self.columns, self.users, self.shapes = Columns(), 0, 0
        self.between, self.space = list[str](), 0
        self.heads: dict[str, _Head] = {}

    def read(self, path: Path) -> etree._Element:
        """Read all users and return the document without them."""
        rest = ""
        for text in _plain(path):
            rest += text
            if not self.users:
                self.begin(rest)
            *users, rest = rest.split(self.close)
            for each in users:
                self.user(each)
        return etree.fromstring("".join([*self.between, rest]).encode(), self.parser)

    def begin(self, text: str) -> None:
        """Find out how elements are written in this file."""
        found = ROOT.match(text)
        if found is None or ENCODING.search(found[0]):
            raise NotPlain
        self.root, prefix = found["root"], found["prefix"] or ""
        self.end = f"</{prefix}xml-fragment>"
        self.open, self.close = (f"<{slash}{prefix}userExportedFineFeesList>" for slash in ("", "/"))
        self.fee_open, self.fee_close = (f"<{slash}{prefix}userFineFee>" for slash in ("", "/"))

    def user(self, text: str) -> None:
        between, opening, body = text.partition(self.open)
        self.space += len(between)
        if not opening or self.space > MOST:
            raise NotPlain
        self.between.append(between)
        self.users += 1
        head, *pieces = body.split(self.fee_open)
        fees = [self.parted(piece) for piece in pieces]
        if not fees or "&" in head or any(after.strip() for _, after in fees[:-1]):
            for row in self.really(body):
                self.columns.add(row)
            return
        parts, tail = TEXTS.split(head), fees[-1][1]
        shape = "\0".join([*parts[::2], tail])
        if shape not in self.heads:
            self.heads[shape] = _Head(_marked(parts, "h"), tail)
        around, first = self.heads[shape], ["", *parts]
        for fee, _ in fees:
            self.columns.add(self.fee(fee, around, first) or self.alone(head, fee, tail))

    def parted(self, piece: str) -> tuple[str, str]:
        """Part a fee from what follows it."""
        fee, closing, after = piece.partition(self.fee_close)
        if not closing or self.fee_close in after:
            raise NotPlain
        return fee, after

    def fee(self, fee: str, head: _Head, first: list[str]) -> tuple[str, ...] | None:
        """Read a fee by its shape; None where it is for the real reader."""
        if "&" in fee and STRANGE.search(fee):
            return None
        parts = TEXTS.split(fee)
        shape = "\0".join(parts[::2])
        if shape not in head.known:
            head.known[shape] = self.learn(parts, head, len(first))
        getter = head.known[shape]
        if getter and "&" in fee:
            return tuple(map(_unescaped, getter(first + parts)))
        return getter(first + parts) if getter else None

    def learn(self, parts: list[str], head: _Head, before: int) -> Getter | None:
        """Ask the real reader where the texts of a shape go; None where one does not go into a column as it is."""
        self.shapes += 1
        if self.shapes > SHAPES:
            raise NotPlain
        places = []
        for text in self.alone(head.before, _marked(parts, "f"), head.after):
            found = MARK.fullmatch(text)
            if text and not found:
                return None
            # Among what is given to the getter: nothing, then the head in its parts, then the fee in its.
            places.append(0 if not found else int(found[2]) + (1 if found[1] == "h" else before))
        return itemgetter(*places)

    def alone(self, head: str, fee: str, tail: str) -> list[str]:
        """Read one fee of a user with the real reader."""
        rows = self.really(f"{head}{self.fee_open}{fee}{self.fee_close}{tail}")
        if len(rows) != 1:
            raise NotPlain
        return rows[0]

    def really(self, body: str) -> list[list[str]]:
        """Read a user's fees with the real reader."""
        text = f"{self.root}{self.open}{body}{self.close}{self.end}"
        root = etree.fromstring(text.encode(), self.parser)
        if len(root) != 1:
            raise NotPlain
        return list(self.fees(root[0]))


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    for written, meant in ESCAPES.items():
        text = text.replace(written, meant)
    return text


def _marked(parts: list[str], mark: str) -> str:
    """Return a text with marks for its texts, each of which names its place in the parts."""
    return "".join(f">{mark}{place}.<" if place % 2 else part for place, part in enumerate(parts))


def _see_through(around: etree._Element, namespace: str) -> None:
    """See that nothing around the users gives their elements another meaning, and that none of them is left there."""
    users = {f"{{{namespace}}}{name}" for name in ("userExportedFineFeesList", "userFineFee")}
    for each in around.iter():
        if each.nsmap != around.nsmap or each.tag in users:
            raise NotPlain
    if around.tag != f"{{{namespace}}}xml-fragment":
        raise NotPlain


def _plain(path: Path) -> Iterator[str]:
    """Yield a file's text; raise NotPlain where anything in it is more than elements and plain text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    last = b""
    with path.open("rb") as file:
        while block := file.read(SIZE):
            looked = last + block if last else block.removeprefix(b"<?xml ")
            if block.translate(None, PLAIN) or any(each in looked for each in ODD):
                raise NotPlain
            last = block[-2:]
            yield decoder.decode(block)
    decoder.decode(b"", final=True)
