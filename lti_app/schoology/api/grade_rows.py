"""Rows of Schoology's gradebook to values: numbers come as numbers or text, flags as 0, "0", null or bool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from lti_app.outbound.errors import Unexpected
from lti_app.school.gradebook import (
    Calculation,
    Grade,
    GradeCategory,
    GradedItem,
    GradeScale,
    SchoologyGrades,
    ScoreException,
    Seat,
    SectionGrading,
)
from lti_app.schoology.words import SchoologyCode, told

Row = dict[str, Any]
Average = Decimal | None
EXCEPTIONS = {
    0: ScoreException.NONE,
    1: ScoreException.EXCUSED,
    2: ScoreException.INCOMPLETE,
    3: ScoreException.MISSING,
}
OVERALL = "final"
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", re.ASCII)
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters and halves of a character that was cut: no database holds them, and no one sees them."""
FLAGS = {
    "published": (True, "whether it’s published"),
    "count_in_grade": (True, "whether it counts"),
    "collected_only": (False, "whether it’s only collected"),
    "is_final": (False, "whether it’s a midterm or final"),
    "auto_publish_grades": (True, "whether its grades are published"),
}
"""Field of an item → its documented default, and how people call it (REST API v1, assignment)."""
"""The `comment_status` of a comment that the student may not see (REST API v1, grade object)."""


def flag(value: object) -> bool:
    """Whether a flag in any of its spellings is on."""
    return str(value).strip().lower() in ("1", "true")


def number(value: object) -> Decimal | None:
    """A number out of a number or numeric text, else None: `1_0` and digits of other scripts are none."""
    if value is None or isinstance(value, bool):
        return None
    text = str(value).strip()
    return Decimal(text) if NUMBER.fullmatch(text) else None


def whole(value: object, default: int = 0) -> int:
    """A whole number, or the default."""
    found = number(value)
    return default if found is None else int(found)


def words(value: object) -> str:
    """A text that people read, as both databases can hold it; empty for none."""
    return UNSTORABLE.sub("", str(value or "")).strip()


def grading(row: Row) -> SectionGrading:
    """What a section says of itself."""
    options = row.get("options") or {}
    return SectionGrading(
        weighted=flag(options.get("weighted_grading_categories")),
        archived=str(row.get("active", 1)) == "0",
    )


def items(rows: Iterable[Row]) -> list[GradedItem]:
    """Published items; drafts are left out by Schoology, and here should it change."""
    return [found for found in map(item, rows) if found.published]


def seats(rows: Iterable[Row]) -> list[Seat]:
    """The students among members."""
    return [seat(row) for row in rows if str(row.get("admin")) != "1"]


def grades(pages: Iterable[Row]) -> SchoologyGrades:
    """Grades with the overall averages; every page repeats the averages."""
    found: list[Grade] = []
    overall: dict[str, Average] = {}
    for page in pages:
        rows = (page.get("grades") or {}).get("grade") or []
        # A row that names no item, or no one, is no cell of the gradebook.
        found += [grade(row) for row in rows if row.get("assignment_id") and row.get("enrollment_id")]
        overall.update(averages(page))
    return SchoologyGrades(tuple(found), overall)


def _id(row: Row, what: str) -> str:
    """Raises Unexpected: what is left out of a list would look deleted."""
    if not row.get("id"):
        raise Unexpected(**told(SchoologyCode.WITHOUT_ID, what=what))
    return str(row["id"])


def category(row: Row) -> GradeCategory:
    """A grading category."""
    return GradeCategory(
        id=_id(row, "grading category"),
        title=words(row.get("title")),
        calculation=Calculation.PERCENT
        if whole(row.get("calculation_type")) == 1
        else Calculation.TOTAL_POINTS,
        weight=number(row.get("weight")),
        drop_lowest=whole(row.get("drop_lowest")),
    )


def scale(row: Row) -> GradeScale:
    """A grading scale; the percentage of a letter is its average, or its cutoff."""
    body = row.get("scale")
    levels = (body.get("level") or []) if isinstance(body, dict) else []
    found = [(words(each.get("grade")), _level(each)) for each in levels]
    return GradeScale(
        id=_id(row, "grading scale"),
        title=words(row.get("title")),
        levels=tuple((letter, percent) for letter, percent in found if letter and percent is not None),
    )


def _level(row: Mapping[str, Any]) -> Decimal | None:
    found = number(row.get("average"))
    return found if found is not None else number(row.get("cutoff"))


