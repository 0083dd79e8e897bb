"""One person is one account: role, main building, unique id, username, e-mail."""

from __future__ import annotations

import re
from dataclasses import replace

from lti_app.school.records import GuardianLink, Kind, Person, PersonRole, parent_link_id
from lti_app.sync.rules.context import RuleContext, Verdict

USERNAME = re.compile(r"[A-Za-z0-9._~-]+")
"""Characters that Schoology allows in a username (vendor's knowledge base)."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

ROLE_WORDS = {"student": "students", "teacher": "teachers", "staff": "staff", "guardian": "parents"}


def person(record: Person, context: RuleContext) -> Verdict | None:
    """The account of a person, whatever their roles; None for someone who has left."""
    if not record.active:
        return None
    blank = Verdict(
        kind=Kind.USER,
        sis_id=record.key,
        building=record.main_building,
        role=record.group,
        number=record.number,
        natural_key=unique_id(record, context),
        label=f"{record.last_name}, {record.first_name}".strip(", "),
    )
    reason = _unusable(record)
    if reason:
        return replace(blank, state="blocked", reason=reason)
    role, reason = _role(record, context)
    if not reason and not _homes(record, context):
        reason = "None of the buildings is both mapped and ticked on the Users tab."
    if reason:
        return replace(blank, state="out", reason=reason)
    return _wanted(record, context, blank, role)


def guardian_link(record: GuardianLink, context: RuleContext) -> Verdict | None:
    """The desired parent link; None for a contact of another type, or when parents are off.

    School and label are those of the parent, once everybody was read.
    """
    if not context.options.with_guardians or record.kind not in context.options.guardian_types:
        return None
    return Verdict(
        kind=Kind.PARENT_LINK,
        sis_id=parent_link_id(record.person, record.student),
        building="",
        parent=record.person,
        person=record.student,
        payload={},
    )


def unique_id(record: Person, context: RuleContext) -> str:
    """Schoology's unique id of a person: the prefix of the group and the number."""
    return context.options.id_prefixes.get(record.group, "") + record.number


def _unusable(record: Person) -> str:
    if not record.number:
        return "The SIS id is empty: give this person an id in the SIS."
    for value, field in ((record.first_name, "first name"), (record.last_name, "last name")):
        if not value:
            return f"The {field} is empty: fill it in the SIS."
    if not record.roles & set(PersonRole):
        told = ", ".join(sorted(record.roles)) or "none"
        return (
            f"The role “{told}” is not known: expected student, teacher, staff or guardian. "
            "Correct it in the SIS."
        )
    return ""


def _role(record: Person, context: RuleContext) -> tuple[PersonRole, str]:
    """The first of the person's roles, in the order of PersonRole, that is switched on and mapped; else the
    first one, and why it is left out."""
    mine = [each for each in PersonRole if each in record.roles]
    reasons = [_left_out(each, context) for each in mine]
    if "" in reasons:
        return mine[reasons.index("")], ""
    return mine[0], reasons[0]


def _left_out(role: PersonRole, context: RuleContext) -> str:
    options = context.options
    chosen = {
        PersonRole.STUDENT: options.with_students,
        PersonRole.TEACHER: options.with_staff,
        PersonRole.STAFF: options.with_staff,
        PersonRole.GUARDIAN: options.with_guardians,
    }[role]
    words = ROLE_WORDS[role]
    if not chosen:
        return f"Syncing {words} is switched off on the Users tab."
    if not options.role_ids.get(role):
        return f"No Schoology role is chosen for {words} on the Users tab."
    return ""


def _homes(record: Person, context: RuleContext) -> list[str]:
    """SIS buildings that count, the main one first: the SIS's own main building if it is chosen, else the
    chosen one with the lowest id."""
    every = [record.main_building, *sorted(set(record.other_buildings) - {record.main_building})]
    return [
        each
        for each in every
        if (choice := context.buildings.get(each)) is not None and choice.schoology_id and choice.for_users
    ]


def _wanted(record: Person, context: RuleContext, blank: Verdict, role: PersonRole) -> Verdict:
    options = context.options
    role_id = options.role_ids[role]
    if context.known_role_ids and role_id not in context.known_role_ids:
        return replace(
            blank,
            state="blocked",
            reason=f"The Schoology role chosen for {ROLE_WORDS[role]} does not exist any more: "
            "choose another on the Users tab.",
        )
    email = record.email if options.email_source == "sis" else ""
    if email and not EMAIL.fullmatch(email):
        return replace(
            blank,
            state="blocked",
            reason=f"The e-mail address “{email}” is not valid: correct it in the SIS.",
        )
    key = blank.natural_key
    username = _username(record, email, key, context)
    if username and not USERNAME.fullmatch(username):
        return replace(
            blank,
            state="blocked",
            reason=f"The username “{username}” has a blank or a character that Schoology does not allow "
            "(letters, digits, . - _ ~): correct the login in the SIS.",
        )
    if not username and not email:
        return replace(
            blank,
            state="blocked",
            reason="There is neither a username nor an e-mail address, and Schoology needs one of them: "
            "fill in the login or the e-mail in the SIS, or choose another username source on the Users tab.",
        )
    homes = _homes(record, context)
    schoology_homes = [context.buildings[each].schoology_id for each in homes]
    others = sorted(set(schoology_homes[1:]) - {schoology_homes[0]})
    payload = {
        "school_uid": key,
        "role_id": role_id,
        "first_name": record.first_name,
        "middle_name": record.middle_name,
        "last_name": record.last_name,
        "username": username,
        "email": email,
        "building_id": schoology_homes[0],
        "additional_building_ids": others,
        "graduation_year": record.graduation_year,
    }
    return replace(blank, building=homes[0], payload=payload, second_key=email.lower())


def _username(record: Person, email: str, key: str, context: RuleContext) -> str:
    return {
        "login": record.login,
        "email": "",
        "email_local_part": email.partition("@")[0],
        "unique_id": key,
        "none": "",
    }[context.options.username_source]
