"""Charts on pages: `figure(chart, key)` is what `reconcile/charts/figure.html` shows.

The drawings hold classes and no colours: static/css/charts.css has those, for both themes and for paper.
"""

from .figure import Figure, figure

__all__ = ["Figure", "figure"]
