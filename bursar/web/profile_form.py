"""The form of a profile: each of Alma's fields with its meaning beside it, then Libra's own."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings

from bursar.formats import layout, layout_toml, returns
from bursar.models import Profile
from bursar.web.profile_words import GROUPS, WORDS, Groups

FEW = 3  # empty lines below the tables
Choices = list[tuple[str, str]]


class Listed(forms.CharField):
    """Texts, one a line or parted by commas."""

    widget = forms.Textarea(attrs={"rows": 2})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [text.strip() for text in re.split(r"[\n,;]", value or "") if text.strip()]


class ProfileForm(forms.Form):
    """A profile without its layouts' texts and its tables. `groups` are its fields as they stand on the page."""

    code = forms.CharField()
    name = forms.CharField()
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    system = forms.ChoiceField(choices=Profile.System.choices)
    system_name = forms.CharField(required=False)
    connection = forms.ChoiceField(required=False)
    campus = forms.CharField(required=False)
    way = forms.ChoiceField(choices=Profile.Way.choices)
    export_active = forms.BooleanField(required=False)
    days_before_export = forms.IntegerField(min_value=0)
    minimum = forms.IntegerField(required=False, min_value=0)
    identifier_type = forms.CharField(required=False)
    user_groups = Listed(required=False)
    fee_types = Listed(required=False)
    institutional = forms.BooleanField(required=False)
    libraries = Listed(required=False)
    output_path = forms.CharField(required=False)
    export_schedule = forms.CharField(required=False)
    import_active = forms.BooleanField(required=False)
    input_path = forms.CharField(required=False)
    import_schedule = forms.CharField(required=False)
    delivery_connection = forms.ChoiceField(required=False)
    delivery_path = forms.CharField(required=False)
    return_path = forms.CharField(required=False)
    tell = Listed(required=False)

    shown_in: Groups = GROUPS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        named = [(name, name) for name in settings.BURSAR_CONNECTIONS]
        self.choose("connection", [("", "Libra’s own folder"), *named])
        self.choose("delivery_connection", [("", "the same"), *named])
        for name, field in self.fields.items():
            field.label, field.help_text = WORDS[name]
            told = [f"id_{name}_help"] * bool(field.help_text) + [f"id_{name}_error"] * self.is_bound
            field.widget.attrs |= {"aria-describedby": " ".join(told), "autocomplete": "off"}

    def choose(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.shown_in]


class NewForm(ProfileForm):
    """A new profile also takes a layout of those that come with Libra; its text can be changed afterwards."""

    layout = forms.ChoiceField()
    return_layout = forms.ChoiceField(required=False)

    shown_in = (*GROUPS, ("Layouts", ("layout", "return_layout")))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("layout", [(code, layout_toml.load(text).title) for code, text in layout.shipped().items()])
        back = [(code, returns.load(text).title) for code, text in returns.shipped().items()]
        self.choose("return_layout", [("", "none: nothing comes back"), *back])

    def clean_code(self) -> str:
        """A profile named like a page of Libra's could not be opened."""
        code: str = self.cleaned_data["code"]
        if code.casefold() == "new":
            raise forms.ValidationError("“new” is the address of this page. Take another code.")
        return code


class ItemForm(forms.Form):
    fee_type = forms.CharField(label="Fee type", required=False)
    library = forms.CharField(label="Library", required=False)
    sign = forms.ChoiceField(label="Sign", required=False, choices=[("", "both"), ("+", "+ charge"), ("-", "− credit")])
    item_type = forms.CharField(label="Item type", required=False)
    label = forms.CharField(label="Called", required=False)


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class TermForm(forms.Form):
    code = forms.CharField(label="Term")
    starts = _day("From")
    ends = _day("To")


Items = forms.formset_factory(ItemForm, extra=FEW, max_num=1000)
Terms = forms.formset_factory(TermForm, extra=FEW, max_num=500)
