"""What the apps contribute to the record, to live tables and to the sweeper.

An app's AppConfig does it in `contribute()`, which is called once, when somebody first asks for any of it. That loads
most of the app, so ready() is no place for it: a command that reconciles a month would load the Log and the bursar too.
"""

from __future__ import annotations

from threading import RLock

from django.apps import apps

_one_at_a_time = RLock()  # a server's first requests come together
_collected = False


def collect() -> None:
    """Let every app contribute, unless they have."""
    global _collected
    with _one_at_a_time:
        if _collected:
            return
        for config in apps.get_app_configs():
            if contribute := getattr(config, "contribute", None):
                contribute()
        _collected = True
