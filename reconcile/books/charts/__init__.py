"""Charts: amounts -> what a chart says in one sentence, its table, and its plain geometry for any width.

A chart knows neither pages nor paper. `web/charts` makes SVG of its geometry and `paper.draw` draws the same lines into
a PDF, so that a manager finds on paper what the page showed.

No library does that for us. Those that were looked at: pygal writes a <style> and a <script> into each drawing, which
our content security policy refuses; leather and pysvgchart write colours into each mark (one look, no dark mode), know
one look of letters and do not thin labels; altair and plotly need a browser's JavaScript or a program of its size.
None says what it shows in words or as a table, and none gives lines that a PDF could draw.

How a drawing tells things apart without colour: open, hatched bars go down or stand for the rest, full ones go up;
what is planned, past or expected is a line with dashes of its own.
"""

from .ageing import Ageing, Bucket
from .budget import Range, SpendAgainstBudget
from .burn_down import BurnDown, Change
from .chart import Chart, Column, Table
from .geometry import Drawing
from .shares import Shares
from .waterfall import Waterfall

__all__ = [
    "Ageing", "Bucket", "BurnDown", "Change", "Chart", "Column", "Drawing", "Range", "Shares", "SpendAgainstBudget",
    "Table", "Waterfall",
]  # fmt: skip
