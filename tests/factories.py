"""The one place where tests make rows of the app's tables; what a test does not name has a sensible value."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import (
    ActingUser,
    Alert,
    Audit,
    Base,
    BuildingRow,
    Change,
    Event,
    Installation,
    ItemState,
    Job,
    JobState,
    LaunchSession,
    Lease,
    Link,
    LinkState,
    Platform,
    PrepLine,
    PrepUpload,
    Reader,
    RemovedAssignment,
    Run,
    Scope,
    ScoreState,
    SectionSettings,
    SisConnection,
    Staged,
    Sweep,
    SyncOptions,
    TermRow,
)
from lti_app.sandbox.schoology.lti.claims import subject
from lti_app.school.options import ProvisioningOptions
from tests.support.engines import memory_engine

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OURS, THEIRS = 1, 2
TICKED = {"for_users": True, "for_courses": True, "for_sections": True}
"""A building is chosen on every tab."""
Row = TypeVar("Row", bound=Base)


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def open_database() -> Session:
    """A session on a new database with installations OURS and THEIRS."""
    session = Session(memory_engine())
    add_installation(session, "a", id=OURS, name="Our district")
    add_installation(session, "b", id=THEIRS, name="Their district")
    session.commit()
    return session


def add_row(session: Session, table: type[Base], **values: Any) -> None:
    """A row of any table."""
    _add(session, table(**values))


def add_platform(session: Session, **values: Any) -> Platform:
    """A Schoology whose endpoints no one asks."""
    here = "https://schoology.example"
    far = {"auth_url": f"{here}/a", "token_url": f"{here}/t", "jwks_url": f"{here}/j"}
    given = {"issuer": here, "client_id": "77", **far, "private_key": "sealed", **values}
    return _add(session, Platform(**given))


def add_installation(session: Session, deployment_id: str = "c-1", **values: Any) -> Installation:
    """A district of the given platform, or of the only one, which is made if there is none."""
    platform = values.pop("platform", None) or session.scalars(select(Platform)).first()
    given = {"platform": platform or add_platform(session), "name": "District", **values}
    return _add(session, Installation(deployment_id=deployment_id, **given))


def claimed(uid: str) -> dict[str, Any]:
    """The values of an installation that this user of Schoology has claimed."""
    return {"claimed_by_uid": uid, "claimed_at": clock.now()}


def add_acting_user(session: Session, owner: int = OURS, **values: Any) -> ActingUser:
    now = clock.now()
    given = {"uid": "1", "name": "Avery Admin", "token": "sealed", "token_secret": "sealed", **values}
    return _add(session, ActingUser(installation_id=owner, **{"since": now, "checked_at": now, **given}))


def add_sis_connection(session: Session, owner: int = OURS, **values: Any) -> SisConnection:
    settings = {"domain": "sis.example", "site_code": "1", "login_name": "api"}
    kept = {"secrets": "sealed", "secret_names": ["password"]}
    given = {"adapter": "eschoolplus", "settings": settings, **kept, **values}
    return _add(session, SisConnection(installation_id=owner, **given))


def sis_connection(**values: Any) -> SisConnection:
    """A connection that is in no database."""
    return SisConnection(**values)


def set_options(session: Session, owner: int = OURS, **values: Any) -> SyncOptions:
    """The options of a sync; those of provisioning go by their own names, the rest by the columns'."""
    columns = SyncOptions.__table__.columns.keys()
    of_table = {name: values.pop(name) for name in list(values) if name in columns}
    provisioning = ProvisioningOptions(**values).to_json()
    row = session.merge(SyncOptions(installation_id=owner, provisioning=provisioning, **of_table))
    session.flush()
    return row


def subject_of(uid: str) -> str:
    """The sub with which this user of Schoology launches."""
    return subject(uid, "1234567890")


