"""Rows as the REST API gives them, with its mix of numbers and numeric text (reference 2.7)."""

from __future__ import annotations

from datetime import date
from typing import Any

from lti_app.sandbox.numbers import read_number
from lti_app.sandbox.schoology.objects import (
    Building,
    Course,
    Enrollment,
    Grade,
    GradingCategory,
    GradingPeriod,
    Item,
    Role,
    Section,
    User,
)

DISCUSSIONS = 1_000_000_000
"""What the ids of discussions are above those of their graded items."""
Row = dict[str, Any]
LIST_ENDS_WITH_DAY = 10


def building_row(building: Building) -> Row:
    """A school or a building; ids are numbers."""
    return {
        "id": building.id,
        "title": building.title,
        "address1": building.address1,
        "address2": "",
        "city": building.city,
        "state": building.state,
        "postal_code": building.postal_code,
        "country": "US",
        "website": "",
        "phone": building.phone,
        "fax": "",
        "building_code": building.building_code,
        "picture_url": "",
    }


def role_row(role: Role, base: str) -> Row:
    """A role; its id is text."""
    return {
        "id": str(role.id),
        "title": role.title,
        "faculty": role.faculty,
        "role_type": 1,
        "links": {"self": f"{base}/roles/{role.id}"},
    }


def user_row(store: Any, user: User, base: str) -> Row:
    """A user: uid is text, its twin id a number."""
    return {
        "uid": str(user.uid),
        "id": user.uid,
        "school_id": store.school.id,
        "synced": user.synced,
        "school_uid": user.school_uid,
        "building_id": user.building_id,
        "additional_buildings": user.additional_buildings,
        "name_title": "",
        "name_title_show": 0,
        "name_first": user.name_first,
        "name_first_preferred": "",
        "name_middle": user.name_middle,
        "name_middle_show": 0,
        "name_last": user.name_last,
        "name_display": user.name,
        "username": user.username,
        "primary_email": user.primary_email,
        "picture_url": "",
        "gender": user.gender or None,
        "position": user.position or None,
        "grad_year": user.grad_year,
        "birthday_date": user.birthday_date,
        "password": "",
        "role_id": user.role_id,
        "tz_offset": -5,
        "tz_name": user.tz_name,
        "parents": None,
        "child_uids": ",".join(str(each) for each in sorted(user.child_uids)) or None,
        "language": "",
        "links": {"self": f"{base}/users/{user.uid}"},
    }


def course_row(course: Course) -> Row:
    """A course: its id is a number, its building's is text."""
    return {
        "id": course.id,
        "building_id": str(course.building_id),
        "title": course.title,
        "course_code": course.course_code,
        "department": course.department,
        "description": course.description,
        "credits": 0,
        "subject_area": 0,
        "grade_level_range_start": 0,
        "grade_level_range_end": 0,
        "synced": course.synced,
    }


def section_row(store: Any, section: Section, base: str, *, fresh: bool = False) -> Row:
    """A section: ids are text; `synced` and `weight` are text, or null just after the create."""
    course = store.courses[section.course_id]
    return {
        "id": str(section.id),
        "course_title": course.title,
        "course_code": course.course_code,
        "course_id": str(section.course_id),
        "school_id": str(store.school.id),
        "building_id": str(course.building_id),
        "access_code": section.access_code,
        "section_title": section.section_title,
        "section_code": section.section_code,
        "section_school_code": section.section_school_code,
        "synced": None if fresh else str(section.synced or 0),
        "active": section.active,
        "description": section.description,
        "parent_id": None,
        "grading_periods": list(section.grading_periods),
        "profile_url": "",
        "location": "",
        "meeting_days": [""],
        "start_time": "",
        "end_time": "",
        "weight": None if fresh else "0",
        "options": {
            "weighted_grading_categories": str(section.weighted_grading_categories),
            "upload_documents": "0",
            "create_discussion": "0",
            "content_index_visibility": [],
        },
        "admin": 1,
        "links": {"self": f"{base}/sections/{section.id}"},
    }


