"""Carry out the lines of one section: each is marked before it is sent, and has its outcome after.

A category that a lost answer may have made is looked up by its title before it is made again: one that was
not there when the line was planned is the app's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import or_

from lti_app.grades.categories import lines
from lti_app.grades.context import GradeContext
from lti_app.grades.rows import category_map
from lti_app.models import Action, Change, ChangeState
from lti_app.school.grade_policy import fold
from lti_app.school.gradebook import GradeCategory
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.run_kinds import BookKind
from lti_app.schoology.port import Outcome

OPEN = (ChangeState.PLANNED, ChangeState.SENT)


def open_lines(context: GradeContext, section_key: str, run_id: int) -> list[Change]:
    """The lines of a section in a run that are not over, and those of earlier runs that have no answer."""
    mine = (Change.kind == BookKind.CATEGORY, Change.parent == section_key, Change.state.in_(OPEN))
    lost = (Change.state == ChangeState.SENT) & (Change.action == Action.CREATE)
    found = context.district.select(Change).where(*mine, or_(Change.run_id == run_id, lost))
    return list(context.session.scalars(found.order_by(Change.id)))


def carry_out(context: GradeContext, rows: Sequence[Change], run_id: int) -> None:
    """Send what is open of a section, in an order in which no weight counts before all of them are set.

    Raises SisError and OutboundError, with the lines on their way left as sent.
    """
    there = {each.id: each for each in context.schoology.grade_categories(context.section_id)}
    _match(context, [each for each in rows if each.action == Action.ADOPT])
    missing = _look_up(context, [each for each in rows if each.action == Action.CREATE], there)
    for row in missing:
        if row.run_id != run_id:  # what an earlier run has lost is not wanted for sure
            lines.close(row, ChangeState.FAILED, because(Code.CATEGORY_NOT_MADE))
    _make(context, [row for row in missing if row.run_id == run_id])
    updates = [each for each in rows if each.action == Action.UPDATE]
    weighting = [each for each in updates if lines.WEIGHTED in json.loads(each.after)]
    _change(context, [each for each in updates if each not in weighting], there)
    failed = any(each.state == ChangeState.FAILED for each in rows)
    for row in weighting:
        _weigh(context, row, failed)


def _match(context: GradeContext, rows: Sequence[Change]) -> None:
    """Match categories that are there with the SIS's; nothing is sent."""
    for row in rows:
        _remember(context, row)
        lines.close(row, ChangeState.DONE)
    context.save()


def _look_up(
    context: GradeContext, rows: Sequence[Change], there: Mapping[str, GradeCategory]
) -> list[Change]:
    """The categories that are still to be made; one that is there by now is never made again."""
    by_title = {fold(each.title): each for each in there.values()}
    missing = []
    for row in rows:
        found = by_title.get(fold(lines.category_of(row, row.after).title))
        ours = (
            found is not None and row.state == ChangeState.SENT and found.id not in row.natural_key.split(",")
        )
        if found is None:
            missing.append(row)
        elif ours:
            row.schoology_id = found.id
            _remember(context, row)
            lines.close(row, ChangeState.DONE)
        else:
            lines.close(row, ChangeState.DISCARDED, because(Code.CATEGORY_IS_THERE))
    context.save()
    return missing


def _make(context: GradeContext, rows: Sequence[Change]) -> None:
    if not rows:
        return
    wanted = [lines.category_of(row, row.after) for row in rows]
    _mark(context, rows)
    said = context.schoology.create_categories(context.section_id, wanted)
    for row, each in zip(rows, said, strict=True):
        if each.ok and each.schoology_id:
            row.schoology_id = each.schoology_id
            _remember(context, row)
        if each.ok != bool(each.schoology_id) or each.ambiguous:
            continue  # it may have been made: it is looked up below
        _close(row, each)
    lost = [row for row in rows if row.state == ChangeState.SENT]
    if lost:
        there = {each.id: each for each in context.schoology.grade_categories(context.section_id)}
        for row in _look_up(context, lost, there):
            lines.close(row, ChangeState.FAILED, because(Code.CATEGORY_NOT_MADE))
    context.save()


def _change(context: GradeContext, rows: Sequence[Change], there: Mapping[str, GradeCategory]) -> None:
    """Change settings, unless someone else has changed them since they were shown."""
    due = []
    for row in rows:
        now = there.get(row.schoology_id)
        same = now is not None and lines.fields_of(now) in (json.loads(row.before), json.loads(row.after))
        if same:
            due.append(row)
        else:
            lines.close(row, ChangeState.DISCARDED, because(Code.CATEGORY_CHANGED))
    _mark(context, due)
    wanted = [lines.category_of(row, row.after) for row in due]
    said = context.schoology.update_categories(context.section_id, wanted) if due else []
    for row, each in zip(due, said, strict=True):
        _close(row, each)
    context.save()


def _weigh(context: GradeContext, row: Change, failed: bool) -> None:
    """Turn the weighting on or off, once every category has its weight."""
    if failed:
        lines.close(row, ChangeState.DISCARDED, because(Code.NOT_SENT))
        context.save()
        return
    _mark(context, [row])
    context.schoology.set_weighting(context.section_id, bool(json.loads(row.after)[lines.WEIGHTED]))
    lines.close(row, ChangeState.DONE)
    context.save()


def _mark(context: GradeContext, rows: Sequence[Change]) -> None:
    """Write that lines are on their way, before they are."""
    for row in rows:
        row.state = ChangeState.SENT
    context.save()


def _close(row: Change, said: Outcome) -> None:
    if said.ok:
        lines.close(row, ChangeState.DONE)
    else:
        lines.close(row, ChangeState.FAILED, words=said.words)


def _remember(context: GradeContext, row: Change) -> None:
    """Match the category with the SIS's, so that its items are sent."""
    code = json.loads(row.after)["sis_category"]
    category_map.add(context.district, context.section_id, row.schoology_id, code)
