"""What has happened: runs, their changes, the audit. Reads only, and always for one installation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import ACTIVE_STATES, Audit, Change, ChangeState, Job, JobState, Run
from lti_app.runs import audit_lines
from lti_app.runs.audit_lines import AuditLine
from lti_app.runs.words.reasons import codes_saying
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, main_code, other
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.store.paging import CHUNK, SIZE, Page, page_of

COLLISIONS = (
    Code.VALUE_TAKEN,
    Code.VALUE_TAKEN_BY_ACCOUNT,
    Code.KEY_SHARED,
    Code.KEY_SHARED_WITH,
    Code.NUMBER_SHARED,
    Code.EMAIL_SHARED_NO_USERNAME,
)
"""Why a record waits until someone changes it or another one."""
PROVISION, GRADES, LIVE, CATEGORIES = "provision", "grades", "live", "categories"
"""The kinds of jobs that sync users, courses and sections, and the grades of one section by hand or live, and
that make the SIS's categories in Schoology."""


ORDERS: Mapping[str, tuple[Any, ...]] = {
    "name": (Change.label,),
    "school": (Change.building, Change.label),
    "reason": (Change.reason_code, Change.label),
}
"""Orders of a list of changes beside that of sending."""


@dataclass(frozen=True)
class RunLine:
    """A provisioning job with its run; a job that waits, or could not start, has none."""

    job: Job
    run: Run | None


@dataclass(frozen=True)
class ChangeFilter:
    """Which changes of a run to show; empty text means any."""

    kind: str = ""
    action: str = ""
    building: str = ""
    outcome: str = ""
    text: str = ""
    reason: str = ""
    """The code of a reason."""
    order: str = ""
    """One of ORDERS; empty for that of sending."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL; what a person typed is matched literally, without regard to case."""
        wanted = {
            Change.kind: self.kind,
            Change.action: self.action,
            Change.building: self.building,
            Change.state: self.outcome,
        }
        exact = [column == value for column, value in wanted.items() if value]
        if self.reason:
            also = _told().contains(f'"code":"{self.reason}"', autoescape=True)
            exact.append(or_(Change.reason_code == self.reason, (Change.reason_code == Code.SEVERAL) & also))
        if not self.text:
            return exact
        searched = (Change.label, Change.sis_id, Change.schoology_id, Change.words, _told())
        found = [column.icontains(self.text, autoescape=True) for column in searched]
        return [*exact, or_(*found, Change.reason_code.in_(codes_saying(self.text)))]


@dataclass(frozen=True)
class RunFacts:
    """The choices that a run's filters offer, and how its changes ended."""

    kinds: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    buildings: list[str] = field(default_factory=list)
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    """kind → state → lines."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Code of a reason → lines with it that failed, or that were blocked."""


def _told() -> ColumnElement[str]:
    """The values of a reason as the text that they are in the table."""
    return type_coerce(Change.reason_values, Text)


def left_out_of(run: Run) -> dict[str, list[tuple[Reason, int]]]:
    """kind → each reason and how many records it left out, most first."""
    found = {}
    for kind, counted in run.counts.get("left_out", {}).items():
        if isinstance(counted, dict):  # an older version kept the words
            reasons = [(other(text), number) for text, number in counted.items()]
        else:
            reasons = [(Reason.from_json(each), each["count"]) for each in counted]
        found[kind] = sorted(reasons, key=lambda each: -each[1])
    return found


def runs_page(district: District, number: int) -> Page[RunLine]:
    """Jobs that sync, with their runs, newest first."""
    page = page_of(district.session, _lines(district.id).order_by(Job.id.desc()), number)
    return Page([RunLine(job, run) for job, run in page.rows], page.number, page.total)


def one_run(district: District, job_id: int) -> RunLine | None:
    """A job of this installation that syncs, with its run, or None."""
    row = district.session.execute(_lines(district.id).where(Job.id == job_id)).first()
    return RunLine(row[0], row[1]) if row else None


def last_finished(district: District, what: str) -> RunLine | None:
    """The newest job that covers `what` (users, courses or sections), was no preview, and is over."""
    row = district.session.execute(
        _lines(district.id)
        .where(
            Job.what().in_((what, "all")),
            ~Job.previews(),
            Job.state.not_in(ACTIVE_STATES),
        )
        .order_by(Job.id.desc())
        .limit(1)
    ).first()
    return RunLine(row[0], row[1]) if row else None


