from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("core.urls")),
]
handler500 = "core.web.errors.broken"
