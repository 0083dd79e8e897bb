"""A person with something in every table, and another one who must stay unchanged."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.live.last_seen import Kept
from lti_app.models import (
    AccessReview,
    Base,
    GradeWish,
    Job,
    KeptScore,
    KnownProblem,
    LinkState,
    LiveSection,
    PrepKey,
    PrepPair,
    PrepRow,
    Problem,
    Refusal,
)
from lti_app.school.gradebook import Grade
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.store import audit
from lti_app.store.district import District
from tests.factories import (
    OURS,
    add_alert,
    add_change,
    add_job,
    add_launch,
    add_link,
    add_reader,
    add_removed_assignment,
    add_row,
    add_run,
    add_scope,
    add_score,
    add_section,
    add_staged,
    add_upload,
)

KEY, NUMBER, UID, SEAT = "student:4711", "4711", "88001", "99001"
NAME, SPOKEN, EMAIL = "Zylbersztejn, Quirina", "Quirina Zylbersztejn", "quirina.z@sample.example"
TRACES = ("Zylbersztejn", "Quirina", EMAIL, "quirina.z")
"""What no table may hold of her after she was erased."""
OTHER = "student:1001"
LONG_AGO = timedelta(days=500)


def add_person(session: Session, *, left: timedelta = LONG_AGO, **link: Any) -> None:
    """A student who left, in every table that can hold something of her; a parent and another student."""
    then = clock.now() - left
    state = {"state": LinkState.RELEASED, "changed_at": then, **link}
    payload = f'{{"first_name": "Quirina", "username": "quirina.z", "email": "{EMAIL}"}}'
    hers = {"label": NAME, "payload": payload, "fingerprint": "f", "schoology_id": UID}
    add_link(session, "user", KEY, natural_key=f"S{NUMBER}", **{**hers, **state})
    add_link(session, "user", OTHER, label="Oduya, Bo", schoology_id="88002", changed_at=then)
    add_link(session, "user", "contact:5", label="Parent, Pat", schoology_id="88003", changed_at=then)
    add_link(session, "enrollment", f"7:{KEY}", person=KEY, parent="7", schoology_id=SEAT, label=NAME)
    add_link(session, "enrollment", f"7:{OTHER}", person=OTHER, parent="7", schoology_id="99002")
    add_link(session, "section", "7", label="Algebra", schoology_id="77")
    add_link(session, "parent_link", f"contact:5>{KEY}", parent="contact:5", person=KEY, label="Parent, Pat")
    _add_runs(session, then)
    _add_grades(session)
    _add_decisions(session)
    _add_use_of_the_app(session)
    session.commit()


def _add_runs(session: Session, then: datetime) -> None:
    old = add_run(session, add_job(session, finished_at=then), digest="d", started_at=then, finished_at=then)
    hers = {"label": NAME, "payload": f'"{SPOKEN}"', "record": f'{{"email": "{EMAIL}"}}'}
    add_staged(session, old, "user", KEY, second_key=EMAIL, **hers)
    add_staged(session, old, "enrollment", f"7:{KEY}", person=KEY, parent="7")
    add_change(session, old, 1, sis_id=KEY, schoology_id=UID, label=NAME, after=f'{{"email": "{EMAIL}"}}')
    add_change(session, old, 2, kind="score", sis_id=f"7:5:{NUMBER}", label=f"{NAME}: Essay", after='"9"')
    taken = because(Code.VALUE_TAKEN, name="email", value=EMAIL, who=SPOKEN)
    add_change(session, old, 3, sis_id=OTHER, label="Oduya, Bo", reason=taken, words=f"{EMAIL} is taken")
    old.counts = {"left_out": {"user": [{"code": "other", "values": {"text": SPOKEN}, "count": 1}]}}
    old.checkpoint = {"only": {"kind": "user", "sis_id": KEY, "name": "student 4711"}}
    ident = {"run_id": old.id, "kind": "user"}
    for side, each in (("sis", KEY), ("schoology", UID)):
        facts = {"first_name": "Quirina", "last_name": "Zylbersztejn", "email": EMAIL}
        here = {**ident, "side": side, "ident": each}
        add_row(session, PrepRow, label=NAME, search=NAME.casefold(), facts=facts, **here)
        add_row(session, PrepKey, rule="email", text=EMAIL, **here)
    last = add_run(session, add_job(session), digest="d", started_at=clock.now(), finished_at=clock.now())
    for each in ("students", "staff", "contacts"):
        add_scope(session, last, each, "1", complete=True)
    add_staged(session, last, "user", OTHER, label="Oduya, Bo")


def _row(session: Session, table: type[Base], **values: Any) -> None:
    add_row(session, table, installation_id=OURS, **values)


def _add_grades(session: Session) -> None:
    now = clock.now()
    add_score(session, "77", NUMBER, pushed="9", seen="9", wanted="fine work, Quirina")
    add_section(
        session,
        "77",
        snapshot={"students": {NUMBER: NAME, "1001": "Oduya, Bo"}, "strangers": [[SPOKEN, {"code": ""}]]},
        excused=[NUMBER, "1001"],
        effects={"drops": [{"student_id": NUMBER, "after": "80"}, {"student_id": "1001", "after": "90"}]},
        agreement={"differences": [{"student": {"student_id": NUMBER, "enrollment_id": SEAT, "name": NAME}}]},
        trial={"student_id": NUMBER, "student": NAME, "sent": {"score": "9"}},
    )
    words = {SEAT: "Quirina, well done", "99002": "good"}
    grades = {("5", seat): Grade("5", seat, None, comment=each, timestamp=1) for seat, each in words.items()}
    _row(
        session,
        LiveSection,
        section_id="77",
        far=Kept("x", grades, {SEAT: None}, None, 1).dump(),
        # The last item's id is spelled as the student's, and it is no one's data.
        backlog={"scores": {"5": {NUMBER: "9", "1001": "8"}, NUMBER: {"1001": "7"}}, "over": 0},
        held={"clear": {"5": {NUMBER: ["9", ""], "1001": ["8", ""]}}},
    )
    _row(session, KeptScore, section_id="77", item_id="5", student_id=NUMBER, before="9", kept_at=now)
    add_removed_assignment(session, "77", "5", scores={NUMBER: "9", "1001": "8"}, restored_by=SPOKEN)
    wish = {"shown": {"5": {NUMBER: "9", "1001": "8"}}}
    asked = {"asked_by": SPOKEN, "asked_by_uid": UID, "asked_at": now}
    _row(session, GradeWish, section_id="77", request=wish, **asked)


def _add_decisions(session: Session) -> None:
    now, same = clock.now(), because(Code.OTHER, text=f"The same name as {SPOKEN}.")
    hers, his = ({"kind": "user", "sis_id": key} for key in (KEY, OTHER))
    _row(session, AccessReview, topic="person", label=NAME, state="kept", **hers)
    _row(session, AccessReview, topic="drop", label="Oduya, Bo", reason=same, decided_by=SPOKEN, **his)
    _row(session, Problem, code="x", since=now, seen_run=1, **hers)
    refused = {"action": "create", "fingerprint": "f", "since": now}
    _row(session, Refusal, asked=f'{{"email": "{EMAIL}"}}', **refused, **hers)
    _row(session, Refusal, holder=SPOKEN, **refused, **his)
    _row(session, PrepPair, schoology_id=UID, state="accepted", decided_by=SPOKEN, **hers)
    _row(session, KnownProblem, key="data_prep", at=now, by=SPOKEN)
    add_upload(session, "user", [["pair", UID, KEY], ["pair", "88002", OTHER]])
    lost = because(Code.ROLE_LOST, name=SPOKEN, at=now, zone="UTC")
    add_alert(session, "acting_user", text=lost, ended_at=now)
    audit.record(District(session, OURS), audit.THE_HOST, "Access to review", new="kept", about=("user", KEY))


def _add_use_of_the_app(session: Session) -> None:
    then = clock.now() - LONG_AGO
    add_launch(session, "hers", UID, OURS, name=SPOKEN, role="learner", section_id="77")
    add_reader(session, UID, name=SPOKEN, seen_at=then, confirmed_at=None, allowed_at=None)
    asked = {"asked_by": SPOKEN, "asked_by_uid": UID, "created_at": then, "state": "done"}
    params = {"only": {"kind": "user", "sis_id": KEY}}
    _row(session, Job, kind="live", lane="live", params=params, **asked)