def add_reader(session: Session, uid: str, owner: int = OURS, **values: Any) -> Reader:
    """A person who was just confirmed as a system administrator by Schoology."""
    now = clock.now()
    said = {"confirmed_at": now, "asked_at": now, "answered": True, "seen_at": now}
    given = {"subject": subject_of(uid), "uid": uid, "name": f"Person {uid}", **said, **values}
    row = session.merge(Reader(installation_id=owner, **given))
    session.flush()
    return row


def add_launch(session: Session, token: str, uid: str, owner: int = OURS, **values: Any) -> LaunchSession:
    """A person who has launched the app; `token` is what their pages carry. Outside courses, an administrator
    is confirmed by Schoology unless `confirmed` is false."""
    now, confirmed = clock.now(), values.pop("confirmed", True)
    person = {"subject": subject_of(uid), "uid": uid, "name": f"Person {uid}", "role": "administrator"}
    given = {**person, "created_at": now, "seen_at": now, "expires_at": now + timedelta(hours=8), **values}
    if confirmed and uid and given["role"] == "administrator" and not given.get("section_id"):
        add_reader(session, uid, owner, subject=given["subject"], name=given["name"])
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    return _add(session, LaunchSession(token_hash=token_hash, installation_id=owner, **given))


def building(sis_id: str, owner: int = OURS, **values: Any) -> BuildingRow:
    """A mapped building that is in no database."""
    given = {"name": f"School {sis_id}", "schoology_id": f"9{sis_id}", "seen_at": clock.now(), **values}
    return BuildingRow(installation_id=owner, sis_id=sis_id, **given)


def add_building(session: Session, sis_id: str, owner: int = OURS, **values: Any) -> BuildingRow:
    return _add(session, building(sis_id, owner, **values))


def term(key: str, **values: Any) -> TermRow:
    """A term of all schools that is in no database, not mapped unless it is told."""
    days = {"name": key, "start": date(2026, 8, 24), "end": date(2027, 6, 12)}
    return TermRow(
        installation_id=OURS,
        key=key,
        **{"parent": "", "buildings": [], "grading_period_id": "", **days, **values},
    )


def add_term(
    session: Session, building: str, period: str, grading_period_id: str = "", **values: Any
) -> TermRow:
    """A term of a school, or of all schools where the building is empty."""
    given = {
        "key": f"{building}|{period}",
        "code": period,
        "buildings": [building] if building else [],
        "school_year": 2026,
        "name": f"Quarter {period}",
        "start": date(2026, 1, 5),
        "end": date(2026, 3, 27),
        "grading_period_title": f"Q{period}" if grading_period_id else "",
        "seen_at": NOON,
        **values,
    }
    return _add(session, TermRow(installation_id=OURS, grading_period_id=grading_period_id, **given))


def _facts(kind: str, sis_id: str, person: str) -> dict[str, str]:
    """Role and number of a record whose key is spelled as these tests spell keys."""
    if kind == "user":
        group, _, number = sis_id.partition(":")
        return {"role": group, "number": number}
    if kind == "course":
        return {"number": sis_id.partition("|")[2]}
    if kind == "enrollment" and person:
        return {"role": "teacher" if person.startswith("staff:") else "student"}
    return {}


def add_link(session: Session, kind: str, sis_id: str, owner: int = OURS, **values: Any) -> Link:
    known = _facts(kind, sis_id, str(values.get("person", "")))
    given = {**known, "schoology_id": f"s-{sis_id}", "state": LinkState.OWNED, "changed_at": NOON, **values}
    return _add(session, Link(installation_id=owner, kind=kind, sis_id=sis_id, **given))


def add_event(session: Session, owner: int = OURS, **values: Any) -> Event:
    """An event of live sync that waits."""
    given = {"received_at": clock.now(), "state": "new", **values}
    return _add(session, Event(installation_id=owner, **given))


def add_job(session: Session, owner: int = OURS, **values: Any) -> Job:
    params = {"what": values.pop("what", "all"), "plan_only": values.pop("plan_only", False)}
    given = {"state": JobState.DONE, "created_at": NOON, "asked_by": "Ada Admin", "params": params, **values}
    return _add(session, Job(installation_id=owner, kind="provision", **given))


