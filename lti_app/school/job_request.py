"""What a job is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lti_app.school.run_kinds import RunKind
from lti_app.school.stored_json import StoredJson


@dataclass(frozen=True, kw_only=True)
class JobRequest(StoredJson):
    """Stored as JSON in job.params. Days and moments are in ISO format, empty where there is none."""

    ALWAYS = ("what",)

    what: str = RunKind.ALL
    """What its run covers."""
    plan_only: bool = False
    """Send nothing."""
    due: str = ""
    """The moment for which the schedule asked for it."""
    only: Mapping[str, str] = field(default_factory=dict)
    """{"kind", "sis_id", "name"} of the one record that it is about; the name is its key in words."""
    undo_of: int = 0
    """The id of the run to put back."""
    on: str = ""
    """The day to plan for, of a rehearsal."""
    step: str = "read"
    """Of Data Prep: read, match, confirm, check, or file."""
    table: str = ""
    """Of the file of Data Prep that it checks or applies: user, course or section."""
    recover: bool = False
    """Find again what the app made before a backup was restored, and send nothing."""
    paused: Mapping[str, Any] | str = ""
    """Why syncing was paused before such a restore: a reason as JSON, or a text of an older version."""
    course: str = ""
    """What the course is called whose grades it syncs."""
    items: tuple[str, ...] = ()
    """Only these graded items; empty for all."""
    failed_only: bool = False
    """Only what failed before."""
    remove: tuple[str, ...] = ()
    """Assignments to remove from the SIS."""
    let_go: bool = False
    """The brake's sentence was shown with what is to be removed."""
    approved_only: bool = False
    """Only what was held and a person has approved."""
    shown: Mapping[str, Mapping[str, str]] | None = None
    """Item → student → the SIS's value that was shown as one to be replaced; None where no one pressed."""
    put_back_scores: tuple[int, ...] = ()
    """The ids of the rows of scores that were cleared or replaced."""
    put_back_assignments: tuple[int, ...] = ()
    """The ids of the rows of assignments that were deleted."""
    sweep: int = 0
    """The id of the comparison of courses that asked for it."""
    told: bool = False
    """Events told of what that comparison had found, after all."""
    whole: bool = False
    """Compare everything, and not only what changed."""

    sections: Mapping[str, str] = field(default_factory=dict)
    """Schoology section → what of its categories was shown, as a digest; empty where nothing was yet."""
    by_teacher: bool = False
    """A teacher of the course asked, who may change how graded work counts."""

    @property
    def sends_items(self) -> bool:
        """Whether a job on grades sends what differs, and does not remove or put back."""
        return not (self.remove or self.put_back_scores or self.put_back_assignments)
