"""What a layout would make of the last real file of a profile, before the layout is stored."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from django.utils.timezone import localdate

from bursar.formats import layout_toml
from bursar.formats.fees import Unreadable
from bursar.formats.layout_writer import Occasion
from bursar.models import Export, Profile
from bursar.rules.sort import NotBalanced, totals
from bursar.services import converting, profiles, vault

LARGEST = 20 << 20  # bytes of a file that is read for a preview
FEES, LINES, REASONS = 50, 12, 10


@dataclass(slots=True)
class Preview:
    """wrong: sentences that keep the layout from being stored. files: name, what it holds, first lines. not_sent:
    reasons of fees that could not be written.
    """

    wrong: list[str] = field(default_factory=list)
    export: int = 0
    name: str = ""
    said: str = ""
    files: list[tuple[str, str, str]] = field(default_factory=list)
    not_sent: list[str] = field(default_factory=list)


def look(profile: Profile, text: str) -> Preview:
    """Try a layout's text on the first fees of the profile's last file. Nothing is stored."""
    try:
        layout = layout_toml.load(text)
    except layout_toml.Wrong as error:
        return Preview(wrong=error.sentences)
    export = profile.exports.exclude(path="").first()
    if export is None:
        return Preview(said="The layout is right. There is no file yet to try it on: the first export gives one.")
    layout = replace(layout, items=(*profiles.items(profile), *layout.items))
    found = Preview(export=export.pk, name=export.name)
    try:
        path = vault.where(export.path)
        if path.stat().st_size > LARGEST:
            found.said = f"The layout is right. {export.name} is too large to try it on here."
            return found
        fees = converting.read(path, export.name, layout.currencies[0]).fees.head(FEES)
        occasion = Occasion(localdate(), export.number, profile.sequence + 1, profile.code)
        made = converting.convert(
            fees, totals(fees), layout, profiles.dated_terms(profile), occasion, converting.no_ledger()
        )
    except (OSError, Unreadable, NotBalanced, OverflowError, ValueError) as error:
        found.said = f"{export.name} could not be tried: {error}"
        return found
    found.said = _said(export, len(fees), sum(file.count for file in made.files))
    for file in made.files:
        lines = file.content.decode(layout.encoding).splitlines()
        found.files.append((file.name, f"{file.count} fees", "\n".join(lines[:LINES])))
    reasons = dict.fromkeys(made.sorted.rejected["reason"].tolist())
    found.not_sent = list(reasons)[:REASONS]
    return found


def _said(export: Export, count: int, written: int) -> str:
    return f"The layout is right. Of the first {count} fees of {export.name} it writes {written}."
