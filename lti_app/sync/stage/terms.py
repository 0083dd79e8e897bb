"""The calendar before everything else is read: terms of the SIS, and grading periods that Schoology lost."""

from __future__ import annotations

from lti_app.models import Run, TermRow
from lti_app.school.run_kinds import RunKind
from lti_app.setup import schoology_lists
from lti_app.setup.terms import refresh_terms, term_rows
from lti_app.sis.errors import SisAuthError, SisError
from lti_app.sync.context import RunContext


def read_terms(context: RunContext, run: Run) -> None:
    """A full run learns of new and moved terms first. What else is wrong with the SIS, its feeds will say.

    Rows that can't be used, and matched grading periods that Schoology doesn't have, are kept in the run's
    counts: `bad_terms` as [key, reason], `lost_periods` as id → title. Commits.
    """
    if run.what != RunKind.ALL or run.notes.staged:
        return
    try:
        found = refresh_terms(context.district, context.sis)
    except SisAuthError:
        raise
    except SisError:
        context.session.rollback()
        return
    counts = {
        "bad_terms": [[each.key, each.reason.to_json()] for each in found.bad],
        "lost_periods": _lost_periods(context),
    }
    run.counts = {**run.counts, **{name: value for name, value in counts.items() if value}}
    context.session.commit()


def _lost_periods(context: RunContext) -> dict[str, str]:
    """Id → title of the matched grading periods of terms that aren't over, without those Schoology lists.

    An empty list is no list: Schoology had these periods once. The Terms tab shows the list in which one is
    missing.
    """
    mine = [row for row in term_rows(context.district) if _counts(row, context)]
    context.session.commit()
    there = context.schoology.grading_periods() if mine else []
    if not there:
        return {}
    listed = {each.id for each in there}
    lost = {
        row.grading_period_id: row.grading_period_title or row.name
        for row in mine
        if row.grading_period_id not in listed
    }
    if lost and schoology_lists.grading_periods(context.district) != schoology_lists.in_order(there):
        schoology_lists.keep_grading_periods(context.district, there)
    return lost


def _counts(row: TermRow, context: RunContext) -> bool:
    return bool(row.grading_period_id) and row.end >= context.today
