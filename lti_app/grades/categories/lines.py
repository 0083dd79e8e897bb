"""The lines of a run on categories: written before anything is sent, and closed one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.categories.plan import Planned
from lti_app.models import Action, Change, ChangeState, Run
from lti_app.models.reasons import stored
from lti_app.school.gradebook import Calculation, GradeCategory
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.school.records import joined
from lti_app.school.run_kinds import BookKind

WEIGHTED = "weighted"
"""The field of the line that turns the weighting of categories on or off."""
PERCENT, TOTAL = "percent", "total points"


def lines_of(found: Planned) -> list[dict[str, Any]]:
    """What is to be done to a section: categories made, matched and changed, weights last."""
    making, lines = found.making, []
    there = ",".join(sorted(each.id for each in found.categories))
    titles = {each.id: each.title for each in found.categories}
    for code, each in making.new:
        after = {"title": each.title, **fields_of(each), "sis_category": code}
        lines.append({**_line(found, Action.CREATE, code, each.title, after=after), "natural_key": there})
    for category_id, code in making.found.items():
        line = _line(found, Action.ADOPT, code, titles[category_id], after={"sis_category": code})
        lines.append({**line, "schoology_id": category_id})
    for code, each in making.alike:
        why = because(Code.CATEGORY_ALIKE, title=each.title)
        lines.append(_left(_line(found, Action.BLOCK, code, code), ChangeState.BLOCKED, why))
    before = {each.id: each for each in found.categories}
    for each in making.matching.categories:
        values = {"before": fields_of(before[each.id]), "after": fields_of(each)}
        lines.append({**_line(found, Action.UPDATE, each.id, each.title, **values), "schoology_id": each.id})
    weighted = making.matching.weighted
    if weighted is not None and weighted != found.grading.weighted:
        values = {"before": {WEIGHTED: found.grading.weighted}, "after": {WEIGHTED: weighted}}
        line = _line(found, Action.UPDATE, WEIGHTED, "weights of categories", **values)
        lines.append({**line, "schoology_id": found.section_id})
    if making.teacher_only:
        why = because(Code.CATEGORY_TEACHER_ONLY)
        lines.append(_left(_line(found, Action.KEEP, "", "settings"), ChangeState.DISCARDED, why))
    return lines


def problem_line(section_key: str, building: str, label: str, why: Reason) -> dict[str, Any]:
    """The line of a section that could not be worked on."""
    return {
        **_empty(section_key, building),
        "action": Action.BLOCK,
        "sis_id": section_key,
        "label": label or section_key,
        "state": ChangeState.BLOCKED,
        **stored(why),
    }


def removal_line(made: Change) -> dict[str, Any]:
    """The line that removes what another line made."""
    return {
        **_empty(made.parent, made.building),
        "action": Action.DROP,
        "sis_id": made.sis_id,
        "schoology_id": made.schoology_id,
        "label": made.label,
        "before": made.after,
    }


def fields_of(category: GradeCategory) -> dict[str, Any]:
    """The settings of a category as a line holds them; an unknown weight is left out."""
    weight = {} if category.weight is None else {"weight": f"{category.weight.normalize():f}"}
    calculation = PERCENT if category.calculation == Calculation.PERCENT else TOTAL
    return {"calculation": calculation, **weight, "drop_lowest": category.drop_lowest}


def category_of(row: Change, text: str) -> GradeCategory:
    """The category that a side of a line speaks of."""
    told = json.loads(text)
    percent = told.get("calculation") == PERCENT
    return GradeCategory(
        id=row.schoology_id,
        title=told.get("title", ""),
        calculation=Calculation.PERCENT if percent else Calculation.TOTAL_POINTS,
        weight=Decimal(told["weight"]) if "weight" in told else None,
        drop_lowest=told.get("drop_lowest", 0),
    )


def settings_in(before: str, after: str) -> int:
    """How many settings a line changes."""
    old, new = json.loads(before), json.loads(after)
    return sum(old.get(name) != value for name, value in new.items())


def write(session: Session, run: Run, lines: Iterable[dict[str, Any]]) -> None:
    """Add lines to a run, in order. The caller commits."""
    rows = list(lines)
    start = session.scalar(select(func.max(Change.seq)).where(Change.run_id == run.id)) or 0
    for number, row in enumerate(rows, start + 1):
        row |= {"installation_id": run.installation_id, "run_id": run.id, "seq": number}
    if rows:
        session.execute(insert(Change), rows)


def close(row: Change, state: ChangeState, why: Reason = NO_REASON, words: str = "") -> None:
    """Write how a line ended; in the caller's transaction."""
    row.state, row.finished_at, row.words, row.reason = state, clock.now(), words, why


def _line(
    found: Planned,
    action: Action,
    code: str,
    title: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> dict[str, Any]:
    course = found.label or found.section_key
    return {
        **_empty(found.section_key, found.building),
        "action": action,
        "sis_id": found.section_key if code == WEIGHTED else joined(found.section_key, ":", code),
        "label": f"{course}: {title}",
        "before": json.dumps(before, sort_keys=True) if before else "",
        "after": json.dumps(after, sort_keys=True) if after else "",
    }


def _left(line: dict[str, Any], state: ChangeState, why: Reason) -> dict[str, Any]:
    return {**line, "state": state, **stored(why), "finished_at": clock.now()}


def _empty(section_key: str, building: str) -> dict[str, Any]:
    return {
        "kind": BookKind.CATEGORY,
        "schoology_id": "",
        "building": building,
        "parent": section_key,
        "person": "",
        "natural_key": "",
        "fingerprint": "",
        "before": "",
        "after": "",
        "batch": 0,
        "words": "",
        "state": ChangeState.PLANNED,
        "finished_at": None,
        **stored(NO_REASON),
    }
