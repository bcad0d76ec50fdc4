from __future__ import annotations

import os

# numpy starts threads for linear algebra, and takes as long for that as for all else; Libra does none.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from .celery import app as celery_app

__all__ = ["celery_app"]
