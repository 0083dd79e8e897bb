"""What a worker may be doing when it is killed: each asks for one job, over a world made ready for it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, update

from lti_app.extensions import db
from lti_app.models import Installation, Link, PairState, PrepPair, SyncOptions
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.apply.after_restore import RESTORED
from lti_app.sync.plan import approval
from tests.support.killed_worker import OVER, KilledWorker
from tests.support.world import World
from tests.unit.sync.plan.test_approval import Avery

LOOSE = {"drop_share": 0.5, "drop_floor": 50, "section_floor": 30, "update_share": 0.8, "update_floor": 50}


def a_day_passes(world: World) -> None:
    """Every third enrollment ends in the SIS, and every other student has another name."""
    for rows in world.district.enrollments.values():
        for place in range(0, len(rows), 3):
            rows[place] = rows[place]._replace(status="D")
    students = world.district.students
    for key in list(students)[::2]:
        students[key] = replace(students[key], last_name="Anders")
    with world.app.app_context():
        db.session.get_one(SyncOptions, 1).brakes = LOOSE
        db.session.commit()


def somebody_leaves(world: World) -> None:
    """A student is not in the SIS any more."""
    leaving = list(world.district.students)[1]
    del world.district.students[leaving]
    for key, rows in world.district.enrollments.items():
        world.district.enrollments[key] = [each for each in rows if each.student_id != leaving]


def first_day(worker: KilledWorker) -> None:
    """The first sync."""
    worker.queue()


def next_day(worker: KilledWorker) -> None:
    """A sync with updates and drops, and with a student to let go of."""
    _synced_and_a_day_later(worker)
    somebody_leaves(worker.world)
    worker.queue()


def next_day_undone(worker: KilledWorker) -> None:
    """The undo of such a sync, approved."""
    world = worker.world
    assert world.sync().state in OVER
    a_day_passes(world)
    somebody_leaves(world)
    run = world.run_of(world.sync())
    plan = world.run_of(world.sync("undo", undo_of=run.id))
    with world.app.app_context():
        approval.approve(District(db.session, 1), plan.id, plan.digest, who=Avery())
        db.session.commit()
    worker.keep()
    worker.remember()


def drift_check(worker: KilledWorker) -> None:
    """A check of what someone has changed and deleted in Schoology."""
    world = worker.world
    assert world.sync().state in OVER
    store = world.store
    for person in [each for each in store.users.values() if each.school_uid][::3]:
        person.name_last = "Byron"
    for enrollment_id in list(store.enrollments)[::4]:
        store.unenroll(enrollment_id)
    worker.keep()
    worker.queue("drift")


def one_record(worker: KilledWorker) -> None:
    """The sync of one person, after a day on which everybody changed."""
    _synced_and_a_day_later(worker)
    worker.queue("one", only=_somebody(worker))


def one_record_in_between(worker: KilledWorker) -> None:
    """The sync of everybody, and while it is under way the sync of one person."""
    _synced_and_a_day_later(worker)
    worker.queue()
    worker.queue("one", only=_somebody(worker))


def _somebody(worker: KilledWorker) -> dict[str, str]:
    with worker.world.app.app_context():
        links = db.session.query(Link).filter(Link.kind == Kind.USER, Link.sis_id.startswith("student")).all()
        return {"kind": "user", "sis_id": min(each.sis_id for each in links)}


def preview(worker: KilledWorker) -> None:
    """A preview of such a day: nothing may be sent."""
    _synced_and_a_day_later(worker)
    worker.queue(plan_only=True)


def rehearsal(worker: KilledWorker) -> None:
    """A rehearsal of the change of the school year."""
    _synced_and_a_day_later(worker)
    worker.queue(plan_only=True, on="2027-07-01")


def restored(worker: KilledWorker) -> None:
    """The look after a restored backup that knows of half of what the app has made, and of seats that were
    made again since."""
    world = worker.world
    assert world.sync().state in OVER
    for seat in list(world.store.enrollments.values())[::5]:
        world.store.unenroll(seat.id)
        world.store.enroll(seat.section_id, seat.uid, admin=seat.admin)
    with world.app.app_context():
        newer = [each.sis_id for each in db.session.query(Link).order_by(Link.kind, Link.sis_id)][::2]
        db.session.execute(delete(Link).where(Link.sis_id.in_(newer)))
        db.session.query(Installation).one().paused_reason = RESTORED
        db.session.commit()
    worker.keep()
    worker.queue(recover=True, paused="")


def _synced_and_a_day_later(worker: KilledWorker) -> None:
    assert worker.world.sync().state in OVER
    a_day_passes(worker.world)
    worker.keep()


def data_prep_read(worker: KilledWorker) -> None:
    """The reading of Data Prep, of a district that is in Schoology and that the app knows nothing of."""
    _forget_everything(worker)
    worker.queue("prep", step="read")


def data_prep_confirmed(worker: KilledWorker) -> None:
    """The linking of what Data Prep paired."""
    _forget_everything(worker)
    assert worker.world.sync("prep", step="read").state in OVER
    with worker.world.app.app_context():
        db.session.execute(update(PrepPair).values(state=PairState.ACCEPTED, decided_by="Avery Admin"))
        db.session.commit()
    worker.queue("prep", step="confirm")


def _forget_everything(worker: KilledWorker) -> None:
    """A synced district whose app has no links, as one that used Schoology before."""
    assert worker.world.sync().state in OVER
    with worker.world.app.app_context():
        db.session.execute(delete(Link))
        db.session.commit()
    worker.keep()
