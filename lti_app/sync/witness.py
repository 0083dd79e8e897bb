"""Who made an enrollment that is found after a lost answer: the app, or somebody by hand before it.

What cannot be told counts as made by hand, so that the app never removes it.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Link, Run
from lti_app.school.records import Kind


class Witness:
    """Judges the lines of one installation."""

    def __init__(self, session: Session, installation_id: int) -> None:
        self._session, self._mine = session, installation_id
        self._newest: dict[int, str] = {}

    def made_by_the_app(self, change: Change, schoology_id: str) -> bool:
        """Whether the enrollment cannot have been there before the change was sent."""
        return (
            self._section_is_of_this_run(change)
            or self._last_act(change) == Action.DROP
            or self._is_new(change, schoology_id)
        )

    def _section_is_of_this_run(self, change: Change) -> bool:
        made = select(Change.id).where(
            Change.run_id == change.run_id,
            Change.kind == Kind.SECTION,
            Change.sis_id == change.parent,
            Change.action == Action.CREATE,
            Change.state == ChangeState.DONE,
        )
        return self._session.scalar(made.limit(1)) is not None

    def _last_act(self, change: Change) -> str | None:
        """What the app last did with this enrollment: after a drop it was not there."""
        acts = select(Change.action).where(
            Change.installation_id == self._mine,
            Change.kind == Kind.ENROLLMENT,
            Change.sis_id == change.sis_id,
            Change.state == ChangeState.DONE,
        )
        return self._session.scalar(acts.order_by(Change.id.desc()).limit(1))

    def _is_new(self, change: Change, schoology_id: str) -> bool:
        """Schoology counts its ids up, so one above all that the app knew before the run is younger than it.

        After a restored backup the app does not know what it knew.
        """
        run = self._session.get_one(Run, change.run_id)
        if run.checkpoint.get("recover") or not schoology_id.isdigit():
            return False
        if run.id not in self._newest:
            self._newest[run.id] = self._newest_before(run)
        newest = self._newest[run.id]
        return newest != "" and (len(schoology_id), schoology_id) > (len(newest), newest)

    def _newest_before(self, run: Run) -> str:
        known = select(Link.schoology_id).where(
            Link.installation_id == self._mine,
            Link.kind == Kind.ENROLLMENT,
            Link.changed_at < run.started_at,
        )
        longest = known.order_by(func.length(Link.schoology_id).desc(), Link.schoology_id.desc())
        return self._session.scalar(longest.limit(1)) or ""
