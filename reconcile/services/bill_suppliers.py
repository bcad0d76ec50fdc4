"""The suppliers of the register, and which of them a bill is from: by the finance system's number, else by the name as
the engine compares names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.cache import cache

from reconcile.matching.suppliers import code_key, name_key
from reconcile.models import Bill, Entry, Posting

from . import copo_sums
from .log_state import entered


@dataclass(slots=True)
class Supplier:
    """One firm: `name` and `number` as the finance system has them where it knows it, and every name under which the
    register has its entries.
    """

    name: str = ""
    number: str = ""
    names: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)  # as they are compared
    name_keys: set[str] = field(default_factory=set)

    def meet(self, side: str, name: str, code: str, number: str) -> None:
        """Take in an entry's words. Finance's own name and number stand before the library's."""
        finance = side == "oracle" and bool(code)
        if not self.name or (finance and not self.number):
            self.name = name
        if finance and not self.number:
            self.number = code
        self.names.add(name)
        self.codes |= {code_key(each) for each in (code, number)} - {""}
        self.name_keys |= {name_key(name)} - {""}

    def absorb(self, other: Supplier) -> None:
        if other.number and not self.number:
            self.name, self.number = other.name, other.number
        self.names |= other.names
        self.codes |= other.codes
        self.name_keys |= other.name_keys


class Register:
    """The suppliers that any month's entries name."""

    def __init__(self) -> None:
        links = dict(copo_sums.links())
        self.by_code: dict[str, Supplier] = {}
        self.by_name: dict[str, Supplier] = {}
        for side, name, code in sorted(_named(), key=lambda each: (each[0] != "oracle", *each[1:])):
            self._meet(side, name, code, links.get(code, "") if side == "alma" else "")

    def _meet(self, side: str, name: str, code: str, number: str) -> None:
        codes = {code_key(each) for each in (code, number)} - {""}
        known = [self.by_code[each] for each in sorted(codes) if each in self.by_code]
        known += [self.by_name[each] for each in (name_key(name),) if each in self.by_name]
        one = known[0] if known else Supplier()
        for other in known[1:]:
            if other is not one:
                one.absorb(other)
        one.meet(side, name, code, number)
        self.by_code |= dict.fromkeys(one.codes, one)
        self.by_name |= dict.fromkeys(one.name_keys, one)

    def all(self) -> list[Supplier]:
        """Return every supplier once, by name."""
        found = {id(one): one for one in (*self.by_code.values(), *self.by_name.values())}
        return sorted(found.values(), key=lambda one: one.name.casefold())

    def find(self, name: str, number: str) -> Supplier | None:
        """Return the supplier with this number, else with this name; None where the register has neither."""
        return self.by_code.get(code_key(number)) or self.by_name.get(name_key(name))

    def of(self, bill: Bill) -> Supplier | None:
        return self.find(bill.supplier, bill.supplier_code)


def _named() -> list[tuple[str, str, str]]:
    """Return what the entries name as (side, supplier, code), looked up once while no month is entered in the books."""
    books = hashlib.sha256(json.dumps(entered(Posting.objects.all())).encode()).hexdigest()
    named = Entry.objects.exclude(supplier="").values_list("side", "supplier", "supplier_code").distinct()
    return cache.get_or_set(f"bill-suppliers:{books}", lambda: list(named), None) or []


def same(bill: Bill, others: Iterable[Bill]) -> list[Bill]:
    """Return those of the other bills that are of the same firm, by number, else by name."""
    code, name = code_key(bill.supplier_code), name_key(bill.supplier)
    return [
        other
        for other in others
        if (code and code == code_key(other.supplier_code)) or name == name_key(other.supplier)
    ]
