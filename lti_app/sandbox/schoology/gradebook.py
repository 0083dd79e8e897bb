"""Items, categories and grades of the sandbox's sections, written by the API and by the pages alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lti_app.sandbox.numbers import read_number
from lti_app.sandbox.schoology import scales
from lti_app.sandbox.schoology.objects import Grade, GradingCategory, GradingGroup, Item, StoreError
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.schoology.wire import grade_row, item_row


def add_category(store: SchoologyStore, section_id: int, title: str, **fields: Any) -> GradingCategory:
    """Make a category of a section."""
    with store.lock:
        if not title:
            raise StoreError("The title is required.")
        known = {name: value for name, value in fields.items() if name in GradingCategory.__slots__}
        made = GradingCategory(store.new_id(), section_id, title, **known)
        store.categories[made.id] = made
        store.traffic.wrote("grading_category")
        return made


def update_category(store: SchoologyStore, category_id: int, **fields: Any) -> GradingCategory:
    """Change the fields that are given."""
    with store.lock:
        found = store.categories.get(category_id)
        if found is None:
            raise StoreError("Category not found.", 404)
        for name, value in fields.items():
            if name in GradingCategory.__slots__ and name not in ("id", "section_id"):
                setattr(found, name, value)
        store.traffic.wrote("grading_category")
        return found


def delete_category(store: SchoologyStore, section_id: int, category_id: int) -> None:
    """Remove a category; its items stay without one."""
    with store.lock:
        found = store.categories.get(category_id)
        if found is None or found.section_id != section_id:
            raise StoreError("Category not found.", 404)
        del store.categories[category_id]
        for item_id in store.items_of.get(section_id, []):
            if store.items[item_id].grading_category == category_id:
                store.items[item_id].grading_category = 0
        store.traffic.wrote("grading_category")


def add_group(store: SchoologyStore, section_id: int, title: str, members: tuple[int, ...]) -> GradingGroup:
    """Make a grading group of a section out of enrollments."""
    with store.lock:
        made = GradingGroup(store.new_id(), section_id, title, members)
        store.grading_groups[made.id] = made
        return made


def categories_of(store: SchoologyStore, section_id: int) -> list[GradingCategory]:
    """The categories of a section."""
    return [each for each in store.categories.values() if each.section_id == section_id]


def add_item(store: SchoologyStore, section_id: int, title: str, uid: int = 0, **fields: Any) -> Item:
    """Make a graded item, and tell the triggers."""
    with store.lock:
        if section_id not in store.sections:
            raise StoreError("Section not found.", 404)
        raise_if_archived(store, section_id)
        if not title:
            raise StoreError("The title is required.")
        known = {name: value for name, value in fields.items() if name in Item.__slots__}
        made = Item(store.new_id(), section_id, title, **known)
        made.last_updated = int(store.clock())
        _check_item(store, made)
        store.items[made.id] = made
        store.items_of[section_id].append(made.id)
        store.traffic.wrote("item")
    _fire_item(store, "grade_item.update", made, uid)
    return made


def update_item(store: SchoologyStore, item_id: int, uid: int = 0, **fields: Any) -> Item:
    """Change the fields that are given, and tell the triggers."""
    with store.lock:
        found = store.items.get(item_id)
        if found is None:
            raise StoreError("Item not found.", 404)
        raise_if_archived(store, found.section_id)
        fixed = ("id", "section_id", "type")
        known = {
            name: value for name, value in fields.items() if name in Item.__slots__ and name not in fixed
        }
        _check_item(store, replace(found, **known))
        for name, value in known.items():
            setattr(found, name, value)
        found.last_updated = int(store.clock())
        store.traffic.wrote("item")
    _fire_item(store, "grade_item.update", found, uid)
    return found


def archive(store: SchoologyStore, section_id: int, *, on: bool = True) -> None:
    """Archive a course's section, or bring it back: while it is archived no one changes its gradebook."""
    with store.lock:
        store.sections[section_id].active = 0 if on else 1
        store.traffic.wrote("section")


def raise_if_archived(store: SchoologyStore, section_id: int) -> None:
    """Raises StoreError for a section that is archived."""
    if not store.sections[section_id].active:
        raise StoreError("This course is archived.", 403)


def _check_item(store: SchoologyStore, item: Item) -> None:
    category = store.categories.get(item.grading_category)
    if item.grading_category and (category is None or category.section_id != item.section_id):
        raise StoreError("The grading category does not exist in this section.")
    if read_number(item.max_points) is None or read_number(item.factor) is None:
        raise StoreError("Points and factor must be numbers.")


def delete_item(store: SchoologyStore, item_id: int, uid: int = 0) -> None:
    """Remove an item with its grades, and tell the triggers."""
    with store.lock:
        found = store.items.get(item_id)
        if found is None:
            raise StoreError("Item not found.", 404)
        raise_if_archived(store, found.section_id)
        del store.items[item_id]
        store.items_of[found.section_id].remove(item_id)
        for key in [key for key in store.grades if key[1] == item_id]:
            del store.grades[key]
        store.traffic.wrote("item")
    _fire_item(store, "grade_item.delete", found, uid)


def _fire_item(store: SchoologyStore, trigger: str, item: Item, uid: int) -> None:
    section = store.sections.get(item.section_id)
    data = {
        "realm": "section",
        "realm_id": item.section_id,
        "section_id": str(item.section_id),
        "section_school_code": section.section_school_code if section else "",
        "synced_section": 1 if section and section.synced else 0,
        "id": item.id,
        "grade_item_type": item.type,
        "object": item_row(item),
    }
    store.fire(trigger, [data], uid)


def set_grade(  # noqa: PLR0913 - the facts of one cell of a gradebook
    store: SchoologyStore,
    item_id: int,
    enrollment_id: int,
    *,
    grade: float | None,
    exception: int = 0,
    comment: str | None = None,
    comment_status: int | None = None,
    letter: str = "",
) -> Grade:
    """Type a score, a letter of the item's scale, or clear it; an exception clears the score. Fires no event:
    see `grades_saved`."""
    with store.lock:
        item, enrollment = store.items.get(item_id), store.enrollments.get(enrollment_id)
        if item is None or enrollment is None or enrollment.section_id != item.section_id:
            raise StoreError("The assignment or the enrollment is not in this section.", 404)
        raise_if_archived(store, item.section_id)
        if letter:
            grade = scales.points(item.grading_scale, letter, float(read_number(item.max_points) or 0))
        if grade is not None and read_number(grade) is None:
            raise StoreError("A score must be a number.")
        found = store.grades.setdefault((enrollment_id, item_id), Grade(enrollment_id, item_id))
        found.grade = None if exception else grade
        found.letter = "" if exception else letter
        found.exception = exception
        found.comment, found.comment_status = comment, comment_status
        found.timestamp = int(store.clock())
        store.traffic.wrote("grade")
        return found


def grades_saved(store: SchoologyStore, section_id: int, grades: list[Grade], uid: int = 0) -> None:
    """Tell the triggers that a gradebook was saved."""
    section = store.sections[section_id]
    rows = []
    for grade in grades:
        enrollment = store.enrollments[grade.enrollment_id]
        rows.append(
            {
                "realm": "section",
                "realm_id": section_id,
                "section_id": section_id,
                "section_school_code": section.section_school_code,
                "enrollment_id": grade.enrollment_id,
                "school_uid": store.users[enrollment.uid].school_uid,
                "object": grade_row(store, grade),
            }
        )
    store.fire("grades.update", rows, uid)
