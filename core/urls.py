from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from core.web import health, jobs, live, oidc, record, saml, second_factor, sign_in, theme, tokens

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("sign-in/", sign_in.SignIn.as_view(), name="login"),
    path("sign-in/oidc/", oidc.login, name="oidc-login"),
    path("sign-in/oidc/callback/", oidc.callback, name="oidc-callback"),
    path("sign-in/saml/", saml.login, name="saml-login"),
    path("sign-in/saml/acs/", saml.acs, name="saml-acs"),
    path("sign-in/saml/finish/", saml.finish, name="saml-finish"),
    path("sign-in/saml/metadata/", saml.metadata, name="saml-metadata"),
    path("sign-in/code/", second_factor.ask, name="second-factor"),
    path("sign-in/code/set-up/", second_factor.set_up, name="second-factor-set-up"),
    path("sign-out/", second_factor.before_it(LogoutView.as_view()), name="logout"),
    path("theme/", theme.choose, name="theme"),
    path("record/", record.page, name="record"),
    path("record/download/", record.download, name="record-download"),
    path("tokens/", tokens.page, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="token-revoke"),
    # /live/
    path("live/", live.page, name="live"),
    path("live/openapi.json", live.described, name="live-openapi"),
    path("live/<slug:name>.csv", live.as_csv, name="live-csv"),
    path("live/<slug:name>.json", live.as_json, name="live-json"),
    # /jobs/<code>/
    path("jobs/<uuid:code>/", jobs.page, name="job"),
    path("jobs/<uuid:code>/cancel/", jobs.cancel, name="job-cancel"),
]