def facts(district: District, run_id: int) -> RunFacts:
    """What stands in a run's changes, for its summary and its filters."""
    mine = (Change.installation_id == district.id, Change.run_id == run_id)
    outcomes: dict[str, dict[str, int]] = {}
    actions: set[str] = set()
    grouped = select(Change.kind, Change.action, Change.state, func.count()).where(*mine)
    for kind, action, state, count in district.session.execute(
        grouped.group_by(Change.kind, Change.action, Change.state)
    ):
        states = outcomes.setdefault(kind, {})
        states[state] = states.get(state, 0) + count
        actions.add(action)
    buildings = district.session.scalars(
        select(Change.building).where(*mine, Change.building != "").distinct()
    )
    counted = _reasons(district.session, *mine)
    return RunFacts(sorted(outcomes), sorted(actions), sorted(buildings), outcomes, counted)


def _reasons(session: Session, *mine: ColumnElement[bool]) -> dict[str, int]:
    wrong = (*mine, Change.state.in_((ChangeState.FAILED, ChangeState.BLOCKED)), Change.reason_code != "")
    one = select(Change.reason_code, func.count()).where(*wrong, Change.reason_code != Code.SEVERAL)
    counted = {code: number for code, number in session.execute(one.group_by(Change.reason_code))}
    for line in session.scalars(select(Change).where(*wrong, Change.reason_code == Code.SEVERAL)):
        code = main_code(line.reason)
        counted[code] = counted.get(code, 0) + 1
    return counted


def changes_page(
    district: District, run_id: int, wanted: ChangeFilter, *, number: int, size: int = SIZE
) -> Page[Change]:
    """Changes of a run in the order that the filter asks for."""
    page = page_of(district.session, _changes(district.id, run_id, wanted), number, size)
    return Page([row[0] for row in page.rows], page.number, page.total, page.size)


def collisions(district: District, run_id: int) -> Page[Change]:
    """The first lines of a run that wait because two records would get one value, and how many there are."""
    told = (
        Change.reason_code == str(Code.SEVERAL),
        _told().contains(f'"{Code.VALUE_TAKEN}', autoescape=True),
    )
    blocked = (Change.run_id == run_id, Change.state == ChangeState.BLOCKED)
    listed = district.select(Change).where(
        *blocked, or_(Change.reason_code.in_([str(each) for each in COLLISIONS]), and_(*told))
    )
    page = page_of(district.session, listed.order_by(Change.seq), 1)
    return Page([row[0] for row in page.rows], page.number, page.total)


def each_change(district: District, run_id: int, wanted: ChangeFilter) -> Iterator[Change]:
    """Changes of a run, streamed."""
    yield from district.session.scalars(
        _changes(district.id, run_id, wanted).execution_options(yield_per=CHUNK)
    )


def audit_page(district: District, number: int, *, views: bool = False) -> Page[AuditLine]:
    """Changed settings, newest first; with `views` who looked at what in place of them."""
    looked = Audit.what.in_((audit.VIEWED, audit.DOWNLOADED))
    wanted = _audit(district.id).where(looked if views else ~looked)
    page = page_of(district.session, wanted, number)
    lines = audit_lines.told(district, [row[0] for row in page.rows])
    return Page(lines, page.number, page.total)


def each_audit(district: District) -> Iterator[AuditLine]:
    """Changed settings and who looked at what, streamed."""
    rows = district.session.scalars(_audit(district.id).execution_options(yield_per=CHUNK))
    yield from audit_lines.each_line(district, rows)


def seconds_left(job: Job) -> int | None:
    """The estimate of a running job; None while there is nothing to go by, 0 once it takes longer."""
    if job.state != JobState.RUNNING or job.ends_at is None:
        return None
    return max(0, int((job.ends_at - clock.now()).total_seconds()))


def last_took(district: District, job: Job) -> float | None:
    """How many seconds the last sync like this one took."""
    if job.kind != PROVISION:
        return None
    before = last_finished(district, job.request.what)
    if before is None or before.job.finished_at is None or before.job.started_at is None:
        return None
    return (before.job.finished_at - before.job.started_at).total_seconds()


def _lines(installation_id: int) -> Select[Job, Run]:
    newest = select(func.max(Run.id)).where(Run.job_id == Job.id).correlate(Job).scalar_subquery()
    return (
        select(Job, Run)
        .outerjoin(Run, Run.id == newest)
        .where(
            Job.installation_id == installation_id,
            Job.kind.in_((PROVISION, GRADES, CATEGORIES)) | ((Job.kind == LIVE) & Run.id.is_not(None)),
        )
    )


def _changes(installation_id: int, run_id: int, wanted: ChangeFilter) -> Select[Change]:
    mine = (Change.installation_id == installation_id, Change.run_id == run_id)
    order = ORDERS.get(wanted.order, ())
    return select(Change).where(*mine, *wanted.conditions()).order_by(*order, Change.seq)


def _audit(installation_id: int) -> Select[Audit]:
    return select(Audit).where(Audit.installation_id == installation_id).order_by(Audit.id.desc())
