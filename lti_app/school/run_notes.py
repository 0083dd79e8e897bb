"""Notes about a run, in addition to its counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lti_app.school.job_request import JobRequest
from lti_app.school.stored_json import StoredJson


@dataclass(frozen=True, kw_only=True)
class RunNotes(StoredJson):
    """Stored as JSON in run.checkpoint. Days and moments are in ISO format, empty where there is none."""

    undo_of: int = 0
    """The id of the run that it puts back."""
    only: Mapping[str, str] = field(default_factory=dict)
    """{"kind", "sis_id"} of the one record that it is about."""
    recover: bool = False
    """It finds again what the app made before a backup was restored, and sends nothing."""
    paused: Mapping[str, Any] | str = ""
    """Why syncing was paused before such a restore: a reason as JSON, or a text of an older version."""
    on: str = ""
    """The day for which it plans, of a rehearsal."""
    step: str = "read"
    """Of Data Prep: read, match, confirm, check, or file."""
    table: str = ""
    """Of the file of Data Prep that it checks or applies: user, course or section."""
    staged: tuple[str, ...] = ()
    """Feeds that were read to their end, so that a resumed run does not read them again."""
    parts: tuple[str, ...] = ()
    """The same of what Data Prep reads."""
    admin_roles: tuple[str, ...] = ()
    """Roles in Schoology that make a system administrator."""
    guardian_types: tuple[str, ...] = ()
    """The contact types whose links it read."""
    day: str = ""
    """The day on which it read."""
    reading_since: str = ""
    """When it began to read, if that was not when it started."""
    approved_at: str = ""
    """When a person approved its plan."""
    decided_at: str = ""
    """When a person approved or discarded its plan."""

    @classmethod
    def of(cls, request: JobRequest) -> RunNotes:
        """What a job's request tells its run."""
        return cls(
            undo_of=request.undo_of,
            only=request.only,
            recover=request.recover,
            paused=request.paused,
            on=request.on,
            step=request.step,
            table=request.table,
        )
