"""Every address of the reconciliation. Months are named by their period, groups and runs by their number."""

from __future__ import annotations

from django.urls import path, register_converter

from reconcile.web import (
    bill,
    bills,
    budget_alma,
    budget_entry,
    budget_fund,
    budget_upload,
    budgets,
    bulk,
    chase,
    deciding,
    everything,
    glossary,
    group,
    items,
    log,
    log_parts,
    log_workbook,
    managers,
    mapping,
    mismatches,
    month,
    open_items,
    order,
    order_change,
    order_forms,
    order_sheets,
    order_upload,
    orders,
    register,
    rules,
    runs,
    signoff,
    start,
    steps,
    suppliers,
    upload,
    year_end,
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
    path("", start.first, name="start"),
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
    # /bills/
    path("bills/", bills.page, name="bills"),
    path("bills/new/", bills.new, name="bill-new"),
    path("bills/upload/", bills.upload, name="bill-upload"),
    path("bills/<uuid:code>/", bill.page, name="bill"),
    path("bills/<uuid:code>/workbook/", bill.workbook, name="bill-workbook"),
    path("bills/<uuid:code>/<str:what>/", bill.act, name="bill-act"),
    # /orders/: a number may hold a slash, but no small letters; so the words in small letters come first
    path("orders/", orders.page, name="orders"),
    path("orders/download/<str:form>/", order_sheets.orders, name="orders-download"),
    path("orders/new/", order_forms.new, name="order-new"),
    path("orders/upload/", order_upload.page, name="orders-upload"),
    path("orders/year-end/<int:year>/", year_end.page, name="year-end"),
    path("orders/year-end/<int:year>/workbook/", year_end.workbook, name="year-end-workbook"),
    path("orders/<path:number>/details/", order_forms.amend, name="order-details"),
    path("orders/<path:number>/change/<str:kind>/", order_change.page, name="order-change"),
    path("orders/<path:number>/download/<str:form>/", order_sheets.ledger, name="order-download"),
    path("orders/<path:number>/", order.page, name="order"),
    # /log/budgets/2024/
    path("log/budgets/", budgets.latest, name="budgets-latest"),
    path("log/budgets/<int:year>/", budgets.page, name="budgets"),
    path("log/budgets/<int:year>/download/<str:form>/", budgets.download, name="budgets-download"),
    path("log/budgets/<int:year>/fund/", budget_fund.page, name="budget-fund"),
    path("log/budgets/<int:year>/upload/", budget_upload.page, name="budget-upload"),
    path("log/budgets/<int:year>/upload/check/", budget_upload.check, name="budget-check"),
    path("log/budgets/<int:year>/transfer/", budget_entry.transfer, name="budget-transfer"),
    path("log/budgets/<int:year>/change/", budget_entry.change, name="budget-change"),
    path("log/budgets/<int:year>/loader/", budget_alma.page, name="budget-loader"),
    # /log/2024/
    path("log/", log.latest, name="log-latest"),
    path("log/<int:year>/", log.page, name="log"),
    path("log/<int:year>/download/<str:form>/", log.download, name="log-download"),
    path("log/<int:year>/workbook/", log_workbook.workbook, name="log-workbook"),
    path("log/<int:year>/committed/", log_parts.committed, name="log-committed"),
    path("log/<int:year>/committed/<str:form>/", log_parts.committed_download, name="log-committed-download"),
    path("log/<int:year>/forecast/", log_parts.forecast, name="log-forecast"),
    path("log/register/", register.page, name="register"),
    path("log/register/<str:form>/", register.download, name="register-download"),
    path("log/managers/", managers.page, name="managers"),
    path("log/managers/pdf/", managers.pdf, name="managers-pdf"),
    path("rules/", rules.page, name="rules"),
    path("suppliers/", suppliers.page, name="suppliers"),
    path("glossary/", glossary.page, name="glossary"),
]
