"""A file of fees as Alma exports them, made up and always the same: what the bursar's conversion is measured on."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from bench.data import OUT

SEED = 7
NAMESPACE = "http://com/exlibris/urm/rep/externalsysfinesfees/xmlbeans"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f'<xb:{{}} xsi:nil="true" xmlns:xsi="{XSI}"/>'
KINDS = ("OVERDUEFINE", "LOSTITEMREPLACEMENTFEE", "LOSTITEMPROCESSFEE", "DAMAGEDITEMFINE", "OTHER")
LIBRARIES = (("161686070006761", "RTC"), ("161686080006761", "firestone"), ("161686090006761", "LAW"))
WORDS = ("rivers", "maps", "statistics", "Bücher", "art", "& craft", "history", "of the north", "chemistry", "Ελλάς")


def export(count: int) -> Path:
    """Return an export of so many fees, one in twenty a credit; make it if need be."""
    path = OUT / "data" / f"fees{count}.xml"
    if not path.exists():
        print(f"  making an export of {count:,} fees", file=sys.stderr, flush=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            file.writelines(_pieces(count, random.Random(SEED)))
        part.rename(path)
    return path


def _pieces(count: int, chance: random.Random) -> Iterator[str]:
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<xb:xml-fragment xmlns:xb="{NAMESPACE}"><xb:userExportedFineFees>'
        "<xb:exportNumber>15216075870006761</xb:exportNumber></xb:userExportedFineFees><xb:userExportedFineFees>"
        "<xb:userExportedList>"
    )
    made = 0
    while made < count:
        some = min(chance.choice((1, 1, 1, 2, 3)), count - made)
        fees = "".join(_fee(made + each, chance) for each in range(some))
        yield (
            f"<xb:userExportedFineFeesList><xb:user><xb:type>02</xb:type><xb:value>9{made:08}</xb:value>"
            "<xb:owneredEntity><xb:InstitutionId>6761</xb:InstitutionId></xb:owneredEntity></xb:user>"
            f"<xb:patronName>Borrower, {made}</xb:patronName><xb:finefeeList>{fees}</xb:finefeeList>"
            "</xb:userExportedFineFeesList>"
        )
        made += some
    yield "</xb:userExportedList></xb:userExportedFineFees></xb:xml-fragment>\n"


def _fee(number: int, chance: random.Random) -> str:
    credit = number % 20 == 19
    amount = chance.choice(("0.82", "300", "65", "123.45", f"{chance.randrange(1, 20_000) / 100:.2f}"))
    library = chance.choice(LIBRARIES if credit else (*LIBRARIES, None))
    owner = f"<xb:libraryId>{library[0]}</xb:libraryId><xb:libraryCode>{library[1]}</xb:libraryCode>" if library else ""
    title = escape(" ".join(chance.choices(WORDS, k=5)))
    day = f"{chance.randrange(1, 13):02}/{chance.randrange(1, 29):02}/2023 15:22:06"
    item = (
        f"<xb:itemTitle>{title}</xb:itemTitle><xb:itemCallNumebr>QA {number % 900}</xb:itemCallNumebr>"
        "<xb:itemLibrary>Hayden Library.</xb:itemLibrary><xb:itemLocation>Stacks</xb:itemLocation>"
        f"<xb:itemInternalLocation>stacks</xb:itemInternalLocation>{NIL.format('itemDueDate')}"
        f"<xb:itemBarcode>3908{number:010}</xb:itemBarcode>"
    )
    return (
        f"<xb:userFineFee>{NIL.format('fineFeeComment')}"
        f"<xb:fineFeeType>{'CREDIT' if credit else chance.choice(KINDS)}</xb:fineFeeType>"
        f"<xb:owneredEntity><xb:InstitutionId>6761</xb:InstitutionId>{owner}</xb:owneredEntity>"
        f"<xb:lastTransactionDate>{day}</xb:lastTransactionDate>{item if library else '<xb:itemTitle/>'}"
        f"<xb:compositeSum><xb:currency>USD</xb:currency><xb:sum>{'-' if credit else ''}{amount}</xb:sum>"
        f"{NIL.format('vat')}</xb:compositeSum><xb:bursarTransactionId>INST{number:08}</xb:bursarTransactionId>"
        "</xb:userFineFee>"
    )
