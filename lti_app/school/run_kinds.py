"""What a run covers: one table that the queue, the engine, the setup checklist and the pages all ask."""

from __future__ import annotations

from enum import StrEnum

from lti_app.school.records import Counted, Kind


class BookKind(Counted):
    """What a line about the Schoology gradebook itself is about."""

    CATEGORY = "grading_category"


class RunKind(StrEnum):
    """What a run covers, as it is stored in Run.what and as `what` in a job's parameters."""

    ALL = "all"
    USERS = "users"
    COURSES = "courses"
    SECTIONS = "sections"
    ONE = "one"
    """One record, which the run's notes name."""
    UNDO = "undo"
    DRIFT = "drift"
    """A check of what was changed in Schoology; it changes nothing."""
    PREP = "prep"
    """Data Prep; the run's notes say which step of it."""
    GRADES = "grades"
    SWEEP = "sweep"
    LIVE_PREVIEW = "live-preview"
    LIVE_CONFIRM = "live-confirm"
    CATEGORIES = "categories"
    """The SIS's categories in Schoology, or the removal of those that such a run made."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of records of which it reads whole feeds; none where a record or another run decides."""
        return _KINDS.get(self, ())

    @property
    def steps(self) -> tuple[str, ...]:
        """The keys of the setup steps that it cannot do without."""
        return _STEPS.get(self, ())

    @classmethod
    def covering(cls, kind: Kind) -> tuple[RunKind, ...]:
        """The runs that read whole feeds of a kind of records."""
        return tuple(each for each, kinds in _KINDS.items() if kind in kinds)


_KINDS = {
    RunKind.ALL: tuple(Kind),
    RunKind.USERS: (Kind.USER, Kind.PARENT_LINK),
    RunKind.COURSES: (Kind.COURSE,),
    RunKind.SECTIONS: (Kind.SECTION, Kind.ENROLLMENT),
}
WHOLE = tuple(_KINDS)
"""Runs that read whole feeds. By hand, and unless it is a preview, such a run resets the wait for the next
scheduled one."""
PLAN_STEPS = ("api_key", "acting_user", "credentials", "schools")
"""The keys of the setup steps that a plan of anything needs: it sends nothing."""
_EVERYTHING = (*PLAN_STEPS, "terms", "users", "courses", "sections", "first_read")
_WITHOUT_THE_SIS = ("api_key", "acting_user")
_STEPS = {
    RunKind.ALL: _EVERYTHING,
    RunKind.USERS: (*PLAN_STEPS, "users", "first_read"),
    RunKind.COURSES: (*PLAN_STEPS, "courses", "first_read"),
    RunKind.SECTIONS: (*PLAN_STEPS, "terms", "sections", "first_read"),
    RunKind.ONE: _EVERYTHING,
    RunKind.UNDO: _WITHOUT_THE_SIS,
    RunKind.DRIFT: _WITHOUT_THE_SIS,
    RunKind.PREP: PLAN_STEPS,
}
