"""The background work on categories: for one course by its teacher, for many by the administrator; and its
undo, which removes what a run made and no one uses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy import func, select

from lti_app.grades.categories import lines
from lti_app.grades.categories.carry_out import carry_out, open_lines
from lti_app.grades.categories.plan import plan
from lti_app.grades.context import MAKING, GradeContext
from lti_app.grades.rows import category_map
from lti_app.grades.rows.section import NoGrades, link_of
from lti_app.grades.task import guarded
from lti_app.jobs.runner import Result, Task
from lti_app.models import Action, Change, ChangeState, JobState, Run, RunState
from lti_app.outbound.errors import NotFound, Refused
from lti_app.runs import ledger
from lti_app.school.course_codes import CourseCode
from lti_app.school.ending_codes import EndingCode
from lti_app.school.gradebook import GradedItem
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.school.records import Kind
from lti_app.school.run_kinds import BookKind, RunKind
from lti_app.school.run_notes import RunNotes
from lti_app.sis.errors import SisRejected
from lti_app.store import links

DIGESTS = "digests"
"""In the counts of a preview: Schoology section → what of it was shown."""


def run_categories(task: Task) -> Result:
    """Preview, make, or remove again."""
    work = _remove if task.request.undo_of else _make
    return guarded(task, lambda context: work(context, task), patient=not task.request.by_teacher)


def _begun(task: Task) -> Run:
    """The run of the job; one that was cut off goes on."""
    run = ledger.unfinished(task.district, task.job_id)
    if run is None:
        request = task.request
        run = ledger.open_run(
            task.district,
            task.job_id,
            RunKind.CATEGORIES,
            state=RunState.PLANNING if request.plan_only else RunState.APPLYING,
            plan_only=request.plan_only,
            notes=RunNotes.of(request),
        )
        task.session.commit()
    return run


def _make(context: GradeContext, task: Task) -> Result:
    run, sections = _begun(task), task.request.sections
    digests: dict[str, str] = {}
    for number, section_id in enumerate(sections):
        context.report(MAKING, number, len(sections))
        here = replace(context, section_id=section_id)
        try:
            _one(here, task, run, digests)
        except (NoGrades, SisRejected) as error:
            context.session.rollback()
            why = error.reason if isinstance(error, NoGrades) else because(CourseCode.GRADES_SECTION_GONE)
            _give_up(here, run, why)
    context.report(MAKING, len(sections), len(sections))
    if run.plan_only:
        run.counts = {**run.counts, DIGESTS: digests}
    return _ended(context, run)


def _one(context: GradeContext, task: Task, run: Run, digests: dict[str, str]) -> None:
    """One section, from where it stands."""
    section_id, request = context.section_id, task.request
    key = link_of(context.district, section_id).sis_id
    begun = select(Change.id).where(Change.run_id == run.id, Change.parent == key).limit(1)
    if context.session.scalar(begun) is None:
        found = plan(context, by_teacher=request.by_teacher)
        rows = lines.lines_of(found)
        if run.plan_only:
            digests |= {} if found.making.is_empty else {section_id: found.making.digest}
        elif request.sections[section_id] != found.making.digest:
            rows = [lines.problem_line(key, found.building, found.label, because(Code.CATEGORY_CHANGED))]
        lines.write(context.session, run, rows)
        context.session.commit()
    if not run.plan_only:
        carry_out(context, open_lines(context, key, run.id), run.id)


def _give_up(context: GradeContext, run: Run, why: Reason) -> None:
    link = links.read.by_schoology_id(context.district, Kind.SECTION, context.section_id)
    named = (link.sis_id, link.building, link.label) if link else (context.section_id, "", "")
    lines.write(context.session, run, [lines.problem_line(*named, why)])
    context.session.commit()


def _ended(context: GradeContext, run: Run) -> Result:
    run.counts = {**run.counts, "plan": ledger.planned_counts(context.session, run.id)}
    counts = ledger.outcome_counts(context.session, run.id)
    troubled = any(counts.get(each) for each in (ChangeState.FAILED, ChangeState.BLOCKED))
    state = RunState.DONE_WITH_PROBLEMS if troubled and not run.plan_only else RunState.DONE
    ledger.close(context.session, run, state)
    context.save()
    return Result(JobState(state), _words(context, run))


def _words(context: GradeContext, run: Run) -> Reason:
    state = ChangeState.PLANNED if run.plan_only else ChangeState.DONE
    mine = (Change.run_id == run.id, Change.state == state)
    counted = select(Change.action, func.count()).where(*mine).group_by(Change.action)
    counts: dict[str, int] = {action: count for action, count in context.session.execute(counted)}
    updates = select(Change.before, Change.after).where(*mine, Change.action == Action.UPDATE)
    settings = sum(lines.settings_in(*each) for each in context.session.execute(updates))
    made = counts.get(Action.CREATE, 0)
    if run.notes.undo_of:
        return because(EndingCode.CATEGORIES_REMOVED, count=counts.get(Action.DROP, 0))
    if not (made or settings):
        return because(EndingCode.GRADES_UP_TO_DATE)
    code = EndingCode.CATEGORIES_PLANNED if run.plan_only else EndingCode.CATEGORIES_MADE
    return because(code, made=made, settings=settings)


def _remove(context: GradeContext, task: Task) -> Result:
    """Remove the categories that a run made and that hold no items."""
    run, district = _begun(task), context.district
    made = district.select(Change).where(
        Change.run_id == task.request.undo_of,
        Change.kind == BookKind.CATEGORY,
        Change.action == Action.CREATE,
        Change.state == ChangeState.DONE,
    )
    if context.session.scalar(select(Change.id).where(Change.run_id == run.id).limit(1)) is None:
        found = context.session.scalars(made.order_by(Change.id.desc())).all()
        lines.write(context.session, run, [lines.removal_line(each) for each in found])
        context.session.commit()
    mine = select(Change).where(Change.run_id == run.id).order_by(Change.seq)
    rows = list(context.session.scalars(mine))
    drafts = Drafts()
    for number, row in enumerate(rows):
        context.report(MAKING, number, len(rows))
        if row.state in (ChangeState.PLANNED, ChangeState.SENT):
            link = links.read.one(district, Kind.SECTION, row.parent)
            _remove_one(replace(context, section_id=link.schoology_id if link else ""), row, drafts)
    context.report(MAKING, len(rows), len(rows))
    return _ended(context, run)


@dataclass
class Drafts:
    """The items of each section that its gradebook doesn't list; None where no one can tell."""

    known: dict[str, list[GradedItem] | None] = field(default_factory=dict)

    def of(self, context: GradeContext) -> list[GradedItem] | None:
        """Those of one section, read once."""
        section_id = context.section_id
        if section_id not in self.known:
            try:
                self.known[section_id] = context.schoology.drafts(section_id)
            except (NotFound, Refused):
                self.known[section_id] = None
        return self.known[section_id]


def _remove_one(context: GradeContext, row: Change, drafts: Drafts) -> None:
    if not context.section_id:
        lines.close(row, ChangeState.DISCARDED, because(CourseCode.GRADES_COURSE_LOST))
        context.save()
        return
    listed, unlisted = context.schoology.graded_items(context.section_id), drafts.of(context)
    used = sum(each.category_id == row.schoology_id for each in [*listed, *(unlisted or ())])
    if used:
        lines.close(row, ChangeState.DISCARDED, because(Code.CATEGORY_IN_USE, count=used))
    elif unlisted is None:
        lines.close(row, ChangeState.DISCARDED, because(Code.CATEGORY_UNSURE))
    else:
        row.state = ChangeState.SENT
        context.save()
        context.schoology.delete_category(context.section_id, row.schoology_id)
        category_map.forget(context.district, context.section_id, row.schoology_id)
        lines.close(row, ChangeState.DONE)
    context.save()
