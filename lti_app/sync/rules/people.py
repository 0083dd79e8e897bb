"""One person is one account: role, main building, unique id, username, e-mail."""

from __future__ import annotations

import re
from dataclasses import replace

from lti_app.school import unique_ids
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.school.records import GuardianLink, Kind, Person, PersonRole, parent_link_id
from lti_app.sync.rules.context import RuleContext, Verdict

USERNAME = re.compile(r"[A-Za-z0-9._~-]+")
"""Characters that Schoology allows in a username (vendor's knowledge base)."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def person(record: Person, context: RuleContext) -> Verdict | None:
    """The account of a person, whatever their roles; None for someone who has left."""
    if not record.active:
        return None
    blank = Verdict(
        kind=Kind.USER,
        sis_id=record.key,
        building=record.main_building,
        role=record.group,
        number=record.number or record.sis_id,
        natural_key=unique_id(record, context),
        label=f"{record.last_name}, {record.first_name}".strip(", "),
    )
    reason = _unusable(record, context)
    if reason:
        return replace(blank, state="blocked", reason=reason)
    role, reason = _role(record, context)
    if not reason and not _homes(record, context):
        reason = because(Code.NO_SCHOOL_SELECTED)
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
    """Schoology's unique id of a person: the prefix of the group and the id that the district chose; empty
    where the SIS doesn't tell it."""
    chosen = unique_ids.value(record, context.options.unique_id)
    return context.options.id_prefixes.get(record.group, "") + chosen if chosen else ""


def _unusable(record: Person, context: RuleContext) -> Reason:
    if not record.sis_id:
        return because(Code.SIS_ID_EMPTY)
    for value, field in ((record.first_name, "first_name"), (record.last_name, "last_name")):
        if not value:
            return because(Code.NAME_EMPTY, field=field)
    if not unique_id(record, context):
        return because(Code.UNIQUE_ID_EMPTY, named=unique_ids.label(context.options.unique_id))
    if not record.roles & set(PersonRole):
        return because(Code.ROLE_UNKNOWN, role=", ".join(sorted(record.roles)) or "none")
    return NO_REASON


def _role(record: Person, context: RuleContext) -> tuple[PersonRole, Reason]:
    """The first of the person's roles, in the order of PersonRole, that is switched on and mapped; else the
    first one, and why it is left out."""
    mine = [each for each in PersonRole if each in record.roles]
    reasons = [_left_out(each, context) for each in mine]
    if NO_REASON in reasons:
        return mine[reasons.index(NO_REASON)], NO_REASON
    return mine[0], reasons[0]


def _left_out(role: PersonRole, context: RuleContext) -> Reason:
    options = context.options
    chosen = {
        PersonRole.STUDENT: options.with_students,
        PersonRole.TEACHER: options.with_staff,
        PersonRole.STAFF: options.with_staff,
        PersonRole.GUARDIAN: options.with_guardians,
    }[role]
    if not chosen:
        return because(Code.ROLE_OFF, role=role)
    if not options.role_ids.get(role):
        return because(Code.ROLE_NOT_CHOSEN, role=role)
    return NO_REASON


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
            reason=because(Code.ROLE_GONE, role=role),
        )
    email = record.email if options.email_source == "sis" else ""
    if email and not EMAIL.fullmatch(email):
        return replace(
            blank,
            state="blocked",
            reason=because(Code.EMAIL_NOT_VALID, email=email),
        )
    key = blank.natural_key
    username = _username(record, email, key, context)
    if username and not USERNAME.fullmatch(username):
        return replace(
            blank,
            state="blocked",
            reason=because(Code.USERNAME_NOT_VALID, username=username),
        )
    if not username and not email:
        return replace(
            blank,
            state="blocked",
            reason=because(Code.NO_USERNAME_OR_EMAIL),
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
