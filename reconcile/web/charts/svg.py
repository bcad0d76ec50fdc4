"""A chart's geometry as SVG: classes instead of styles, no script, and every word escaped by the writer of XML."""

from __future__ import annotations

from itertools import chain
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils.safestring import SafeString, mark_safe

from reconcile.books.charts.geometry import LETTER, OPEN, Bar, Drawing, Line, Mark, Point, Shape, Word
from reconcile.books.charts.letters import plain


def svg(drawing: Drawing, key: str, css: str, title: str, description: str) -> SafeString:
    """Return a drawing as one <svg>, named and described for who has it read out.

    key: begins the ids in it, which must be the page's only ones. css: a class of its own.
    """
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": css,
            "viewBox": f"0 0 {_number(drawing.width)} {_number(drawing.height)}",
            "role": "img",
            "aria-labelledby": f"{key}-title {key}-desc",
            "focusable": "false",
            "font-size": _number(LETTER),
        },
    )
    SubElement(root, "title", id=f"{key}-title").text = plain(title)
    SubElement(root, "desc", id=f"{key}-desc").text = plain(description)
    for mark in drawing.marks:
        _add(root, mark)
    return mark_safe(tostring(root, encoding="unicode"))


def _add(root: Element, mark: Mark) -> None:
    match mark:
        case Line():
            added = SubElement(root, "path", {"class": f"c-line c-{mark.kind}", "d": _path(mark.runs)})
            added.set("stroke-width", _number(mark.stroke.width))
            if mark.stroke.dash:
                added.set("stroke-dasharray", f"{_number(mark.stroke.dash)} {_number(mark.stroke.gap)}")
        case Shape():
            added = SubElement(root, "polygon", {"class": f"c-full c-{mark.kind}", "points": _points(mark.points)})
        case Bar():
            added = SubElement(root, "rect", {"class": f"c-{'open' if mark.open else 'full'} c-{mark.kind}"})
            for name, value in (("x", mark.x), ("y", mark.y), ("width", mark.width), ("height", mark.height)):
                added.set(name, _number(value))
            if mark.open:
                added.set("stroke-width", _number(OPEN.width))
        case Word():
            added = SubElement(root, "text", {"class": f"c-{mark.role}", "x": _number(mark.x), "y": _number(mark.y)})
            if mark.anchor != "start":
                added.set("text-anchor", mark.anchor)
            added.text = plain(mark.text)
    if not isinstance(mark, Line) and mark.title:
        title = Element("title")
        title.text = plain(mark.title)
        added.insert(0, title)
        title.tail, added.text = added.text, None


def _path(runs: tuple[tuple[Point, ...], ...]) -> str:
    return "".join(f"M{'L'.join(f'{_number(x)} {_number(y)}' for x, y in run)}" for run in runs)


def _points(points: tuple[Point, ...]) -> str:
    return " ".join(_number(each) for each in chain.from_iterable(points))


def _number(value: float) -> str:
    return f"{round(value, 1):g}"
