"""The downloads of the Logs tab."""

from __future__ import annotations

from flask import Response

from lti_app.extensions import db
from lti_app.models import Run
from lti_app.runs import changes_csv, history
from lti_app.runs import names as runs_names
from lti_app.runs.history import ChangeFilter
from lti_app.store.district import District
from lti_app.web.shared.downloads import csv_download

AUDIT = ("When (UTC)", "Who", "Schoology user ID", "What", "Before", "After")


def run_csv(installation_id: int, run: Run, wanted: ChangeFilter, *, scores: bool) -> Response:
    """Every change that the filter lets through, streamed; what scores are only with `scores`."""
    names = runs_names.names(District(db.session, installation_id))
    changes = history.each_change(District(db.session, installation_id), run.id, wanted)
    return csv_download(
        f"sync-{run.job_id}-changes.csv",
        changes_csv.HEADINGS,
        (changes_csv.cells(each, names, scores=scores) for each in changes),
    )


def audit_csv(installation_id: int) -> Response:
    """Every changed setting, streamed."""
    rows = (
        (
            each.at.isoformat(timespec="seconds"),
            each.who,
            each.uid,
            each.what,
            each.old,
            each.new,
        )
        for each in history.each_audit(District(db.session, installation_id))
    )
    return csv_download("changed-settings.csv", AUDIT, rows)
