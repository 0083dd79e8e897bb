"""Take assignments out of the SIS whose items are not in Schoology any more; only ever asked for by a person,
or by live sync for an item that was deleted."""

from __future__ import annotations

from collections.abc import Iterable

from lti_app.grades import ledger as grades_ledger
from lti_app.grades.context import SENDING, GradeContext
from lti_app.grades.ledger import Ledger
from lti_app.grades.read import read_both
from lti_app.grades.refresh import refresh
from lti_app.grades.rows import items as books
from lti_app.grades.rows.items import Book
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules import compare
from lti_app.models import Action, Run, RunState
from lti_app.school.gradebook import Assignment
from lti_app.sis.errors import SisRejected


def remove_gone(context: GradeContext, job_id: int, item_ids: Iterable[str]) -> Run:
    """Remove the assignments of these items, if Schoology does not list them now; a run with its lines.

    Raises NoGrades, SisError, OutboundError.
    """
    run = grades_ledger.open_run(context.district, job_id)
    context.session.commit()
    both = read_both(context)
    row = settings_row(context.district, context.section_id)
    number = both.sis.session
    book = books.load(context.district, context.section_id, number)
    listed = [each.id for each in both.schoology.items]
    wanted = set(item_ids)
    gone = [each for each in compare.gone(both.sis.assignments, listed, number) if each.item_id in wanted]
    ledger = Ledger(context.session, run, row.section_key, both.sis.section.building, {})
    ledger.add(ledger.item_line(Action.DROP, each.item_id, each.title, before=each) for each in gone)
    failed = 0
    for number, each in enumerate(gone):
        context.report(SENDING, number, len(gone))
        failed += not _removed(context, ledger, book, each)
    refresh(context)
    grades_ledger.close_run(context.session, run, RunState.DONE_WITH_PROBLEMS if failed else RunState.DONE)
    context.session.commit()
    return run


def _removed(context: GradeContext, ledger: Ledger, book: Book, each: Assignment) -> bool:
    """Remove one assignment; False when the SIS refused. Commits."""
    key = ledger.item_key(each.item_id)
    try:
        context.sis.delete_assignment(ledger.section_key, each.session, each.item_id)
    except SisRejected as error:
        ledger.refuse([key], error)
        context.session.commit()
        return False
    book.forget(each.item_id)
    ledger.close([key], ok=True)
    context.session.commit()
    return True