def item(row: Row) -> GradedItem:
    """A graded item; two flags come only when they are not the default."""
    return GradedItem(
        id=_id(row, "graded item"),
        title=words(row.get("title")),
        kind=str(row.get("type") or "assignment"),
        category_id=_reference(row.get("grading_category")),
        max_points=number(row.get("max_points")),
        factor=_or_one(number(row.get("factor"))),
        due=moment(row.get("due")),
        published=_flag_of(row, "published"),
        counts=_flag_of(row, "count_in_grade"),
        scale_id=_reference(row.get("grading_scale")),
        period_id=_reference(row.get("grading_period")),
        description=words(row.get("description")),
        last_updated=whole(row.get("last_updated")),
        collected_only=_flag_of(row, "collected_only"),
        is_final=_flag_of(row, "is_final"),
        auto_publish=_flag_of(row, "auto_publish_grades"),
        assignees=_ids(row.get("assignees")) or None,
        groups=tuple(sorted(_ids(row.get("grading_group_ids")))),
        unreadable=tuple(_unreadable(row)),
    )


def _flag_of(row: Row, name: str) -> bool:
    """A flag of an item; its default without a value, and for one that can't be read, which stops it."""
    default, _ = FLAGS[name]
    return flag(row[name]) if _is_flag(row.get(name)) else default


def _is_flag(value: object) -> bool:
    return str(value).strip().lower() in ("0", "1", "true", "false")


def _ids(given: object) -> frozenset[str]:
    """A list of ids; an empty one stands for everybody (REST API v1, assignment: `assignees`)."""
    return frozenset(str(each) for each in given) if isinstance(given, list) else frozenset()


def _is_list(given: object) -> bool:
    """Whether it is a list of ids, or nothing at all."""
    return isinstance(given, list) or not given


def _unreadable(row: Row) -> Iterator[str]:
    """Names of the fields that hold a text which is no number or no date, no flag, or no list of those it
    is for."""
    for name, words in (("max_points", "points"), ("factor", "factor")):
        if str(row.get(name) or "").strip() and number(row[name]) is None:
            yield words
    if str(row.get("due") or "").strip() and moment(row["due"]) is None:
        yield "due date"
    for name, (_, words) in FLAGS.items():
        if not _is_flag(row.get(name)) and row.get(name) not in (None, ""):
            yield words
    if not (_is_list(row.get("assignees")) and _is_list(row.get("grading_group_ids"))):
        yield "list of assigned students"


def groups(rows: Iterable[Row]) -> dict[str, frozenset[str]]:
    """Grading group → the enrollments that belong to it, of groups whose members can be read."""
    return {
        _id(row, "grading group"): _ids(row["members"])
        for row in rows
        if isinstance(row.get("members"), list)
    }


def _or_one(value: Decimal | None) -> Decimal:
    return Decimal(1) if value is None else value


def _reference(value: object) -> str:
    """An id, empty for none."""
    text = "" if value is None else str(value).strip()
    return "" if text == "0" else text


def moment(value: object) -> datetime | None:
    """A local moment as Schoology writes it (YYYY-MM-DD HH:MM:SS, or a day alone); None without one."""
    text = str(value or "").strip()
    try:
        return datetime.fromisoformat(text) if MOMENT.fullmatch(text) else None
    except ValueError:
        return None


def seat(row: Row) -> Seat:
    """A student of a section."""
    first, last = words(row.get("name_first")), words(row.get("name_last"))
    return Seat(
        enrollment_id=_id(row, "enrollment"),
        uid=str(row.get("uid") or ""),
        school_uid=words(row.get("school_uid")),
        name=f"{first} {last}".strip() or words(row.get("name_display")),
    )


def grade(row: Row) -> Grade:
    """A cell of the gradebook. An exception clears the score; a code that is not known is UNKNOWN."""
    exception = _exception(row.get("exception"))
    given = row.get("grade")
    score = number(given) if exception == ScoreException.NONE else None
    letter = (words(given) or "?") if exception == ScoreException.NONE and score is None and given else ""
    return Grade(
        item_id=str(row["assignment_id"]),
        enrollment_id=str(row["enrollment_id"]),
        score=score,
        exception=exception,
        comment=_comment(row),
        timestamp=whole(row.get("timestamp")),
        letter=letter,
    )


def _comment(row: Row) -> str:
    """A comment that the student may see; one with a status that can't be read stays in Schoology."""
    status = row.get("comment_status")
    if status not in (None, "") and not flag(status):
        return ""
    return words(row.get("comment"))


def _exception(given: object) -> ScoreException:
    """What cannot be read as a code is UNKNOWN: taken for none it would clear the score in the SIS."""
    text = str(given if given is not None else 0).strip() or "0"
    is_code = text.isascii() and text.isdecimal()
    return EXCEPTIONS.get(int(text), ScoreException.UNKNOWN) if is_code else ScoreException.UNKNOWN


def averages(page: Row) -> dict[str, Average]:
    """Enrollment id → overall average of a page of grades."""
    return {
        str(row.get("enrollment_id")): number(period.get("grade"))
        for row in page.get("final_grade") or []
        for period in row.get("period") or []
        if period.get("period_id") == OVERALL
    }
