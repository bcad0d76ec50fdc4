"""Every address of the reconciliation. Months are named by their period, groups and runs by their number."""

from __future__ import annotations

from django.urls import path, register_converter

from reconcile.web import (
    bulk,
    chase,
    deciding,
    everything,
    glossary,
    group,
    items,
    mapping,
    mismatches,
    month,
    open_items,
    rules,
    runs,
    signoff,
    start,
    steps,
    suppliers,
    upload,
)


class Period:
    """An accounting period in an address: 2025-03."""

    regex = "[0-9]{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Period, "period")

urlpatterns = [
    path("", start.page, name="start"),
    # /upload/
    path("upload/", upload.page, name="upload"),
    path("upload/mappings/<int:pk>/delete/", upload.forget_mapping, name="mapping-delete"),
    path("upload/<uuid:batch>/", upload.batch, name="upload-batch"),
    path("upload/<uuid:batch>/<uuid:code>/columns/", mapping.page, name="upload-columns"),
    # /months/2025-03/
    path("months/<period:period>/", month.page, name="month"),
    path("months/<period:period>/workbook/", month.workbook, name="month-workbook"),
    path("months/<period:period>/mismatches/", mismatches.page, name="mismatches"),
    path("months/<period:period>/decide/", deciding.decide, name="decide"),
    path("months/<period:period>/bulk/", bulk.page, name="bulk"),
    path("months/<period:period>/steps/", steps.page, name="steps"),
    path("months/<period:period>/groups/", everything.groups, name="groups"),
    path("months/<period:period>/groups/<int:number>/", group.page, name="group"),
    path("months/<period:period>/groups/<int:number>/owner/", items.owner, name="item-owner"),
    path("months/<period:period>/groups/<int:number>/comment/", items.comment, name="item-comment"),
    path("months/<period:period>/groups/<int:number>/attach/", items.attach, name="item-attach"),
    path(
        "months/<period:period>/groups/<int:number>/attachments/<uuid:code>/", items.attachment, name="item-attachment"
    ),
    path("months/<period:period>/download/", everything.download, name="groups-download"),
    path("months/<period:period>/excluded/", everything.excluded, name="excluded"),
    path("months/<period:period>/files/", everything.files, name="files"),
    path("months/<period:period>/files/<uuid:code>/original/", everything.original, name="file-original"),
    path("months/<period:period>/runs/", runs.page, name="runs"),
    path("months/<period:period>/sign-off/", signoff.page, name="sign-off"),
    path("months/<period:period>/sign-off/<uuid:code>/<str:form>/", signoff.download, name="pack"),
    # /open/
    path("open/", open_items.page, name="open-items"),
    path("open/chase/", chase.page, name="chase"),
    path("open/chase/<uuid:code>/<str:form>/", chase.letter, name="chase-letter"),
    path("rules/", rules.page, name="rules"),
    path("suppliers/", suppliers.page, name="suppliers"),
    path("glossary/", glossary.page, name="glossary"),
]
