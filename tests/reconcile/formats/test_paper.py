"""A document on paper: the same bytes from the same words, tables over pages, and a structure that can be read out."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

from reconcile.formats.paper import Column, Figure, Paper
from reconcile.formats.paper_sheets import LEFT, RIGHT

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


# --- Figures ----------------------------------------------------------------------------------------------------------


def square(places: list[tuple[float, float, float]], high: float = 40) -> Figure:
    """A figure that notes where it was drawn."""

    def draw(pdf: FPDF, x: float, y: float, width: float) -> None:
        places.append((x, y, width))
        pdf.rect(x, y, width, high)

    return Figure("Shares", "One has all.", "One has all. A bar; One, £5.00.", lambda width: high, draw)


def test_a_figure_is_an_image_with_its_words_and_its_place(tmp_path: Path) -> None:
    paper, places = Paper("Shares", "Libra", CREATED), []
    paper.figures(square(places))
    paper.save(tmp_path / "one.pdf")
    content = (tmp_path / "one.pdf").read_bytes()
    assert content.count(b"/S /Figure") == 1 and b"/S /H3" in content
    said = bytes.fromhex(re.findall(rb"/Alt <([0-9a-f]+)>", content)[0].decode()).decode("utf-16")
    assert said == "One has all. A bar; One, £5.00."
    x, y, width = places[0]
    edges = [float(each) for each in re.findall(rb"/BBox \[([^\]]+)\]", content)[0].split()]
    points = [each * 72 / 25.4 for each in (x, 297 - y - 40, x + width, 297 - y)]
    assert all(abs(one - other) < 0.01 for one, other in zip(edges, points, strict=True))


def test_figures_beside_each_other_share_the_page_and_stay_on_it(tmp_path: Path) -> None:
    paper, places = Paper("Shares", "Libra", CREATED), []
    for _ in range(5):
        paper.figures(square(places, 60), square(places, 50))
    paper.save(tmp_path / "one.pdf")
    for (left, top, width), (right, other, same) in zip(places[::2], places[1::2], strict=True):
        assert left == LEFT and width == same and left + width < right and right + same == RIGHT and top == other
    assert [top for _, top, _ in places] != sorted(top for _, top, _ in places)  # the last ones are on another side
    assert max(top for _, top, _ in places) + 60 < 277


def test_what_is_short_stands_on_one_line(tmp_path: Path) -> None:
    paper = Paper("Shares", "Libra", CREATED)
    begin = paper.y
    paper.table([Column("Name", 20, short=True)], [["A name that has no room here at all"]])
    one = paper.y - begin
    paper.table([Column("Name", 20)], [["A name that has no room here at all"]])
    assert paper.y - begin - one > one
