"""The form of the connection, drawn from what the chosen adapter says of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import current_app, request
from wtforms import Field, Form, PasswordField, SelectChoice, SelectField, StringField

from lti_app.models import SisConnection
from lti_app.setup import connection_entry
from lti_app.setup.connection_entry import Entry
from lti_app.sis import description as adapters
from lti_app.sis import registry
from lti_app.sis.description import Description, FieldKind
from lti_app.vault import Vault
from lti_app.web.shared.fields import secret_field

CHOOSER = "sis"
"""The field that names the adapter."""
FIELDS_OF = "fields_of"
"""The adapter whose fields the page showed when it was posted."""
KEPT = "Leave blank to keep it"


class ConnectionForm:
    """The chooser and the adapter's own fields, as stored or as posted.

    An adapter that was chosen a moment ago has fields that the page did not show yet: then `is_new_choice`.
    """

    def __init__(self, stored: SisConnection, posted: Mapping[str, str] | None = None) -> None:
        self.stored = stored
        name = (posted or {}).get(CHOOSER) or stored.adapter
        self.description = registry.find(name) or registry.first()
        shown = (posted or {}).get(FIELDS_OF) or self.description.name
        self.is_new_choice = shown != self.description.name
        typed = {} if self.is_new_choice else posted
        own = self.description.name == stored.adapter
        self._form = _form_class(self.description)(
            request.form if typed else None,
            data={CHOOSER: self.description.name, **(stored.settings if own else {})},
        )
        for each in self.description.secrets:
            if own and each.name in stored.secret_names:
                self._form[each.name].render_kw["placeholder"] = KEPT

    @property
    def chooser(self) -> Field:
        """Which student information system it is."""
        return self._form[CHOOSER]

    def fields(self) -> Iterator[tuple[Field, bool]]:
        """The adapter's fields in its order, each with whether it has to be filled in."""
        kept = self.stored.secret_names if self.description.name == self.stored.adapter else ()
        for each in self.description.fields:
            yield self._form[each.name], each.required and each.name not in kept

    @property
    def has_choice(self) -> bool:
        """Whether there is more than one to choose from."""
        return len(registry.ADAPTERS) > 1

    def validate(self) -> bool:
        """Mark every field with what is wrong with it; whether nothing is."""
        found = connection_entry.problems(self.entry(), self.stored)
        for name, words in found.items():
            self._form[name].errors = [words]
        return not found

    def entry(self) -> Entry:
        """What was typed."""
        typed = {each.name: self._form[each.name].data or "" for each in self.description.fields}
        return connection_entry.entry_of(self.description.name, typed)


def vault() -> Vault:
    """What seals the secrets."""
    found: Vault = current_app.extensions["wiring"].vault
    return found


def _form_class(described: Description) -> type[Form]:
    systems = [SelectChoice(each.name, each.title) for each in registry.ADAPTERS.values()]
    chooser = SelectField("Student information system", choices=systems, validate_choice=False)
    fields = {each.name: _field(each) for each in described.fields}
    return type("AdapterForm", (Form,), {CHOOSER: chooser, **fields})


def _field(described: adapters.Field) -> PasswordField | SelectField | StringField:
    if described.kind is FieldKind.SECRET:
        return secret_field(described.label, described.longest, described.help)
    if described.kind is FieldKind.CHOICE:
        return SelectField(
            described.label,
            description=described.help,
            choices=[SelectChoice(value, label) for value, label in described.choices],
            validate_choice=False,
        )
    typed_as = {"inputmode": "url"} if described.kind is FieldKind.ADDRESS else {}
    return StringField(
        described.label,
        description=described.help,
        render_kw={
            "maxlength": described.longest,
            "autocomplete": "off",
            "spellcheck": "false",
            **typed_as,
        },
    )
