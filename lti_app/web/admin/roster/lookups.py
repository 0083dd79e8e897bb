"""What the Users tab asks the two systems while a person waits: Schoology's roles, five people of the SIS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lti_app import clock, formats
from lti_app.models import Installation
from lti_app.school.reasons import Reason
from lti_app.schoology.port import Schoology
from lti_app.setup import choices
from lti_app.sis.port import Sis
from lti_app.sync.review import preview
from lti_app.web.access import own_district
from lti_app.web.admin.roster.forms import ChoiceForm
from lti_app.web.shared import ask_systems
from lti_app.web.shared.tab import Message

Person = tuple[str, Mapping[str, Any], Reason]
"""Name in the SIS, what Schoology would get, and why not (or what was changed)."""
READ: Message = ("info", "Showing people from the SIS. Nothing was saved or sent.")
NOBODY: Message = (
    "warning",
    "The SIS returned no students or staff. Check the login’s permissions in the SIS.",
)


def refresh_roles() -> Message:
    """Read Schoology's roles and keep their titles; says how it went."""
    return ask_systems.ask_schoology(_keep_roles)


def five_people(form: ChoiceForm) -> tuple[Sequence[Person], Message]:
    """Up to five real people under the choices of a form; nothing is stored or sent."""
    district = own_district()
    wanted = form.wanted(choices.current(district, "users"))
    today = clock.today(district.session.get_one(Installation, district.id).time_zone)
    people: list[Person] = []

    def ask(sis: Sis) -> Message:
        people.extend(preview.five_people(district, sis, wanted, today=today))
        return READ if people else NOBODY

    message = ask_systems.ask_sis(ask)
    return people, message


def _keep_roles(schoology: Schoology) -> Message:
    district = own_district()
    district.session.commit()
    known = {role.id: role.title for role in schoology.roles()}
    options = choices.current(district, "users").options
    choices.save_options(district, replace(options, known_roles=known))
    district.session.commit()
    return (
        "success",
        f"Schoology has {formats.counted(len(known), 'role')}. Choose a role for each group, then save.",
    )
