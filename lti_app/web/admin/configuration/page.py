"""The Configuration tab: credentials, test, time zone, Acting User, steps of the set-up."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, request
from wtforms import Form

from lti_app import formats
from lti_app.extensions import db
from lti_app.grades import parked
from lti_app.grades.rows import live as rows_live
from lti_app.models import Installation, SisConnection
from lti_app.operations import due_syncs, schedule
from lti_app.runs.words import sentence
from lti_app.setup import checklist, connection, connection_entry, sis_move
from lti_app.setup.connection_entry import is_complete
from lti_app.sis.errors import SisError
from lti_app.sis.port import SisInfo
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.sync.data_prep import likely_present, undecided
from lti_app.vault import VaultError
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin import progress
from lti_app.web.admin.configuration import limits, queue, reader_list
from lti_app.web.admin.configuration.connection_form import ConnectionForm, vault
from lti_app.web.admin.configuration.mail_form import MailForm
from lti_app.web.admin.configuration.timing_form import TimingForm
from lti_app.web.admin.grades import live as grades_live
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import ask_systems, job_view
from lti_app.web.shared.ask_jobs import submit
from lti_app.web.shared.fields import time_zone_field
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import INVALID, Message

SAVED: Message = ("success", "Saved, but not tested yet. Select Test and save to check the credentials.")
GRADES_OFF = "Rosters work, but grades are off because the SIS refuses access to its gradebook."
FILL_IN: Message = ("info", "Nothing is saved yet. Fill in the fields for the system you selected.")
MOVES = (
    "This district has synced before, so syncs are paused until you confirm the change: open Change of SIS."
)
MOVED: Message = ("warning", f"Saved. {MOVES}")


class TimeZoneForm(Form):
    """The district's time zone."""

    time_zone = time_zone_field(
        "Time zone", "Sets the date for enrollments and terms, and when the sync window starts."
    )


def render(
    form: ConnectionForm | None = None,
    *,
    zone: TimeZoneForm | None = None,
    timing: TimingForm | None = None,
    mail: MailForm | None = None,
    messages: Sequence[Message] = (),
    told: bool = False,
) -> str:
    """The tab, with the forms as stored or as posted. `told`: the messages say how the test went."""
    district = own_district()
    job = job_view.current_view(district)
    stored = connection.read(district)
    installation = db.session.get_one(Installation, district.id)
    todo = checklist.steps(district)
    return show(
        "configuration",
        "admin/configuration.html",
        messages,
        form=form or ConnectionForm(stored),
        entered=is_complete(stored),
        move=sis_move.moving(district),
        zone=zone or TimeZoneForm(obj=installation),
        zone_is_chosen=schedule.zone_is_chosen(district),
        stored=stored,
        told=told,
        steps=todo,
        next_step=checklist.next_step(todo),
        already=likely_present.warning(district),
        unprepared=likely_present.nobody_linked(district),
        undecided=undecided.count(district),
        limits=limits.current(district.id),
        timing=timing or TimingForm.of(district.id),
        timing_live=rows_live.shown(district),
        mail=mail or MailForm.of(district.id),
        mail_works=current_app.extensions["wiring"].mailer.configured,
        next_sync=due_syncs.sentence(district),
        job=job,
        queue=queue.lines(district),
        readers=reader_list.lines(district),
    )


@blueprint.post("/configuration")
@admin_reader
@place()
def configuration() -> str:
    """Show the tab."""
    return render()


@blueprint.post("/configuration/sis")
@acting_user_only
def configuration_sis() -> str:
    """Show the fields of the student information system that was chosen; nothing is saved."""
    return render(ConnectionForm(connection.read(own_district()), request.form))


@blueprint.post("/configuration/save")
@acting_user_only
def configuration_save() -> str:
    """Store the credentials."""
    district = own_district()
    form = ConnectionForm(connection.read(district), request.form)
    if form.is_new_choice:
        return render(form, messages=[FILL_IN])
    if not form.validate():
        return render(form, messages=[INVALID])
    try:
        connection.save(district, form.entry(), who(), vault())
    except VaultError as error:
        return render(form, messages=[("danger", str(error))])
    db.session.commit()
    return render(messages=[MOVED if sis_move.moving(district) else SAVED])


