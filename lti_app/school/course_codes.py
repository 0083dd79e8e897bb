"""The codes of why the grades of a course, or live sync in it, can't be worked on.

A stored code keeps its name; its sentence is in lti_app.runs.words.reasons.courses.
"""

from __future__ import annotations

from enum import StrEnum, auto


class CourseCode(StrEnum):
    """What is in the way of a course."""

    GRADES_NOT_LINKED = auto()
    GRADES_SECTION_LEFT = auto()
    GRADES_COURSE_LOST = auto()
    GRADES_ARCHIVED = auto()
    GRADES_COURSE_GONE = auto()
    GRADES_SECTION_GONE = auto()
    GRADES_WITHOUT_SESSION = auto()
    GRADES_SETTINGS_UNREADABLE = auto()
    GRADES_PAUSED = auto()
    GRADES_NO_ACCESS = auto()
    GRADES_OFF = auto()
    GRADES_DOUBTED = auto()
    GRADES_SECTION_REFUSED = auto()
    SIS_HAS_NO_GRADEBOOK = auto()
    GRADES_SIS_SILENT = auto()
    GRADES_SCHOOLOGY_SILENT = auto()
    GRADES_SCHOOLOGY_ODD = auto()
    LIVE_OFF = auto()
    LIVE_NOT_MATCHED = auto()
    LIVE_NOT_CONFIRMED = auto()
    LIVE_COURSE_SCHOOLOGY_SILENT = auto()
    LIVE_COURSE_SIS_SILENT = auto()
    LIVE_COURSE_BUSY = auto()
