from __future__ import annotations

from datetime import date

import pytest
from django.template import Context, Template


def shown(text, **context):
    return Template("{% load libra %}" + text).render(Context(context))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ 123450|money }}", "1,234.50"),
        ("{{ minus|money }}", "−0.05"),
        ("{{ 1234|money:'JPY' }}", "1,234"),
        ("{{ missing|money }}", ""),
        ("{{ 2000|signed_money }}", "+20.00"),
        ("{{ 0|signed_money }}", "–"),
        ("{{ day|long_date }}", "3 March 2026"),
        ("{{ '2025-03'|month_name }}", "March 2025"),
        ("{{ 1|duration }}", "1 second"),
        ("{{ 45|duration }}", "45 seconds"),
        ("{{ 170|duration }}", "3 minutes"),
    ],
)
def test_it_writes_figures_as_people_do(text, expected):
    assert shown(text, minus=-5, missing=None, day=date(2026, 3, 3)) == expected
