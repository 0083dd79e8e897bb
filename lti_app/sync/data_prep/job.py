"""The job of Data Prep: read and match, match again, apply a file, or confirm."""

from __future__ import annotations

from sqlalchemy import delete, exists

from lti_app.models import PrepKey, PrepLine, PrepPair, PrepRow, PrepUpload, Run, RunState
from lti_app.school.run_kinds import RunKind
from lti_app.setup import choices
from lti_app.store.district import District
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep.confirm import confirm
from lti_app.sync.data_prep.counts import standing
from lti_app.sync.data_prep.files.apply import apply
from lti_app.sync.data_prep.files.check import CHECK, FILE, check_kept
from lti_app.sync.data_prep.match import match
from lti_app.sync.data_prep.read import read
from lti_app.sync.ledger import finish


def prepare(context: RunContext, run: Run) -> Run:
    """Carry out what the run was made for. Safe to repeat after a crash: it goes on where it stood."""
    _do_step(context, run)
    return finish(context.session, context.session.get_one(Run, context.run_id), RunState.DONE)


def _do_step(context: RunContext, run: Run) -> None:
    district = context.district
    step = run.notes.step
    if step == "read":
        read(context)
        match(context, run.id)
        run.counts = {**run.counts, "standing": standing(district.session, run.id)}
        choices.change_data_prep(district, run_id=run.id)
        district.session.commit()
        forget_older(district, run.id)
        return
    reading = data_prep_reading.reading(district)
    if reading is not None:
        {"confirm": confirm, FILE: apply, CHECK: check_kept}.get(step, match)(context, reading.id)
        run = district.session.get_one(Run, context.run_id)
        run.counts = {**run.counts, "standing": standing(district.session, reading.id)}


def forget_older(district: District, keep: int) -> None:
    """Forget what other runs of the installation had read. Commits."""
    for table in (PrepKey, PrepRow):
        others = district.select(Run.id).where(Run.what == RunKind.PREP, Run.id != keep)
        for run_id in district.session.scalars(others.where(exists().where(table.run_id == Run.id))).all():
            district.session.execute(
                delete(table).where(table.run_id == run_id).execution_options(synchronize_session=False)
            )
            district.session.commit()


def forget(district: District) -> None:
    """Forget rows, keys, pairs and uploads; the choices of the tab stay. The caller commits."""
    choices.change_data_prep(district, run_id=0)
    for table in (PrepPair, PrepLine, PrepUpload):
        district.session.execute(district.delete(table))
    district.session.commit()
    forget_older(district, 0)
