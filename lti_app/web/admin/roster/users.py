"""The Users tab: buildings, who, roles, unique ids, usernames, sync, and who left the SIS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wtforms import (
    BooleanField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import Length, Regexp

from lti_app.school.options import ProvisioningOptions
from lti_app.school.records import Kind, PersonGroup, PersonRole
from lti_app.setup import choices
from lti_app.setup.choices import Choice
from lti_app.setup.roles import suggested_role
from lti_app.web.access import acting_user_only, own_district
from lti_app.web.admin.roster import lookups, tab
from lti_app.web.admin.roster.forms import ChoiceForm
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.tab import INVALID

USERNAMES = [
    SelectChoice("login", "SIS login name"),
    SelectChoice("email", "None (people sign in with their email)"),
    SelectChoice("email_local_part", "Email name (the part before @)"),
    SelectChoice("unique_id", "Unique ID"),
    SelectChoice("none", "None"),
]
EMAILS = [
    SelectChoice("sis", "SIS email"),
    SelectChoice("none", "None (people sign in with their username)"),
]
NOT_SYNCED = SelectChoice("", "Not synced")


def _role_field(label: str) -> SelectField:
    return SelectField(label, choices=[NOT_SYNCED], validate_choice=False)


def _prefix_field(label: str) -> StringField:
    return StringField(
        label,
        validators=[
            Length(max=12),
            Regexp(
                r"[A-Za-z0-9._-]*$", message="Use only letters, digits, periods, underscores, and hyphens."
            ),
        ],
        filters=[lambda text: (text or "").strip()],
        render_kw={"maxlength": 12, "autocomplete": "off", "spellcheck": "false"},
    )


class UsersForm(ChoiceForm):
    """Buildings and every choice about people."""

    suggested = False
    """Whether the roles are the app's proposal and not yet anybody's choice."""
    option_names = (
        "with_students",
        "with_staff",
        "with_guardians",
        "ends_parent_links",
        "username_source",
        "email_source",
    )

    with_students = BooleanField("Students")
    with_staff = BooleanField("Teachers and other staff")
    with_guardians = BooleanField("Parents (linked to their children)")
    guardian_types = SelectMultipleField("Contact types to sync as parents", validate_choice=False)
    ends_parent_links = BooleanField("End parent links when the SIS removes the parent")
    role_student = _role_field("Students")
    role_teacher = _role_field("Teachers")
    role_staff = _role_field("Other staff")
    role_guardian = _role_field("Parents")
    prefix_student = _prefix_field("Student prefix")
    prefix_staff = _prefix_field("Staff prefix")
    prefix_contact = _prefix_field("Parent prefix")
    username_source = SelectField("Username", choices=USERNAMES)
    email_source = SelectField("Email", choices=EMAILS)

    def validate_guardian_types(self, field: SelectMultipleField) -> None:
        """Parents need at least one type, and only types that are offered can be selected."""
        if self.with_guardians.data and not field.data:
            raise ValidationError("Select at least one contact type or turn parents off.")
        if not set(field.data or ()) <= {each.value for each in field.choices}:
            raise ValidationError("Select contact types from the list. It has changed since you opened it.")

    @classmethod
    def from_choice(cls, choice: Choice) -> UsersForm:
        """The form as it shows what is kept; before the first choice of roles, the likeliest ones."""
        options = choice.options
        values: dict[str, Any] = {name: getattr(options, name) for name in cls.option_names}
        roles = options.role_ids
        form = cls(
            data={
                "buildings": sorted(choice.buildings),
                "guardian_types": list(options.guardian_types),
                **{f"role_{role}": roles.get(role, "") for role in PersonRole},
                **{f"prefix_{group}": options.id_prefixes.get(group, "") for group in PersonGroup},
                **values,
            }
        )
        form.suggest(options)
        form.offer(options)
        return form

    def suggest(self, options: ProvisioningOptions) -> None:
        """Propose the likeliest roles while no one has chosen any."""
        if options.role_ids or any(self[f"role_{role}"].data for role in PersonRole):
            return
        for role in PersonRole:
            self[f"role_{role}"].data = suggested_role(role, options)
        self.suggested = any(self[f"role_{role}"].data for role in PersonRole)

    def offer(self, options: ProvisioningOptions) -> None:
        """Fill the list of contact types and the four lists of roles; a role that Schoology no longer has
        stays visible by its id."""
        self.guardian_types.choices = [
            SelectChoice(code, name) for code, name in choices.contact_types(own_district(), options).items()
        ]
        by_title = sorted(options.known_roles.items(), key=lambda each: each[1].casefold())
        known = [SelectChoice(role_id, title) for role_id, title in by_title]
        for role in PersonRole:
            field = self[f"role_{role}"]
            field.choices = [NOT_SYNCED, *known]
            if field.data and field.data not in options.known_roles:
                field.choices.append(
                    SelectChoice(field.data, f"Role {field.data} (refresh roles to see its name)")
                )

    def wanted(self, now: Choice) -> Choice:
        """The choice that the form asks for."""
        base = super().wanted(now)
        return replace(
            base,
            options=replace(
                base.options,
                guardian_types=tuple(self.guardian_types.data or ()),
                role_ids={
                    role: self[f"role_{role}"].data for role in PersonRole if self[f"role_{role}"].data
                },
                id_prefixes={str(group): self[f"prefix_{group}"].data or "" for group in PersonGroup},
            ),
        )


TAB = tab.SyncTab("users", "Users", Kind.USER, UsersForm)


@blueprint.post("/users/refresh-roles")
@acting_user_only
def users_refresh_roles() -> str:
    """Read the roles of Schoology again; what was typed stays in the form."""
    message = lookups.refresh_roles()
    form = tab.posted(TAB)
    assert isinstance(form, UsersForm)
    form.suggest(choices.current(own_district(), TAB.name).options)
    return tab.page(TAB, form=form, messages=[message])


@blueprint.post("/users/people")
@acting_user_only
def users_people() -> str:
    """Show five real people under the choices in the form, saved or not."""
    form = tab.posted(TAB)
    if not form.validate():
        return tab.page(TAB, form=form, messages=[INVALID])
    people, message = lookups.five_people(form)
    return tab.page(TAB, form=form, people=people, messages=[message])
