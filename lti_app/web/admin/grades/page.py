"""The Grades page of the Configuration tab: exceptions, conflicts, comments, courses to configure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from flask import abort, g, request

from lti_app.extensions import db
from lti_app.grades import doubt
from lti_app.grades.course import coverage
from lti_app.grades.rows.section import policy_of
from lti_app.lti import sessions
from lti_app.lti.claims import Launch
from lti_app.lti.roles import LaunchRole
from lti_app.models import LinkState, SyncOptions
from lti_app.runs import names
from lti_app.school.grade_policy import (
    MOST_SCHOOL_DAYS,
    NEVER_UNKNOWN,
    Digest,
    ExceptionRule,
    GradePolicy,
    Handling,
    Joined,
    Uncounted,
    Ungraded,
)
from lti_app.school.gradebook import ScoreException
from lti_app.school.records import Kind
from lti_app.setup import connection
from lti_app.store import audit, links
from lti_app.store.paging import SIZE, Page
from lti_app.web import access
from lti_app.web.access import acting_user_only, admin_reader, launched, own_district, who
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.course import home
from lti_app.web.course.grade_words import FIELDS
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place
from lti_app.web.shared.sis_facts import capabilities
from lti_app.web.shared.tab import Message

Choice = TypeVar("Choice", Digest, Joined, Ungraded)
EXCEPTIONS = {
    ScoreException.EXCUSED: "Excused",
    ScoreException.INCOMPLETE: "Incomplete",
    ScoreException.MISSING: "Missing",
    ScoreException.UNKNOWN: "Any other exception",
}
HANDLINGS = {
    Handling.EXEMPT: "Exempt: not averaged",
    Handling.MARK: "This mark of the school",
    Handling.MISSING: "Zero, flagged as missing",
    Handling.ZERO: "Zero",
    Handling.BLANK: "Blank",
    Handling.SKIP: "Don’t send",
}
LONGEST_CODE = 255
"""Characters of a mark's code: far more than any SIS has. A longer one is refused, never cut."""
DIGESTS = {
    Digest.DAILY: "Once a school day",
    Digest.WEEKLY: "Once a week",
    Digest.OFF: "Never",
}
UNGRADED = {
    Ungraded.WAIT: "Wait for the first score; the teacher can send it earlier",
    Ungraded.SEND: "Send it: the SIS counts zero for everyone",
}
JOINED = {
    Joined.ASK: "The teacher decides for each student",
    Joined.EXCUSE: "Excuse it in the SIS, even if another section has scores for it",
}
UNCOUNTED = {
    Uncounted.STOP: "Don’t send it",
    Uncounted.NOTHING: "Send it with 0 points and without scores",
}


def render(messages: Sequence[Message] = (), **more: Any) -> str:
    """The page as it stands."""
    district = own_district()
    policy = policy_of(district)
    templates = {(each.building, each.course): True for each in policy.templates}
    open_courses = coverage.not_configured(district, templates)
    number = max(1, request.form.get("page", 1, type=whole))
    rows = open_courses[(number - 1) * SIZE : number * SIZE]
    return show(
        "configuration",
        "admin/grades.html",
        messages,
        policy=policy,
        grades_off=connection.read(district).gradebook_problem,
        doubt=doubt.find(district),
        score_fields=FIELDS,
        exceptions=EXCEPTIONS,
        handlings=_handlings(),
        uncounted=UNCOUNTED,
        ungraded=UNGRADED,
        joined=JOINED,
        most_school_days=MOST_SCHOOL_DAYS,
        never_unknown=NEVER_UNKNOWN,
        digests=DIGESTS,
        page=Page(rows, number, len(open_courses)),
        names=names.names(district),
        **more,
    )


@blueprint.post("/grades")
@admin_reader
@place("page")
def grades() -> str:
    """Show the page."""
    return render()


@blueprint.post("/grades/policy")
@acting_user_only
def grades_policy() -> str:
    """Store the exception table, the rule for conflicts, and whether comments are sent."""
    rules = {each: _rule(each) for each in EXCEPTIONS}
    unclear = [EXCEPTIONS[each] for each, rule in rules.items() if rule is None]
    if unclear:
        text = (
            f"Nothing was saved. Enter the mark’s code for {', '.join(unclear)}. A code can have up to "
            f"{LONGEST_CODE} characters."
        )
        return render([("danger", text)])
    before = policy_of(own_district())
    wanted = replace(
        before,
        exceptions={each: rule for each, rule in rules.items() if rule is not None},
        ask=request.form.get("conflicts") == "ask",
        comments=request.form.get("comments") == "yes",
        digest=_chosen("digest", before.digest),
        uncounted=_uncounted(before),
        ungraded=_chosen("ungraded", before.ungraded),
        joined=_chosen("joined", before.joined),
        school_days=_school_days(before),
    )
    _save(before, wanted)
    return render([("success", "Saved. This applies from the next grade sync.")])