@blueprint.post("/configuration/test")
@acting_user_only
def configuration_test() -> str:
    """Sign in to the SIS with what stands in the form, and save it if that works. If it doesn't, it is saved
    only where no connection works yet, so that nothing has to be typed again."""
    stored = connection.read(own_district())
    form = ConnectionForm(stored, request.form)
    if form.is_new_choice:
        return render(form, messages=[FILL_IN])
    if not form.validate():
        return render(form, messages=[("danger", "Not tested. Fix the marked fields and try again.")])
    return _tested(form, stored)


@blueprint.post("/configuration/time-zone")
@acting_user_only
def configuration_time_zone() -> str:
    """Store the time zone."""
    zone = TimeZoneForm(request.form)
    if not zone.validate():
        return render(zone=zone, messages=[INVALID])
    installation = db.session.get_one(Installation, who().installation_id)
    former = installation.time_zone if schedule.zone_is_chosen(District(db.session, installation.id)) else ""
    audit.record(
        District(db.session, installation.id), who(), schedule.ZONE, old=former, new=zone.time_zone.data
    )
    schedule.move_zone(District(db.session, installation.id), zone.time_zone.data)
    db.session.commit()
    return render(messages=[("success", "Time zone saved.")])


@blueprint.post("/configuration/timing")
@acting_user_only
def configuration_timing() -> str:
    """Store mode, window and live sync."""
    timing = TimingForm(request.form)
    if not timing.validate():
        return render(timing=timing, messages=[INVALID])
    timing.save(who())
    saved: Message = ("success", "Sync options saved.")
    wanted, on = bool(timing.live_grades.data), rows_live.is_on(own_district())
    if wanted and not on:
        return grades_live.render([saved, grades_live.NOT_YET])
    return render(messages=[saved, grades_live.turn_off()] if on and not wanted else [saved])


@blueprint.post("/configuration/mail")
@acting_user_only
def configuration_mail() -> str:
    """Store who is told by mail."""
    mail = MailForm.posted()
    if not mail.validate():
        return render(mail=mail, messages=[INVALID])
    mail.save(who())
    return render(messages=[("success", "Email settings saved.")])


@blueprint.post("/configuration/mail/test")
@acting_user_only
def configuration_mail_test() -> str:
    """Send a test to the addresses that are saved."""
    return render(messages=[MailForm.posted().try_out(who().installation_id)])


@blueprint.post("/configuration/cancel")
@acting_user_only
def configuration_cancel() -> str:
    """Stop the job that is queued or running."""
    return progress.cancel(render)


def _tested(form: ConnectionForm, stored: SisConnection) -> str:
    try:
        if connection_entry.differs(form.entry(), stored):
            return _tested_as_typed(form, stored)
        info = connection.check(own_district(), ask_systems.sis(stored))
    except (SisError, VaultError) as error:
        return render(form, messages=[("danger", f"The connection doesn’t work. {error}")], told=True)
    submit(*parked.resume(own_district()))
    return render(messages=[_found(info)], told=True)


def _tested_as_typed(form: ConnectionForm, stored: SisConnection) -> str:
    """Raises VaultError."""
    district, entry = own_district(), form.entry()
    works, moving = bool(stored.checked_at and not stored.problem), sis_move.moving(district)
    attempt = connection.trial(stored, entry, vault())
    db.session.commit()
    try:
        info = ask_systems.sis(attempt).check()
    except SisError as error:
        if works:
            kept = "Nothing was saved, and syncs keep using the connection that works."
            return render(form, messages=[("danger", f"This doesn’t work. {error} {kept}")], told=True)
        connection.save(district, entry, who(), vault())
        connection.note_problem(district, error)
        db.session.commit()
        said = f"Saved, but the connection doesn’t work yet. {error}"
        return render(messages=[("danger", said)], told=True)
    connection.save(district, entry, who(), vault())
    db.session.commit()
    info = connection.check(district, ask_systems.sis(connection.read(district)))
    level, text = _found(info)
    moves = f" {MOVES}" if sis_move.moving(district) and not moving else ""
    submit(*parked.resume(district))
    return render(messages=[("warning" if moves else level, f"Saved. {text}{moves}")], told=True)


def _found(info: SisInfo) -> Message:
    schools = formats.counted(info.buildings, "school")
    text = f"The connection works: {info.product} {info.version}, {schools} found."
    refusal = connection.read(own_district()).gradebook_problem
    return ("warning", f"{text} {GRADES_OFF} {sentence(refusal)}") if refusal else ("success", text)
