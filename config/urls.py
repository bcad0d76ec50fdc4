from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("core.urls")),
    path("bursar/", include("bursar.web.urls")),
    path("", include("reconcile.web.urls")),
]
handler500 = "core.web.errors.broken"
