"""The lines of a run as cells of a table: the same for the download in Logs and for `sync show`."""

from __future__ import annotations

from lti_app.models import Change
from lti_app.runs import words
from lti_app.runs.names import Names

HEADINGS = (
    "Line",
    "Type",
    "Action",
    "Name",
    "SIS ID",
    "Schoology ID",
    "School",
    "Outcome",
    "Before",
    "After",
    "Reason",
    "Schoology's words",
    "Finished (UTC)",
)


def cells(change: Change, names: Names, *, scores: bool) -> tuple[object, ...]:
    """One line in the order of HEADINGS; what a score is, and what was said of it, only with `scores`."""
    shown = scores or change.kind != "score"
    differing = words.field_changes(change.before, change.after, names) if shown else []
    return (
        change.seq,
        words.counted_kind(change.kind, 1),
        words.ACTIONS.get(change.action, change.action),
        change.label,
        words.joining_name(change.kind, change.sis_id, parent=change.parent, person=change.person),
        change.schoology_id,
        names.sis_buildings.get(change.building, change.building),
        words.OUTCOMES.get(change.state, change.state),
        "; ".join(f"{each.label}: {each.before}" for each in differing if each.before),
        "; ".join(f"{each.label}: {each.after}" for each in differing if each.after),
        words.sentence(change.reason),
        change.words if shown else "",
        change.finished_at.isoformat(timespec="seconds") if change.finished_at else "",
    )
