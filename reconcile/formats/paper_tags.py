"""The structure of a document on paper: which of its marks are a heading, a paragraph, a cell of which table.

fpdf2 keeps a flat list of elements; a table needs a tree. An element that holds others lies on one page with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from fpdf.structure_tree import StructElem, StructureTreeBuilder
from fpdf.syntax import PDFObject

Box = tuple[float, float, float, float]  # from left and below: left, bottom, right, top; in mm
POINTS = 72 / 25.4  # of a mm


class Tag(StructElem):
    """An element. fpdf2 tells the outermost ones their page; they pass it on."""

    __slots__ = ("_box", "_page")

    def __init__(self, kind: str, parent: Any, kids: list[Any], page: int, alt: str, box: Box | None) -> None:
        super().__init__(kind, parent, kids, page, alt=alt or None)
        self._box = box

    @property
    def pg(self) -> Any:
        return self._page

    @pg.setter
    def pg(self, page: Any) -> None:
        self._page = page
        for kid in self.k:
            if isinstance(kid, Tag):
                kid.pg = page

    @property
    def a(self) -> str | None:
        """Say of a heading's cell that it stands over its column, and of an image where it lies."""
        if self._box:
            return f"<</O /Layout /Placement /Block /BBox [{' '.join(f'{each * POINTS:.2f}' for each in self._box)}]>>"
        return "<</O /Table /Scope /Column>>" if self.s == "/TH" else None


class Tags(StructureTreeBuilder):
    """The tree, built while the pages are written."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: Counter[int] = Counter()  # by page

    def open(self, page: int, kind: str, parent: Tag | None = None) -> Tag:
        """Add an element that will hold others."""
        return self._add(page, kind, parent, [])

    def mark(
        self, page: int, kind: str, parent: Tag | None = None, *, alt: str = "", box: Box | None = None
    ) -> tuple[int, int]:
        """Add an element that holds the page's next mark. Return the mark's number and the page's place in the tree."""
        number = self.marks[page]
        self.marks[page] += 1
        place = self.spid_per_page_number.setdefault(page, len(self.spid_per_page_number))
        self.struct_tree_root.parent_tree.nums[place].append(self._add(page, kind, parent, [number], alt, box))
        return number, place

    def _add(
        self, page: int, kind: str, parent: Tag | None, kids: list[int], alt: str = "", box: Box | None = None
    ) -> Tag:
        holder = parent or self.doc_struct_elem
        tag = Tag(f"/{kind}", holder, kids, page, alt, box)
        holder.k.append(tag)
        return tag

    def __iter__(self) -> Iterator[PDFObject]:
        yield self.struct_tree_root
        yield self.doc_struct_elem
        yield self.struct_tree_root.parent_tree
        yield from _all(self.doc_struct_elem)


def _all(element: StructElem) -> Iterator[PDFObject]:
    for kid in element.k:
        if isinstance(kid, Tag):
            yield kid
            yield from _all(kid)
