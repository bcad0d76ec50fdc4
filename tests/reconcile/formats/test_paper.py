"""A document on paper: the same bytes from the same words, tables over pages, and a structure that can be read out."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from pathlib import Path

from reconcile.formats.paper import Column, Paper

CREATED = datetime(2025, 4, 4, 9, 30, tzinfo=UTC)


def written(path: Path, rows: int = 3) -> bytes:
    paper = Paper("March 2025, signed off", "Libra", CREATED)
    paper.title("March 2025", "Łódź – “agreed”, −£3.21")
    paper.heading("Sources")
    columns = [Column("File"), Column("Rows", 20, right=True), Column("SHA-256", 40)]
    paper.table(columns, [[f"file {n}.csv", f"{n:,}", "ab" * 32] for n in range(rows)], strong=[0])
    paper.save(path)
    return path.read_bytes()


def test_the_same_words_give_the_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path / "one.pdf") == written(tmp_path / "two.pdf")


def test_it_has_a_title_a_language_a_date_of_its_own_and_tags(tmp_path: Path) -> None:
    content = written(tmp_path / "one.pdf")
    assert b"/Lang (en-GB)" in content and b"/DisplayDocTitle true" in content and b"/Marked true" in content
    assert b"/Title (March 2025, signed off)" in content and b"/CreationDate (D:20250404093000Z)" in content
    for tag in (b"/H1", b"/H2", b"/P", b"/Table", b"/TR", b"/TH", b"/TD"):
        assert b"/S " + tag in content, tag


def test_a_table_goes_on_over_pages_under_its_headings(tmp_path: Path) -> None:
    content = written(tmp_path / "long.pdf", rows=200)
    pages = len(re.findall(rb"/Type /Page\b(?!s)", content))
    assert pages > 5 and content.count(b"/S /Table") == pages and content.count(b"/S /TH") == 3 * pages


def test_every_mark_of_a_page_is_in_its_structure(tmp_path: Path) -> None:
    content = written(tmp_path / "long.pdf", rows=60)
    streams = [zlib.decompress(each) for each in re.findall(rb"/FlateDecode.*?stream\n(.*?)\nendstream", content, re.S)]
    marks = sum(stream.count(b"/MCID") for stream in streams)
    assert marks == len(re.findall(rb"/S /(?:H1|H2|P|TH|TD)\b", content))
