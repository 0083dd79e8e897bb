"""The form of the sync options: manual or scheduled, the window, live grades."""

from __future__ import annotations

from wtforms import BooleanField, Form, RadioField, SelectChoice, SelectField, ValidationError

from lti_app.extensions import db
from lti_app.jobs import timing
from lti_app.models import SyncOptions
from lti_app.operations import schedule
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.web.access import Person, own_district

NO_ZONE = "Save your district’s time zone first. The sync window uses it."


class TimingForm(Form):
    """When syncs happen by themselves."""

    mode = RadioField(
        "Syncs",
        choices=[
            SelectChoice(schedule.MANUAL, "Manual: only when you select Sync now"),
            SelectChoice(schedule.SCHEDULED, "Scheduled: daily, in the sync window below"),
        ],
        default=schedule.MANUAL,
    )
    window = SelectField(
        "Sync window",
        coerce=int,
        choices=[SelectChoice(hour, timing.window_words(hour)) for hour in timing.WINDOWS],
        description="The sync is queued when the window starts. It may end after the window.",
    )
    live_grades = BooleanField("Live Sync Schoology Grades")

    @classmethod
    def of(cls, installation_id: int) -> TimingForm:
        """The form as the options stand."""
        row = db.session.get(SyncOptions, installation_id)
        if row is None:
            return cls()
        return cls(data={"mode": row.mode, "window": row.window, "live_grades": row.live_grades})

    def validate_mode(self, field: RadioField) -> None:
        """A window needs a clock: someone must have said which."""
        if field.data == schedule.SCHEDULED and not schedule.zone_is_chosen(own_district()):
            raise ValidationError(NO_ZONE)

    def save(self, person: Person) -> None:
        """Store what was chosen but for live sync, which takes more than a tick, with its audit. Commits."""
        session, mine = db.session, person.installation_id
        row = session.get(SyncOptions, mine)
        before = (row.mode, row.window) if row else (schedule.MANUAL, 0)
        schedule.choose(District(session, mine), self.mode.data, self.window.data)
        row = session.get_one(SyncOptions, mine)
        for what, old, new in (
            ("Sync mode", before[0], row.mode),
            ("Sync window", timing.window_words(before[1]), timing.window_words(row.window)),
        ):
            audit.record(District(session, mine), person, what, old=old, new=new)
        session.commit()
