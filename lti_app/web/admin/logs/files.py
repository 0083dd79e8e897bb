"""The downloads of the Logs tab."""

from __future__ import annotations

from flask import Response

from lti_app.extensions import db
from lti_app.models import Change, Run
from lti_app.runs import history, words
from lti_app.runs import names as runs_names
from lti_app.runs.history import ChangeFilter
from lti_app.runs.names import Names
from lti_app.store.district import District
from lti_app.web.shared.downloads import csv_download

CHANGES = (
    "Line",
    "Kind",
    "Action",
    "Name",
    "SIS ID",
    "Schoology ID",
    "Building",
    "Outcome",
    "Before",
    "After",
    "Reason",
    "Schoology message",
    "Finished (UTC)",
)
AUDIT = ("When (UTC)", "Who", "Schoology user ID", "What", "Before", "After")


def changes_csv(installation_id: int, run: Run, wanted: ChangeFilter, *, scores: bool) -> Response:
    """Every change that the filter lets through, streamed; what scores are only with `scores`."""
    names = runs_names.names(District(db.session, installation_id))
    changes = history.each_change(District(db.session, installation_id), run.id, wanted)
    return csv_download(
        f"sync-{run.job_id}-changes.csv", CHANGES, (_cells(each, names, scores) for each in changes)
    )


def audit_csv(installation_id: int) -> Response:
    """Every changed setting, streamed."""
    rows = (
        (each.at.isoformat(timespec="seconds"), each.name, each.uid, each.what, each.old, each.new)
        for each in history.each_audit(District(db.session, installation_id))
    )
    return csv_download("changed-settings.csv", AUDIT, rows)


def _cells(change: Change, names: Names, scores: bool) -> tuple[object, ...]:
    shown = scores or change.kind != "score"
    differing = words.field_changes(change.before, change.after, names) if shown else []
    return (
        change.seq,
        words.counted_kind(change.kind, 1),
        words.ACTIONS.get(change.action, change.action),
        change.label,
        change.sis_id,
        change.schoology_id,
        names.sis_buildings.get(change.building, change.building),
        words.OUTCOMES.get(change.state, change.state),
        "; ".join(f"{each.label}: {each.before}" for each in differing if each.before),
        "; ".join(f"{each.label}: {each.after}" for each in differing if each.after),
        change.reason,
        change.words if shown else "",
        change.finished_at.isoformat(timespec="seconds") if change.finished_at else "",
    )
