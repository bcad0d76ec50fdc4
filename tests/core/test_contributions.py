"""What apps contribute is there for whoever asks first, and not loaded for who does not ask."""

from __future__ import annotations

import subprocess
import sys

import pytest

START = "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; django.setup(); "
LOADED = "'reconcile.services.signoff' in sys.modules"


def told(code: str) -> str:
    """Run a line in a process of its own, as nothing has been asked for in it."""
    done = subprocess.run([sys.executable, "-c", START + code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_start_loads_none_of_it() -> None:
    assert told(f"print({LOADED})") == "False"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("from core import audit; print(len(audit.checks()))", "4"),
        ("from core import words; print(words.kind('run.stored'))", "Month reconciled"),
        ("from core import words; print(words.subject('rule:7'))", "rule 7"),
        ("from core import live; print('months' in live.tables())", "True"),
    ],
)
def test_whoever_asks_first_finds_it(asked: str, answer: str) -> None:
    assert told(asked) == answer
