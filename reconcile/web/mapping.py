from __future__ import annotations


def page(request, batch, code): ...