def enrollment_row(store: Any, enrollment: Enrollment, base: str, *, fresh: bool = False) -> Row:
    """An enrollment: ids are text, and `status` is text in lists and a number after a POST."""
    user = store.users[enrollment.uid]
    return {
        "id": str(enrollment.id),
        "uid": str(enrollment.uid),
        "school_uid": user.school_uid,
        "name_title": "",
        "name_first": user.name_first,
        "name_first_preferred": "",
        "name_middle": user.name_middle,
        "name_last": user.name_last,
        "name_display": user.name,
        "admin": enrollment.admin,
        "status": enrollment.status if fresh else str(enrollment.status),
        "picture_url": "",
        "links": {"self": f"{base}/sections/{enrollment.section_id}/enrollments/{enrollment.id}"},
    }


def grading_period_row(period: GradingPeriod, base: str, *, single: bool = False) -> Row:
    """A grading period: its ID is a number in lists and text when alone; days have a time when alone."""
    tail = " 00:00:00" if single else ""
    today = date.today()  # noqa: DTZ011 - the sandbox lives on this machine's day
    return {
        "id": str(period.id) if single else period.id,
        "title": period.title,
        "start": period.start.isoformat() + tail,
        "end": period.end.isoformat() + tail,
        "active": "1" if period.start <= today <= period.end else "0",
        "has_children": False,
        "parent": "0",
        "links": {"self": f"{base}/gradingperiods/{period.id}"},
    }


def category_row(category: GradingCategory, weighted: bool) -> Row:
    """A grading category; the weight only where categories are weighted."""
    row: Row = {
        "id": category.id,
        "title": category.title,
        "delta": category.delta,
        "calculation_type": category.calculation_type,
        "default_max_points": "100",
        "default_grading_scale_id": 0,
        "drop_lowest": category.drop_lowest,
        "realm": "course",
        "realm_id": category.section_id,
    }
    if weighted:
        row["weight"] = category.weight
    return row


def node_id(item: Item) -> int:
    """The id of what is graded: a discussion has one of its own."""
    return item.id + DISCUSSIONS if item.type == "discussion" else item.id


def item_row(item: Item) -> Row:
    """A graded item: most numbers are text; two flags come only when they are not the default."""
    row: Row = {
        "id": item.id,
        "title": item.title,
        "description": item.description,
        "due": item.due,
        "grading_scale": str(item.grading_scale),
        "grading_period": str(item.grading_period),
        "grading_category": str(item.grading_category),
        "max_points": item.max_points,
        "factor": item.factor,
        "is_final": str(item.is_final),
        "show_comments": "0",
        "grade_stats": "0",
        "allow_dropbox": "0",
        "allow_discussion": "0",
        "published": item.published,
        "type": item.type,
        "grade_item_id": node_id(item),
        "available": 1,
        "completed": 0,
        "dropbox_locked": 0,
        "grading_scale_type": 0,
        "show_rubric": False,
        "num_assignees": len(item.assignees),
        "assignees": list(item.assignees),
        "grading_group_ids": list(item.grading_group_ids),
        "auto_publish_grades": item.auto_publish_grades,
        "last_updated": str(item.last_updated),
    }
    if not item.count_in_grade:
        row["count_in_grade"] = 0
    if item.collected_only:
        row["collected_only"] = 1
    return row


def grade_row(store: Any, grade: Grade) -> Row:
    """A cell of the gradebook."""
    item = store.items.get(grade.item_id)
    value = grade.grade
    whole = value is not None and float(value).is_integer()
    letter = grade.letter if store.tells_letters else ""
    return {
        "enrollment_id": grade.enrollment_id,
        "assignment_id": grade.item_id,
        "grade": letter or (int(value) if whole and value is not None else value),
        "exception": grade.exception,
        "max_points": float(read_number(item.max_points) or 0) if item else 0,
        "is_final": item.is_final if item else 0,
        "timestamp": grade.timestamp,
        "comment": grade.comment,
        "comment_status": grade.comment_status,
        "override": None,
        "calculated_grade": None,
        "pending": None,
        "type": item.type if item else "assignment",
        "location": "",
        "scale_id": item.grading_scale if item else 0,
        "scale_type": 1 if letter else 0,
        "category_id": item.grading_category if item else 0,
    }
