"""What a group's page and the pair beside a list show of its item: who has it, until when, what was said of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import F
from django.urls import reverse

from core.models import User
from reconcile.models import Group, Item, Run
from reconcile.services import attachments, chase, items
from reconcile.web.shown import Shown


class OwnerForm(forms.Form):
    """Who looks after an item, until when, and how far it is."""

    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"), required=False, empty_label="nobody", label="Person"
    )
    team = forms.ChoiceField(choices=[("", "none"), *Item.Team.choices], required=False, label="Team")
    due = forms.DateField(
        required=False, label="Due", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day as 2025-03-31."},
    )  # fmt: skip
    status = forms.ChoiceField(choices=Item.Status.choices, label="Status")


class CommentForm(forms.Form):
    text = forms.CharField(label="Comment", required=False, widget=forms.Textarea({"rows": 3, "cols": 60}))


class FileForm(forms.Form):
    file = forms.FileField(
        label="File",
        error_messages={"required": "Choose a file first.", "empty": "That file is empty: it holds not one byte."},
        widget=forms.FileInput({"accept": ",".join(attachments.KINDS)}),
    )


FORMS: dict[str, type[forms.Form]] = {"owner": OwnerForm, "comment": CommentForm, "attach": FileForm}


def block(shown: Shown, run: Run, group: Group, filled: dict[str, forms.Form] | None = None) -> dict[str, Any]:
    """Return what the block shows; `filled` are forms that came back with errors, by their name."""
    item = items.for_group(run, group)
    given = filled or {}
    told = chase.about(group.key) if group.key else chase.about("").none()
    key = group.key or (item.documents.values_list("key", flat=True).first() if item else "")
    return {
        "of": item,
        "comments": item.comments.select_related("by") if item else [],
        "attachments": item.attachments.select_related("by") if item else [],
        "chased": told.annotate(who=F("chase__who"))[:3],
        "history": f"/record/?about=document:{key}" if key else "",
        "taken": attachments.TAKEN,
        "limit": attachments.LIMIT >> 20,
        "to": {name: reverse(f"item-{name}", args=[shown.period, group.number]) + shown.suffix for name in FORMS},
        "forms": {name: given.get(name) or _form(name, item) for name in FORMS},
        "errors": [error for form in given.values() for errors in form.errors.values() for error in errors],
    }


def _form(name: str, item: Item | None) -> forms.Form:
    said = {"person": item.person, "team": item.team, "due": item.due, "status": item.status} if item else None
    return FORMS[name](initial=said if name == "owner" else None, auto_id="item-%s")
