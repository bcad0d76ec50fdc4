"""What the web server imports."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# Here and not in an AppConfig: only web servers import this module, so commands and tests start no worker.
from django.conf import settings  # noqa: E402

from core import configured  # noqa: E402

configured.at_start()

if settings.EMBEDDED_WORKER:
    from core import embedded

    embedded.start()
