"""One person is one account: role, main building, unique id, username, email."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from lti_app.school import unique_ids
from lti_app.school.options import ProvisioningOptions
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because, several
from lti_app.school.records import GuardianLink, Kind, Person, PersonRole, parent_link_id
from lti_app.sync.rules.context import RuleContext, Verdict

USERNAME = re.compile(r"[A-Za-z0-9._~-]+")
"""Characters that Schoology allows in a username (vendor's knowledge base)."""
EMAIL = re.compile(r"[^@\s,;:<>()\[\]\\\"]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_][\w-]*[^\W_]")
"""One address with a domain."""
YEARS = range(1900, 2201)
"""Years in which someone may graduate."""
WARNINGS = {"username": Code.USERNAME_UNUSABLE, "email": Code.EMAIL_UNUSABLE}
_PAYLOAD_FIELDS = {"login": "username"}


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
    where the SIS doesn't tell it.

    A linked account keeps the prefix of the group that it was made for: people sign in by this id, and a
    student who becomes an employee, or a teacher who is only a parent now, is still the same person.
    """
    chosen = unique_ids.value(record, context.options.unique_id)
    if not chosen:
        return ""
    has = context.account_ids.get(record.key, "")
    if has in {prefix + chosen for prefix in context.options.prefixes.values()}:
        return has
    return context.options.prefixes[record.group] + chosen


def _unusable(record: Person, context: RuleContext) -> Reason:
    if not record.sis_id:
        return because(Code.SIS_ID_EMPTY)
    for value, field in ((record.first_name, "first_name"), (record.last_name, "last_name")):
        if not value:
            return because(Code.NAME_EMPTY, field=field)
    key = unique_id(record, context)
    if not key:
        return because(Code.UNIQUE_ID_EMPTY, named=unique_ids.label(context.options.unique_id))
    if "," in key:
        return because(Code.COMMA_IN_UNIQUE_ID, key=key)
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
    email, username, warnings = _ways_in(record, blank.natural_key, context)
    kept = tuple(warnings)
    homes = _homes(record, context)
    schoology_homes = [context.buildings[each].schoology_id for each in homes]
    others = sorted(set(schoology_homes[1:]) - {schoology_homes[0]})
    payload = {
        "school_uid": blank.natural_key,
        "role_id": role_id,
        "first_name": record.first_name,
        "middle_name": record.middle_name,
        "last_name": record.last_name,
        "username": username,
        "email": email,
        "building_id": schoology_homes[0],
        "additional_building_ids": others,
        "graduation_year": None if "graduation_year" in kept else record.graduation_year,
    }
    wanted = replace(
        blank,
        building=homes[0],
        payload=payload,
        second_key=email.lower(),
        kept_fields=kept,
        reason=several(*warnings.values()),
    )
    if username or email:
        return wanted
    left_out = {field: values["value"] for field, why in warnings.items() if (values := why.values)}
    bad = [
        because(Code.USERNAME_NOT_VALID, username=left_out["username"])
        if "username" in left_out
        else NO_REASON,
        because(Code.EMAIL_NOT_VALID, email=left_out["email"]) if "email" in left_out else NO_REASON,
    ]
    return replace(wanted, state="blocked", reason=several(*bad) or because(Code.NO_USERNAME_OR_EMAIL))


def _ways_in(record: Person, key: str, context: RuleContext) -> tuple[str, str, Mapping[str, Reason]]:
    """The email, the username, and each field of the payload that is left out, with the warning."""
    options = context.options
    left_out = {
        _PAYLOAD_FIELDS.get(field, field): value
        for field, value in record.bad_fields
        if _is_used(field, options)
    }
    email = record.email if options.email_source == "sis" else ""
    if email and not EMAIL.fullmatch(email):
        left_out["email"], email = email, ""
    username = _username(record, email, key, context)
    if username and not USERNAME.fullmatch(username):
        left_out["username"], username = username, ""
    year = record.graduation_year
    if year is not None and year not in YEARS:
        left_out["graduation_year"] = str(year)
    warnings = {
        field: because(WARNINGS.get(field, Code.FIELD_LEFT_OUT), field=field, value=value)
        for field, value in left_out.items()
    }
    if not username and options.username_source in ("login", "email_local_part"):
        warnings.setdefault("username", NO_REASON)
    return email, username, warnings


def _is_used(field: str, options: ProvisioningOptions) -> bool:
    if field == "email":
        return options.email_source == "sis"
    if field == "grade":
        return False
    return field != "login" or options.username_source == "login"


def _username(record: Person, email: str, key: str, context: RuleContext) -> str:
    return {
        "login": record.login,
        "email": "",
        "email_local_part": email.partition("@")[0],
        "unique_id": key,
        "none": "",
    }[context.options.username_source]
