"""What the forms of the Users, Courses and Sections tabs share: buildings to tick, and templates to check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wtforms import Form, HiddenField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from lti_app.models import BuildingRow
from lti_app.school.options import ProvisioningOptions
from lti_app.school.templates import fill, same_for, unknown_fields
from lti_app.setup.choices import Choice

TEMPLATE_LENGTH = 120


class KnownFields:
    """Refuses a template with a field that the rules do not fill, naming those that they do."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = allowed

    def __call__(self, _form: Form, field: StringField) -> None:
        wrong = unknown_fields(field.data or "", self._allowed)
        if wrong or (field.data or "").count("{") != (field.data or "").count("}"):
            named = ", ".join(f"{{{name}}}" for name in wrong) or "an unmatched brace"
            offered = ", ".join(f"{{{name}}}" for name in self._allowed)
            raise ValidationError(f"You can’t use {named} here. Use text and any of: {offered}.")


class TellsApart:
    """Refuses a template that gives two records the same text, naming both; `hint` says what is missing."""

    def __init__(self, records: Sequence[Mapping[str, str]], hint: str) -> None:
        self._records = records
        self._hint = hint

    def __call__(self, _form: Form, field: StringField) -> None:
        found = same_for(field.data or "", self._records)
        if found is not None:
            text, one, other = found
            raise ValidationError(f"{one} and {other} would both get “{text}”. {self._hint}")


def template_field(
    label: str,
    allowed: Sequence[str],
    example: Mapping[str, str],
    help_text: str,
    *,
    apart: TellsApart | None = None,
) -> Any:
    """A template with its checks; the example shows what the template that is kept would give."""
    return StringField(
        label,
        description=help_text,
        validators=[
            InputRequired("Enter a template, such as one of the placeholders below."),
            Length(max=TEMPLATE_LENGTH),
            KnownFields(allowed),
            *([apart] if apart else []),
        ],
        filters=[lambda text: " ".join((text or "").split())],
        render_kw={
            "maxlength": TEMPLATE_LENGTH,
            "autocomplete": "off",
            "spellcheck": "false",
            "data-example": "|".join(f"{name}={value}" for name, value in example.items()),
        },
    )


def example_of(template: str, example: Mapping[str, str]) -> str:
    """What a template gives for the example record."""
    return fill(template, example)


class ChoiceForm(Form):
    """The part that the three tabs share. `confirmed` holds the narrowing that the person has been shown."""

    buildings = SelectMultipleField("Schools", validate_choice=False)
    confirmed = HiddenField()

    option_names: Sequence[str] = ()
    """Fields that are options of the same name."""

    @classmethod
    def from_choice(cls, choice: Choice) -> ChoiceForm:
        """The form as it shows what is kept."""
        values = {name: getattr(choice.options, name) for name in cls.option_names}
        return cls(data={"buildings": sorted(choice.buildings), **values})

    def wanted(self, now: Choice) -> Choice:
        """The choice that the form asks for; options of other tabs stay as they are."""
        options = replace(now.options, **{name: self[name].data for name in self.option_names})
        return Choice(frozenset(self.buildings.data or ()), options)

    def offer(self, options: ProvisioningOptions) -> None:
        """Fill lists whose entries depend on what is kept."""

    def tick(self, rows: Iterable[BuildingRow]) -> None:
        """Tick these buildings without saving."""
        self.buildings.data = [row.sis_id for row in rows]
