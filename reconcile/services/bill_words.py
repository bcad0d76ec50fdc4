"""What the verdicts on a bill's invoices are called, and what is to be done about each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """label: in tables; todo: what to do about {n} invoice{s}; note: how a letter to the supplier opens its list, ''
    where the supplier is told nothing.
    """

    label: str
    todo: str = ""
    note: str = ""


# What a person must look at first comes first.
VERDICTS = {
    "billed_twice": Word(
        "billed twice", "Do not pay again: {n} invoice{s} billed before",
        "These invoices were billed before, or stand twice on this bill. Please take them off:",
    ),
    "already_paid": Word(
        "already paid", "Do not pay again: {n} invoice{s} paid already",
        "These invoices are paid already by themselves. Please take them off, or credit them:",
    ),
    "different_amount": Word(
        "different amount", "Settle the amount of {n} invoice{s}",
        "The amounts of these invoices are not those that we have. Please check them:",
    ),
    "extra": Word(
        "not known", "Find {n} invoice{s} that Libra does not know",
        "We do not have these invoices. Please send us a copy of each, or take them off:",
    ),
    "missing": Word(
        "missing from the bill", "Ask for {n} invoice{s} that the bill leaves out",
        "These invoices and credit notes are of the same time, but the bill does not list them. Please tell us whether "
        "they will be billed apart:",
    ),
    "credit_netted": Word("credit netted"),
    "both": Word("agrees"),
}  # fmt: skip
