"""A section's gradebook, in which its teachers and the system administrators type."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_app.sandbox.numbers import read_number
from lti_app.sandbox.schoology import gradebook as gradebooks
from lti_app.sandbox.schoology.averages import average
from lti_app.sandbox.schoology.objects import Enrollment, Grade, Item, Section, StoreError, User
from lti_app.sandbox.schoology.pages.common import page, section_or_404, signed_in, the_store
from lti_app.sandbox.schoology.pages.views import PersonRow, membership, person_row, section_row
from lti_app.sandbox.schoology.store import SchoologyStore

EXCEPTIONS: Final = {0: "", 1: "Excused", 2: "Incomplete", 3: "Missing"}


@dataclass(frozen=True)
class Line:
    """One student's row: cells in the order of the items."""

    enrollment_id: int
    person: PersonRow
    cells: list[tuple[int, str, int]]
    """Item id, score as text, exception code."""
    average: Decimal | None


class BadCell(Exception):
    """A typed score that is no number."""


@page("/course/<int:section_id>/gradebook")
def gradebook(section_id: int) -> str:
    """All items and scores of a section."""
    store, section = the_store(), section_or_404(section_id)
    items = _items(store, section_id)
    teachers = [store.users[each.uid] for each in store.members(section_id) if each.admin]
    return render_template(
        "schoology/gradebook.html",
        section=section_row(store, section),
        items=items,
        lines=[_line(store, each, items) for each in _students(store, section_id)],
        categories=gradebooks.categories_of(store, section_id),
        category_titles=_category_titles(store, section_id),
        exceptions=EXCEPTIONS,
        weighted=bool(section.weighted_grading_categories),
        may_edit=may_edit(store, section, signed_in()),
        archived=not section.active,
        teacher=person_row(store, teachers[0]) if teachers else None,
    )


@page("/course/<int:section_id>/gradebook", "POST")
def save_grades(section_id: int) -> Response:
    """Store the cells that differ, then tell the triggers once, as a saved gradebook does."""
    store, user = the_store(), editor_or_403(section_id)
    try:
        changes = list(_changes(store, section_id))
        saved = [gradebooks.set_grade(store, **change) for change in changes]
    except (BadCell, StoreError) as error:
        flash(str(error), "error")
    else:
        if saved:
            gradebooks.grades_saved(store, section_id, saved, user.uid)
        flash(f"{len(saved)} score{'' if len(saved) == 1 else 's'} saved.", "done")
    return redirect(url_for(".gradebook", section_id=section_id))


@page("/course/<int:section_id>/categories", "POST")
def add_category(section_id: int) -> Response:
    """A new grading category."""
    store, form = the_store(), request.form
    editor_or_403(section_id)
    try:
        gradebooks.add_category(
            store,
            section_id,
            form.get("title", "").strip(),
            calculation_type=1 if form.get("calculation_type") == "1" else 2,
            weight=form.get("weight", 0.0, type=float),
            drop_lowest=form.get("drop_lowest", 0, type=int),
        )
        flash("The category was added.", "done")
    except StoreError as error:
        flash(error.message, "error")
    return redirect(url_for(".gradebook", section_id=section_id))


@page("/course/<int:section_id>/archive", "POST")
def archive(section_id: int) -> Response:
    """Archive the course, or bring it back."""
    store = the_store()
    editor_or_403(section_id)
    gradebooks.archive(store, section_id, on=bool(store.sections[section_id].active))
    flash(
        "The course was archived." if not store.sections[section_id].active else "The course is back.", "done"
    )
    return redirect(url_for(".gradebook", section_id=section_id))


def may_edit(store: SchoologyStore, section: Section, user: User | None) -> bool:
    """Whether a person may edit a section's gradebook."""
    return user is not None and (store.is_admin(user.uid) or membership(store, section, user) == "admin")


def editor_or_403(section_id: int) -> User:
    """The signed-in person, who must be allowed to type here."""
    user = signed_in()
    if user is None or not may_edit(the_store(), section_or_404(section_id), user):
        abort(403)
    return user


def _items(store: SchoologyStore, section_id: int) -> list[Item]:
    found = [store.items[each] for each in store.items_of.get(section_id, [])]
    return sorted(found, key=lambda each: (each.due or "9", each.id))


def _students(store: SchoologyStore, section_id: int) -> list[Enrollment]:
    found = [each for each in store.members(section_id) if not each.admin and each.status == 1]
    people = store.users
    return sorted(found, key=lambda each: (people[each.uid].name_last, people[each.uid].name_first, each.uid))


def _line(store: SchoologyStore, enrollment: Enrollment, items: list[Item]) -> Line:
    grades = [store.grades.get((enrollment.id, item.id)) for item in items]
    return Line(
        enrollment.id,
        person_row(store, store.users[enrollment.uid]),
        [_cell(item, grade) for item, grade in zip(items, grades, strict=True)],
        average(store, enrollment.section_id, enrollment.id),
    )


def _cell(item: Item, grade: Grade | None) -> tuple[int, str, int]:
    if grade is None:
        return item.id, "", 0
    return item.id, "" if grade.grade is None else f"{grade.grade:g}", grade.exception


def _changes(store: SchoologyStore, section_id: int) -> Any:
    """The cells of the form that differ from what is stored. Raises BadCell."""
    for enrollment in _students(store, section_id):
        for item in _items(store, section_id):
            cell = f"{enrollment.id}-{item.id}"
            if f"score-{cell}" not in request.form:
                continue
            before = store.grades.get((enrollment.id, item.id))
            exception = request.form.get(f"exception-{cell}", 0, type=int)
            exception = exception if exception in EXCEPTIONS else 0
            score = None if exception else _number(request.form[f"score-{cell}"], item.title)
            was = (before.grade, before.exception) if before else (None, 0)
            if (score, exception) != was:
                yield {
                    "item_id": item.id,
                    "enrollment_id": enrollment.id,
                    "grade": score,
                    "exception": exception,
                    "comment": before.comment if before else None,
                }


def _number(text: str, where: str) -> float | None:
    if not text.strip():
        return None
    found = read_number(text.strip().replace(",", "."))
    if found is None:
        raise BadCell(f"“{text.strip()}” in {where} isn't a number. Nothing was saved.")
    return float(found)


def _category_titles(store: SchoologyStore, section_id: int) -> dict[int, str]:
    return {each.id: each.title for each in gradebooks.categories_of(store, section_id)}
