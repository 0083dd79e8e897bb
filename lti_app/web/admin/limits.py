"""The limits page of the Configuration tab: how much a sync may change before a person is asked."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from wtforms import DateField, Form, IntegerField, ValidationError
from wtforms.validators import InputRequired, NumberRange, Optional

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Installation, SyncOptions
from lti_app.school.limits import Limits
from lti_app.school.retention import Retention
from lti_app.sync import audit
from lti_app.web.access import acting_user_only, admin_reader, who
from lti_app.web.admin.tabs import INVALID, blueprint, show

LONGEST_WINDOW = 92
"""Most days of a rollover window."""
SHARES = ("drop_share", "section_share", "update_share", "rollover_drop_share", "rollover_update_share")


def _percent(label: str, help_text: str, least: int = 1) -> IntegerField:
    return IntegerField(
        label,
        description=help_text,
        validators=[
            InputRequired("Give a number from 1 to 100."),
            NumberRange(least, 100, f"Give a number from {least} to 100."),
        ],
        render_kw={"inputmode": "numeric"},
    )


def _number(label: str, help_text: str, most: int) -> IntegerField:
    return IntegerField(
        label,
        description=help_text,
        validators=[
            InputRequired(f"Give a number from 1 to {most}."),
            NumberRange(1, most, f"Give a number from 1 to {most}."),
        ],
        render_kw={"inputmode": "numeric"},
    )


def _days(label: str, help_text: str, least: int, most: int) -> IntegerField:
    words = f"Give a number of days from {least} to {most}."
    return IntegerField(
        f"{label}, days",
        description=help_text,
        validators=[InputRequired(words), NumberRange(least, most, words)],
        render_kw={"inputmode": "numeric"},
    )


class LimitsForm(Form):
    """Shares in percent; see lti_app.school.limits.Limits."""

    drop_share = _percent("Drops, percent", "Of the linked records of one kind in one building.")
    drop_floor = _number("Never ask below", "Fewer drops than this go through.", 50)
    drop_ceiling = _number("Always ask above", "More drops than this always wait.", 5000)
    section_share = _percent("One section, percent", "Of the students of a section, who would lose it.", 10)
    section_floor = _number("Smallest section that is judged", "Smaller sections are not judged alone.", 30)
    update_share = _percent("Updates, percent", "Of the linked records of one kind in one building.")
    rollover_until = DateField(
        "Year rollover until",
        description="Until this day, inclusive, the two limits below hold instead. Leave it empty otherwise.",
        validators=[Optional()],
    )
    rollover_drop_share = _percent("Drops during rollover, percent", "Usually high: last year's classes end.")
    rollover_update_share = _percent("Updates during rollover, percent", "Usually 100: everybody moves up.")

    today: date

    def validate_rollover_until(self, field: DateField) -> None:
        """A window that never ends would be no limit."""
        if field.data and (field.data - self.today).days > LONGEST_WINDOW:
            raise ValidationError(f"A rollover window lasts {LONGEST_WINDOW} days at most.")

    def validate_drop_ceiling(self, field: IntegerField) -> None:
        """The three numbers of drops must fit together."""
        if field.data and self.drop_floor.data and field.data < self.drop_floor.data:
            raise ValidationError("This must not be less than “Never ask below”.")

    @classmethod
    def of(cls, limits: Limits) -> LimitsForm:
        """The form as the limits stand."""
        values: dict[str, Any] = limits.to_json()
        for name in SHARES:
            values[name] = round(values[name] * 100)
        until = values["rollover_until"]
        values["rollover_until"] = date.fromisoformat(until) if until else None
        return cls(data=values)

    def wanted(self) -> Limits:
        """What was typed."""
        values = dict(self.data)
        for name in SHARES:
            values[name] /= 100
        values["rollover_until"] = values["rollover_until"].isoformat() if values["rollover_until"] else ""
        return Limits(**values)


class RetentionForm(Form):
    """Days; see lti_app.school.retention.Retention."""

    changes = _days("Lines of syncs", "They name people. They are needed to undo a sync.", 30, 1825)
    reads = _days("Records as last read", "They name people. “Why?” explains from them.", 7, 365)
    scores = _days("Scores as sent", "Of courses that nobody opened or synced for so long.", 90, 1825)
    runs = _days("Syncs and jobs", "Their counts and results, without names.", 30, 3650)
    audit = _days("Changed settings", "Who changed what, and when.", 365, 3650)
    events = _days("Events of Schoology", "Notices of changed grades that were dealt with.", 1, 90)


def current(installation_id: int) -> Limits:
    """The limits of an installation."""
    row = db.session.get(SyncOptions, installation_id)
    return Limits.from_json(row.brakes if row else {})


def render(form: LimitsForm | None = None, **more: Any) -> str:
    """The page with its form, as kept or as posted."""
    mine = who().installation_id
    kept = current(mine)
    more.setdefault("keeping", RetentionForm(data=_retention(mine).to_json()))
    return show("configuration", "admin/limits.html", form=form or LimitsForm.of(kept), kept=kept, **more)


def _retention(installation_id: int) -> Retention:
    row = db.session.get(SyncOptions, installation_id)
    return Retention.from_json(row.retention if row else {})


@blueprint.post("/limits")
@admin_reader
def limits() -> str:
    """Show the limits."""
    return render()


@blueprint.post("/limits/save")
@acting_user_only
def limits_save() -> str:
    """Store the limits."""
    mine = who().installation_id
    form = LimitsForm(request.form)
    form.today = clock.today(db.session.get_one(Installation, mine).time_zone)
    if not form.validate():
        return render(form, messages=[INVALID])
    before, wanted = current(mine).to_json(), form.wanted().to_json()
    for name, value in wanted.items():
        audit.record(db.session, mine, who(), f"Limit {name}", old=before[name], new=value)
    row = db.session.get(SyncOptions, mine) or SyncOptions(installation_id=mine)
    row.brakes = wanted
    db.session.add(row)
    db.session.commit()
    return render(messages=[("success", "Saved. The limits hold from the next plan on.")])


@blueprint.post("/limits/retention")
@acting_user_only
def limits_retention() -> str:
    """Store how long things are kept."""
    mine = who().installation_id
    form = RetentionForm(request.form)
    if not form.validate():
        return render(keeping=form, messages=[INVALID])
    before, wanted = _retention(mine).to_json(), Retention(**form.data).to_json()
    for name, value in wanted.items():
        audit.record(db.session, mine, who(), f"Days to keep {name}", old=before[name], new=value)
    row = db.session.get(SyncOptions, mine) or SyncOptions(installation_id=mine)
    row.retention = wanted
    db.session.add(row)
    db.session.commit()
    return render(messages=[("success", "Saved. What is older is forgotten once a day.")])
