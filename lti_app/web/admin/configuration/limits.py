"""The limits page of the Configuration tab: how much a sync may change before a person is asked."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms import Form, IntegerField
from wtforms.validators import InputRequired, NumberRange

from lti_app import clock, formats
from lti_app.extensions import db
from lti_app.models import Installation, SyncOptions
from lti_app.school.limits import SHARES, Limits
from lti_app.school.retention import Retention
from lti_app.store import audit
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.configuration.limit_form import LimitsForm
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import INVALID


def _days(label: str, help_text: str, least: int, most: int) -> IntegerField:
    words = f"Enter a number of days from {least} to {most}."
    return IntegerField(
        f"{label} (days)",
        description=help_text,
        validators=[InputRequired(words), NumberRange(least, most, words)],
        render_kw={"inputmode": "numeric"},
    )


class RetentionForm(Form):
    """Days; see lti_app.school.retention.Retention."""

    changes = _days("Changes made by syncs", "Includes people’s names. Needed to undo a sync.", 30, 1825)
    reads = _days("SIS data from the last refresh", "Includes people’s names. Used by “Why?”.", 7, 365)
    scores = _days("Sent scores", "For courses that haven’t been opened or synced for this long.", 90, 1825)
    runs = _days("Sync results", "Counts and results, without names.", 30, 3650)
    audit = _days("Settings history", "Who changed what, and when.", 365, 3650)
    left = _days("People who left the SIS", "After this, only their IDs are kept.", 30, 3650)
    events = _days("Schoology events", "Processed notices of grade changes.", 1, 90)


def current(installation_id: int) -> Limits:
    """The limits of an installation."""
    row = db.session.get(SyncOptions, installation_id)
    return Limits.from_json(row.brakes if row else {})


def render(form: LimitsForm | None = None, **more: Any) -> str:
    """The page with its form, as kept or as posted."""
    district = own_district()
    kept = current(district.id)
    more.setdefault("keeping", RetentionForm(data=_retention(district.id).to_json()))
    return show("configuration", "admin/limits.html", form=form or LimitsForm.of(kept), kept=kept, **more)


def _retention(installation_id: int) -> Retention:
    row = db.session.get(SyncOptions, installation_id)
    return Retention.from_json(row.retention if row else {})


@blueprint.post("/limits")
@admin_reader
@place()
def limits() -> str:
    """Show the limits."""
    return render()


@blueprint.post("/limits/save")
@acting_user_only
def limits_save() -> str:
    """Store the limits."""
    district = own_district()
    form = LimitsForm(request.form)
    form.today = clock.today(db.session.get_one(Installation, district.id).time_zone)
    if not form.validate():
        return render(form, messages=[INVALID])
    before, wanted = current(district.id).to_json(), form.wanted().to_json()
    for name, value in wanted.items():
        audit.record(
            district,
            who(),
            f"Limit “{form[name].label.text}”",
            old=_said(name, before[name]),
            new=_said(name, value),
        )
    row = db.session.get(SyncOptions, district.id) or SyncOptions(installation_id=district.id)
    row.brakes = wanted
    db.session.add(row)
    db.session.commit()
    return render(messages=[("success", "Saved. The limits apply from the next sync.")])


def _said(name: str, value: Any) -> str:
    """The value of a limit as people read it; empty for a date that isn't set."""
    if name in SHARES:
        return formats.percent(value)
    return formats.stored(value) if isinstance(value, str) else formats.number(value)


@blueprint.post("/limits/retention")
@acting_user_only
def limits_retention() -> str:
    """Store how long things are kept."""
    district = own_district()
    form = RetentionForm(request.form)
    if not form.validate():
        return render(keeping=form, messages=[INVALID])
    before, wanted = _retention(district.id).to_json(), Retention(**form.data).to_json()
    for name, value in wanted.items():
        audit.record(district, who(), f"Data retention: {form[name].label.text}", old=before[name], new=value)
    row = db.session.get(SyncOptions, district.id) or SyncOptions(installation_id=district.id)
    row.retention = wanted
    db.session.add(row)
    db.session.commit()
    return render(messages=[("success", "Saved. Older data is deleted once a day.")])
