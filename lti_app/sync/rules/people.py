"""One person is one account: role, main building, unique id, username, e-mail."""

from __future__ import annotations

import re
from dataclasses import replace

from lti_app.school import unique_ids
from lti_app.school.records import Contact, IdSpace, Kind, Person, PersonRole
from lti_app.sync.rules.context import RuleContext, Verdict

USERNAME = re.compile(r"[A-Za-z0-9._~-]+")
"""Characters that Schoology allows in a username (vendor's knowledge base)."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

ROLE_WORDS = {"student": "students", "teacher": "teachers", "staff": "staff", "guardian": "parents"}


def person(record: Person, context: RuleContext) -> Verdict | None:
    """The account of a student or a member of staff; None for someone who has left."""
    if not record.active:
        return None
    blank = Verdict(
        kind=Kind.USER,
        sis_id=record.key,
        building=record.main_building,
        natural_key=unique_id(record, context),
        label=f"{record.last_name}, {record.first_name}".strip(", "),
    )
    reason = _unusable(record, context)
    if reason:
        return replace(blank, state="blocked", reason=reason)
    reason = _left_out(record, context)
    if reason:
        return replace(blank, state="out", reason=reason)
    return _wanted(record, context, blank)


def contact(record: Contact, context: RuleContext) -> list[Verdict]:
    """The account of a guardian and one parent link for each child, when parents are on."""
    wanted = [g for g in record.guardianships if g.contact_type in context.options.guardian_types]
    if not wanted:
        return []
    account = person(record.person, context)
    if account is None:
        return []
    links = [
        _parent_link(record.person, student_id, account)
        for student_id in sorted({g.student_id for g in wanted})
    ]
    return [account, *links]


def unique_id(record: Person, context: RuleContext) -> str:
    """Schoology's unique id of a person: the prefix of the id space and the id that the district chose; empty
    where the SIS doesn't tell it."""
    chosen = unique_ids.value(record, context.options.unique_id)
    return context.options.id_prefixes.get(record.space, "") + chosen if chosen else ""


def _parent_link(guardian: Person, student_id: str, account: Verdict) -> Verdict:
    student_key = f"{IdSpace.STUDENT}:{student_id}"
    return Verdict(
        kind=Kind.PARENT_LINK,
        sis_id=f"{guardian.key}>{student_key}",
        building=guardian.main_building,
        parent=guardian.key,
        person=student_key,
        payload={},
        state="out" if account.state == "out" else "ok",
        reason=account.reason if account.state == "out" else "",
        label=account.label,
    )


def _unusable(record: Person, context: RuleContext) -> str:
    if not record.sis_id:
        return "The SIS id is empty: give this person an id in the SIS."
    for value, field in ((record.first_name, "first name"), (record.last_name, "last name")):
        if not value:
            return f"The {field} is empty: fill it in the SIS."
    if not unique_id(record, context):
        named = unique_ids.label(context.options.unique_id)
        return f"The SIS has no unique ID for this person ({named}): fill it in the SIS."
    if record.role not in set(PersonRole):
        return (
            f"The role “{record.role}” is not known: expected student, teacher, staff or guardian. "
            "Correct it in the SIS."
        )
    return ""


def _left_out(record: Person, context: RuleContext) -> str:
    options = context.options
    chosen = {
        PersonRole.STUDENT: options.with_students,
        PersonRole.TEACHER: options.with_staff,
        PersonRole.STAFF: options.with_staff,
        PersonRole.GUARDIAN: options.with_guardians,
    }[PersonRole(record.role)]
    words = ROLE_WORDS[record.role]
    if not chosen:
        return f"Syncing {words} is switched off on the Users tab."
    if not options.role_ids.get(record.role):
        return f"No Schoology role is chosen for {words} on the Users tab."
    if not _homes(record, context):
        return "None of the buildings is both mapped and ticked on the Users tab."
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


def _wanted(record: Person, context: RuleContext, blank: Verdict) -> Verdict:
    options = context.options
    role_id = options.role_ids[record.role]
    if context.known_role_ids and role_id not in context.known_role_ids:
        return replace(
            blank,
            state="blocked",
            reason=f"The Schoology role chosen for {ROLE_WORDS[record.role]} does not exist any more: "
            "choose another on the Users tab.",
        )
    email = record.email if options.email_source == "sis" else ""
    if email and not EMAIL.fullmatch(email):
        return replace(
            blank,
            state="blocked",
            reason=f"The e-mail address “{email}” is not valid: correct it in the SIS.",
        )
    key = unique_id(record, context)
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
