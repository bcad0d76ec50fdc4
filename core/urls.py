from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from core.web import health, jobs, record, sign_in, theme

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("sign-in/", sign_in.SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("theme/", theme.choose, name="theme"),
    path("record/", record.page, name="record"),
    path("record/download/", record.download, name="record-download"),
    # /jobs/<code>/
    path("jobs/<uuid:code>/", jobs.page, name="job"),
    path("jobs/<uuid:code>/cancel/", jobs.cancel, name="job-cancel"),
]
