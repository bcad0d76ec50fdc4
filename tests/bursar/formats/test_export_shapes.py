"""Reading by shapes gives what the real reader gives, and leaves to it whatever is not plain."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bursar.formats import export_shapes, export_xml
from bursar.formats.fees import Unreadable
from tests.bursar.made import NAMESPACE, export, fee, user

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=12
)
VALUE = st.one_of(st.none(), TEXT, st.sampled_from(["&<>\"'", "a > b", "h1.", "f3.", "]]", "&amp;lt;", "  x  "]))
FEE = st.builds(
    fee,
    st.sampled_from(["12.50", "0", "-3", "300"]),
    st.sampled_from(["OVERDUEFINE", "CREDIT", "OTHER"]),
    item=st.booleans(),
    library=st.sampled_from(["RTC", "LAW", ""]),
    fineFeeComment=VALUE,
    itemTitle=VALUE,
    reference=VALUE,
    someNewElement=VALUE,
)
USER = st.builds(lambda who, name, fees: user(who, *fees, name=name), TEXT, TEXT, st.lists(FEE, max_size=3))


def read(path, *, plain, monkeypatch):
    """Read by both ways: what came out, or the problems."""
    with monkeypatch.context() as patch:
        if not plain:
            patch.setattr(export_shapes, "read", lambda *arguments: None)
        try:
            found = export_xml.read(path, "x")
        except Unreadable as error:
            return [problem.message for problem in error.problems]
    return found


def same(path, monkeypatch):
    one, other = (read(path, plain=plain, monkeypatch=monkeypatch) for plain in (True, False))
    if isinstance(other, list):
        assert one == other
        return one
    pd.testing.assert_frame_equal(one.fees, other.fees)
    assert (one.export, one.users, one.total, one.problems) == (other.export, other.users, other.total, other.problems)
    return one


def by_shapes(path):
    """Say whether the file is read by shapes at all."""
    return export_shapes.read(path, NAMESPACE, export_xml._fees, export_xml.etree.XMLParser(**export_xml._PARSER))


@settings(max_examples=150)
@given(st.lists(USER, max_size=4), st.sampled_from(["plain", "indented", "prefix"]), st.integers(1, 4000))
@example([user("01234", fee(itemTitle="Müller & Söhne <2>"))], "plain", 1)
def test_both_ways_give_the_same(tmp_path_factory, users, way, size):
    text = export(*users)
    if way == "indented":
        text = re.sub("><", ">\n  <", text)
    if way == "prefix":
        text = text.replace("xb:", "").replace("xmlns:xb", "xmlns").replace("<?xml", "<?xml")
    path = tmp_path_factory.mktemp("shapes") / "x.xml"
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_shapes, "SIZE", size)
        same(path, patch)


def test_a_plain_file_is_read_by_shapes_and_each_shape_is_asked_once(tmp_path, monkeypatch):
    asked = []
    really = export_shapes._Reader.really
    monkeypatch.setattr(export_shapes._Reader, "really", lambda self, body: asked.append(body) or really(self, body))
    path = tmp_path / "x.xml"
    path.write_text(
        export(*[user(f"{number:05}", fee(reference=f"R{number}", itemTitle="A & B")) for number in range(50)])
    )
    columns, _, users = by_shapes(path)
    assert users == 50
    assert len(asked) == 1
    fees = columns.frame()
    assert fees["reference"].tolist() == [f"R{number}" for number in range(50)]
    assert set(fees["title"]) == {"A & B"}


NOT_PLAIN = {
    "a comment": lambda text: text.replace("<xb:exportNumber>", "<!-- hello --><xb:exportNumber>"),
    "CDATA": lambda text: text.replace("A book", "<![CDATA[A <book>]]>"),
    "an instruction": lambda text: text.replace("<xb:exportNumber>", "<?now do?><xb:exportNumber>"),
    "another encoding": lambda text: text.replace('encoding="UTF-8"', 'encoding="iso-8859-1"'),
    "line ends of Windows": lambda text: text.replace("><", ">\r\n<"),
    "another meaning of the prefix": lambda text: text.replace(
        "<xb:userExportedList>", '<xb:userExportedList xmlns:xb="http://elsewhere">'
    ),
    "a user with an attribute": lambda text: text.replace(
        "<xb:userExportedFineFeesList>", '<xb:userExportedFineFeesList sort="1">', 1
    ),
    "a mark of byte order": lambda text: "\ufeff" + text,
}
BROKEN = {
    "cut off": lambda text: text[:-40],
    "cut off in a user": lambda text: text[: text.index("itemBarcode")],
    "a document type": lambda text: text.replace(
        "<xb:xml-fragment", "<!DOCTYPE x [<!ENTITY a 'b'>]><xb:xml-fragment", 1
    ),
    "a tag that is not closed": lambda text: text.replace("</xb:itemTitle>", "", 1),
    "an entity that nobody declared": lambda text: text.replace("A book", "A &book;"),
    "a bare ampersand": lambda text: text.replace("A book", "A & book"),
    "the end of CDATA": lambda text: text.replace("A book", "A ]]> book"),
    "a character that no XML holds": lambda text: text.replace("A book", "A \x01 book"),
    "another that none holds": lambda text: text.replace("A book", "A \uffff book"),
    "two roots": lambda text: text + "<more/>",
    "no root of the kind": lambda text: text.replace("xml-fragment", "fragment"),
    "text behind the end": lambda text: text + "text",
    "an attribute twice": lambda text: text.replace("<xb:itemTitle>", '<xb:itemTitle a="1" a="2">'),
}


@pytest.mark.parametrize("change", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_what_is_not_plain_is_for_the_real_reader(tmp_path, monkeypatch, change):
    path = tmp_path / "x.xml"
    path.write_bytes(change(export(user("01234", fee(), fee()), user("5", fee()))).encode())
    assert by_shapes(path) is None
    same(path, monkeypatch)


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_refused_as_ever(tmp_path, monkeypatch, change):
    path = tmp_path / "x.xml"
    path.write_bytes(change(export(user("01234", fee(), fee()), user("5", fee()))).encode())
    assert isinstance(same(path, monkeypatch), list)


def test_bytes_that_are_no_utf_8(tmp_path, monkeypatch):
    path = tmp_path / "x.xml"
    path.write_bytes(export(user("01234", fee(itemTitle="B\u00fccher"))).encode("latin-1"))
    assert isinstance(same(path, monkeypatch), list)


def test_a_number_of_a_character_is_read(tmp_path, monkeypatch):
    path = tmp_path / "x.xml"
    path.write_text(export(user("01234", fee(itemTitle="@"))).replace("@", "B&#252;cher &#x26; mehr"))
    assert same(path, monkeypatch).fees["title"].tolist() == ["Bücher & mehr"]


def test_too_many_shapes_are_not_worth_it(tmp_path, monkeypatch):
    monkeypatch.setattr(export_shapes, "SHAPES", 2)
    path = tmp_path / "x.xml"
    path.write_text(export(user("1", fee(), fee(item=False), fee(library=""), fee(itemTitle=None))))
    assert by_shapes(path) is None
    assert len(same(path, monkeypatch).fees) == 4