@blueprint.post("/grades/ask")
@acting_user_only
def grades_ask() -> str:
    """Ask teachers from now on before a score is replaced that was typed in the SIS."""
    before = policy_of(own_district())
    _save(before, replace(before, ask=True))
    return render([("success", "Saved. Scores typed in the SIS wait for the teacher from now on.")])


def _handlings() -> dict[Handling, str]:
    """What the SIS can do in place of a score, and what the district has chosen already."""
    sis, policy = capabilities(), policy_of(own_district())
    can = {
        Handling.EXEMPT: sis.exempt or sis.marks,
        Handling.MARK: sis.marks,
        Handling.MISSING: sis.flags,
        Handling.BLANK: sis.clear,
    }
    chosen = {policy.rule(each).handling for each in EXCEPTIONS}
    return {each: text for each, text in HANDLINGS.items() if can.get(each, True) or each in chosen}


def _uncounted(before: GradePolicy) -> Uncounted:
    """What was posted about items that do not count; as before where the page does not ask."""
    try:
        return Uncounted(request.form.get("uncounted", before.uncounted))
    except ValueError:
        abort(400)


def _chosen(name: str, before: Choice) -> Choice:
    """What was posted of a choice; as before where it is none of them."""
    given = request.form.get(name, str(before))
    return type(before)(given) if given in list(type(before)) else before


def _school_days(before: GradePolicy) -> int:
    """After how many school days work without a due date counts, as posted and inside what is allowed."""
    given = request.form.get("school_days", before.school_days, type=whole)
    return min(max(given, 1), MOST_SCHOOL_DAYS)


def _rule(exception: ScoreException) -> ExceptionRule | None:
    """The rule as posted; None for a mark without a code, or with one that is too long."""
    try:
        handling = Handling(request.form.get(f"handling-{exception}", ""))
    except ValueError:
        abort(400)
    if exception == ScoreException.UNKNOWN and handling in NEVER_UNKNOWN:
        abort(400)
    mark = request.form.get(f"mark-{exception}", "").strip()
    if handling == Handling.MARK and not 0 < len(mark) <= LONGEST_CODE:
        return None
    return ExceptionRule(handling, mark if handling == Handling.MARK else "")


def _save(before: GradePolicy, wanted: GradePolicy) -> None:
    district = own_district()
    for exception, word in EXCEPTIONS.items():
        old, new = before.rule(exception), wanted.rule(exception)
        audit.record(district, who(), f"Grades: {word}", old=_said(old), new=_said(new))
    audit.record(
        district, who(), ("Grades: score changed in the SIS"), old=_conflict(before), new=_conflict(wanted)
    )
    audit.record(
        district, who(), ("Grades: send comments"), old=_yes(before.comments), new=_yes(wanted.comments)
    )
    audit.record(
        district, who(), "Grades: email to teachers", old=DIGESTS[before.digest], new=DIGESTS[wanted.digest]
    )
    audit.record(
        district,
        who(),
        "Grades: past-due work without scores",
        old=UNGRADED[before.ungraded],
        new=UNGRADED[wanted.ungraded],
    )
    audit.record(
        district,
        who(),
        "Grades: students who join late",
        old=JOINED[before.joined],
        new=JOINED[wanted.joined],
    )
    audit.record(
        district,
        who(),
        "Grades: school days until work without a due date counts",
        old=before.school_days,
        new=wanted.school_days,
    )
    audit.record(
        district,
        who(),
        "Grades: items that don’t count",
        old=UNCOUNTED[before.uncounted],
        new=UNCOUNTED[wanted.uncounted],
    )
    row = db.session.get(SyncOptions, district.id) or SyncOptions(installation_id=district.id)
    row.grades = wanted.to_json()
    db.session.add(row)
    db.session.commit()


def _said(rule: ExceptionRule) -> str:
    return f"{HANDLINGS[rule.handling]} {rule.mark}".strip()


def _conflict(policy: GradePolicy) -> str:
    return "ask the teacher" if policy.ask else "send the Schoology score"


def _yes(on: bool) -> str:
    return "yes" if on else "no"


@blueprint.post("/grades/open")
@acting_user_only
def grades_open() -> str:
    """Open a course's page for its teacher: a launch session of its own, bound to that course."""
    section_id = request.form.get("section", "")
    link = links.read.by_schoology_id(own_district(), Kind.SECTION, section_id)
    if link is None or link.state not in LinkState.in_use():
        abort(404)
    here = launched()
    audit.record(
        own_district(),
        who(),
        "Course {}: opened for the teacher",
        new=section_id,
        named=link.label or section_id,
    )
    token = sessions.open_session(
        own_district(),
        Launch(
            platform_id=g.installation.platform_id,
            deployment_id=g.installation.deployment_id,
            subject=here.subject,
            uid=here.uid,
            name=here.name,
            role=LaunchRole.ADMINISTRATOR,
            section_id=section_id,
            section_title=link.label,
            domain=here.domain,
            time_zone=here.time_zone,
        ),
        cookie_bound=here.cookie_bound,
        opened_from=here.token_hash,
    )
    db.session.commit()
    access.load_session(token)
    return home.render()
