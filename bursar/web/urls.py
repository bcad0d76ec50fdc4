"""Every address of fines and fees. Profiles are named by their code, exports and files by a code nobody can guess."""

from __future__ import annotations

from django.urls import path

from bursar.web import (
    alma,
    editor,
    export,
    fee,
    fees,
    home,
    layout,
    month,
    payment_file,
    payments,
    people,
    profile,
    run,
)

urlpatterns = [
    path("", home.page, name="bursar"),
    path("servers/", home.servers, name="bursar-servers"),
    # /bursar/profiles/
    path("profiles/new/", profile.new, name="bursar-profile-new"),
    path("profiles/<slug:code>/", profile.page, name="bursar-profile"),
    path("profiles/<slug:code>/layout/", layout.page, name="bursar-layout"),
    path("profiles/<slug:code>/layout/download/", layout.download, name="bursar-layout-download"),
    path("profiles/<slug:code>/layout/edit/", editor.page, name="bursar-layout-edit"),
    path("profiles/<slug:code>/returns/edit/", editor.returned, name="bursar-returns-edit"),
    path("profiles/<slug:code>/run/", run.page, name="bursar-run"),
    path("profiles/<slug:code>/alma/", alma.page, name="bursar-alma"),
    path("profiles/<slug:code>/<str:period>/", month.page, name="bursar-month"),
    path("profiles/<slug:code>/<str:period>/workbook/", month.workbook, name="bursar-workbook"),
    # /bursar/exports/
    path("exports/<uuid:code>/", export.page, name="bursar-export"),
    path("files/<uuid:code>/", export.file, name="bursar-file"),
    path("files/<uuid:code>/deliver/", export.deliver, name="bursar-file-deliver"),
    # /bursar/fees/
    path("fees/", fees.page, name="bursar-fees"),
    path("fees/<int:pk>/", fee.page, name="bursar-fee"),
    # /bursar/people/
    path("people/", people.page, name="bursar-people"),
    path("people/data/", people.data, name="bursar-person-data"),
    path("people/erase/", people.erase, name="bursar-person-erase"),
    # /bursar/payments/
    path("payments/", payments.page, name="bursar-payments"),
    path("payments/<uuid:code>/", payment_file.page, name="bursar-payment-file"),
]