def add_run(session: Session, job: Job, **values: Any) -> Run:
    params = {"what": job.params.get("what", "all"), "plan_only": job.params.get("plan_only", False)}
    given = {**params, "state": "done", "started_at": NOON, **values}
    return _add(session, Run(installation_id=job.installation_id, job_id=job.id, **given))


def add_change(session: Session, run: Run, seq: int, **values: Any) -> Change:
    given = {"kind": "user", "action": "create", "sis_id": f"student:{seq}", "state": "done", **values}
    given = {**_facts(given["kind"], given["sis_id"], str(given.get("person", ""))), **given}
    return _add(session, Change(installation_id=run.installation_id, run_id=run.id, seq=seq, **given))


def add_staged(session: Session, run: Run, kind: str, sis_id: str, **values: Any) -> Staged:
    """A record of one run after the rules."""
    return _add(session, Staged(run_id=run.id, kind=kind, sis_id=sis_id, **values))


def add_scope(session: Session, run: Run, kind: str, building: str, **values: Any) -> Scope:
    """A list of one school that a run has read."""
    return _add(session, Scope(run_id=run.id, kind=kind, building=building, **values))


def add_upload(session: Session, kind: str, changes: list[list[str]], owner: int = OURS) -> PrepUpload:
    """A checked file of pairs that waits to be applied."""
    for line, (verb, schoology_id, sis_id) in enumerate(changes, start=2):
        given = {"verb": verb, "schoology_id": schoology_id, "sis_id": sis_id}
        session.add(PrepLine(installation_id=owner, kind=kind, line=line, **given))
    counts = Counter(f"{verb}s" for verb, _, _ in changes)
    made = {"uploaded_by": "Avery Admin", "uploaded_at": clock.now(), **counts}
    return _add(session, PrepUpload(installation_id=owner, kind=kind, **made))


def add_section(session: Session, section_id: str, owner: int = OURS, **values: Any) -> SectionSettings:
    """A section of which someone has opened the grades."""
    given = {"section_key": "1", **values}
    return _add(session, SectionSettings(installation_id=owner, section_id=section_id, **given))


def add_score(
    session: Session, section_id: str, student_id: str, owner: int = OURS, **values: Any
) -> ScoreState:
    """A score of an item of its own."""
    item = _add(session, ItemState(installation_id=owner, section_id=section_id, item_id="5"))
    return _add(session, ScoreState(item_state_id=item.id, student_id=student_id, **values))


def add_removed_assignment(
    session: Session, section_id: str, item_id: str, owner: int = OURS, **values: Any
) -> RemovedAssignment:
    """An assignment that was deleted from the SIS."""
    given = {"section_key": "1", "removed_at": clock.now(), "done": True, **values}
    row = RemovedAssignment(installation_id=owner, section_id=section_id, item_id=item_id, **given)
    return _add(session, row)


def event(section_id: str, owner: int = OURS, **values: Any) -> Event:
    """What Schoology told of a section; in no database yet, for there may be thousands."""
    return Event(installation_id=owner, section_id=section_id, **{"received_at": clock.now(), **values})


def add_sweep(session: Session, owner: int = OURS, **values: Any) -> Sweep:
    return _add(session, Sweep(installation_id=owner, **{"started_at": clock.now(), **values}))


def add_audit(session: Session, owner: int = OURS, **values: Any) -> Audit:
    return _add(session, Audit(installation_id=owner, **{"at": clock.now(), "what": "Time zone", **values}))


def add_lease(session: Session, name: str, **values: Any) -> Lease:
    return _add(session, Lease(name=name, **{"holder": "", "expires_at": clock.now(), **values}))


def add_alert(session: Session, key: str, owner: int = OURS, **values: Any) -> Alert:
    return _add(session, Alert(installation_id=owner, key=key, **{"began_at": clock.now(), **values}))
